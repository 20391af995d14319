//! Attributes of an extension that have the names of core ones.

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{GROUP, OWN, OWN_GROUP, USER, definition, extend, names};

async fn api() -> Api {
    let api = Api::start().await;
    let of_users = json!([
        {"name": "userName"}, {"name": "schemas"}, {"name": "id"}, {"name": "meta"}, {"name": "groups"}, {"name": "emails"},
        {"name": "active"}, {"name": "externalId"}, {"name": "displayName"}, {"name": "password"}, {"name": "manager"}
    ]);
    let of_groups = json!([{"name": "members"}, {"name": "displayName", "type": "integer"}, {"name": "schemas"}, {"name": "externalId"}]);
    extend(
        &api,
        json!([
            definition("User", OWN, false, of_users),
            definition("Group", OWN_GROUP, false, of_groups)
        ]),
    )
    .await;
    api
}

#[tokio::test]
async fn those_of_a_user_are_his_own() {
    let api = api().await;
    let client = api.client();
    let values = json!({
        "userName": "x", "schemas": "s", "id": "i", "meta": "m", "groups": "g", "emails": "e", "active": "perhaps",
        "externalId": "y", "displayName": "d", "password": "p", "manager": "b"
    });
    let body = json!({"schemas": [USER, OWN], "userName": "ann", "externalId": "1", OWN: values});
    let created = client.post("/Users", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.body[OWN], values);
    assert_eq!(created.body["schemas"], json!([USER, OWN]));
    assert_eq!(
        (&created.body["active"], &created.body["externalId"]),
        (&json!(true), &json!("1"))
    );
    assert_ne!(created.id(), "i");
    let path = format!("/Users/{}", created.id());

    // No key is theirs: another one may have the same values, and a filter finds by the right one.
    let other = client.post("/Users", &json!({"userName": "x", "externalId": "y", OWN: {"userName": "ann", "externalId": "1"}})).await;
    assert_eq!(other.status, 201, "{other:?}");
    for (filter, expected) in [
        ("userName eq \"ann\"".to_owned(), "ann"),
        (format!("{OWN}:userName eq \"ann\""), "x"),
        (format!("{OWN}:externalId eq \"y\""), "ann"),
        ("externalId eq \"y\"".to_owned(), "x"),
        (format!("{OWN}:id eq \"i\""), "ann"),
        (format!("{OWN}:emails eq \"e\" and {OWN}:groups pr"), "ann"),
        (format!("{USER}:userName eq \"x\""), "x"),
    ] {
        assert_eq!(
            names(&client.find("/Users", &filter).await),
            expected,
            "{filter}"
        );
    }
    assert_eq!(
        names(&client.get(&format!("/Users?sortBy={OWN}:userName")).await),
        "x ann"
    );
    assert_eq!(names(&client.get("/Users?sortBy=userName").await), "ann x");

    // A change of one is none of the other.
    let patched = client.patch(&path, &json!([
        {"op": "replace", "path": format!("{OWN}:userName"), "value": "z"},
        {"op": "remove", "path": format!("{OWN}:active")},
        {"op": "replace", "value": {format!("{OWN}:displayName"): "e", "displayName": "Ann"}},
        {"op": "remove", "path": format!("{OWN}:schemas")}
    ])).await;
    assert_eq!(patched.status, 200, "{patched:?}");
    assert_eq!(
        (&patched.body["userName"], &patched.body[OWN]["userName"]),
        (&json!("ann"), &json!("z"))
    );
    assert_eq!(
        (
            &patched.body["displayName"],
            &patched.body[OWN]["displayName"]
        ),
        (&json!("Ann"), &json!("e"))
    );
    assert_eq!(
        (&patched.body["active"], patched.body[OWN].get("active")),
        (&json!(true), None)
    );
    let shown = client
        .get(&format!("{path}?excludedAttributes={OWN}:userName"))
        .await;
    assert_eq!(
        (&shown.body["userName"], shown.body[OWN].get("userName")),
        (&json!("ann"), None)
    );
    let shown = client
        .get(&format!("{path}?excludedAttributes=userName,groups"))
        .await;
    assert_eq!(
        (&shown.body[OWN]["userName"], &shown.body[OWN]["groups"]),
        (&json!("z"), &json!("g"))
    );
}

/// All names that RFC 7643 §2.1 has, and `$ref` within a complex attribute (§2.4).
#[tokio::test]
async fn names_may_have_signs() {
    let api = Api::start().await;
    let client = api.client();
    let site = json!([{"name": "value"}, {"name": "$ref", "type": "reference", "referenceTypes": ["external"]}]);
    let attributes = json!([{"name": "cost$"}, {"name": "a-b_1"}, {"name": "site", "type": "complex", "subAttributes": site}]);
    extend(&api, json!([definition("User", OWN, false, attributes)])).await;
    let values = json!({"cost$": "1", "a-b_1": "2", "site": {"value": "Ulm", "$ref": "https://example.com/ulm"}});
    let created = client
        .post("/Users", &json!({"userName": "ann", OWN: values}))
        .await;
    assert_eq!(created.body[OWN], values);
    for filter in [
        "cost$ eq \"1\"",
        "a-b_1 eq \"2\"",
        "site.$ref ew \"ulm\"",
        "site[$ref pr]",
    ] {
        let found = client.find("/Users", &format!("{OWN}:{filter}")).await;
        assert_eq!(names(&found), "ann", "{filter}");
    }
    let operations = json!([
        {"op": "replace", "path": format!("{OWN}:cost$"), "value": "3"},
        {"op": "remove", "path": format!("{OWN}:site.$ref")}
    ]);
    let patched = client
        .patch(&format!("/Users/{}", created.id()), &operations)
        .await;
    assert_eq!(
        patched.body[OWN],
        json!({"cost$": "3", "a-b_1": "2", "site": {"value": "Ulm"}})
    );
}

#[tokio::test]
async fn those_of_a_group_are_its_own() {
    let api = api().await;
    let client = api.client();
    let member = client
        .post("/Users", &json!({"userName": "ann"}))
        .await
        .id();
    let body = json!({
        "schemas": [GROUP, OWN_GROUP], "displayName": "team", "members": [{"value": member}],
        OWN_GROUP: {"members": "none", "displayName": 7, "schemas": "s", "externalId": "e"}
    });
    let created = client.post("/Groups", &body).await;
    assert_eq!(created.status, 201, "{created:?}");
    assert_eq!(created.body[OWN_GROUP], body[OWN_GROUP]);
    assert_eq!(created.values("members"), [member.as_str()]);
    let path = format!("/Groups/{}", created.id());
    let values = async |operations: Value| {
        let answer = client.patch(&path, &operations).await;
        assert_eq!(answer.status, 204, "{answer:?}");
        let group = client.get(&path).await;
        (
            group.values("members"),
            group.body["displayName"].clone(),
            group.body[OWN_GROUP].clone(),
        )
    };
    let (members, name, own) = values(json!([
        {"op": "replace", "path": format!("{OWN_GROUP}:members"), "value": "some"},
        {"op": "replace", "path": format!("{OWN_GROUP}:displayName"), "value": 8}
    ]))
    .await;
    assert_eq!((members, name), (vec![member.clone()], json!("team")));
    assert_eq!(
        own,
        json!({"members": "some", "displayName": 8, "schemas": "s", "externalId": "e"})
    );
    let (members, _, own) = values(json!([{"op": "remove", "path": "members"}])).await;
    assert!(members.is_empty());
    assert_eq!(own["members"], "some");
    let (members, _, own) = values(json!([
        {"op": "remove", "path": format!("{OWN_GROUP}:members")},
        {"op": "add", "path": "members", "value": [{"value": member}]}
    ]))
    .await;
    assert_eq!((members, own.get("members")), (vec![member.clone()], None));
    // Both in one pathless operation.
    let (members, name, own) = values(json!([{"op": "replace", "value": {"displayName": "crew", "members": [], OWN_GROUP: {"members": "m", "displayName": 9}}}])).await;
    assert_eq!((members.len(), name), (0, json!("crew")));
    assert_eq!(
        (&own["members"], &own["displayName"]),
        (&json!("m"), &json!(9))
    );
    for (filter, expected) in [
        (format!("{OWN_GROUP}:displayName eq 9"), "crew"),
        ("displayName eq \"crew\"".to_owned(), "crew"),
        ("displayName eq \"9\"".to_owned(), ""),
        (format!("{OWN_GROUP}:members eq \"m\""), "crew"),
    ] {
        assert_eq!(
            names(&client.find("/Groups", &filter).await),
            expected,
            "{filter}"
        );
    }
    // Who leaves the members out has the attribute of that name still.
    let shown = client
        .get(&format!("{path}?excludedAttributes=members"))
        .await;
    assert_eq!(
        (shown.body.get("members"), &shown.body[OWN_GROUP]["members"]),
        (None, &json!("m"))
    );
    let shown = client
        .get(&format!("{path}?attributes={OWN_GROUP}:members"))
        .await;
    assert_eq!(
        (shown.body.get("members"), &shown.body[OWN_GROUP]["members"]),
        (None, &json!("m"))
    );
}
