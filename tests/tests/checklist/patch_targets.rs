//! PATCH: what is removed and replaced.

use std::time::Duration;

use serde_json::json;

use crate::given::{
    ENTERPRISE, NOBODY, addresses, check_refused, dialects, make_bob, make_group, make_user,
    patched,
};

#[tokio::test]
async fn c21_remove() {
    let [tolerant, strict] = dialects().await;
    for (api, is_strict) in [(&tolerant, false), (&strict, true)] {
        let client = api.client();
        let bob = make_bob(&client, "bob").await;
        let ann = make_user(&client, "ann").await;
        let team = make_group(&client, "team", &[&ann, &bob]).await;
        for (made, operation, scim_type) in [
            (&bob, json!({"op": "remove"}), "noTarget"),
            (
                &bob,
                json!({"op": "remove", "value": {"title": "Guide"}}),
                "noTarget",
            ),
            (
                &team,
                json!({"op": "remove", "value": {"members": [{"value": bob.id}]}}),
                "noTarget",
            ),
            (
                &bob,
                json!({"op": "remove", "path": "userName"}),
                "mutability",
            ),
            (
                &team,
                json!({"op": "remove", "path": "displayName"}),
                "mutability",
            ),
            (&bob, json!({"op": "remove", "path": "id"}), "mutability"),
            (
                &bob,
                json!({"op": "remove", "path": "groups"}),
                "mutability",
            ),
            (
                &team,
                json!({"op": "remove", "path": "meta.created"}),
                "mutability",
            ),
        ] {
            let answer = client.patch(&made.path, &json!([operation])).await;
            check_refused(&answer, 400, scim_type, &operation);
        }

        // Nothing to remove: success, and no change.
        api.environment.advance(Duration::from_mins(1));
        for (made, path) in [
            (&bob, "nickName".to_owned()),
            (&bob, "name.middleName".to_owned()),
            (&bob, "phoneNumbers".to_owned()),
            (&bob, "emails[type eq \"fax\"]".to_owned()),
            (&bob, format!("{ENTERPRISE}:department")),
            (&team, format!("members[value eq \"{NOBODY}\"]")),
            (&team, "members[value eq \"nobody\"]".to_owned()),
        ] {
            let before = client.get(&made.path).await.body;
            let after = patched(&client, &made.path, json!({"op": "remove", "path": path})).await;
            assert_eq!(after.body, before, "{path}");
        }

        // Some elements, all of them, one sub-attribute of all.
        let some = json!({"op": "remove", "path": "emails[type eq \"work\" and value sw \"b\"]"});
        let after = patched(&client, &bob.path, some).await;
        assert_eq!(after.values("emails"), ["a@example.com", "h@example.com"]);
        let types = json!({"op": "remove", "path": "emails.type"});
        let after = patched(&client, &bob.path, types).await.body;
        assert_eq!(
            after["emails"],
            json!([{"value": "a@example.com", "primary": true}, {"value": "h@example.com"}])
        );
        for (path, left) in [
            ("emails", None),
            ("name.givenName", Some("name")),
            ("name", None),
        ] {
            let after = patched(&client, &bob.path, json!({"op": "remove", "path": path}))
                .await
                .body;
            let attribute = path.split('.').next().unwrap();
            assert_eq!(
                after.get(attribute).is_some(),
                left.is_some(),
                "{path}: {after}"
            );
        }

        // The RFC knows no value here, so strict removes all; Entra ID means those that it lists.
        let listed = json!({"op": "remove", "path": "members", "value": [{"value": bob.id}]});
        let after = patched(&client, &team.path, listed).await;
        let left = if is_strict {
            vec![]
        } else {
            vec![ann.id.as_str()]
        };
        assert_eq!(after.values("members"), left);
        let all = json!({"op": "remove", "path": "members"});
        assert!(
            patched(&client, &team.path, all)
                .await
                .values("members")
                .is_empty()
        );
    }
}

#[tokio::test]
async fn c22_replace_merges_complex_values_and_replaces_sets() {
    for api in dialects().await {
        let client = api.client();
        let bob = make_bob(&client, "bob").await;
        let manager = format!("{ENTERPRISE}:manager");
        let merges = [
            (
                json!({"op": "replace", "path": "name", "value": {"givenName": "Rob"}}),
                json!({"familyName": "Jensen", "givenName": "Rob"}),
            ),
            (
                json!({"op": "replace", "value": {"name": {"middleName": "M"}}}),
                json!({"familyName": "Jensen", "givenName": "Rob", "middleName": "M"}),
            ),
            (
                json!({"op": "replace", "path": "name.givenName", "value": "Bo"}),
                json!({"familyName": "Jensen", "givenName": "Bo", "middleName": "M"}),
            ),
        ];
        for (operation, expected) in merges {
            let after = patched(&client, &bob.path, operation.clone()).await.body;
            assert_eq!(after["name"], expected, "{operation}");
        }

        // What is not there is added.
        for (operation, pointer, expected) in [
            (
                json!({"op": "replace", "path": "nickName", "value": "B"}),
                "/nickName",
                json!("B"),
            ),
            (
                json!({"op": "replace", "path": "roles", "value": [{"value": "r"}]}),
                "/roles",
                json!([{"value": "r"}]),
            ),
            (
                json!({"op": "replace", "path": manager, "value": {"value": "m1"}}),
                "/manager",
                json!({"value": "m1"}),
            ),
            (
                json!({"op": "replace", "path": format!("{ENTERPRISE}:department"), "value": "Ops"}),
                "/department",
                json!("Ops"),
            ),
            (
                json!({"op": "replace", "path": format!("{manager}.$ref"), "value": "u"}),
                "/manager",
                json!({"value": "m1", "$ref": "u"}),
            ),
        ] {
            let after = patched(&client, &bob.path, operation.clone()).await.body;
            let found = after
                .pointer(pointer)
                .or(after[ENTERPRISE].pointer(pointer));
            assert_eq!(found, Some(&expected), "{operation}");
        }
        let after = patched(
            &client,
            &bob.path,
            json!({"op": "replace", "path": ENTERPRISE, "value": {"division": "D"}}),
        )
        .await
        .body;
        assert_eq!(after[ENTERPRISE]["department"], "Ops");

        // Of several values the whole set is replaced.
        let new = json!([{"value": "n@example.com", "type": "other"}]);
        for operation in [
            json!({"op": "replace", "path": "emails", "value": new}),
            json!({"op": "replace", "value": {"emails": new}}),
        ] {
            patched(
                &client,
                &bob.path,
                json!({"op": "replace", "path": "emails", "value": addresses()}),
            )
            .await;
            let after = patched(&client, &bob.path, operation.clone()).await.body;
            assert_eq!(after["emails"], new, "{operation}");
        }
        let ann = make_user(&client, "ann").await;
        for (number, operation) in [
            json!({"op": "replace", "path": "members", "value": []}),
            json!({"op": "replace", "value": {"members": []}}),
            json!({"op": "replace", "path": "members", "value": [{"value": ann.id}]}),
            json!({"op": "replace", "value": {"members": [{"value": ann.id}]}}),
        ]
        .into_iter()
        .enumerate()
        {
            let team = make_group(&client, &format!("team{number}"), &[&bob]).await;
            let after = patched(&client, &team.path, operation.clone()).await;
            let expected = if number < 2 {
                vec![]
            } else {
                vec![ann.id.clone()]
            };
            assert_eq!(after.values("members"), expected, "{operation}");
        }
    }
}

#[tokio::test]
async fn c23_a_value_path_changes_what_it_matches() {
    let [tolerant, strict] = dialects().await;
    for (api, is_strict) in [(&tolerant, false), (&strict, true)] {
        let client = api.client();
        let bob = make_bob(&client, "bob").await;
        // All that match, and nothing else.
        let operation =
            json!({"op": "replace", "path": "emails[type eq \"work\"].display", "value": "W"});
        let after = patched(&client, &bob.path, operation).await.body;
        assert_eq!(
            after["emails"],
            json!([
                {"value": "a@example.com", "display": "W", "type": "work", "primary": true},
                {"value": "b@example.com", "display": "W", "type": "work"},
                {"value": "h@example.com", "type": "home"}
            ])
        );
        let operation = json!({"op": "replace", "path": "emails[value ew \"example.com\" and type eq \"home\"].value", "value": "x@example.com"});
        let after = patched(&client, &bob.path, operation).await;
        assert_eq!(
            after.values("emails"),
            ["a@example.com", "b@example.com", "x@example.com"]
        );

        // Nothing matches, and no element can be made of the filter.
        let before = client.get(&bob.path).await.body;
        for path in [
            "emails[type co \"fax\"].value",
            "emails[value sw \"z\"]",
            "phoneNumbers[not (type pr)].value",
        ] {
            let value = if path.ends_with(']') {
                json!({"value": "z"})
            } else {
                json!("z")
            };
            let operation = json!({"op": "replace", "path": path, "value": value});
            let answer = client.patch(&bob.path, &json!([operation])).await;
            check_refused(&answer, 400, "noTarget", &operation);
        }
        assert_eq!(client.get(&bob.path).await.body, before);

        // Entra ID expects the element to be made where the filter says what it is.
        let operation =
            json!({"op": "replace", "path": "phoneNumbers[type eq \"work\"].value", "value": "1"});
        let answer = client.patch(&bob.path, &json!([operation])).await;
        if is_strict {
            check_refused(&answer, 400, "noTarget", &operation);
            assert_eq!(client.get(&bob.path).await.body, before);
        } else {
            assert_eq!(
                answer.body["phoneNumbers"],
                json!([{"value": "1", "type": "work"}]),
                "{answer:?}"
            );
            assert_eq!(answer.body["emails"], before["emails"]);
        }
    }
}
