//! The extensions are seen by application credentials alone, wherever users and groups are shown.

use end_to_end::{Client, Response};
use scim::{MUSTER_GROUP, MUSTER_USER};
use serde_json::{Value, json};

use crate::given::{create, group, id, mapped, names, patch, replace, shown, sides, user};

/// Whether something of Muster's own is in it, under whatever key.
fn tells(answer: &Response) -> bool {
    assert!(answer.status < 300, "{answer:?}");
    answer.body.to_string().contains("urn:muster")
}

/// The requests that show a user and a group, whoever sends them.
fn requests(user: &str, group: &str) -> Vec<(&'static str, String, Value)> {
    let search = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
    let patch = |operation: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    let title = || patch(replace("title", "Boss"));
    let asked = |path: &str, urn: &str| format!("{path}?attributes=externalId,{urn}");
    vec![
        ("GET", user.to_owned(), Value::Null),
        ("GET", group.to_owned(), Value::Null),
        ("GET", "/Users".into(), Value::Null),
        ("GET", "/Groups".into(), Value::Null),
        ("GET", "/Users?sortBy=userName".into(), Value::Null),
        ("GET", "/Users?cursor".into(), Value::Null),
        ("GET", asked(user, MUSTER_USER), Value::Null),
        ("GET", asked(group, MUSTER_GROUP), Value::Null),
        (
            "GET",
            asked("/Users", &format!("{MUSTER_USER}:origin")),
            Value::Null,
        ),
        ("GET", "/Schemas".into(), Value::Null),
        ("GET", "/ResourceTypes".into(), Value::Null),
        ("GET", "/ResourceTypes/User".into(), Value::Null),
        ("GET", "/ResourceTypes/Group".into(), Value::Null),
        (
            "POST",
            "/Users/.search".into(),
            json!({"schemas": [search]}),
        ),
        (
            "POST",
            "/Groups/.search".into(),
            json!({"schemas": [search]}),
        ),
        ("POST", "/.search".into(), json!({"schemas": [search]})),
        ("PATCH", user.to_owned(), title()),
        (
            "PUT",
            user.to_owned(),
            json!({"userName": "ann", "title": "Chief"}),
        ),
        (
            "PATCH",
            format!("{group}?attributes=externalId,{MUSTER_GROUP}"),
            patch(replace("externalId", "e1")),
        ),
        ("PUT", group.to_owned(), json!({"displayName": "Team"})),
    ]
}

async fn send(client: &Client, (method, path, body): &(&str, String, Value)) -> Response {
    let body = (!body.is_null()).then(|| body.to_string());
    client.send(method, path, &[], body).await
}

#[tokio::test]
async fn by_the_application_alone() {
    let (_api, okta, application) = sides(json!({"default_role": "viewer"})).await;
    let ann = user(&okta, "ann").await;
    let team = mapped(
        &application,
        "Team",
        json!({"role": "admin", "priority": 3}),
        &[&ann],
    )
    .await;
    for request in requests(&ann, &team) {
        let (for_okta, for_application) = (
            send(&okta, &request).await,
            send(&application, &request).await,
        );
        assert!(!tells(&for_okta), "{request:?}: {for_okta:?}");
        assert!(tells(&for_application), "{request:?}: {for_application:?}");
    }
}

#[tokio::test]
async fn as_they_are() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let team = mapped(
        &application,
        "Team",
        json!({"role": "admin", "priority": 3}),
        &[&ann],
    )
    .await;
    let user = shown(&application, &ann).await;
    assert_eq!(
        user[MUSTER_USER],
        json!({"origin": "scim", "protected": false, "role": "admin"})
    );
    assert!(
        user["schemas"]
            .as_array()
            .unwrap()
            .contains(&json!(MUSTER_USER))
    );
    let group = shown(&application, &team).await;
    assert_eq!(
        group[MUSTER_GROUP],
        json!({"origin": "application", "role": "admin", "priority": 3})
    );
    assert!(
        group["schemas"]
            .as_array()
            .unwrap()
            .contains(&json!(MUSTER_GROUP))
    );
}

#[tokio::test]
async fn as_far_as_they_are_asked_for() {
    let (_api, okta, application) = sides(json!({"default_role": "viewer"})).await;
    let ann = user(&okta, "ann").await;
    let check = async |query: String, expected: Value| {
        for path in [ann.as_str(), "/Users"] {
            let answer = application.get(&format!("{path}?{query}")).await;
            let resource = match path {
                "/Users" => &answer.body["Resources"][0],
                _ => &answer.body,
            };
            assert_eq!(
                resource[MUSTER_USER], expected,
                "{path}?{query}: {answer:?}"
            );
        }
    };
    let all = json!({"origin": "scim", "protected": false, "role": "viewer"});
    check("attributes=userName".into(), Value::Null).await;
    check(format!("attributes={MUSTER_USER}"), all).await;
    check(
        format!("attributes={MUSTER_USER}:role"),
        json!({"role": "viewer"}),
    )
    .await;
    check(format!("excludedAttributes={MUSTER_USER}"), Value::Null).await;
    let without = json!({"protected": false, "role": "viewer"});
    check(format!("excludedAttributes={MUSTER_USER}:origin"), without).await;
    // The role is known where the groups that give it are not shown.
    mapped(&application, "Team", json!({"role": "admin"}), &[&ann]).await;
    let admin = json!({"origin": "scim", "protected": false, "role": "admin"});
    check("excludedAttributes=groups".into(), admin).await;
    check(
        format!("attributes={MUSTER_USER}:role"),
        json!({"role": "admin"}),
    )
    .await;
}

#[tokio::test]
async fn filters_and_sorts_know_them() {
    let (_api, okta, application) = sides(json!({"default_role": "viewer"})).await;
    let (ann, bob) = (user(&okta, "ann").await, user(&okta, "bob").await);
    let cy = user(&application, "cy").await;
    patch(
        &application,
        &bob,
        replace(&format!("{MUSTER_USER}:protected"), true),
    )
    .await;
    mapped(
        &application,
        "Admins",
        json!({"role": "admin", "priority": 2}),
        &[&cy, &ann],
    )
    .await;
    group(&okta, "Pushed", &[]).await;
    let users = [
        ("origin eq \"scim\"", "ann bob"),
        ("origin eq \"application\"", "cy"),
        ("origin eq \"SCIM\"", ""),
        ("protected eq true", "bob"),
        ("protected eq false", "ann cy"),
        ("role eq \"admin\"", "ann cy"),
        ("role eq \"viewer\"", "bob"),
        ("role pr", "ann bob cy"),
    ];
    for (filter, expected) in users {
        let filter = format!("{MUSTER_USER}:{filter}");
        assert_eq!(
            names(&application.find("/Users", &filter).await),
            expected,
            "{filter}"
        );
        let both = format!("userName eq \"bob\" and {filter}");
        let bob = if expected.contains("bob") { "bob" } else { "" };
        assert_eq!(
            names(&application.find("/Users", &both).await),
            bob,
            "{both}"
        );
    }
    let groups = [
        ("origin eq \"scim\"", "Pushed"),
        ("origin eq \"application\"", "Admins"),
        ("role eq \"admin\"", "Admins"),
        ("priority ge 2", "Admins"),
        ("priority gt 2", ""),
    ];
    for (filter, expected) in groups {
        let filter = format!("{MUSTER_GROUP}:{filter}");
        assert_eq!(
            names(&application.find("/Groups", &filter).await),
            expected,
            "{filter}"
        );
    }
    let sorted = async |by: &str| {
        let path = format!("/Users?sortBy={MUSTER_USER}:{by}&sortOrder=descending");
        names(&application.get(&path).await)
    };
    assert_eq!(sorted("role").await, "bob ann cy");
    assert_eq!(sorted("origin").await, "ann bob cy");
    // Without a filter by key, too: the whole list by its role, and each of its pages.
    let page = format!("/Users?filter={MUSTER_USER}:role%20eq%20%22admin%22&count=1&startIndex=2");
    assert_eq!(names(&application.get(&page).await), "cy");
}

#[tokio::test]
async fn groups_have_names_for_the_application_alone() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let team = group(&okta, "Team", &[&ann]).await;
    let for_okta = shown(&okta, &ann).await["groups"][0].clone();
    assert_eq!(
        (&for_okta["value"], &for_okta["display"]),
        (&json!(id(&team)), &Value::Null)
    );
    let for_application = shown(&application, &ann).await["groups"][0].clone();
    assert_eq!(
        (&for_application["value"], &for_application["display"]),
        (&json!(id(&team)), &json!("Team"))
    );
    let in_list = application.get("/Users").await;
    assert_eq!(in_list.body["Resources"][0]["groups"][0]["display"], "Team");
    let in_list = okta.get("/Users").await;
    assert_eq!(
        in_list.body["Resources"][0]["groups"][0]["display"],
        Value::Null
    );
    let filter = "groups.display eq \"Team\"";
    assert_eq!(names(&application.find("/Users", filter).await), "ann");
    assert_eq!(names(&okta.find("/Users", filter).await), "");
    patch(&okta, &team, replace("displayName", "Crew")).await;
    assert_eq!(
        shown(&application, &ann).await["groups"][0]["display"],
        "Crew"
    );
}

#[tokio::test]
async fn schemas_say_what_they_are() {
    let (_api, okta, application) = sides(json!({})).await;
    for (urn, attributes) in [
        (MUSTER_USER, "origin protected role deleted"),
        (MUSTER_GROUP, "origin role priority"),
    ] {
        let path = format!("/Schemas/{urn}");
        assert_eq!(okta.get(&path).await.status, 404);
        let schema = application.get(&path).await;
        let named = schema.body["attributes"].as_array().unwrap().iter();
        let named: Vec<_> = named.map(|it| it["name"].as_str().unwrap()).collect();
        assert_eq!(named.join(" "), attributes);
    }
    let unknown = okta
        .get("/Schemas/urn:muster:params:scim:schemas:extension:2.0:Device")
        .await;
    let known = okta.get(&format!("/Schemas/{MUSTER_USER}")).await;
    let detail = |answer: &Response| answer.body["detail"].as_str().unwrap().to_owned();
    assert_eq!(detail(&known).replace("User", "Device"), detail(&unknown));
}

#[tokio::test]
async fn bulk_operations_set_and_show_them() {
    let (_api, okta, application) = sides(json!({})).await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": {"userName": "ann", MUSTER_USER: {"protected": true}}},
            {"method": "POST", "path": "/Groups", "bulkId": "g", "data": {"displayName": "Team", MUSTER_GROUP: {"role": "admin"}, "members": [{"value": "bulkId:a"}]}},
        ]
    });
    let answer = application.post("/Bulk", &body).await;
    assert_eq!(answer.body["Operations"][1]["status"], "201", "{answer:?}");
    let ann = application.find("/Users", "userName eq \"ann\"").await;
    assert_eq!(
        ann.body["Resources"][0][MUSTER_USER],
        json!({"origin": "application", "protected": true, "role": "admin"})
    );
    let created = create(&okta, "/Users", &json!({"userName": "bob"})).await;
    let unprotected = json!([{"method": "PATCH", "path": created, "data": {"Operations": [replace(&format!("{MUSTER_USER}:protected"), true)]}}]);
    let body = json!({"schemas": body["schemas"], "Operations": unprotected});
    let answer = application.post("/Bulk", &body).await;
    assert_eq!(answer.body["Operations"][0]["status"], "200", "{answer:?}");
    assert_eq!(
        shown(&application, &created).await[MUSTER_USER]["protected"],
        true
    );
}
