//! The root `/.search` (RFC 7644 §3.4.3): users and groups in one list.

use directory::{CredentialKind, Rights};
use end_to_end::{Api, Client, Response};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

async fn search(client: &Client, more: Value) -> Response {
    let mut body = json!({"schemas": [SEARCH_REQUEST]});
    if let (Value::Object(body), Value::Object(more)) = (&mut body, more) {
        body.extend(more);
    }
    client.post("/.search", &body).await
}

/// The names in a list, as they stand there.
fn names(list: &Response) -> String {
    assert_eq!(list.status, 200, "{list:?}");
    assert!(list.broken_promises().is_empty(), "{list:?}");
    let resources = list.body["Resources"].as_array().unwrap().iter();
    let names = resources.map(|resource| {
        let name = resource["userName"].as_str();
        name.or(resource["displayName"].as_str()).unwrap_or("?")
    });
    names.collect::<Vec<_>>().join(" ")
}

#[track_caller]
fn check_refused(answer: &Response, scim_type: &str) {
    assert_eq!(
        (answer.status, &answer.body["scimType"]),
        (400, &json!(scim_type)),
        "{answer:?}"
    );
}

/// Five users and three groups; Ann has the display name that a group has, and is in red.
async fn filled() -> Api {
    let api = Api::start().await;
    let client = api.client();
    let users = [
        (
            "ann",
            json!({"displayName": "red", "externalId": "1", "title": "Boss", "emails": [{"value": "ann@example.com"}]}),
        ),
        ("bob", json!({"displayName": "Azure", "externalId": "2"})),
        ("cy", json!({"title": "clerk"})),
        ("dan", json!({"externalId": "3", "active": false})),
        ("eve", json!({})),
    ];
    let mut ids = Vec::new();
    for (name, mut body) in users {
        body["userName"] = json!(name);
        ids.push(client.post("/Users", &body).await.id());
    }
    for (name, more) in [
        (
            "red",
            json!({"members": [{"value": ids[0]}], "externalId": "2"}),
        ),
        ("Blue", json!({})),
        ("green", json!({"externalId": "9"})),
    ] {
        let mut body = more;
        body["displayName"] = json!(name);
        assert_eq!(client.post("/Groups", &body).await.status, 201);
    }
    api
}

const ALL: &str = "ann bob cy dan eve red Blue green";

#[tokio::test]
async fn users_and_groups_are_one_list_in_pages() {
    let api = filled().await;
    let client = api.client();
    let all = search(&client, json!({})).await;
    assert_eq!(names(&all), ALL);
    assert_eq!(all.body["totalResults"], 8);
    let types: Vec<_> = all.body["Resources"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["meta"]["resourceType"].as_str().unwrap())
        .collect();
    assert_eq!(types, [["User"; 5].as_slice(), &["Group"; 3]].concat());
    for resource in all.body["Resources"].as_array().unwrap() {
        let location = resource["meta"]["location"].as_str().unwrap();
        let path = location.strip_prefix(&api.base_url()).unwrap();
        assert_eq!(client.get(path).await.body, *resource);
    }
    for filter in ["", "meta.created pr", "userName pr or displayName pr"] {
        for count in [1, 2, 3, 5, 7, 8, 9] {
            let mut walked = Vec::new();
            let mut start_index = 1;
            loop {
                let page = search(
                    &client,
                    json!({"startIndex": start_index, "count": count, "filter": filter}),
                )
                .await;
                assert_eq!(
                    (&page.body["totalResults"], &page.body["startIndex"]),
                    (&json!(8), &json!(start_index)),
                    "{filter} {count}"
                );
                walked.push(names(&page));
                start_index += count;
                if start_index > 8 {
                    break;
                }
            }
            assert_eq!(walked.join(" "), ALL, "{filter} {count}");
        }
        // A page by itself, without those before it, and one that is over the end.
        let other = api.issue(CredentialKind::Provisioner, Rights::Read).await;
        let other = api.client_with(Some(&format!("Bearer {}", other.token.expose_secret())));
        let page = search(
            &other,
            json!({"startIndex": 5, "count": 2, "filter": filter}),
        )
        .await;
        assert_eq!(names(&page), "eve red", "{filter}");
        let page = search(&other, json!({"startIndex": 9, "filter": filter})).await;
        assert_eq!(
            (names(&page).as_str(), &page.body["totalResults"]),
            ("", &json!(8)),
            "{filter}"
        );
        let page = search(&other, json!({"count": 0, "filter": filter})).await;
        assert_eq!(
            (names(&page).as_str(), &page.body["totalResults"]),
            ("", &json!(8)),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn an_attribute_of_one_type_is_nobodys_of_the_other() {
    let api = filled().await;
    let client = api.client();
    let ann = client
        .find("/Users", "userName eq \"ann\"")
        .await
        .ids()
        .remove(0);
    let cases = [
        ("userName pr", "ann bob cy dan eve"),
        ("userName eq \"ANN\"", "ann"),
        ("userName ne \"ann\"", "bob cy dan eve red Blue green"),
        ("not (userName pr)", "red Blue green"),
        ("displayName eq \"RED\"", "ann red"),
        ("displayName co \"r\"", "ann bob red green"),
        ("displayName pr and userName pr", "ann bob"),
        ("displayName pr and not (userName pr)", "red Blue green"),
        ("externalId eq \"2\"", "bob red"),
        ("externalId eq \"2\" and displayName eq \"red\"", "red"),
        ("externalId eq \"2\" and userName eq \"bob\"", "bob"),
        ("userName eq \"bob\" or displayName eq \"blue\"", "bob Blue"),
        (
            "userName eq \"bob\" or displayName eq \"red\"",
            "ann bob red",
        ),
        ("emails.value eq \"ann@example.com\"", "ann"),
        (
            "emails[value eq \"ANN@example.com\"] or displayName eq \"green\"",
            "ann green",
        ),
        ("active eq false", "dan"),
        ("members pr", "red"),
        ("meta.resourceType eq \"Group\"", "red Blue green"),
        (
            "meta.resourceType eq \"User\" and displayName pr",
            "ann bob",
        ),
        (
            "schemas eq \"urn:ietf:params:scim:schemas:core:2.0:Group\"",
            "red Blue green",
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:displayName eq \"red\"",
            "ann",
        ),
        (
            "urn:ietf:params:scim:schemas:core:2.0:Group:displayName eq \"red\"",
            "red",
        ),
        ("userName eq \"nobody\"", ""),
    ];
    for (filter, expected) in cases {
        let found = search(&client, json!({"filter": filter})).await;
        assert_eq!(names(&found), expected, "{filter}");
        let count = expected.split_whitespace().count();
        assert_eq!(found.body["totalResults"], count, "{filter}");
        if count > 1 {
            let second = search(
                &client,
                json!({"filter": filter, "startIndex": 2, "count": 1}),
            )
            .await;
            assert_eq!(
                Some(names(&second).as_str()),
                expected.split(' ').nth(1),
                "{filter}"
            );
        }
    }
    for filter in [
        format!("id eq \"{ann}\""),
        format!("members.value eq \"{ann}\" or id eq \"{ann}\""),
    ] {
        let found = search(&client, json!({"filter": filter})).await;
        assert!(names(&found).starts_with("ann"), "{filter}");
    }
    // What no type has is what nobody has (§3.4.2.1); what does not fit the type that has it is refused.
    for (filter, expected) in [
        ("shoeSize pr", ""),
        ("userName eq \"ann\" or shoeSize eq 1", "ann"),
        ("not (shoeSize pr)", ALL),
    ] {
        assert_eq!(
            names(&search(&client, json!({"filter": filter})).await),
            expected,
            "{filter}"
        );
    }
    for filter in ["active gt true", "name eq \"x\"", "userName eq"] {
        check_refused(
            &search(&client, json!({"filter": filter})).await,
            "invalidFilter",
        );
    }
}

#[tokio::test]
async fn both_types_are_sorted_as_one() {
    let api = filled().await;
    let client = api.client();
    let cases = [
        (
            "displayName",
            "ascending",
            "bob Blue green ann red cy dan eve",
        ),
        (
            "displayName",
            "descending",
            "cy dan eve ann red green Blue bob",
        ),
        ("userName", "ascending", ALL),
        (
            "userName",
            "descending",
            "red Blue green eve dan cy bob ann",
        ),
        (
            "externalId",
            "ascending",
            "ann bob red dan green cy eve Blue",
        ),
        (
            "meta.resourceType",
            "ascending",
            "red Blue green ann bob cy dan eve",
        ),
        ("title", "descending", "bob dan eve red Blue green cy ann"),
    ];
    for (by, order, expected) in cases {
        let sorted = search(&client, json!({"sortBy": by, "sortOrder": order})).await;
        assert_eq!(names(&sorted), expected, "{by} {order}");
        let mut walked = Vec::new();
        for start_index in [1, 4, 7] {
            let page = search(
                &client,
                json!({"sortBy": by, "sortOrder": order, "startIndex": start_index, "count": 3}),
            )
            .await;
            assert_eq!(page.body["totalResults"], 8, "{by} {order}");
            walked.push(names(&page));
        }
        assert_eq!(walked.join(" "), expected, "{by} {order}");
    }
    let filtered = search(
        &client,
        json!({"sortBy": "displayName", "filter": "externalId eq \"2\" or displayName eq \"red\""}),
    )
    .await;
    assert_eq!(names(&filtered), "bob ann red");
    assert_eq!(
        names(&search(&client, json!({"sortBy": "shoeSize"})).await),
        ALL
    );
    check_refused(
        &search(&client, json!({"sortBy": "displayName", "sortOrder": "up"})).await,
        "invalidValue",
    );
    check_refused(
        &search(&client, json!({"sortBy": "name"})).await,
        "invalidValue",
    );
}

#[tokio::test]
async fn attributes_are_those_of_either_type() {
    let api = filled().await;
    let client = api.client();
    let keys = |resource: &Value| {
        resource
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let filter = "displayName eq \"red\"";
    let shown = async |more: Value| {
        let mut body = json!({"filter": filter});
        body.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        let found = search(&client, body).await;
        assert_eq!(found.status, 200, "{found:?}");
        [
            keys(&found.body["Resources"][0]),
            keys(&found.body["Resources"][1]),
        ]
    };
    assert_eq!(
        shown(json!({"attributes": ["userName", "members"]})).await,
        ["schemas id userName", "schemas id members"]
    );
    assert_eq!(
        shown(json!({"attributes": "displayName"})).await,
        ["schemas id displayName"; 2]
    );
    assert_eq!(
        shown(json!({"attributes": ["shoeSize"]})).await,
        ["schemas id"; 2]
    );
    let [user, group] =
        shown(json!({"excludedAttributes": ["displayName", "members", "meta", "groups"]})).await;
    assert_eq!(group, "schemas id externalId");
    assert!(
        !user.contains("displayName") && user.contains("userName"),
        "{user}"
    );
    check_refused(
        &search(
            &client,
            json!({"attributes": ["id"], "excludedAttributes": ["meta"]}),
        )
        .await,
        "invalidValue",
    );
}

#[tokio::test]
async fn it_is_a_search_of_ones_own_directory() {
    let api = filled().await;
    let (_, stranger) = api.stranger().await;
    let ann = api
        .client()
        .find("/Users", "userName eq \"ann\"")
        .await
        .ids()
        .remove(0);
    for filter in [
        String::new(),
        "userName eq \"ann\"".to_owned(),
        format!("id eq \"{ann}\""),
        "displayName eq \"red\"".to_owned(),
    ] {
        let found = search(&stranger, json!({"filter": filter})).await;
        assert_eq!(
            (names(&found).as_str(), &found.body["totalResults"]),
            ("", &json!(0)),
            "{filter}"
        );
    }
    check_refused(
        &api.client()
            .post("/.search", &json!({"filter": "userName pr"}))
            .await,
        "invalidSyntax",
    );
    assert_eq!(
        api.client_with(None)
            .post("/.search", &json!({"schemas": [SEARCH_REQUEST]}))
            .await
            .status,
        401
    );
    for method in ["GET", "PUT", "PATCH", "DELETE"] {
        let answer = api.client().send(method, "/.search", &[], None).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, "POST"),
            "{method}"
        );
    }
}
