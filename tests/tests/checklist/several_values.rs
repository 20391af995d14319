//! Attributes of several values: which one is primary, and that each is there once.

use serde_json::{Value, json};

use crate::given::{
    check_finds, check_refused, dialects, make, make_bob, make_user, patched, user,
};

/// The types of the elements that are primary.
fn primary(body: &Value) -> Vec<&str> {
    let elements = body["emails"].as_array().unwrap().iter();
    let primary = elements.filter(|email| email["primary"] == true);
    primary
        .map(|email| email["type"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn c25_one_element_is_primary() {
    let [tolerant, strict] = dialects().await;
    for (api, is_strict) in [(&tolerant, false), (&strict, true)] {
        let client = api.client();
        for (number, operation) in [
            json!({"op": "add", "path": "emails", "value": [{"value": "n@example.com", "type": "home", "primary": true}]}),
            json!({"op": "add", "value": {"emails": [{"value": "n@example.com", "type": "home", "primary": true}]}}),
            json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}),
            json!({"op": "add", "path": "emails[type eq \"home\"].primary", "value": true}),
            json!({"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "n@example.com", "type": "home", "primary": true}}),
        ]
        .into_iter()
        .enumerate()
        {
            let bob = make_bob(&client, &format!("bob{number}")).await;
            let after = patched(&client, &bob.path, operation.clone()).await;
            assert_eq!(primary(&after.body), ["home"], "{operation}");
        }

        // Two at once: an error to strict, the first to the tolerant dialect.
        let two = json!([{"value": "1@example.com", "type": "work", "primary": true}, {"value": "2@example.com", "type": "home", "primary": true}]);
        let body = user("ann", json!({"emails": two}));
        let cy = make_bob(&client, "cy").await;
        let before = client.get(&cy.path).await.body;
        let set = json!([{"op": "replace", "path": "emails", "value": two}]);
        for answer in [
            client.post("/Users", &body).await,
            client
                .put(&cy.path, &user("cy", json!({"emails": two})))
                .await,
            client.patch(&cy.path, &set).await,
        ] {
            if is_strict {
                check_refused(&answer, 400, "invalidValue", &two);
            } else {
                assert_eq!(primary(&answer.body), ["work"], "{answer:?}");
            }
        }
        assert_eq!(client.get(&cy.path).await.body == before, is_strict);

        // Where it is not said, it is false.
        let dan = json!({"emails": [{"value": "d@example.com", "type": "dan"}]});
        make(&client, "/Users", &user("dan", dan)).await;
        make_user(&client, "none").await;
        for filter in [
            "emails[type eq \"dan\" and primary eq false]",
            "emails.type eq \"dan\" and emails.primary eq false",
            "emails.type eq \"dan\" and emails.primary ne true",
            "emails.type eq \"dan\" and not (emails.primary eq true)",
        ] {
            check_finds(&client, "/Users", filter, &["dan"]).await;
        }
        check_finds(
            &client,
            "/Users",
            "userName eq \"none\" and emails.primary eq false",
            &[],
        )
        .await;

        // The same value of the same type is there once.
        let twice = json!([
            {"value": "e@example.com", "type": "work"}, {"value": "e@example.com", "type": "work", "primary": true},
            {"value": "e@example.com", "type": "home"}
        ]);
        let eve = make(&client, "/Users", &user("eve", json!({"emails": twice}))).await;
        let once = json!([{"value": "e@example.com", "type": "work", "primary": true}, {"value": "e@example.com", "type": "home"}]);
        assert_eq!(client.get(&eve.path).await.body["emails"], once);
        for operation in [
            json!({"op": "add", "path": "emails", "value": twice}),
            json!({"op": "replace", "path": "emails", "value": twice}),
            json!({"op": "add", "path": "emails", "value": [{"value": "e@example.com", "type": "home"}]}),
        ] {
            let after = patched(&client, &eve.path, operation.clone()).await.body;
            assert_eq!(after["emails"], once, "{operation}");
        }
    }
}
