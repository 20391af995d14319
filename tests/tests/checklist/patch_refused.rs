//! PATCH: what is refused, and that nothing of it is done.

use std::time::Duration;

use serde_json::json;

use crate::given::{
    ENTERPRISE, NOBODY, PATCH_OP, check_refused, dialects, make, make_bob, make_group, make_user,
    patched, user,
};

#[tokio::test]
async fn c17_a_patch_has_operations_with_one_op_each() {
    let [tolerant, strict] = dialects().await;
    let good = json!({"op": "add", "path": "title", "value": "Guide"});
    let body = |operations: &str| {
        format!("{{\"schemas\": [\"{PATCH_OP}\"], \"Operations\": {operations}}}")
    };
    let refused = [
        "[]".to_owned(),
        "{}".to_owned(),
        body("[]"),
        body("null"),
        body("\"add\""),
        body("[null]"),
        body("[\"add\"]"),
        body("[{}]"),
        body(r#"[{"path": "title", "value": "x"}]"#),
        body(r#"[{"op": null, "path": "title", "value": "x"}]"#),
        body(r#"[{"op": "merge", "path": "title", "value": "x"}]"#),
        body(r#"[{"op": ["add", "remove"], "path": "title", "value": "x"}]"#),
        body(r#"[{"op": "add", "Op": "remove", "path": "title", "value": "x"}]"#),
        // One bad operation among good ones.
        body(&format!("[{good}, {{\"path\": \"title\"}}]")),
        json!({"schemas": [PATCH_OP]}).to_string(),
        json!({"schemas": [], "Operations": [good]}).to_string(),
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "Operations": [good]})
            .to_string(),
    ];
    for api in [&tolerant, &strict] {
        let client = api.client();
        let bob = make_user(&client, "bob").await;
        let before = client.get(&bob.path).await.body;
        for request in &refused {
            let answer = client
                .send("PATCH", &bob.path, &[], Some(request.clone()))
                .await;
            check_refused(&answer, 400, "invalidSyntax", request);
        }
        assert_eq!(client.get(&bob.path).await.body, before);
        let answer = client.patch(&bob.path, &json!([good])).await;
        assert_eq!(
            (answer.status, &answer.body["title"]),
            (200, &json!("Guide"))
        );
    }
    // What identity providers send, and a strict directory does not take.
    let spared = [
        json!({"Operations": [good]}),
        json!({"schemas": [PATCH_OP], "Operations": good}),
        json!({"schemas": [PATCH_OP], "Operations": [{"op": "Add", "path": "title", "value": "Guide"}]}),
    ];
    for request in spared {
        let request = request.to_string();
        let client = tolerant.client();
        let ann = make_user(&client, &request.len().to_string()).await;
        let answer = client
            .send("PATCH", &ann.path, &[], Some(request.clone()))
            .await;
        assert_eq!(
            (answer.status, &answer.body["title"]),
            (200, &json!("Guide"))
        );
        let client = strict.client();
        let ann = make_user(&client, &request.len().to_string()).await;
        let answer = client
            .send("PATCH", &ann.path, &[], Some(request.clone()))
            .await;
        check_refused(&answer, 400, "invalidSyntax", request);
    }
}

#[tokio::test]
async fn c18_a_patch_is_all_or_nothing() {
    for api in dialects().await {
        let client = api.client();
        make_user(&client, "ann").await;
        let bob = make(&client, "/Users", &user("bob", json!({"title": "Guide"}))).await;
        make_group(&client, "taken", &[]).await;
        let team = make_group(&client, "team", &[]).await;
        let (user_before, team_before) =
            (client.get(&bob.path).await, client.get(&team.path).await);
        api.environment.advance(Duration::from_mins(1));

        let good = json!({"op": "replace", "path": "title", "value": "Tourist"});
        for (bad, status, scim_type) in [
            (
                json!({"op": "replace", "path": "id", "value": "x"}),
                400,
                "mutability",
            ),
            (
                json!({"op": "remove", "path": "userName"}),
                400,
                "mutability",
            ),
            (
                json!({"op": "add", "path": "shoeSize", "value": 41}),
                400,
                "invalidPath",
            ),
            (
                json!({"op": "replace", "path": "active", "value": "maybe"}),
                400,
                "invalidValue",
            ),
            (json!({"op": "remove"}), 400, "noTarget"),
            (
                json!({"op": "replace", "path": "emails[type pr].value", "value": "x"}),
                400,
                "noTarget",
            ),
            (
                json!({"op": "replace", "path": "userName", "value": "ANN"}),
                409,
                "uniqueness",
            ),
        ] {
            for operations in [json!([good, bad]), json!([bad, good])] {
                let answer = client.patch(&bob.path, &operations).await;
                check_refused(&answer, status, scim_type, &operations);
            }
        }
        let user_after = client.get(&bob.path).await;
        assert_eq!(user_after.body, user_before.body);
        assert_eq!(user_after.header("etag"), user_before.header("etag"));

        let good = json!({"op": "add", "path": "members", "value": [{"value": bob.id}]});
        for (bad, status, scim_type) in [
            (
                json!({"op": "replace", "path": "displayName", "value": "TAKEN"}),
                409,
                "uniqueness",
            ),
            (
                json!({"op": "remove", "path": "displayName"}),
                400,
                "mutability",
            ),
            (
                json!({"op": "add", "path": "members", "value": [{"value": NOBODY}]}),
                400,
                "invalidValue",
            ),
            (
                json!({"op": "replace", "path": "members.value", "value": bob.id}),
                400,
                "mutability",
            ),
        ] {
            for operations in [json!([good, bad]), json!([bad, good])] {
                let answer = client.patch(&team.path, &operations).await;
                check_refused(&answer, status, scim_type, &operations);
            }
        }
        // Nor did the user join.
        let team_after = client.get(&team.path).await;
        assert_eq!(team_after.body, team_before.body);
        assert_eq!(client.get(&bob.path).await.body, user_before.body);
    }
}

#[tokio::test]
async fn c24_errors_say_what_is_wrong() {
    let [tolerant, strict] = dialects().await;
    for api in [&tolerant, &strict] {
        let client = api.client();
        let bob = make_bob(&client, "bob").await;
        let before = client.get(&bob.path).await.body;
        for path in [
            json!("name."),
            json!("name..givenName"),
            json!(".name"),
            json!("na me"),
            json!("1name"),
            json!("name.given.name"),
            json!("emails]"),
            json!("emails[type eq \"work\"]value"),
            json!("emails[type eq \"work\"].size"),
            json!("title[value eq \"x\"]"),
            json!("shoeSize"),
            json!("name.size"),
            json!(["title"]),
            json!(5),
        ] {
            let operation = json!({"op": "replace", "path": path, "value": "x"});
            let answer = client.patch(&bob.path, &json!([operation])).await;
            check_refused(&answer, 400, "invalidPath", &operation);
        }
        for path in [
            "emails[type xx \"work\"].value",
            "emails[].value",
            "emails[type eq].value",
            "emails[type eq \"work].value",
            "emails[type].value",
            "emails[size eq 1].value",
            "emails[primary gt true].value",
            "emails[type eq \"a\" and].value",
        ] {
            let operation = json!({"op": "replace", "path": path, "value": "x"});
            let answer = client.patch(&bob.path, &json!([operation])).await;
            check_refused(&answer, 400, "invalidFilter", &operation);
        }
        for (path, value) in [
            ("title", json!({"value": "x"})),
            ("title", json!(["a", "b"])),
            ("active", json!("maybe")),
            ("active", json!(1)),
            ("name", json!(true)),
            ("emails", json!([true])),
            ("emails[type eq \"work\"].primary", json!("maybe")),
            ("emails[type eq \"work\"].value", json!({})),
            ("x509Certificates", json!([{"value": "not base64!"}])),
            (ENTERPRISE, json!("x")),
        ] {
            let operation = json!({"op": "replace", "path": path, "value": value});
            let answer = client.patch(&bob.path, &json!([operation])).await;
            check_refused(&answer, 400, "invalidValue", &operation);
        }
        assert_eq!(client.get(&bob.path).await.body, before);
    }
    // What the tolerant dialect reads, and is of the wrong type all the same.
    let bob = make_bob(&tolerant.client(), "bo").await;
    let strict_bob = make_bob(&strict.client(), "bo").await;
    for (path, value) in [
        ("active", json!("False")),
        ("title", json!(5)),
        ("emails", json!({"value": "x@example.com"})),
        ("emails[type eq \"work\"].primary", json!("true")),
    ] {
        let operation = json!({"op": "replace", "path": path, "value": value});
        patched(&tolerant.client(), &bob.path, operation.clone()).await;
        let answer = strict
            .client()
            .patch(&strict_bob.path, &json!([operation]))
            .await;
        check_refused(&answer, 400, "invalidValue", &operation);
    }
}
