//! Members of groups that a path chooses (RFC 7644 §3.5.2).

use serde_json::json;

use crate::given::{NOBODY, dialects, make_group, make_user, patched};

#[tokio::test]
async fn a_member_is_removed_by_his_reference() {
    for api in dialects().await {
        let client = api.client();
        let ann = make_user(&client, "ann").await;
        let bob = make_user(&client, "bob").await;
        let cy = make_user(&client, "cy").await;
        let team = make_group(&client, "team", &[&ann, &bob, &cy]).await;
        let shown = client.get(&team.path).await;
        let reference = shown.body["members"][1]["$ref"].as_str().unwrap();
        let second = shown.body["members"][1]["value"].as_str().unwrap();
        assert!(reference.ends_with(second), "{reference}");
        let remove = |reference: &str| json!({"op": "remove", "path": format!("members[$ref eq \"{reference}\"]")});

        // Nobody's reference removes nobody.
        for nobody in [
            format!("../Users/{NOBODY}"),
            team.path.clone(),
            String::new(),
        ] {
            let after = patched(&client, &team.path, remove(&nobody)).await;
            assert_eq!(after.body, shown.body, "{nobody}");
        }
        let after = patched(&client, &team.path, remove(reference)).await;
        let left = after.values("members");
        assert!(
            left.len() == 2 && !left.contains(&second.to_owned()),
            "{left:?}"
        );
        let after = patched(
            &client,
            &team.path,
            remove(&format!("../Users/{}", left[0])),
        )
        .await;
        assert_eq!(after.values("members"), left[1..]);
    }
}
