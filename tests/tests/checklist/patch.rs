//! PATCH: what it adds, and in which order.

use std::time::Duration;

use serde_json::{Value, json};

use crate::given::{ENTERPRISE, dialects, make, make_group, make_user, patched, user};

#[tokio::test]
async fn c19_a_later_operation_sees_an_earlier_one() {
    for api in dialects().await {
        let client = api.client();
        let (ann, bob) = (
            make_user(&client, "ann").await,
            make_user(&client, "bob").await,
        );
        let work = "emails[type eq \"work\"]";
        let operations = json!([
            {"op": "add", "path": "title", "value": "first"},
            {"op": "add", "path": "emails", "value": [{"value": "a@example.com", "type": "work"}, {"value": "h@example.com", "type": "home"}]},
            {"op": "replace", "path": format!("{work}.value"), "value": "b@example.com"},
            {"op": "replace", "path": "emails[value eq \"b@example.com\"].display", "value": "B"},
            {"op": "remove", "path": "emails[type eq \"home\"]"},
            {"op": "replace", "path": "title", "value": "last"},
            {"op": "add", "path": "nickName", "value": "gone"},
            {"op": "remove", "path": "nickName"},
            {"op": "remove", "path": "name.givenName"},
            {"op": "add", "path": "name.givenName", "value": "there"}
        ]);
        let patch = client.patch(&bob.path, &operations).await;
        assert_eq!(patch.status, 200, "{patch:?}");
        assert_eq!(
            patch.body["emails"],
            json!([{"value": "b@example.com", "display": "B", "type": "work"}])
        );
        assert_eq!(patch.body["title"], "last");
        assert!(patch.body.get("nickName").is_none());
        assert_eq!(patch.body["name"], json!({"givenName": "there"}));

        let member = |made: &crate::given::Made| json!([{"value": made.id}]);
        let add = |value: Value| json!({"op": "add", "path": "members", "value": value});
        let remove = json!({"op": "remove", "path": format!("members[value eq \"{}\"]", bob.id)});
        let clear = json!({"op": "remove", "path": "members"});
        let cases = [
            (json!([add(member(&bob)), remove]), vec![]),
            (json!([remove, add(member(&bob))]), vec![bob.id.as_str()]),
            (
                json!([add(member(&ann)), clear, add(member(&bob))]),
                vec![bob.id.as_str()],
            ),
            (json!([add(member(&ann)), add(member(&bob)), clear]), vec![]),
        ];
        for (number, (operations, expected)) in cases.into_iter().enumerate() {
            let team = make_group(&client, &format!("team{number}"), &[]).await;
            assert_eq!(client.patch(&team.path, &operations).await.status, 204);
            let after = client.get(&team.path).await;
            assert_eq!(after.values("members"), expected, "{operations}");
        }
    }
}

#[tokio::test]
async fn c20_add() {
    for api in dialects().await {
        let client = api.client();
        let work = json!({"value": "b@example.com", "type": "work"});
        let home = json!({"value": "h@example.com", "type": "home"});
        let extras = json!({
            "title": "Guide", "name": {"givenName": "Bob", "familyName": "Jensen"}, "emails": [work]
        });
        let bob = make(&client, "/Users", &user("bob", extras)).await;
        let team = make_group(&client, "team", &[&bob]).await;
        let (before, team_before) = (client.get(&bob.path).await, client.get(&team.path).await);
        api.environment.advance(Duration::from_mins(1));

        // What is there already: success, and nothing is changed.
        for operation in [
            json!({"op": "add", "path": "title", "value": "Guide"}),
            json!({"op": "add", "path": "emails", "value": [work]}),
            json!({"op": "add", "path": "emails", "value": work}),
            json!({"op": "add", "path": "name", "value": {"givenName": "Bob"}}),
            json!({"op": "add", "path": "name.givenName", "value": "Bob"}),
            json!({"op": "add", "value": {"title": "Guide", "emails": [work]}}),
        ] {
            let after = patched(&client, &bob.path, operation.clone()).await;
            assert_eq!(after.body, before.body, "{operation}");
            assert_eq!(after.header("etag"), before.header("etag"), "{operation}");
        }
        for operation in [
            json!({"op": "add", "path": "members", "value": [{"value": bob.id}]}),
            json!({"op": "add", "value": {"members": [{"value": bob.id}], "displayName": "team"}}),
        ] {
            let after = patched(&client, &team.path, operation.clone()).await;
            assert_eq!(after.body, team_before.body, "{operation}");
        }

        // To several values it appends; one value it replaces; of a complex value it sets what it names.
        let after = patched(
            &client,
            &bob.path,
            json!({"op": "add", "path": "emails", "value": [home]}),
        )
        .await;
        assert_eq!(after.body["emails"], json!([work, home]));
        assert_ne!(
            after.body["meta"]["lastModified"],
            before.body["meta"]["lastModified"]
        );
        assert_ne!(after.header("etag"), before.header("etag"));
        let after = patched(
            &client,
            &bob.path,
            json!({"op": "add", "path": "title", "value": "Tourist"}),
        )
        .await;
        assert_eq!(after.body["title"], "Tourist");
        let after = patched(
            &client,
            &bob.path,
            json!({"op": "add", "path": "name", "value": {"givenName": "Rob"}}),
        )
        .await;
        assert_eq!(
            after.body["name"],
            json!({"familyName": "Jensen", "givenName": "Rob"})
        );

        // The path is optional.
        let more = json!({"value": "o@example.com", "type": "other"});
        let pathless = json!({
            "nickName": "B", "title": "Guide", "emails": [more], "name": {"middleName": "M"}, ENTERPRISE: {"department": "Ops"}
        });
        let after = patched(&client, &bob.path, json!({"op": "add", "value": pathless}))
            .await
            .body;
        assert_eq!(
            (&after["nickName"], &after["title"]),
            (&json!("B"), &json!("Guide"))
        );
        assert_eq!(after["emails"], json!([work, home, more]));
        assert_eq!(
            after["name"],
            json!({"familyName": "Jensen", "givenName": "Rob", "middleName": "M"})
        );
        assert_eq!(after[ENTERPRISE], json!({"department": "Ops"}));
        let ann = make_user(&client, "ann").await;
        let pathless = json!({"op": "add", "value": {"members": [{"value": ann.id}]}});
        let after = patched(&client, &team.path, pathless).await;
        assert_eq!(after.values("members").len(), 2);
    }
}
