//! Definitions that cannot be.

use directory::Error;
use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{OWN, USER, definition, extend, make};

/// The status and the detail with which definitions are refused.
pub async fn refusal(api: &Api, definitions: &Value) -> (u16, String) {
    let refused = api.extend(definitions).await;
    match refused {
        Err(Error::Scim(error)) => (error.status.code(), error.detail),
        other => panic!("{definitions}: {other:?}"),
    }
}

#[expect(clippy::too_many_lines, reason = "a table")]
fn cases() -> Vec<(Value, &'static str)> {
    let with = |attribute: Value| {
        json!([definition(
            "User",
            "urn:example:new:1.0:User",
            false,
            json!([attribute])
        )])
    };
    let sub = |sub: Value| with(json!({"name": "a", "type": "complex", "subAttributes": [sub]}));
    let name = json!([{"name": "a"}]);
    let twice = definition("User", "urn:example:new:1.0:User", false, name.clone());
    vec![
        (json!({}), "cannot be read"),
        (json!([{}]), "cannot be read"),
        (json!([{"resourceType": "User"}]), "cannot be read"),
        (
            json!([definition("Device", OWN, false, name.clone())]),
            "Device",
        ),
        (
            json!([definition("user", OWN, false, name.clone())]),
            "user",
        ),
        (
            json!([definition("User", "acme", false, name.clone())]),
            "acme",
        ),
        (json!([definition("User", "", false, name.clone())]), ""),
        (json!([definition("User", USER, false, name.clone())]), USER),
        (
            json!([definition("User", "urn:muster:x:User", false, name.clone())]),
            "reserved",
        ),
        (
            json!([definition(
                "User",
                "urn:ietf:params:scim:api:messages:2.0:Bulk",
                false,
                name.clone()
            )]),
            "reserved",
        ),
        (json!([twice, twice]), "another schema"),
        (
            json!([
                twice,
                definition("Group", "URN:EXAMPLE:new:1.0:USER", false, name.clone())
            ]),
            "another schema",
        ),
        (
            json!([definition("User", OWN, false, json!([]))]),
            "no attributes",
        ),
        (
            json!([definition("User", OWN, false, json!("a"))]),
            "cannot be read",
        ),
        (with(json!({})), "cannot be read"),
        (with(json!({"name": ""})), "no name"),
        (with(json!({"name": "1a"})), "no name"),
        (with(json!({"name": "$ref"})), "no name"),
        (with(json!({"name": "a.b"})), "no name"),
        (with(json!({"name": "é"})), "no name"),
        (with(json!({"name": "a", "type": "text"})), "text"),
        (
            with(json!({"name": "a", "mutability": "sometimes"})),
            "sometimes",
        ),
        (with(json!({"name": "a", "returned": "no"})), "no"),
        (
            with(json!({"name": "a", "uniqueness": "server"})),
            "uniqueness",
        ),
        (
            with(json!({"name": "a", "mutability": "writeOnly"})),
            "write-only",
        ),
        (
            with(json!({"name": "a", "mutability": "readOnly", "required": true})),
            "required",
        ),
        (
            with(json!({"name": "a", "type": "complex"})),
            "subAttributes",
        ),
        (
            with(json!({"name": "a", "subAttributes": [{"name": "b"}]})),
            "subAttributes",
        ),
        (
            sub(json!({"name": "b", "type": "complex", "subAttributes": [{"name": "c"}]})),
            "complex",
        ),
        (
            sub(json!({"name": "b", "uniqueness": "global"})),
            "uniqueness",
        ),
        (sub(json!({"name": "b c"})), "no name"),
        (
            json!([definition(
                "User",
                OWN,
                false,
                json!([{"name": "a"}, {"name": "A"}])
            )]),
            "twice",
        ),
        (json!(vec![twice; 11]), "more than 10"),
    ]
}

#[tokio::test]
async fn definitions_that_cannot_be_are_refused_and_change_nothing() {
    let api = Api::start().await;
    let client = api.client();
    extend(
        &api,
        json!([definition("User", OWN, false, json!([{"name": "badge"}]))]),
    )
    .await;
    let before = client.get("/Schemas").await.body;
    for (definitions, expected) in cases() {
        let (status, detail) = refusal(&api, &definitions).await;
        assert_eq!(status, 400, "{definitions}: {detail}");
        assert!(detail.contains(expected), "{definitions}: {detail}");
    }
    assert_eq!(client.get("/Schemas").await.body, before);
}

#[tokio::test]
async fn extensions_have_a_largest_size() {
    let api = Api::start().await;
    let client = api.client();
    let attributes = |count: usize, description: &str| {
        let attributes: Vec<_> = (0..count)
            .map(|number| json!({"name": format!("a{number}"), "description": description}))
            .collect();
        json!([definition("User", OWN, false, json!(attributes))])
    };
    assert_eq!(refusal(&api, &attributes(201, "")).await.0, 400);
    assert_eq!(
        refusal(&api, &attributes(200, &"x".repeat(1_000))).await.0,
        413
    );
    extend(&api, attributes(200, "x")).await;
    make(&client, "ann", json!({"a199": "x"})).await;
}

#[tokio::test]
async fn a_directory_that_is_not_there_has_none() {
    let api = Api::start().await;
    let (other, _) = api.stranger().await;
    let elsewhere = Api::start().await;
    let definitions = json!([definition("User", OWN, false, json!([{"name": "a"}]))]);
    let given = elsewhere.extend_directory(other, &definitions).await;
    let refused = match given {
        Err(Error::Scim(error)) => error.status.code(),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused, 404);
}
