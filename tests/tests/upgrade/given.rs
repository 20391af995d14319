//! What is frozen: one of everything, and what it is called.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::time::Duration;

use directory::{CredentialKind, DeleteUsers, DirectoryId, Rights, Settings};
use end_to_end::{Api, Client, Response};
use scim::{MUSTER_GROUP, MUSTER_USER};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

pub const OWN: &str = "urn:example:acme:2.0:User";
/// Longer than a large change may be unfinished before it is swept up, and than a sweep takes.
pub const OVERDUE: Duration = Duration::from_mins(16);
pub const TIME: Duration = Duration::from_mins(1);

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/upgrade/items-1.json");
/// The fewest members for which a group gets 64 chunks.
const SPREAD: usize = 1_001;
/// As many as make a change a large one, which the users' items follow.
const LARGE: usize = 30;

/// A directory of today's.
pub struct Made {
    pub api: Api,
    pub okta: Client,
    pub paths: BTreeMap<&'static str, String>,
    application_token: String,
}

/// The frozen directory, in a table of a test's own.
pub struct Frozen {
    pub api: Api,
    pub okta: Client,
    pub application: Client,
    pub paths: BTreeMap<String, String>,
}

/// Everything there is, except a group of many.
pub async fn make() -> Made {
    let settings = Settings {
        delete_users: DeleteUsers::Deactivate,
        ..Settings::default()
    };
    let api = Api::with(settings).await;
    api.set(json!({"default_role": "member"})).await;
    let schema = json!({"id": OWN, "name": "Acme", "attributes": [{"name": "badge"}]});
    let extension = json!([{"resourceType": "User", "required": false, "schema": schema}]);
    api.extend(&extension).await.unwrap();
    let issued = api
        .issue(CredentialKind::Application, Rights::ReadAndWrite)
        .await;
    let (okta, application) = (api.client(), api.client_of(&issued));
    let ann = json!({
        "userName": "ann", "externalId": "x-ann", "displayName": "Ann Lee", "name": {"givenName": "Ann", "familyName": "Lee"},
        "emails": [{"value": "ann@example.com", "type": "work", "primary": true}, {"value": "ann@home.example", "type": "home"}],
        "phoneNumbers": [{"value": "+49 1", "type": "work"}], OWN: {"badge": "B-1"}
    });
    let mut paths = BTreeMap::new();
    for (name, body) in [
        ("ann", ann),
        ("bob", json!({"userName": "bob"})),
        ("gone", json!({"userName": "gone", "externalId": "x-gone"})),
    ] {
        paths.insert(name, create(&okta, "/Users", &body).await);
    }
    let id = |name: &str| paths[name].rsplit('/').next().unwrap().to_owned();
    let members = json!([{"value": id("ann")}, {"value": id("bob")}]);
    let team = json!({"displayName": "team", "externalId": "x-team", "members": members});
    let team = create(&okta, "/Groups", &team).await;
    let role = json!([
        {"op": "replace", "path": format!("{MUSTER_GROUP}:role"), "value": "admin"},
        {"op": "replace", "path": format!("{MUSTER_GROUP}:priority"), "value": 10}
    ]);
    ok(&application.patch(&team, &role).await);
    let title = json!([{"op": "replace", "path": "title", "value": "Clerk"}]);
    ok(&okta.patch(&paths["bob"], &title).await);
    let protect =
        json!([{"op": "replace", "path": format!("{MUSTER_USER}:protected"), "value": true}]);
    ok(&application.patch(&paths["ann"], &protect).await);
    ok(&okta.delete(&paths["gone"]).await);
    let refused = okta.post("/Users", &json!({"userName": "bob"})).await;
    assert_eq!(refused.status, 409);
    paths.insert("team", team);
    api.settled().await;
    Made {
        api,
        okta,
        paths,
        application_token: issued.token.expose_secret().to_owned(),
    }
}

impl Made {
    /// Adds a group of 64 chunks, and a large change of it that the users' items do not follow yet; writes all of it down.
    async fn freeze(mut self) {
        let (api, okta) = (&self.api, &self.okta);
        let known = api.items().await;
        api.fill(SPREAD).await;
        let mut others = Vec::new();
        while others.len() < SPREAD {
            let from = others.len() + 1;
            let page = format!(
                "/Users?filter=userName+sw+%22user-%22&startIndex={from}&count=200&attributes=id"
            );
            others.extend(okta.get(&page).await.ids());
        }
        let crowd = json!({"displayName": "crowd", "members": members(&others)});
        let crowd = create(okta, "/Groups", &crowd).await;
        api.settled().await;
        ok(&okta
            .patch(&crowd, &json!([{"op": "remove", "path": "members"}]))
            .await);
        api.settled().await;
        api.set(json!({"delete_users": "delete"})).await;
        for other in &others[LARGE..] {
            ok(&okta.delete(&format!("/Users/{other}")).await);
        }
        api.set(json!({"delete_users": "deactivate"})).await;
        api.settled().await;
        let off = json!({"StreamSpecification": {"StreamEnabled": false}});
        api.dynamodb("UpdateTable", &off).await;
        let add = json!([{"op": "add", "path": "members", "value": members(&others[..LARGE])}]);
        ok(&okta.patch(&crowd, &add).await);
        // Of what was only a means to it the audit trail needs not tell.
        let mut items = api.items().await;
        items.retain(|item| item["type"]["S"] != "audit entry" || known.contains(item));
        self.paths.insert("crowd", crowd);
        let frozen = json!({
            "directory": self.api.directory.to_string(), "token": self.api.token(), "application_token": self.application_token,
            "paths": self.paths, "items": items
        });
        fs::write(FILE, frozen.to_string()).unwrap();
    }
}

/// The file, which is written first if there is none.
pub async fn frozen() -> Value {
    if !Path::new(FILE).exists() {
        make().await.freeze().await;
    }
    serde_json::from_slice(&fs::read(FILE).unwrap()).unwrap()
}

impl Frozen {
    pub async fn thaw() -> Self {
        let frozen = frozen().await;
        let mut api = Api::start().await;
        let items = frozen["items"].as_array().unwrap();
        let puts: Vec<_> = items
            .iter()
            .map(|item| json!({"PutRequest": {"Item": item}}))
            .collect();
        for puts in puts.chunks(25) {
            api.write_batch(puts).await;
        }
        let text = |name: &str| frozen[name].as_str().unwrap();
        let bearer = |name: &str| format!("Bearer {}", text(name));
        api.directory = DirectoryId::parse(text("directory")).unwrap();
        Self {
            okta: api.client_with(Some(&bearer("token"))),
            application: api.client_with(Some(&bearer("application_token"))),
            paths: serde_json::from_value(frozen["paths"].clone()).unwrap(),
            api,
        }
    }
}

/// The attributes of items and their types, by the kind of the item; of maps also what is in them.
pub fn attributes(items: &[Value]) -> BTreeMap<String, BTreeSet<String>> {
    let mut attributes: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for item in items {
        let kind = item["type"]["S"].as_str().unwrap().to_owned();
        collect(attributes.entry(kind).or_default(), "", item);
    }
    attributes
}

fn collect(attributes: &mut BTreeSet<String>, path: &str, map: &Value) {
    for (name, value) in map.as_object().unwrap() {
        let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
        // A map of credentials is by id.
        let name = if path.ends_with(".credentials") {
            "*"
        } else {
            name
        };
        attributes.insert(format!("{path}.{name}: {kind}"));
        if kind == "M" {
            collect(attributes, &format!("{path}.{name}"), value);
        }
    }
}

fn members(ids: &[String]) -> Value {
    let member = |id: &String| json!({"value": id});
    ids.iter().map(member).collect()
}

async fn create(client: &Client, endpoint: &str, body: &Value) -> String {
    let created = client.post(endpoint, body).await;
    assert_eq!(created.status, 201, "{created:?}");
    format!("{endpoint}/{}", created.id())
}

pub fn ok(answer: &Response) {
    assert!(answer.status < 300, "{answer:?}");
}
