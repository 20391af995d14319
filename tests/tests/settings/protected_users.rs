//! Protected users: what the identity provider does to them has no effect, and is refused or not.

use end_to_end::{Client, Response};
use scim::MUSTER_USER;
use serde_json::{Value, json};

use crate::given::{
    check_refused, create, items, operations, patch, protect, replace, shown, sides, user, write,
};

const REFUSED: &str = "This user is protected: the application manages the account, and the identity provider cannot change it. Unassign the user there, or ask the application's owner to lift the protection.";

/// The identity provider's writes to a user, and what they are answered if they are done or ignored.
fn writes() -> Vec<(&'static str, Value, u16)> {
    let patches = [
        json!([replace("active", false)]),
        json!([{"op": "replace", "value": {"active": false, "title": "Fired"}}]),
        json!([{"op": "remove", "path": "emails"}]),
        json!([replace("emails[type eq \"work\"].value", "x@example.com")]),
        json!([replace("userName", "somebody")]),
        json!([{"op": "add", "path": "externalId", "value": "00u9"}]),
        // What changes nothing is no exception.
        json!([replace("active", true)]),
    ];
    let mut writes: Vec<_> = patches
        .map(|patch| ("PATCH", operations(patch), 200))
        .into();
    writes.push(("PUT", json!({"userName": "owner"}), 200));
    writes.push(("PUT", json!({"userName": "other", "active": false}), 200));
    writes.push(("DELETE", Value::Null, 204));
    writes
}

fn owner() -> Value {
    json!({
        "userName": "owner", "externalId": "00u1", "title": "Owner",
        "emails": [{"value": "owner@example.com", "type": "work", "primary": true}],
        MUSTER_USER: {"protected": true}
    })
}

#[tokio::test]
async fn no_write_has_an_effect() {
    for mode in ["reject", "ignore"] {
        let (api, okta, application) = sides(json!({"protected_users": mode})).await;
        let owner = create(&application, "/Users", &owner()).await;
        create(&okta, "/Groups", &json!({"displayName": "Team"})).await;
        let before = (items(&api).await, shown(&application, &owner).await);
        for (method, body, done) in writes() {
            for bulk in [false, true] {
                api.environment.advance(std::time::Duration::from_secs(1));
                let (status, error) = write(&okta, bulk, method, &owner, &body).await;
                let what = format!("{mode}, {method} {body}, bulk: {bulk}: {error}");
                assert_eq!(status, if mode == "reject" { 403 } else { done }, "{what}");
                if mode == "reject" {
                    assert_eq!(error["detail"], REFUSED, "{what}");
                }
                let after = (items(&api).await, shown(&application, &owner).await);
                assert_eq!(after, before, "{what}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_ignored_is_answered_with_the_user_as_he_is() {
    let (_api, okta, application) = sides(json!({"protected_users": "ignore"})).await;
    let owner = create(&application, "/Users", &owner()).await;
    let before = okta.get(&owner).await;
    let answers = [
        okta.patch(&owner, &json!([replace("active", false)])).await,
        okta.put(&owner, &json!({"userName": "owner", "active": false}))
            .await,
    ];
    for answer in answers {
        assert_eq!((answer.status, &answer.body), (200, &before.body));
        assert_eq!(answer.header("etag"), before.header("etag"));
        assert_eq!(answer.broken_promises(), [""; 0]);
    }
    assert_eq!(okta.delete(&owner).await.status, 204);
    assert_eq!(okta.get(&owner).await.body, before.body);
}

#[tokio::test]
async fn the_next_request_knows_protection_setting_and_release() {
    let (api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let title = async |title: &str| okta.patch(&ann, &json!([replace("title", title)])).await;
    assert_eq!(title("1").await.status, 200);
    protect(&application, &ann, true).await;
    check_refused(&title("2").await, 403, REFUSED);
    api.set(json!({"protected_users": "ignore"})).await;
    assert_eq!(title("3").await.body["title"], "1");
    api.set(json!({"protected_users": null})).await;
    check_refused(&title("4").await, 403, REFUSED);
    protect(&application, &ann, false).await;
    assert_eq!(title("5").await.body["title"], "5");
    assert_eq!(okta.delete(&ann).await.status, 204);
}

#[tokio::test]
async fn the_application_does_everything() {
    for mode in ["reject", "ignore"] {
        let (_api, okta, application) = sides(json!({"protected_users": mode})).await;
        let ann = create(&application, "/Users", &owner()).await;
        let patched = patch(&application, &ann, replace("title", "Boss")).await;
        assert_eq!(patched.body["title"], "Boss");
        let put = application.put(&ann, &json!({"userName": "chief"})).await;
        assert_eq!((put.status, &put.body["userName"]), (200, &json!("chief")));
        assert_eq!(
            shown(&application, &ann).await[MUSTER_USER]["protected"],
            true
        );
        assert_eq!(application.delete(&ann).await.status, 204);
        assert_eq!(okta.get(&ann).await.status, 404);
        user(&okta, "chief").await;
    }
}

/// Reading is not concerned: the identity provider finds a protected user as any other.
#[tokio::test]
async fn reading_is_not_concerned() {
    let (_api, okta, application) = sides(json!({})).await;
    let owner = create(&application, "/Users", &owner()).await;
    for filter in [
        "userName eq \"owner\"",
        "externalId eq \"00u1\"",
        "emails.value eq \"owner@example.com\"",
        "title sw \"Ow\"",
    ] {
        let found = okta.find("/Users", filter).await;
        assert_eq!(found.ids(), [crate::given::id(&owner)], "{filter}");
    }
    let taken = okta.post("/Users", &json!({"userName": "OWNER"})).await;
    check_refused(&taken, 409, "A user with userName `OWNER` already exists.");
}

/// A request and its answer without what tells one user from another: id, name, time.
async fn told(
    client: &Client,
    name: &str,
    path: &str,
    request: &Request,
) -> (u16, Vec<(String, String)>, String) {
    let (method, suffix, headers, body) = request;
    let body = (!body.is_null()).then(|| body.to_string().replace("NAME", name));
    let path_and_query = format!("{path}{suffix}");
    let answer: Response = client.send(method, &path_and_query, headers, body).await;
    let same = |text: &str| {
        let id = crate::given::id(path);
        text.replace(id, "<id>").replace(name, "<name>")
    };
    let headers = answer.headers.iter();
    let headers = headers.filter(|(name, _)| {
        !["date", "x-amzn-requestid", "content-length"].contains(&name.as_str())
    });
    let mut headers: Vec<_> = headers
        .map(|(name, value)| (name.to_string(), same(value.to_str().unwrap())))
        .collect();
    headers.sort();
    (answer.status, headers, same(&answer.body.to_string()))
}

type Request = (
    &'static str,
    &'static str,
    Vec<(&'static str, &'static str)>,
    Value,
);

/// Where nothing is refused, nothing tells that a user is protected, but that he does not change: the same requests to one
/// who is and to one who is not are answered alike.
#[tokio::test]
async fn ignored_writes_do_not_tell_who_is_protected() {
    let (_api, okta, application) = sides(json!({"protected_users": "ignore"})).await;
    let body = |name: &str, protected: bool| json!({"userName": name, "title": "Boss", MUSTER_USER: {"protected": protected}});
    let free = create(&application, "/Users", &body("free", false)).await;
    let held = create(&application, "/Users", &body("held", true)).await;
    let same = |operation: Value| ("PATCH", "", vec![], operations(json!([operation])));
    let requests: Vec<Request> = vec![
        ("GET", "", vec![], Value::Null),
        ("GET", "?attributes=title", vec![], Value::Null),
        ("GET", "", vec![("If-None-Match", "W/\"1.1\"")], Value::Null),
        ("GET", "", vec![("If-Match", "W/\"7.1\"")], Value::Null),
        ("HEAD", "", vec![], Value::Null),
        // Writes that change nothing.
        same(replace("title", "Boss")),
        (
            "PUT",
            "",
            vec![],
            json!({"userName": "NAME", "title": "Boss"}),
        ),
        (
            "PUT",
            "?attributes=title",
            vec![("If-Match", "W/\"1.1\"")],
            json!({"userName": "NAME", "title": "Boss"}),
        ),
        // Writes that are wrong.
        same(replace("id", "x")),
        same(replace("shoeSize", 1)),
        same(replace("active", "perhaps")),
        same(json!({"op": "remove"})),
        same(json!({"op": "remove", "path": "userName"})),
        same(replace("emails[type eq", 1)),
        same(replace("groups", json!([{"value": "x"}]))),
        ("PATCH", "", vec![], json!({"Operations": []})),
        ("PATCH", "", vec![], Value::Null),
        ("PUT", "", vec![], json!({"title": "Boss"})),
        (
            "PUT",
            "",
            vec![],
            json!({"userName": "NAME", "active": "perhaps"}),
        ),
        (
            "PUT",
            "?attributes=a&excludedAttributes=b",
            vec![],
            json!({"userName": "NAME"}),
        ),
        (
            "PUT",
            "",
            vec![("If-Match", "W/\"7.1\"")],
            json!({"userName": "NAME"}),
        ),
        (
            "PATCH",
            "",
            vec![("If-None-Match", "*")],
            operations(json!([replace("title", "x")])),
        ),
        ("DELETE", "", vec![("If-Match", "W/\"7.1\"")], Value::Null),
        (
            "DELETE",
            "",
            vec![("If-None-Match", "W/\"1.1\"")],
            Value::Null,
        ),
        ("POST", "", vec![], json!({})),
    ];
    for request in requests {
        let (of_free, of_held) = (
            told(&okta, "free", &free, &request).await,
            told(&okta, "held", &held, &request).await,
        );
        assert_eq!(of_held, of_free, "{request:?}");
    }
    // Writes that change something: the same status, the same headers.
    let effects: Vec<Request> = vec![
        same(replace("title", "Chief")),
        (
            "PUT",
            "",
            vec![],
            json!({"userName": "NAME", "title": "Chief"}),
        ),
        ("PUT", "?attributes=id", vec![], json!({"userName": "NAME"})),
        ("DELETE", "", vec![], Value::Null),
    ];
    for request in effects {
        let (of_free, of_held) = (
            told(&okta, "free", &free, &request).await,
            told(&okta, "held", &held, &request).await,
        );
        let names = |headers: &[(String, String)]| {
            let names = headers.iter().map(|(name, _)| name.clone());
            names.collect::<Vec<_>>()
        };
        assert_eq!(
            (of_held.0, names(&of_held.1)),
            (of_free.0, names(&of_free.1)),
            "{request:?}"
        );
    }
}
