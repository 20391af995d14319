//! `dialect`: changed while the directory is used, it holds from the next request on, and concerns no stored resource.

use end_to_end::Client;
use serde_json::json;

use crate::given::{check_refused, create, group, id, references, replace, shown, sides};

const SCHEMAS: [&str; 1] = ["urn:ietf:params:scim:schemas:core:2.0:User"];

/// Whether a shape that only the tolerant dialect takes is taken.
async fn is_tolerant(client: &Client, user: &str) -> bool {
    let entra = json!([{"op": "Replace", "path": "active", "value": "True"}]);
    let answer = client.patch(user, &entra).await;
    if answer.status != 200 {
        check_refused(
            &answer,
            400,
            "`op` must be add, remove or replace, not `Replace`.",
        );
    }
    answer.status == 200
}

#[tokio::test]
async fn the_next_request_is_read_in_it() {
    let (api, okta, application) = sides(json!({})).await;
    let ann = create(
        &okta,
        "/Users",
        &json!({"schemas": SCHEMAS, "userName": "ann", "title": "Boss"}),
    )
    .await;
    let before = shown(&okta, &ann).await;
    for (value, tolerant) in [
        (json!("strict"), false),
        (json!("tolerant"), true),
        (json!("strict"), false),
        (json!(null), true),
    ] {
        api.set(json!({"dialect": value})).await;
        for client in [&okta, &application] {
            assert_eq!(is_tolerant(client, &ann).await, tolerant, "{value}");
        }
        assert_eq!(shown(&okta, &ann).await, before, "{value}");
        let unquoted = okta.get("/Users?filter=userName%20eq%20ann").await;
        assert_eq!(unquoted.status, if tolerant { 200 } else { 400 }, "{value}");
        let found = okta.find("/Users", "userName eq \"ann\"").await;
        assert_eq!(found.ids(), [id(&ann)], "{value}");
    }
}

/// What is no error means what the dialect says.
#[tokio::test]
async fn remove_with_a_value_is_the_one_or_the_other() {
    for (dialect, left) in [("tolerant", 1), ("strict", 0)] {
        let (api, okta, _) = sides(json!({})).await;
        let ann = create(
            &okta,
            "/Users",
            &json!({"schemas": SCHEMAS, "userName": "ann"}),
        )
        .await;
        let bob = create(
            &okta,
            "/Users",
            &json!({"schemas": SCHEMAS, "userName": "bob"}),
        )
        .await;
        let team = group(&okta, "Team", &[&ann, &bob]).await;
        api.set(json!({"dialect": dialect})).await;
        let remove = json!([{"op": "remove", "path": "members", "value": references(&[&ann])}]);
        assert_eq!(okta.patch(&team, &remove).await.status, 204);
        assert_eq!(
            okta.get(&team).await.values("members").len(),
            left,
            "{dialect}"
        );
    }
}

#[tokio::test]
async fn what_settings_md_shows_is_refused_in_strict() {
    let (api, okta, _) = sides(json!({"dialect": "strict"})).await;
    let ann = create(
        &okta,
        "/Users",
        &json!({"schemas": SCHEMAS, "userName": "ann"}),
    )
    .await;
    let body =
        json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Team"});
    let team = create(&okta, "/Groups", &body).await;
    let pushed = json!([{"op": "replace", "value": {"id": id(&team), "displayName": "Team"}}]);
    check_refused(&okta.patch(&team, &pushed).await, 400, "`id` is read-only.");
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    let refused = okta.patch(&ann, &json!([replace(manager, "1")])).await;
    check_refused(&refused, 400, "`manager` must be an object.");
    api.set(json!({"dialect": "tolerant"})).await;
    assert_eq!(okta.patch(&team, &pushed).await.status, 204);
    assert_eq!(
        okta.patch(&ann, &json!([replace(manager, "1")]))
            .await
            .status,
        200
    );
}
