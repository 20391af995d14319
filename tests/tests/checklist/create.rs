//! POST: what is new, whose it is, and what is taken already.

use std::time::Duration;

use directory::{Settings, UniqueIdentifier};
use end_to_end::{Api, Client, Response};
use scim::Dialect;
use serde_json::{Value, json};

use crate::given::{
    ENTERPRISE, GROUP, Made, NOBODY, check_finds, check_refused, dialects, group, make, make_group,
    make_user, patched, resources, stranger, user,
};

/// POST, PUT and PATCH that would give `other` the name `taken` are refused, and change nothing.
async fn check_taken(client: &Client, endpoint: &str, body: &Value, other: &Made) {
    let before = client.get(&other.path).await.body;
    let total = client.get(endpoint).await.body["totalResults"].clone();
    let attribute = if endpoint == "/Users" {
        "userName"
    } else {
        "displayName"
    };
    let replace = json!([{"op": "replace", "path": attribute, "value": body[attribute]}]);
    let pathless = json!([{"op": "replace", "value": {attribute: body[attribute]}}]);
    let refused = [
        client.post(endpoint, body).await,
        client.put(&other.path, body).await,
        client.patch(&other.path, &replace).await,
        client.patch(&other.path, &pathless).await,
    ];
    for answer in refused {
        check_refused(&answer, 409, "uniqueness", body);
    }
    assert_eq!(client.get(&other.path).await.body, before);
    assert_eq!(client.get(endpoint).await.body["totalResults"], total);
}

#[tokio::test]
async fn c04_a_taken_name_is_refused() {
    for api in dialects().await {
        let client = api.client();
        make_user(&client, "bob").await;
        let ann = make_user(&client, "ann").await;
        for name in ["bob", "BOB"] {
            check_taken(&client, "/Users", &user(name, json!({})), &ann).await;
        }
        make_group(&client, "team", &[]).await;
        let other = make_group(&client, "other", &[]).await;
        for name in ["team", "Team"] {
            check_taken(&client, "/Groups", &group(name, &[]), &other).await;
        }
    }
}

#[tokio::test]
async fn c05_an_external_id_may_be_shared() {
    for api in dialects().await {
        let (client, stranger) = (api.client(), stranger(&api).await);
        let shared = |name| user(name, json!({"externalId": "00u1"}));
        make(&client, "/Users", &shared("ann")).await;
        make(&client, "/Users", &shared("bob")).await;
        let cy = make_user(&client, "cy").await;
        let dan = make_user(&client, "dan").await;
        let replace = json!({"op": "replace", "path": "externalId", "value": "00u1"});
        patched(&client, &cy.path, replace).await;
        assert_eq!(client.put(&dan.path, &shared("dan")).await.status, 200);
        let team = json!({"schemas": [GROUP], "displayName": "team", "externalId": "00u1"});
        make(&client, "/Groups", &team).await;
        // Another directory's are its own, and the same value there is another's.
        make(&stranger, "/Users", &shared("zoe")).await;

        let filter = "externalId eq \"00u1\"";
        check_finds(&client, "/Users", filter, &["ann", "bob", "cy", "dan"]).await;
        check_finds(&client, "/Groups", filter, &["team"]).await;
        check_finds(&stranger, "/Users", filter, &["zoe"]).await;
        check_finds(&stranger, "/Groups", filter, &[]).await;
    }
}

#[tokio::test]
async fn c06_a_new_resource_is_located_where_it_says() {
    for api in dialects().await {
        let client = api.client();
        let claims = json!({
            "id": NOBODY, "meta": {
                "location": "https://example.com/Users/1", "resourceType": "Robot", "version": "W/\"77\"",
                "created": "2001-01-01T00:00:00Z", "lastModified": "2001-01-01T00:00:00Z"
            }
        });
        let mut team = group("team", &[]);
        team.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        for (endpoint, body, kind) in [
            ("/Users", user("bob", claims), "User"),
            ("/Groups", team, "Group"),
        ] {
            let created = client.post(endpoint, &body).await;
            assert_eq!(created.status, 201, "{created:?}");
            let meta = &created.body["meta"];
            assert_eq!(created.header("location"), meta["location"]);
            assert_ne!(created.id(), NOBODY);
            let location = format!("{}{endpoint}/{}", api.base_url(), created.id());
            assert_eq!(meta["location"], json!(location));
            assert_eq!(meta["resourceType"], kind);
            assert_eq!(meta["created"], "2026-11-21T09:00:00.000Z");
            assert_eq!(meta["lastModified"], meta["created"]);
            assert_ne!(meta["version"], "W/\"77\"");
            assert_eq!(
                client.get(&format!("{endpoint}/{NOBODY}")).await.status,
                404
            );
            let shown = client.get(&format!("{endpoint}/{}", created.id())).await;
            assert_eq!((shown.status, &shown.body), (200, &created.body));
        }
    }
}

/// What a resource says of itself is what the headers say; gives its version and when it was last changed.
#[track_caller]
fn check_headers(answer: &Response) -> (String, String) {
    let meta = |name: &str| answer.body["meta"][name].as_str().unwrap().to_owned();
    assert_eq!(answer.header("content-location"), meta("location"));
    assert_eq!(answer.header("etag"), meta("version"));
    assert_eq!(meta("created"), "2026-11-21T09:00:00.000Z");
    (meta("version"), meta("lastModified"))
}

#[tokio::test]
async fn c07_meta_says_what_the_headers_say() {
    for (endpoint, body) in [
        ("/Users", user("bob", json!({}))),
        ("/Groups", group("team", &[])),
    ] {
        let api = Api::start().await;
        let client = api.client();
        let created = client.post(endpoint, &body).await;
        let (version, modified) = check_headers(&created);
        assert_eq!(modified, created.body["meta"]["created"]);
        let path = format!("{endpoint}/{}", created.id());
        assert_eq!(
            check_headers(&client.get(&path).await),
            (version.clone(), modified.clone())
        );
        let listed = client.get(endpoint).await;
        assert_eq!(resources(&listed)[0]["meta"], created.body["meta"]);

        api.environment.advance(Duration::from_secs(1));
        let mut changed = body.clone();
        changed["externalId"] = json!("x");
        let put = client.put(&path, &changed).await;
        let (put_version, put_modified) = check_headers(&put);
        assert!(put_modified > modified && put_version != version);

        api.environment.advance(Duration::from_secs(1));
        let operations = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "externalId", "value": "y"}]
        });
        let asked = format!("{path}?attributes=meta,externalId");
        let patched = client
            .send("PATCH", &asked, &[], Some(operations.to_string()))
            .await;
        let (patch_version, patch_modified) = check_headers(&patched);
        assert!(patch_modified > put_modified && patch_version != put_version);
        assert_eq!(
            check_headers(&client.get(&path).await),
            (patch_version, patch_modified)
        );
    }
}

#[tokio::test]
async fn c13_what_is_read_only_is_ignored() {
    for api in dialects().await {
        let client = api.client();
        let read_only = json!({
            "id": NOBODY, "meta": {"created": "2001-01-01T00:00:00Z"}, "groups": [{"value": NOBODY, "display": "admins"}],
            ENTERPRISE: {"department": "Ops", "manager": {"value": "m1", "displayName": "The Boss"}}
        });
        let mut body = user("bob", read_only);
        body["schemas"]
            .as_array_mut()
            .unwrap()
            .push(json!(ENTERPRISE));
        let bob = make(&client, "/Users", &body).await;
        let team = make_group(&client, "team", &[&bob]).await;
        let before = client.get(&bob.path).await.body;
        assert_eq!(before["groups"][0]["value"], json!(team.id));
        assert_eq!(before["groups"].as_array().unwrap().len(), 1);
        assert_eq!(
            before[ENTERPRISE],
            json!({"department": "Ops", "manager": {"value": "m1"}})
        );
        assert_eq!(before["meta"]["created"], "2026-11-21T09:00:00.000Z");

        // Nor do groups that are left out or emptied make him leave.
        for groups in [json!([{"value": NOBODY}]), json!([]), json!(null)] {
            body["groups"] = groups;
            let put = client.put(&bob.path, &body).await;
            assert_eq!((put.status, &put.body), (200, &before));
        }
        let mut members = group("team", &[&bob]);
        members["id"] = json!(NOBODY);
        members["meta"] = json!({"version": "W/\"77\""});
        let put = client.put(&team.path, &members).await;
        assert_eq!((put.status, put.id()), (200, team.id));
        assert_eq!(client.get(&bob.path).await.body, before);
    }
}

#[tokio::test]
async fn c45_uniqueness_is_always_a_conflict() {
    for dialect in [Dialect::Tolerant, Dialect::Strict] {
        let settings = Settings {
            dialect,
            unique_identifier: UniqueIdentifier::Email,
            ..Settings::default()
        };
        let api = Api::with(settings).await;
        let client = api.client();
        let with = |name: &str, address: &str| {
            user(
                name,
                json!({"emails": [{"value": address, "type": "work", "primary": true}]}),
            )
        };
        make(&client, "/Users", &with("bob", "bob@example.com")).await;
        let ann = make(&client, "/Users", &with("ann", "ann@example.com")).await;
        let address = json!([{"op": "replace", "path": "emails[type eq \"work\"].value", "value": "BOB@example.com"}]);
        for answer in [
            client.post("/Users", &with("cy", "Bob@example.com")).await,
            client.put(&ann.path, &with("ann", "bob@example.com")).await,
            client.patch(&ann.path, &address).await,
        ] {
            // Not 400, which RFC 7643 §7 would allow.
            check_refused(&answer, 409, "uniqueness", "an address");
            assert_eq!(answer.body["status"], "409");
        }
        let both = client.post("/Users", &with("Bob", "bob@example.com")).await;
        check_refused(&both, 409, "uniqueness", "a name and an address");
    }
}

#[tokio::test]
async fn c46_no_id_can_be_taken_for_a_bulk_id() {
    let api = Api::start().await;
    let client = api.client();
    for number in 0..20 {
        let name = format!("bulkId:{number}");
        let claimed = user(&name, json!({"id": name, "externalId": name}));
        let user = make(&client, "/Users", &claimed).await;
        let team = make_group(&client, &name, &[&user]).await;
        let shown = client.get(&team.path).await.values("members");
        for id in [&user.id, &team.id, &shown[0]] {
            assert!(!id.to_lowercase().contains("bulkid"), "{id}");
            // A UUID: 32 hexadecimal digits and four hyphens.
            let digits = id.bytes().filter(u8::is_ascii_hexdigit).count();
            assert_eq!((digits, id.len()), (32, 36), "{id}");
        }
    }
}
