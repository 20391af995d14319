//! POST, PUT and PATCH with attributes of an extension.

use scim::Dialect;
use serde_json::{Value, json};

use crate::given::{
    OWN, OWN_GROUP, USER, check_refused, definition, extend, extended, make, patched, user,
};

fn everything() -> Value {
    json!({
        "badge": "B1", "code": "aB", "level": 3, "score": 2.5, "hired": "2026-11-21T09:30:00Z", "remote": true,
        "photo": "aGVsbG8=", "home": "https://example.com/ann", "number": "7", "key": "k",
        "desk": {"floor": 2, "room": "a"},
        "skills": [{"value": "rust", "type": "main", "years": 5, "primary": true}, {"value": "go"}], "tags": ["x", "y"]
    })
}

#[tokio::test]
async fn values_of_every_type_are_written_and_read() {
    for dialect in [Dialect::Tolerant, Dialect::Strict] {
        let api = extended(dialect).await;
        let client = api.client();
        let created = client.post("/Users", &user("ann", everything())).await;
        assert_eq!(created.status, 201, "{created:?}");
        assert_eq!(created.body[OWN], everything());
        assert_eq!(created.body["schemas"], json!([USER, OWN]));
        let path = format!("/Users/{}", created.id());
        let read = client.get(&path).await;
        assert_eq!(read.body, created.body);
        let list = client.get("/Users").await;
        assert_eq!(list.body["Resources"][0], created.body);

        // The same again is no change.
        let replaced = client.put(&path, &user("ann", everything())).await;
        assert_eq!(
            (replaced.status, replaced.body["meta"]["version"].clone()),
            (200, created.body["meta"]["version"].clone())
        );
        // What is left out is cleared, but for what is immutable.
        let replaced = client
            .put(&path, &json!({"schemas": [USER], "userName": "ann"}))
            .await;
        assert_eq!(replaced.body[OWN], json!({"number": "7"}), "{replaced:?}");
        assert_eq!(replaced.body["schemas"], json!([USER, OWN]));
    }
}

#[tokio::test]
async fn schemas_lists_an_extension_while_it_has_values() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let created = client
        .post(
            "/Users",
            &json!({"schemas": [USER, OWN], "userName": "ann"}),
        )
        .await;
    assert_eq!(created.body["schemas"], json!([USER]));
    let path = format!("/Users/{}", created.id());
    let schemas = async |operation: Value| {
        let answer = client.patch(&path, &json!([operation])).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            answer.body["schemas"].as_array().unwrap().len() == 2,
            answer.body.get(OWN).is_some()
        );
        client.get(&path).await.body["schemas"].clone()
    };
    assert_eq!(
        schemas(json!({"op": "add", "path": format!("{OWN}:badge"), "value": "1"})).await,
        json!([USER, OWN])
    );
    assert_eq!(
        schemas(json!({"op": "remove", "path": format!("{OWN}:badge")})).await,
        json!([USER])
    );
    assert_eq!(
        schemas(json!({"op": "add", "value": {OWN: {"tags": ["a"]}}})).await,
        json!([USER, OWN])
    );
    assert_eq!(
        schemas(json!({"op": "remove", "path": OWN})).await,
        json!([USER])
    );
    // Strict: what has values must be listed.
    let strict = extended(Dialect::Strict).await;
    let body = json!({"schemas": [USER], "userName": "ann", OWN: {"badge": "1"}});
    check_refused(
        &strict.client().post("/Users", &body).await,
        "invalidSyntax",
        OWN,
    );
}

#[tokio::test]
async fn patches_reach_every_attribute() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let ann = make(&client, "ann", json!({})).await;
    let cases = [
        (
            json!({"op": "add", "path": format!("{OWN}:badge"), "value": "1"}),
            json!({"badge": "1"}),
        ),
        (
            json!({"op": "replace", "path": format!("{}:BADGE", OWN.to_uppercase()), "value": "2"}),
            json!({"badge": "2"}),
        ),
        (
            json!({"op": "replace", "value": {OWN: {"badge": "3", "level": 1}}}),
            json!({"badge": "3", "level": 1}),
        ),
        (
            json!({"op": "replace", "value": {format!("{OWN}:level"): 2}}),
            json!({"badge": "3", "level": 2}),
        ),
        (
            json!({"op": "replace", "path": OWN, "value": {"level": 4}}),
            json!({"badge": "3", "level": 4}),
        ),
        (
            json!({"op": "add", "path": OWN, "value": {"badge": "5"}}),
            json!({"badge": "5", "level": 4}),
        ),
        (
            json!({"op": "remove", "path": format!("{OWN}:level")}),
            json!({"badge": "5"}),
        ),
        (
            json!({"op": "add", "path": format!("{OWN}:desk.room"), "value": "a"}),
            json!({"badge": "5", "desk": {"room": "a"}}),
        ),
        (
            json!({"op": "add", "value": {format!("{OWN}:desk.floor"): 2}}),
            json!({"badge": "5", "desk": {"floor": 2, "room": "a"}}),
        ),
        (
            json!({"op": "remove", "path": format!("{OWN}:desk.floor")}),
            json!({"badge": "5", "desk": {"room": "a"}}),
        ),
        (
            json!({"op": "remove", "path": format!("{OWN}:desk")}),
            json!({"badge": "5"}),
        ),
        (
            json!({"op": "replace", "path": format!("{OWN}:badge"), "value": ""}),
            Value::Null,
        ),
        (
            json!({"op": "add", "path": format!("{OWN}:tags"), "value": ["a", "b"]}),
            json!({"tags": ["a", "b"]}),
        ),
        (
            json!({"op": "add", "path": format!("{OWN}:tags"), "value": "c"}),
            json!({"tags": ["a", "b", "c"]}),
        ),
        (
            json!({"op": "remove", "path": format!("{OWN}:tags"), "value": ["c", "b"]}),
            json!({"tags": ["a"]}),
        ),
        (
            json!({"op": "replace", "path": format!("{OWN}:tags"), "value": []}),
            Value::Null,
        ),
        (
            json!({"op": "add", "path": format!("{OWN}:skills"), "value": [{"value": "rust", "type": "main"}]}),
            json!({"skills": [{"value": "rust", "type": "main"}]}),
        ),
        (
            json!({"op": "add", "path": format!("{OWN}:skills[type eq \"main\"].years"), "value": 5}),
            json!({"skills": [{"value": "rust", "type": "main", "years": 5}]}),
        ),
        (
            json!({"op": "replace", "path": format!("{OWN}:skills[value eq \"rust\"]"), "value": {"value": "c", "years": 9}}),
            json!({"skills": [{"value": "c", "years": 9}]}),
        ),
        (
            json!({"op": "remove", "path": format!("{OWN}:skills[years gt 8]")}),
            Value::Null,
        ),
    ];
    for (operation, expected) in cases {
        let about = operation.to_string();
        assert_eq!(patched(&client, &ann, operation).await, expected, "{about}");
    }
}

#[tokio::test]
async fn what_is_of_the_wrong_type_is_refused_by_name() {
    let api = extended(Dialect::Strict).await;
    let client = api.client();
    let ann = make(&client, "ann", json!({})).await;
    let wrong = [
        ("badge", json!(1)),
        ("level", json!(1.5)),
        ("level", json!("1")),
        ("score", json!("x")),
        ("hired", json!("yesterday")),
        ("hired", json!("2026-11-21")),
        ("remote", json!("yes")),
        ("photo", json!("no base64!")),
        ("home", json!(1)),
        ("desk", json!("a")),
        ("tags", json!("a")),
        ("tags", json!([1])),
        ("skills", json!([{"years": "many"}])),
    ];
    for (name, value) in wrong {
        let created = client
            .post("/Users", &user("bob", json!({name: value})))
            .await;
        check_refused(&created, "invalidValue", "must be");
        let named = created.body["detail"].as_str().unwrap();
        let expected = if name == "skills" {
            "skills.years"
        } else {
            name
        };
        assert!(named.contains(&format!("`{expected}`")), "{named}");
        let put = client.put(&ann, &user("ann", json!({name: value}))).await;
        check_refused(&put, "invalidValue", expected);
        let operation = json!({"op": "add", "path": format!("{OWN}:{name}"), "value": value});
        // A single value may be added to several.
        if (name, value.is_string()) != ("tags", true) {
            check_refused(
                &client.patch(&ann, &json!([operation])).await,
                "invalidValue",
                expected,
            );
        }
    }
    for body in [json!("x"), json!(["x"]), json!(1)] {
        check_refused(
            &client.post("/Users", &user("bob", body)).await,
            "invalidValue",
            OWN,
        );
    }
    assert!(client.get(&ann).await.body.get(OWN).is_none());
    // An attribute that is not defined is not there; a path to it is wrong.
    let created = client
        .post("/Users", &user("eve", json!({"shoeSize": 43})))
        .await;
    assert_eq!((created.status, created.body.get(OWN)), (201, None));
    let operation = json!({"op": "add", "path": format!("{OWN}:shoeSize"), "value": 43});
    let refused = client.patch(&ann, &json!([operation])).await;
    assert_eq!(refused.status, 400, "{refused:?}");
}

#[tokio::test]
async fn tolerant_reads_what_identity_providers_write() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let given = json!({"badge": 7, "level": "3", "score": "2.5", "remote": "True", "tags": "a", "skills": {"value": "rust"}});
    let ann = make(&client, "ann", given).await;
    assert_eq!(
        client.get(&ann).await.body[OWN],
        json!({"badge": "7", "level": 3, "score": 2.5, "remote": true, "skills": [{"value": "rust"}], "tags": ["a"]})
    );
    // Without its URN, where the core schema has no such attribute.
    let values = patched(
        &client,
        &ann,
        json!({"op": "replace", "path": "badge", "value": "8"}),
    )
    .await;
    assert_eq!(values["badge"], "8");
}

#[tokio::test]
async fn what_is_required_must_be_there() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    // Within a desk there must be a room.
    let created = client
        .post("/Users", &user("ann", json!({"desk": {"floor": 1}})))
        .await;
    check_refused(&created, "invalidValue", &format!("`{OWN}:desk.room`"));
    let ann = make(&client, "ann", json!({"desk": {"floor": 1, "room": "a"}})).await;
    let remove = json!([{"op": "remove", "path": format!("{OWN}:desk.room")}]);
    let refused = client.patch(&ann, &remove).await;
    check_refused(&refused, "mutability", "desk.room");
    assert_eq!(
        client.get(&ann).await.body[OWN]["desk"],
        json!({"floor": 1, "room": "a"})
    );
    assert_eq!(client.delete(&ann).await.status, 204);

    let attributes =
        json!([{"name": "badge", "required": true}, {"name": "level", "type": "integer"}]);
    extend(
        &api,
        json!([definition("User", OWN, false, attributes.clone())]),
    )
    .await;
    let bob = client.post("/Users", &json!({"userName": "bob"})).await;
    assert_eq!(bob.status, 201, "the extension is not required: {bob:?}");
    let created = client
        .post("/Users", &user("cy", json!({"level": 1})))
        .await;
    check_refused(&created, "invalidValue", &format!("`{OWN}:badge`"));
    let put = client
        .put(
            &format!("/Users/{}", bob.id()),
            &user("bob", json!({"level": 1})),
        )
        .await;
    check_refused(&put, "invalidValue", &format!("`{OWN}:badge`"));
    let operation = json!([{"op": "add", "path": format!("{OWN}:level"), "value": 1}]);
    let patch = client
        .patch(&format!("/Users/{}", bob.id()), &operation)
        .await;
    check_refused(&patch, "invalidValue", &format!("`{OWN}:badge`"));

    // A required extension.
    let gone = client.delete(&format!("/Users/{}", bob.id())).await;
    assert_eq!(gone.status, 204);
    extend(&api, json!([definition("User", OWN, true, attributes)])).await;
    for body in [
        json!({"userName": "dan"}),
        user("dan", json!({})),
        user("dan", Value::Null),
    ] {
        check_refused(&client.post("/Users", &body).await, "invalidValue", OWN);
    }
    let dan = make(&client, "dan", json!({"badge": "1"})).await;
    check_refused(
        &client.put(&dan, &json!({"userName": "dan"})).await,
        "invalidValue",
        OWN,
    );
    let refused = client
        .patch(&dan, &json!([{"op": "remove", "path": OWN}]))
        .await;
    assert_eq!(refused.status, 400, "{refused:?}");
    assert_eq!(client.get(&dan).await.body[OWN], json!({"badge": "1"}));
}

#[tokio::test]
async fn what_is_immutable_is_set_once_and_what_is_read_only_never() {
    let api = extended(Dialect::Tolerant).await;
    let client = api.client();
    let ann = make(&client, "ann", json!({"rank": "high"})).await;
    assert!(client.get(&ann).await.body.get(OWN).is_none());
    let number = |op: &str, value: Value| json!([{"op": op, "path": format!("{OWN}:number"), "value": value}]);
    let set = client.patch(&ann, &number("add", json!("1"))).await;
    assert_eq!(set.body[OWN], json!({"number": "1"}));
    assert_eq!(
        client
            .patch(&ann, &number("replace", json!("1")))
            .await
            .status,
        200
    );
    for operation in [
        number("replace", json!("2")),
        number("remove", Value::Null),
        json!([{"op": "remove", "path": OWN}]),
    ] {
        let refused = client.patch(&ann, &operation).await;
        check_refused(&refused, "mutability", "number");
    }
    check_refused(
        &client.put(&ann, &user("ann", json!({"number": "2"}))).await,
        "mutability",
        "number",
    );
    check_refused(
        &client
            .patch(
                &ann,
                &json!([{"op": "add", "path": format!("{OWN}:rank"), "value": "x"}]),
            )
            .await,
        "mutability",
        "rank",
    );
    let put = client
        .put(&ann, &user("ann", json!({"rank": "x", "badge": "b"})))
        .await;
    assert_eq!(put.body[OWN], json!({"badge": "b", "number": "1"}));
}

#[tokio::test]
async fn groups_have_extensions_too() {
    for dialect in [Dialect::Tolerant, Dialect::Strict] {
        let api = extended(dialect).await;
        let client = api.client();
        let member = make(&client, "ann", json!({})).await;
        let member = member.rsplit('/').next().unwrap();
        let schemas = json!([crate::given::GROUP, OWN_GROUP]);
        let group = json!({"schemas": schemas, "displayName": "team", "members": [{"value": member}], OWN_GROUP: {"cost": 7}});
        let created = client.post("/Groups", &group).await;
        assert_eq!(
            (created.status, &created.body[OWN_GROUP]),
            (201, &json!({"cost": 7})),
            "{created:?}"
        );
        assert_eq!(created.body["schemas"], schemas);
        let path = format!("/Groups/{}", created.id());
        let operations = json!([
            {"op": "add", "path": format!("{OWN_GROUP}:site"), "value": "Ulm"},
            {"op": "replace", "path": format!("{OWN_GROUP}:cost"), "value": 8}
        ]);
        let changed = client
            .patch(&format!("{path}?attributes={OWN_GROUP}:site"), &operations)
            .await;
        assert_eq!(
            (changed.status, &changed.body[OWN_GROUP]),
            (200, &json!({"site": "Ulm"})),
            "{changed:?}"
        );
        let read = client.get(&path).await;
        assert_eq!(read.body[OWN_GROUP], json!({"cost": 8, "site": "Ulm"}));
        assert_eq!(read.values("members"), [member]);
        let found = client
            .find(
                "/Groups",
                &format!("{OWN_GROUP}:cost gt 7 and {OWN_GROUP}:site sw \"u\""),
            )
            .await;
        assert_eq!(found.ids(), [created.id()]);
        // A user has no such attribute.
        let found = client
            .find("/Users", &format!("{OWN_GROUP}:cost gt 7"))
            .await;
        assert_eq!(
            (found.status, &found.body["scimType"]),
            (400, &json!("invalidFilter"))
        );
        let put = client
            .put(
                &path,
                &json!({"schemas": [crate::given::GROUP], "displayName": "team"}),
            )
            .await;
        assert!(put.body.get(OWN_GROUP).is_none(), "{put:?}");
    }
}
