//! Extensions that change or go while there are users.

use end_to_end::Api;
use scim::Dialect;
use serde_json::{Value, json};

use crate::given::{OWN, USER, check_refused, definition, extend, extended, make, names, user};
use crate::refused::refusal;

fn one(attributes: Value) -> Value {
    json!([definition("User", OWN, false, attributes)])
}

#[tokio::test]
async fn values_of_a_removed_extension_are_not_shown_and_do_no_harm() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let ann = make(
        &client,
        "ann",
        json!({"badge": "1", "number": "7", "level": 2}),
    )
    .await;
    extend(&api, json!([])).await;
    let plain = async || {
        let shown = client.get(&ann).await;
        assert_eq!(
            (shown.status, shown.body.get(OWN)),
            (200, None),
            "{shown:?}"
        );
        assert_eq!(shown.body["schemas"], json!([USER]));
        shown
    };
    plain().await;
    assert_eq!(
        client.get("/Users").await.body["Resources"][0].get(OWN),
        None
    );
    assert_eq!(client.get(&format!("/Schemas/{OWN}")).await.status, 404);
    check_refused(
        &client.find("/Users", &format!("{OWN}:badge pr")).await,
        "invalidFilter",
        "badge",
    );
    check_refused(
        &client.get(&format!("/Users?sortBy={OWN}:badge")).await,
        "invalidValue",
        "badge",
    );
    let patched = client
        .patch(
            &ann,
            &json!([{"op": "add", "path": "title", "value": "Boss"}]),
        )
        .await;
    assert_eq!(
        (patched.status, patched.body.get(OWN)),
        (200, None),
        "{patched:?}"
    );
    assert_eq!(plain().await.body["title"], "Boss");
    let put = client
        .put(&ann, &user("ann", json!({"badge": "2", "number": "8"})))
        .await;
    assert_eq!((put.status, put.body.get(OWN)), (200, None), "{put:?}");
    plain().await;
    assert_eq!(client.delete(&ann).await.status, 204);
    // The name is free, the extension may come again.
    extend(&api, one(json!([{"name": "badge", "type": "integer"}]))).await;
    make(&client, "ann", json!({"badge": 1})).await;
}

#[tokio::test]
async fn an_attribute_that_is_removed_is_not_shown() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let ann = make(
        &client,
        "ann",
        json!({"badge": "1", "level": 2, "desk": {"floor": 1, "room": "a"}}),
    )
    .await;
    extend(&api, one(json!([{"name": "level", "type": "integer"}, {"name": "desk", "type": "complex", "subAttributes": [{"name": "room"}]}]))).await;
    let expected = json!({"level": 2, "desk": {"room": "a"}});
    assert_eq!(client.get(&ann).await.body[OWN], expected);
    let patched = client
        .patch(
            &ann,
            &json!([{"op": "add", "path": "title", "value": "Boss"}]),
        )
        .await;
    assert_eq!(
        (patched.status, &patched.body[OWN]),
        (200, &expected),
        "{patched:?}"
    );
    extend(&api, one(json!([{"name": "other"}]))).await;
    let shown = client.get(&ann).await;
    assert_eq!(shown.body.get(OWN), None);
    assert_eq!(shown.body["schemas"], json!([USER]));
}

/// Where somebody has a value that a new definition does not allow, it is refused, and names who has it.
#[tokio::test]
async fn a_definition_that_stored_values_violate_is_refused() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let changes = [
        (
            "badge",
            json!({"name": "badge", "type": "integer"}),
            json!("x1"),
        ),
        (
            "level",
            json!({"name": "level", "type": "boolean"}),
            json!(2),
        ),
        (
            "desk",
            json!({"name": "desk"}),
            json!({"floor": 1, "room": "a"}),
        ),
        ("tags", json!({"name": "tags"}), json!(["a", "b"])),
        (
            "code",
            json!({"name": "code", "multiValued": true}),
            json!("c"),
        ),
        (
            "hired",
            json!({"name": "hired", "type": "complex", "subAttributes": [{"name": "by"}]}),
            json!("2026-11-21T09:30:00Z"),
        ),
    ];
    for (name, definition_now, old) in changes {
        extended_again(&api).await;
        let ann = make(
            &client,
            &format!("ann-{name}"),
            json!({name: old, "key": "k"}),
        )
        .await;
        let before = client.get("/Schemas").await.body;
        let definitions = one(json!([definition_now, {"name": "key"}]));
        let (status, detail) = refusal(&api, &definitions).await;
        assert_eq!(status, 409, "{name}: {detail}");
        let id = ann.rsplit('/').next().unwrap();
        assert!(
            detail.contains(&format!("User `{id}`: `{name}")),
            "{name}: {detail}"
        );
        assert_eq!(client.get("/Schemas").await.body, before, "{name}");
        let without = json!([{"op": "remove", "path": format!("{OWN}:{name}")}]);
        assert_eq!(client.patch(&ann, &without).await.status, 200, "{name}");
        extend(&api, definitions).await;
        assert_eq!(client.delete(&ann).await.status, 204);
    }
}

async fn extended_again(api: &Api) {
    extend(api, one(crate::given::attributes())).await;
}

/// What becomes required asks nothing of those who are there until somebody changes what it is about.
#[tokio::test]
async fn what_becomes_required_must_be_there_already() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let mut paths = vec![make(&client, "ann", json!({"level": 1})).await];
    for name in ["bob", "cy", "dee"] {
        let created = client.post("/Users", &json!({"userName": name})).await;
        paths.push(format!("/Users/{}", created.id()));
    }
    let badge = json!({"name": "badge", "required": true});
    let required = json!([definition(
        "User",
        OWN,
        true,
        json!([badge, {"name": "level", "type": "integer"}])
    )]);
    let (status, detail) = refusal(&api, &required).await;
    assert_eq!(status, 409, "{detail}");
    for (path, is_named) in paths.iter().zip([true, true, true, false]) {
        let id = path.rsplit('/').next().unwrap();
        assert_eq!(detail.contains(id), is_named, "{detail}");
    }
    let badge = json!([{"op": "add", "path": format!("{OWN}:badge"), "value": "1"}]);
    for path in &paths {
        assert_eq!(client.patch(path, &badge).await.status, 200);
    }
    extend(&api, required).await;
    let gone = json!([{"op": "remove", "path": format!("{OWN}:badge")}]);
    assert_eq!(client.patch(&paths[0], &gone).await.status, 400);
}

#[tokio::test]
async fn the_next_request_knows_the_change() {
    let api = Api::start().await;
    let client = api.client();
    for number in 0..5 {
        let name = format!("a{number}");
        extend(&api, one(json!([{"name": name}]))).await;
        let created = client
            .post("/Users", &user(&name, json!({&name: "x", "a9": "y"})))
            .await;
        assert_eq!(created.body[OWN], json!({&name: "x"}));
        let schema = client.get(&format!("/Schemas/{OWN}")).await;
        assert_eq!(schema.body["attributes"][0]["name"], name);
        let found = client.find("/Users", &format!("{OWN}:{name} pr")).await;
        assert_eq!(found.ids(), [created.id()]);
    }
}

#[tokio::test]
async fn bulk_operations_know_them() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let operations = json!([
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": user("ann", json!({"badge": "1", "level": 1}))},
        {"method": "POST", "path": "/Users", "bulkId": "b", "data": user("bob", json!({"home": "/Users/bulkId:a", "tags": ["bulkId:a"]}))},
        {"method": "PATCH", "path": "/Users/bulkId:a", "data": {"Operations": [{"op": "replace", "path": format!("{OWN}:level"), "value": 2}]}},
        {"method": "POST", "path": "/Users", "bulkId": "c", "data": user("cy", json!({"level": "many"}))},
        {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "team", crate::given::OWN_GROUP: {"cost": 3}}}
    ]);
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": operations});
    let answer = client.post("/Bulk", &body).await;
    let statuses: Vec<_> = answer.body["Operations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|outcome| &outcome["status"])
        .collect();
    assert_eq!(
        json!(statuses),
        json!(["201", "201", "200", "400", "201"]),
        "{answer:?}"
    );
    let detail = answer.body["Operations"][3]["response"]["detail"]
        .as_str()
        .unwrap();
    assert!(detail.contains("level"), "{detail}");
    let users = client.get("/Users").await;
    let (ann, bob) = (&users.body["Resources"][0], &users.body["Resources"][1]);
    assert_eq!(ann[OWN], json!({"badge": "1", "level": 2}));
    // References are resolved here too (RFC 7644 §3.7.2).
    let id = ann["id"].as_str().unwrap();
    assert_eq!(
        bob[OWN],
        json!({"home": format!("/Users/{id}"), "tags": [id]})
    );
    let found = client
        .find("/Groups", &format!("{}:cost eq 3", crate::given::OWN_GROUP))
        .await;
    assert_eq!(names(&found), "team");
}
