//! The application protects a user while the identity provider changes him: the change came before, or has no effect.

use end_to_end::{Client, Response};
use futures_util::future::{join, join_all};
use scim::MUSTER_USER;
use serde_json::{Value, json};

use crate::given::{group, id, replace, shown, sides, user};

const ROUNDS: usize = 30;

async fn protect(application: &Client, user: &str) -> Response {
    let operation = replace(&format!("{MUSTER_USER}:protected"), true);
    application.patch(user, &json!([operation])).await
}

/// A user without what others show of him.
fn document(mut user: Value) -> Value {
    let members = user.as_object_mut().unwrap();
    for name in ["groups", "meta", MUSTER_USER, "schemas"] {
        members.shift_remove(name);
    }
    user
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_the_user() {
    for (mode, late) in [("reject", 403), ("ignore", 200)] {
        let (_api, okta, application) = sides(json!({"protected_users": mode})).await;
        let mut before = 0;
        for round in 0..ROUNDS {
            let ann = user(&okta, &format!("ann-{round}")).await;
            let changes = (0..4).map(|number| {
                let (okta, ann) = (okta.clone(), ann.clone());
                async move {
                    let title = json!([replace("title", number.to_string())]);
                    okta.patch(&ann, &title).await
                }
            });
            let (answers, protected) = join(join_all(changes), protect(&application, &ann)).await;
            assert_eq!(protected.status, 200, "{protected:?}");
            // Nothing changed him after the protection was answered, nor after it was written.
            let then = document(protected.body);
            assert_eq!(
                document(shown(&okta, &ann).await),
                then,
                "{mode}: {answers:?}"
            );
            let titles: Vec<_> = answers.iter().map(|answer| &answer.body["title"]).collect();
            for answer in &answers {
                assert!([200, late].contains(&answer.status), "{answer:?}");
            }
            if answers.iter().all(|answer| answer.status == 403) {
                assert_eq!(then.get("title"), None, "{titles:?}");
            } else if then.get("title").is_some() {
                before += 1;
                assert!(titles.contains(&&then["title"]), "{titles:?}, {then}");
            }
            let afterwards = okta.patch(&ann, &json!([replace("title", "late")])).await;
            assert_eq!(afterwards.status, late);
            assert_eq!(document(shown(&okta, &ann).await), then);
        }
        assert!(before > 0, "{mode}: no change came before the protection");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn his_deletion() {
    for (mode, late) in [("reject", 403), ("ignore", 204)] {
        let (_api, okta, application) = sides(json!({"protected_users": mode})).await;
        for round in 0..ROUNDS {
            let ann = user(&okta, &format!("ann-{round}")).await;
            let (deleted, protected) = join(okta.delete(&ann), protect(&application, &ann)).await;
            let exists = okta.get(&ann).await.status == 200;
            match (deleted.status, protected.status) {
                (204, 404) => assert!(!exists),
                (status, 200) => {
                    assert_eq!(status, late, "{deleted:?}");
                    assert!(exists, "{mode}: {deleted:?}");
                }
                _ => panic!("{mode}: {deleted:?}, {protected:?}"),
            }
        }
    }
}

/// What group and users tell is the same, and after the protection no membership changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_his_memberships() {
    let (_api, okta, application) = sides(json!({})).await;
    let other = user(&okta, "bob").await;
    for round in 0..ROUNDS {
        let ann = user(&okta, &format!("ann-{round}")).await;
        let one = group(&okta, &format!("one-{round}"), &[&ann]).await;
        let two = group(&okta, &format!("two-{round}"), &[]).await;
        let both = json!([{"value": id(&ann)}, {"value": id(&other)}]);
        let add = json!([{"op": "add", "path": "members", "value": both}]);
        let put =
            json!({"displayName": format!("one-{round}"), "members": [{"value": id(&other)}]});
        let changes = join(okta.patch(&two, &add), okta.put(&one, &put));
        let ((added, replaced), protected) = join(changes, protect(&application, &ann)).await;
        assert_eq!(
            (added.status, replaced.status, protected.status),
            (204, 200, 200)
        );
        let told = async || {
            let mut by_groups = Vec::new();
            for group in [&one, &two] {
                let members = okta.get(group).await.values("members");
                assert!(members.contains(&id(&other).to_owned()), "bob is left out");
                if members.contains(&id(&ann).to_owned()) {
                    by_groups.push(id(group).to_owned());
                }
            }
            let by_user = okta.get(&ann).await.values("groups");
            assert_eq!(by_user, by_groups);
            by_user
        };
        let then = told().await;
        let remove =
            json!([{"op": "remove", "path": format!("members[value eq \"{}\"]", id(&ann))}]);
        for group in [&one, &two] {
            assert_eq!(okta.patch(group, &remove).await.status, 204);
            assert_eq!(okta.patch(group, &add).await.status, 204);
        }
        assert_eq!(told().await, then);
    }
}
