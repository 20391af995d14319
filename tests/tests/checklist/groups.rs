//! Groups and their members.

use std::time::Duration;

use end_to_end::Client;
use serde_json::{Value, json};

use crate::given::{
    GROUP, Made, NOBODY, check_finds, check_refused, dialects, group, make, make_group, make_user,
    patched,
};

#[tokio::test]
async fn c44_a_group_has_a_name_and_members() {
    for api in dialects().await {
        let client = api.client();
        let (ann, bob) = (
            make_user(&client, "ann").await,
            make_user(&client, "bob").await,
        );
        let team = make_group(&client, "team", &[&ann]).await;
        for name in [json!(null), json!([])] {
            let body = json!({"schemas": [GROUP], "displayName": name});
            check_refused(
                &client.post("/Groups", &body).await,
                400,
                "invalidValue",
                &body,
            );
            check_refused(
                &client.put(&team.path, &body).await,
                400,
                "invalidValue",
                &body,
            );
        }
        let nameless = json!({"schemas": [GROUP]});
        check_refused(
            &client.post("/Groups", &nameless).await,
            400,
            "invalidValue",
            "no name",
        );

        // A client may leave `$ref`, `type` and `display` out, or send them; what is shown is the same.
        let location = client.get(&bob.path).await.body["meta"]["location"].clone();
        let member = json!({"value": bob.id, "$ref": location, "type": "User"});
        for (number, given) in [
            json!({"value": bob.id}),
            json!({"value": bob.id, "$ref": null, "type": null, "display": null}),
            json!({"value": bob.id, "$ref": format!("../Users/{}", bob.id), "type": "User", "display": "Bob"}),
        ]
        .iter()
        .enumerate()
        {
            let body = json!({"schemas": [GROUP], "displayName": format!("team{number}"), "members": [given]});
            let posted = make(&client, "/Groups", &body).await;
            let empty = make_group(&client, &format!("empty{number}"), &[]).await;
            let add = json!({"op": "add", "path": "members", "value": [given]});
            let shown = [client.get(&posted.path).await, patched(&client, &empty.path, add).await];
            for answer in shown {
                assert_eq!(answer.body["members"], json!([member]), "{given}");
            }
        }
        let path = location
            .as_str()
            .unwrap()
            .strip_prefix(&api.base_url())
            .unwrap();
        assert_eq!(client.get(path).await.id(), bob.id);

        // A member is a user who exists.
        for wrong in [
            json!({"value": NOBODY}),
            json!({"value": "nobody"}),
            json!({"value": team.id}),
            json!({"type": "User"}),
            json!({"value": bob.id, "type": "Group"}),
        ] {
            let body = json!({"schemas": [GROUP], "displayName": "new", "members": [{"value": bob.id}, wrong]});
            check_refused(
                &client.post("/Groups", &body).await,
                400,
                "invalidValue",
                &wrong,
            );
            let mut body = body.clone();
            body["displayName"] = json!("team");
            check_refused(
                &client.put(&team.path, &body).await,
                400,
                "invalidValue",
                &wrong,
            );
            let add =
                json!([{"op": "add", "path": "members", "value": [{"value": bob.id}, wrong]}]);
            check_refused(
                &client.patch(&team.path, &add).await,
                400,
                "invalidValue",
                &wrong,
            );
        }
        check_finds(&client, "/Groups", "displayName eq \"new\"", &[]).await;
        assert_eq!(
            client.get(&team.path).await.values("members"),
            [ann.id.as_str()]
        );
        check_whole(&client, &team, &ann, &bob).await;
    }
}

/// A member is added or removed whole.
async fn check_whole(client: &Client, team: &Made, ann: &Made, bob: &Made) {
    let before = client.get(&team.path).await.body;
    let place = format!("members[value eq \"{}\"]", ann.id);
    for operation in [
        json!({"op": "replace", "path": format!("{place}.value"), "value": bob.id}),
        json!({"op": "replace", "path": format!("{place}.type"), "value": "Group"}),
        json!({"op": "replace", "path": format!("{place}.$ref"), "value": "x"}),
        json!({"op": "remove", "path": format!("{place}.type")}),
        json!({"op": "remove", "path": "members.type"}),
        json!({"op": "replace", "path": place, "value": {"value": bob.id}}),
    ] {
        let answer = client.patch(&team.path, &json!([operation])).await;
        check_refused(&answer, 400, "mutability", &operation);
    }
    assert_eq!(client.get(&team.path).await.body, before);
    let remove = json!({"op": "remove", "path": place});
    assert!(
        patched(client, &team.path, remove)
            .await
            .values("members")
            .is_empty()
    );
}

/// An xsd:dateTime with its zone: `2026-11-21T09:00:00.000Z`.
fn is_date_time(text: &str) -> bool {
    let (date, time) = text.split_once('T').unwrap_or_default();
    let zoned = time
        .strip_suffix('Z')
        .or_else(|| time.rsplit_once(['+', '-']).map(|(time, _)| time));
    let digits = |text: &str, separator: char, lengths: &[usize]| {
        let parts: Vec<_> = text.split(separator).collect();
        parts.iter().map(|part| part.len()).collect::<Vec<_>>() == lengths
            && parts
                .iter()
                .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let seconds = |time: &str| time.split('.').next().unwrap_or_default().to_owned();
    digits(date, '-', &[4, 2, 2])
        && zoned.is_some_and(|time| digits(&seconds(time), ':', &[2, 2, 2]))
}

#[tokio::test]
async fn c47_times_have_a_zone_and_membership_is_a_change() {
    for api in dialects().await {
        let client = api.client();
        let bob = make_user(&client, "bob").await;
        let team = make_group(&client, "team", &[]).await;
        let meta = |body: &Value, name: &str| body["meta"][name].as_str().unwrap().to_owned();
        for path in [&bob.path, &team.path] {
            let shown = client.get(path).await.body;
            for name in ["created", "lastModified"] {
                let time = meta(&shown, name);
                assert!(is_date_time(&time), "{time}");
            }
        }
        assert!(!is_date_time("2026-11-21T09:00:00") && !is_date_time("2026-11-21"));

        let member = json!([{"value": bob.id}]);
        let named = format!("members[value eq \"{}\"]", bob.id);
        let mut before = client.get(&team.path).await.body;
        for (operation, changes) in [
            (
                json!({"op": "add", "path": "members", "value": member}),
                true,
            ),
            (
                json!({"op": "add", "path": "members", "value": member}),
                false,
            ),
            (json!({"op": "remove", "path": named}), true),
            (json!({"op": "remove", "path": named}), false),
            (
                json!({"op": "replace", "path": "members", "value": member}),
                true,
            ),
            (
                json!({"op": "replace", "value": {"members": member}}),
                false,
            ),
            (json!({"op": "replace", "value": {"members": []}}), true),
        ] {
            api.environment.advance(Duration::from_millis(1));
            let after = patched(&client, &team.path, operation.clone()).await.body;
            let later = meta(&after, "lastModified") > meta(&before, "lastModified");
            assert_eq!(later, changes, "{operation}");
            assert_eq!(
                meta(&after, "version") != meta(&before, "version"),
                changes,
                "{operation}"
            );
            assert_eq!(meta(&after, "created"), meta(&before, "created"));
            before = after;
        }
        api.environment.advance(Duration::from_millis(1));
        let put = client.put(&team.path, &group("team", &[&bob])).await.body;
        assert!(meta(&put, "lastModified") > meta(&before, "lastModified"));
        // A member who is deleted leaves it, which is a change of it too.
        api.environment.advance(Duration::from_millis(1));
        assert_eq!(client.delete(&bob.path).await.status, 204);
        let after = client.get(&team.path).await.body;
        assert!(meta(&after, "lastModified") > meta(&put, "lastModified"));
        assert_ne!(meta(&after, "version"), meta(&put, "version"));
        let since = format!("meta.lastModified gt \"{}\"", meta(&put, "lastModified"));
        check_finds(&client, "/Groups", &since, &["team"]).await;
    }
}
