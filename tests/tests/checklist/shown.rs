//! Which attributes are in an answer.

use end_to_end::{Client, Response};
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, Made, OWN, PATCH_OP, SEARCH_REQUEST, USER, check_finds, check_refused, dialects,
    extend, make, make_group, make_user, patched, resources, shown, user,
};

fn patch_body(operation: &Value) -> String {
    json!({"schemas": [PATCH_OP], "Operations": [operation]}).to_string()
}

/// The answers in which a user is shown, each asked with this query: GET, list, search, PUT, PATCH and POST.
async fn every_answer(client: &Client, bob: &Made, query: &str) -> Vec<(&'static str, Value)> {
    let (name, value) = query.split_once('=').unwrap();
    let search = json!({"schemas": [SEARCH_REQUEST], "filter": "userName eq \"bob\"", name: value.split(',').collect::<Vec<_>>()});
    let list = client
        .get(&format!("/Users?filter=userName%20eq%20%22bob%22&{query}"))
        .await;
    let found = client.post("/Users/.search", &search).await;
    let at = format!("{}?{query}", bob.path);
    let body = user("bob", json!({"title": "Guide", "nickName": "B"}));
    let patch = patch_body(&json!({"op": "replace", "path": "title", "value": "Tourist"}));
    let patched = client.send("PATCH", &at, &[], Some(patch)).await;
    let number = client.get("/Users").await.body["totalResults"].clone();
    let new = user(&format!("user{number}"), json!({"title": "Guide"}));
    let created = client.post(&format!("/Users?{query}"), &new).await;
    assert_eq!(created.status, 201);
    vec![
        ("GET", client.get(&at).await.body),
        ("list", resources(&list)[0].clone()),
        (".search", resources(&found)[0].clone()),
        ("PUT", client.put(&at, &body).await.body),
        ("PATCH", patched.body),
        ("POST", created.body),
    ]
}

#[tokio::test]
async fn c09_the_id_is_always_shown() {
    for api in dialects().await {
        let client = api.client();
        let bob = make(&client, "/Users", &user("bob", json!({"title": "Guide"}))).await;
        let queries = [
            "attributes=userName",
            "attributes=nickName",
            "excludedAttributes=id",
            "excludedAttributes=id,schemas,userName",
        ];
        for query in queries {
            for (request, resource) in every_answer(&client, &bob, query).await {
                let id = resource["id"].as_str().unwrap_or_default();
                assert!(!id.is_empty(), "{request} {query}: {resource}");
                assert!(request == "POST" || id == bob.id, "{request} {query}");
                assert_eq!(resource["schemas"], json!([USER]), "{request} {query}");
            }
        }
        let team = make_group(&client, "team", &[&bob]).await;
        for query in ["attributes=members", "excludedAttributes=id"] {
            let shown = client.get(&format!("{}?{query}", team.path)).await;
            assert_eq!(shown.id(), team.id, "{query}");
        }
    }
}

#[tokio::test]
async fn c10_a_password_is_never_shown() {
    const PASSWORD: &str = "t1meMa$heen";
    for api in dialects().await {
        let client = api.client();
        let body = user("bob", json!({"password": PASSWORD}));
        let created = client
            .post("/Users?attributes=password,userName", &body)
            .await;
        assert_eq!(created.status, 201);
        let path = format!("/Users/{}", created.id());
        let before = client.get(&path).await;
        let at = format!("{path}?attributes=password");
        let replace = patch_body(&json!({"op": "replace", "path": "password", "value": PASSWORD}));
        let pathless = patch_body(&json!({"op": "add", "value": {"password": PASSWORD}}));
        let search = json!({"schemas": [SEARCH_REQUEST], "attributes": ["password"]});
        let refused = user("bob", json!({"password": {"clear": PASSWORD}}));
        let answers = [
            created,
            client.get(&path).await,
            client.get(&at).await,
            client.get("/Users?attributes=password").await,
            client.post("/Users/.search", &search).await,
            client.put(&path, &body).await,
            client.put(&path, &user("bob", json!({}))).await,
            client.put(&at, &body).await,
            client
                .send("PATCH", &path, &[], Some(replace.clone()))
                .await,
            client.send("PATCH", &at, &[], Some(replace)).await,
            client.send("PATCH", &at, &[], Some(pathless)).await,
            client.put(&path, &refused).await,
        ];
        for (number, answer) in answers.iter().enumerate() {
            let refused = number == answers.len() - 1;
            assert_eq!(answer.status >= 400, refused, "{number}: {answer:?}");
            let text = answer.body.to_string();
            assert!(!text.contains(PASSWORD), "{number}: {text}");
            assert!(refused || !text.contains("password"), "{number}: {text}");
        }
        // It is kept nowhere: to set it is no change, and to ask for it finds nothing.
        assert_eq!(client.get(&path).await.body, before.body);
        let filter = format!("password eq \"{PASSWORD}\"");
        let answer = client.find("/Users", &filter).await;
        check_refused(&answer, 400, "invalidFilter", &filter);
        let schema = client.get(&format!("/Schemas/{USER}")).await.body;
        let attributes = schema["attributes"].as_array().unwrap();
        let password = attributes
            .iter()
            .find(|attribute| attribute["name"] == "password")
            .unwrap();
        assert_eq!(password["mutability"], "writeOnly");
        assert_eq!(password["returned"], "never");
    }
}

/// A user with a value of every attribute that a client may write.
fn whole_user() -> Value {
    let element = |value: &str| json!([{"value": value, "type": "work", "primary": true}]);
    user(
        "bob",
        json!({
            "externalId": "00u1", "name": {"givenName": "Bob"}, "displayName": "Bob", "nickName": "B",
            "profileUrl": "https://example.com/bob", "title": "Guide", "userType": "Employee",
            "preferredLanguage": "en", "locale": "en-US", "timezone": "Europe/Berlin", "active": true,
            "password": "secret", "emails": element("bob@example.com"), "phoneNumbers": element("+49 30 1"),
            "ims": element("bob"), "photos": element("https://example.com/bob.png"),
            "addresses": [{"type": "work", "country": "DE"}], "entitlements": element("admin"),
            "roles": element("guide"), "x509Certificates": element("aGVsbG8="),
            "schemas": [USER, ENTERPRISE, OWN], OWN: {"always": "a", "default": "b", "request": "c", "never": "d"}, ENTERPRISE: {
                "employeeNumber": "1", "costCenter": "2", "organization": "3", "division": "4", "department": "5",
                "manager": {"value": "m1"}
            }
        }),
    )
}

#[tokio::test]
async fn c11_attributes_are_shown_as_their_schema_says() {
    for api in dialects().await {
        let client = api.client();
        let returned = ["always", "default", "request", "never"];
        let own = returned.map(|returned| json!({"name": returned, "returned": returned}));
        extend(&api, json!(own)).await;
        let bob = make(&client, "/Users", &whole_user()).await;
        make_group(&client, "team", &[&bob]).await;
        let read = client.get(&bob.path).await.body;
        let mut attributes = vec![
            (String::new(), "schemas".to_owned(), "always".to_owned()),
            (String::new(), "id".to_owned(), "always".to_owned()),
            (String::new(), "externalId".to_owned(), "default".to_owned()),
            (String::new(), "meta".to_owned(), "default".to_owned()),
        ];
        for urn in [USER, ENTERPRISE, OWN] {
            let schema = client.get(&format!("/Schemas/{urn}")).await.body;
            for attribute in schema["attributes"].as_array().unwrap() {
                let text = |name: &str| attribute[name].as_str().unwrap().to_owned();
                let extension = if urn == USER { "" } else { urn };
                attributes.push((extension.to_owned(), text("name"), text("returned")));
            }
        }
        assert!(attributes.len() > 30, "{attributes:?}");
        for (extension, name, returned) in attributes {
            let has = |answer: &Value| {
                let holder = if extension.is_empty() {
                    answer
                } else {
                    &answer[&extension]
                };
                holder.get(&name).is_some()
            };
            let full = if extension.is_empty() {
                name.clone()
            } else {
                format!("{extension}:{name}")
            };
            let named = client
                .get(&format!("{}?attributes={full}", bob.path))
                .await
                .body;
            let other = client
                .get(&format!("{}?attributes=id", bob.path))
                .await
                .body;
            let written = client.put(&bob.path, &whole_user()).await.body;
            // Read, named, not among those named, and in the answer to the write that set it.
            let expected = match returned.as_str() {
                "always" => [true; 4],
                "default" => [true, true, false, true],
                "request" => [false, true, false, true],
                "never" => [false; 4],
                other => panic!("{full} is returned {other}"),
            };
            let seen = [&read, &named, &other, &written].map(has);
            assert_eq!(seen, expected, "{full} is returned {returned}");
        }

        // What is returned on request is in the answer to a write that sets it, and to no other write.
        let path = format!("{OWN}:request");
        for (operation, expected) in [
            (json!({"op": "replace", "path": path, "value": "new"}), true),
            (
                json!({"op": "add", "value": {OWN: {"request": "newer"}}}),
                true,
            ),
            (
                json!({"op": "replace", "path": "title", "value": "Tourist"}),
                false,
            ),
        ] {
            let answer = client.patch(&bob.path, &json!([operation])).await.body;
            assert_eq!(
                answer[OWN].get("request").is_some(),
                expected,
                "{operation}"
            );
        }
        let mut other = whole_user();
        other["userName"] = json!("other");
        let created = client.post("/Users", &other).await.body;
        assert_eq!(created[OWN]["request"], "c");
        other[OWN].as_object_mut().unwrap().shift_remove("request");
        other["userName"] = json!("another");
        let created = client.post("/Users", &other).await.body;
        assert!(created[OWN].get("request").is_none());
    }
}

#[tokio::test]
async fn c12_attributes_and_excluded_attributes_are_for_every_answer() {
    for api in dialects().await {
        let client = api.client();
        let bob = make(&client, "/Users", &user("bob", json!({"title": "Guide"}))).await;
        for (request, resource) in every_answer(&client, &bob, "attributes=title,active").await {
            let expected = ["schemas", "id", "title", "active"];
            assert_eq!(shown(&resource), expected, "{request}");
        }
        for (request, resource) in
            every_answer(&client, &bob, "excludedAttributes=title,meta").await
        {
            let shown = shown(&resource);
            assert!(
                shown.contains(&"userName") && shown.contains(&"active"),
                "{request}: {shown:?}"
            );
            assert!(
                !shown.contains(&"title") && !shown.contains(&"meta"),
                "{request}: {shown:?}"
            );
        }

        // Both at once are refused before anything is done.
        let before = client.get(&bob.path).await.body;
        let total = client.get("/Users").await.body["totalResults"].clone();
        let both = "attributes=title&excludedAttributes=active";
        let at = format!("{}?{both}", bob.path);
        let patch = patch_body(&json!({"op": "remove", "path": "title"}));
        let search = json!({"schemas": [SEARCH_REQUEST], "attributes": ["title"], "excludedAttributes": ["active"]});
        let answers: [Response; 6] = [
            client.get(&at).await,
            client.get(&format!("/Users?{both}")).await,
            client.post("/Users/.search", &search).await,
            client
                .post(&format!("/Users?{both}"), &user("new", json!({})))
                .await,
            client.put(&at, &user("bob", json!({}))).await,
            client.send("PATCH", &at, &[], Some(patch)).await,
        ];
        for (number, answer) in answers.iter().enumerate() {
            check_refused(answer, 400, "invalidValue", number);
        }
        assert_eq!(client.get(&bob.path).await.body, before);
        assert_eq!(client.get("/Users").await.body["totalResults"], total);
    }
}

/// Nothing in it is null, an empty array or an empty object.
fn check_assigned(value: &Value) {
    match value {
        Value::Object(members) => {
            assert!(!members.is_empty(), "an empty object");
            members.values().for_each(check_assigned);
        }
        Value::Array(elements) => {
            assert!(!elements.is_empty(), "an empty array");
            elements.iter().for_each(check_assigned);
        }
        value => assert!(!value.is_null(), "a null"),
    }
}

#[tokio::test]
async fn c26_null_empty_and_absent_are_the_same() {
    for api in dialects().await {
        let client = api.client();
        let empty = json!({
            "externalId": null, "title": null, "name": {"givenName": null}, "emails": [], "phoneNumbers": null,
            "addresses": [null], "roles": [{}], ENTERPRISE: null
        });
        let ann = make(&client, "/Users", &user("ann", empty.clone())).await;
        let bob = make_user(&client, "bob").await;
        let own = |mut body: Value| {
            for own in ["id", "meta", "userName"] {
                body.as_object_mut().unwrap().shift_remove(own);
            }
            body
        };
        let (ann_shown, bob_shown) = (
            client.get(&ann.path).await.body,
            client.get(&bob.path).await.body,
        );
        check_assigned(&ann_shown);
        assert_eq!(own(ann_shown), own(bob_shown.clone()));

        // To write null is to take the value away, whatever the verb.
        let full = user(
            "bob",
            json!({"title": "Guide", "name": {"givenName": "Bob"}, "emails": [{"value": "b@example.com"}]}),
        );
        assert_eq!(client.put(&bob.path, &full).await.body["title"], "Guide");
        let put = client.put(&bob.path, &user("bob", empty.clone())).await;
        assert_eq!((put.status, own(put.body)), (200, own(bob_shown.clone())));
        for (path, value) in [
            ("title", json!(null)),
            ("emails", json!(null)),
            ("emails", json!([])),
            ("name", json!(null)),
            ("name.givenName", json!(null)),
        ] {
            client.put(&bob.path, &full).await;
            let after = patched(
                &client,
                &bob.path,
                json!({"op": "replace", "path": path, "value": value}),
            )
            .await;
            let attribute = path.split('.').next().unwrap();
            assert!(
                after.body.get(attribute).is_none(),
                "{path}: {:?}",
                after.body
            );
            check_assigned(&after.body);
        }
        client.put(&bob.path, &full).await;
        let pathless = json!({"op": "replace", "value": {"title": null, "emails": [], "name": {"givenName": null}}});
        let after = patched(&client, &bob.path, pathless).await;
        assert_eq!(own(after.body), own(bob_shown));
        for filter in [
            "title pr",
            "emails pr",
            "name pr",
            "name.givenName pr",
            "title ne null",
        ] {
            check_finds(&client, "/Users", filter, &[]).await;
        }
        check_finds(&client, "/Users", "title eq null", &["ann", "bob"]).await;

        // A group that lost its members is as one that never had any.
        let one = make_group(&client, "one", &[&bob]).await;
        let none = make_group(&client, "none", &[]).await;
        let emptied = patched(
            &client,
            &one.path,
            json!({"op": "replace", "path": "members", "value": null}),
        )
        .await;
        let never = client.get(&none.path).await;
        assert_eq!(emptied.body.get("members"), never.body.get("members"));
        check_finds(&client, "/Groups", "members pr", &[]).await;
    }
}
