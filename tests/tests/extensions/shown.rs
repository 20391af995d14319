//! What is returned of an extension, and when.

use end_to_end::{Api, Response};
use scim::Dialect;
use serde_json::{Value, json};

use crate::given::{OWN, USER, check_refused, extend, extended, make, user};

fn values() -> Value {
    json!({"badge": "1", "level": 2, "hidden": "h", "notes": "n", "key": "k", "desk": {"floor": 1, "room": "a"}, "tags": ["x"]})
}

#[track_caller]
fn check_shows(answer: &Response, names: &[&str]) {
    let shown = answer.body.get(OWN).and_then(Value::as_object);
    let shown: Vec<_> = shown
        .into_iter()
        .flat_map(|shown| shown.keys().map(String::as_str))
        .collect();
    assert_eq!(shown, names, "{answer:?}");
}

#[tokio::test]
async fn attributes_are_returned_as_they_are_defined_to_be() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let created = client.post("/Users", &user("ann", values())).await;
    // What this very request wrote is shown, also if it is returned on request; what is never returned is not.
    check_shows(
        &created,
        &["badge", "level", "notes", "key", "desk", "tags"],
    );
    let path = format!("/Users/{}", created.id());
    let get = async |query: String| client.get(&format!("{path}?{query}")).await;
    check_shows(
        &get(String::new()).await,
        &["badge", "level", "key", "desk", "tags"],
    );
    let cases: [(String, &[&str]); 9] = [
        (format!("attributes={OWN}:badge"), &["badge", "key"]),
        (
            format!("attributes={}:BADGE", OWN.to_uppercase()),
            &["badge", "key"],
        ),
        (
            format!("attributes={OWN}:notes,{OWN}:hidden"),
            &["notes", "key"],
        ),
        (
            format!("attributes={OWN}:desk.room,userName"),
            &["key", "desk"],
        ),
        (format!("attributes={OWN}:tags"), &["key", "tags"]),
        ("attributes=userName".to_owned(), &["key"]),
        (
            format!("excludedAttributes={OWN}:badge,{OWN}:key"),
            &["level", "key", "desk", "tags"],
        ),
        (format!("excludedAttributes={OWN}"), &["key"]),
        (
            format!("excludedAttributes={OWN}:desk.room"),
            &["badge", "level", "key", "desk", "tags"],
        ),
    ];
    for (query, expected) in cases {
        let answer = get(query.clone()).await;
        check_shows(&answer, expected);
        assert_eq!(answer.body["schemas"], json!([USER, OWN]), "{query}");
        let list = client.get(&format!("/Users?{query}")).await;
        assert_eq!(list.body["Resources"][0], answer.body, "{query}");
    }
    let whole = get(format!("attributes={OWN}")).await;
    assert_eq!(whole.body.get("userName"), None);
    // Who asks for the extension asks for all of it.
    check_shows(&whole, &["badge", "level", "notes", "key", "desk", "tags"]);
    assert_eq!(
        get(format!("attributes={OWN}:desk.room")).await.body[OWN]["desk"],
        json!({"room": "a"})
    );
    assert_eq!(
        get(format!("excludedAttributes={OWN}:desk.room"))
            .await
            .body[OWN]["desk"],
        json!({"floor": 1})
    );
    // A change shows what it wrote.
    let notes = json!([{"op": "replace", "path": format!("{OWN}:notes"), "value": "m"}]);
    let patched = client.patch(&path, &notes).await;
    check_shows(
        &patched,
        &["badge", "level", "notes", "key", "desk", "tags"],
    );
    let put = client
        .put(&path, &user("ann", json!({"badge": "2", "hidden": "i"})))
        .await;
    check_shows(&put, &["badge"]);
}

#[tokio::test]
async fn what_is_never_returned_is_not_asked_for_either() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let ann = make(&client, "ann", values()).await;
    let found = client
        .find("/Users", &format!("{OWN}:hidden eq \"h\""))
        .await;
    check_refused(&found, "invalidFilter", "hidden");
    let sorted = client.get(&format!("/Users?sortBy={OWN}:hidden")).await;
    check_refused(&sorted, "invalidValue", "hidden");
    // But it is kept: it is there when the definition allows to see it.
    let attributes = json!([{"name": "hidden"}]);
    crate::given::extend(
        &api,
        json!([crate::given::definition("User", OWN, false, attributes)]),
    )
    .await;
    assert_eq!(client.get(&ann).await.body[OWN], json!({"hidden": "h"}));
}

#[tokio::test]
async fn what_is_returned_on_request_is_found() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let ann = make(&client, "ann", values()).await;
    let found = client
        .find("/Users", &format!("{OWN}:notes eq \"N\""))
        .await;
    assert_eq!(found.ids().len(), 1);
    assert!(ann.ends_with(&found.ids()[0]));
    assert!(found.body["Resources"][0][OWN].get("notes").is_none());
}

#[tokio::test]
async fn a_part_that_is_returned_on_request_is_shown_to_whoever_wrote_it() {
    let api = Api::start().await;
    let skill = json!([{"name": "value"}, {"name": "level", "returned": "request"}]);
    let skills =
        json!({"name": "skills", "type": "complex", "multiValued": true, "subAttributes": skill});
    let schema = json!({"id": OWN, "name": "Own", "attributes": [skills]});
    extend(&api, json!([{"resourceType": "User", "schema": schema}])).await;
    let client = api.client();
    let written = json!({"skills": [{"value": "rust", "level": "senior"}]});
    let created = client.post("/Users", &user("ann", written.clone())).await;
    assert_eq!(created.body[OWN], written);
    let path = format!("/Users/{}", created.id());
    let shown = client.get(&path).await;
    assert_eq!(shown.body[OWN], json!({"skills": [{"value": "rust"}]}));
    let asked = client
        .get(&format!("{path}?attributes={OWN}:skills.level"))
        .await;
    assert_eq!(asked.body[OWN], json!({"skills": [{"level": "senior"}]}));
}
