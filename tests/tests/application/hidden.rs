//! An identity provider that knows the extensions' names changes nothing with them, and is told what it would be told of any
//! other name that nobody knows.

use end_to_end::{Client, Response};
use scim::{Dialect, MUSTER_GROUP, MUSTER_USER};
use serde_json::{Value, json};

use crate::given::{id, mapped, patch, replace, shown, sides, user};

/// Extensions that nobody has defined.
const UNKNOWN_USER: &str = "urn:example:params:scim:schemas:extension:2.0:User";
const UNKNOWN_GROUP: &str = "urn:example:params:scim:schemas:extension:2.0:Group";

/// Requests of the identity provider's that name an extension; none of them is to change anything.
fn requests(
    user: &str,
    group: &str,
    of_user: &str,
    of_group: &str,
) -> Vec<(&'static str, String, Value)> {
    let patch = |operation: Value| json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [operation]});
    let mut requests = vec![
        (
            "GET",
            format!("/Users?filter={of_user}:origin%20eq%20%22scim%22"),
            Value::Null,
        ),
        (
            "GET",
            format!("/Users?filter={of_user}:protected%20eq%20true"),
            Value::Null,
        ),
        (
            "GET",
            format!("/Users?filter=userName%20eq%20%22ann%22%20and%20{of_user}:role%20pr"),
            Value::Null,
        ),
        (
            "GET",
            format!("/Users?filter={of_user}:deleted%20pr"),
            Value::Null,
        ),
        (
            "GET",
            format!("/Groups?filter={of_group}:role%20pr"),
            Value::Null,
        ),
        ("GET", format!("/Users?sortBy={of_user}:role"), Value::Null),
        (
            "GET",
            format!("/Groups?sortBy={of_group}:priority"),
            Value::Null,
        ),
        ("GET", format!("{user}?attributes={of_user}"), Value::Null),
        (
            "GET",
            format!("{user}?attributes={of_user}:role,userName"),
            Value::Null,
        ),
        (
            "GET",
            format!("{group}?excludedAttributes={of_group}:role"),
            Value::Null,
        ),
        ("GET", format!("/Schemas/{of_user}"), Value::Null),
        (
            "POST",
            "/.search".into(),
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"], "filter": format!("{of_user}:deleted pr")}),
        ),
    ];
    let values = json!({"protected": false, "origin": "application", "role": "owner"});
    for operation in [
        replace(&format!("{of_user}:protected"), false),
        replace(&format!("{of_user}:protected"), "no boolean"),
        replace(&format!("{of_user}:role"), "owner"),
        replace(of_user, values.clone()),
        json!({"op": "remove", "path": of_user}),
        json!({"op": "remove", "path": format!("{of_user}:protected")}),
        json!({"op": "add", "value": {of_user: values}}),
        json!({"op": "replace", "value": {format!("{of_user}:protected"): true}}),
    ] {
        requests.push(("PATCH", user.to_owned(), patch(operation)));
    }
    for operation in [
        replace(&format!("{of_group}:role"), "owner"),
        replace(&format!("{of_group}:priority"), 99),
        json!({"op": "remove", "path": of_group}),
        json!({"op": "add", "value": {of_group: {"role": "owner"}}}),
    ] {
        requests.push(("PATCH", group.to_owned(), patch(operation)));
    }
    requests.push(("PUT", user.to_owned(), json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", of_user], "userName": "ann", of_user: {"protected": false}})));
    requests.push(("PUT", group.to_owned(), json!({"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group", of_group], "displayName": "Team", "members": [{"value": id(user)}], of_group: {"role": "owner", "priority": 9}})));
    requests
}

async fn send(client: &Client, (method, path, body): &(&str, String, Value)) -> Response {
    let body = (!body.is_null()).then(|| body.to_string());
    client.send(method, path, &[], body).await
}

async fn check(dialect: &str) {
    let (api, okta, application) = sides(json!({"protected_users": "ignore"})).await;
    let ann = user(&okta, "ann").await;
    let team = mapped(
        &application,
        "Team",
        json!({"role": "admin", "priority": 3}),
        &[&ann],
    )
    .await;
    api.set(json!({"dialect": dialect})).await;
    for protected in [false, true] {
        patch(
            &application,
            &ann,
            replace(&format!("{MUSTER_USER}:protected"), protected),
        )
        .await;
        let before = (
            shown(&application, &ann).await,
            shown(&application, &team).await,
        );
        let named = requests(&ann, &team, MUSTER_USER, MUSTER_GROUP);
        let unknown = requests(&ann, &team, UNKNOWN_USER, UNKNOWN_GROUP);
        for (named, unknown) in named.iter().zip(&unknown) {
            let told = send(&okta, named).await;
            let expected = send(&okta, unknown).await;
            assert_eq!(told.status, expected.status, "{named:?}: {told:?}");
            let told = told.body.to_string().replace("urn:muster", "urn:example");
            assert_eq!(told, expected.body.to_string(), "{named:?}");
            let after = (
                shown(&application, &ann).await,
                shown(&application, &team).await,
            );
            assert_eq!(after, before, "{named:?}");
        }
    }
}

#[tokio::test]
async fn in_the_tolerant_dialect() {
    assert_eq!(Dialect::default(), Dialect::Tolerant);
    check("tolerant").await;
}

#[tokio::test]
async fn in_the_strict_dialect() {
    check("strict").await;
}

#[tokio::test]
async fn who_is_created_with_them_is_created_without() {
    let (_api, okta, application) = sides(json!({})).await;
    let body = json!({"userName": "ann", MUSTER_USER: {"protected": true, "origin": "application", "role": "owner"}});
    let created = okta.post("/Users", &body).await;
    assert_eq!(
        (created.status, created.body.get(MUSTER_USER)),
        (201, None),
        "{created:?}"
    );
    let ann = format!("/Users/{}", created.id());
    assert_eq!(
        shown(&application, &ann).await[MUSTER_USER],
        json!({"origin": "scim", "protected": false})
    );
    let body = json!({"displayName": "Team", MUSTER_GROUP: {"role": "owner", "priority": 9}, "members": [{"value": id(&ann)}]});
    let created = okta.post("/Groups", &body).await;
    assert_eq!(
        (created.status, created.body.get(MUSTER_GROUP)),
        (201, None),
        "{created:?}"
    );
    let team = format!("/Groups/{}", created.id());
    assert_eq!(
        shown(&application, &team).await[MUSTER_GROUP],
        json!({"origin": "scim"})
    );
}

#[tokio::test]
async fn not_by_a_directorys_own_definition() {
    let (api, ..) = sides(json!({})).await;
    for urn in [
        MUSTER_USER,
        "URN:MUSTER:params:scim:schemas:extension:2.0:Other",
    ] {
        let definition = json!([{"resourceType": "User", "schema": {"id": urn, "name": "Own", "attributes": [{"name": "role"}]}}]);
        assert!(api.extend(&definition).await.is_err(), "{urn}");
    }
}
