//! What clients do with users and groups, by the functions of each and by that of what concerns both.

use std::fmt;

use end_to_end::{Api, Client};
use serde_json::{Value, json};

/// More members than one chunk of a group holds.
pub const SPREAD: usize = 1_010;

const BULK_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const MUSTER_USER: &str = "urn:muster:params:scim:schemas:extension:2.0:User";

/// Which function it is that does something.
#[derive(Clone, Copy)]
pub enum Way {
    /// `users` or `groups`.
    OneByOne,
    /// `bulk`.
    InBulk,
}

impl fmt::Display for Way {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::OneByOne => "one by one",
            Self::InBulk => "in bulk",
        })
    }
}

impl Way {
    /// Makes a change that succeeds, and gives the path of what it is about.
    async fn send(self, client: &Client, method: &str, path: &str, body: Value) -> String {
        let (status, location) = match self {
            Self::OneByOne => {
                let body = (method != "DELETE").then(|| body.to_string());
                let answer = client.send(method, path, &[], body).await;
                let location = answer.header("location").to_owned();
                (answer.status.to_string(), location)
            }
            Self::InBulk => {
                let operation =
                    json!({"method": method, "path": path, "bulkId": "it", "data": body});
                let request = json!({"schemas": [BULK_REQUEST], "Operations": [operation]});
                let answer = client.post("/Bulk", &request).await;
                let outcome = &answer.body["Operations"][0];
                let text = |name: &str| outcome[name].as_str().unwrap_or_default().to_owned();
                (text("status"), text("location"))
            }
        };
        assert!(
            status.starts_with('2'),
            "{self}: {method} {path} is {status}"
        );
        let path = location.split_once("/scim/v2").map(|(_, path)| path);
        path.unwrap_or_default().to_owned()
    }

    async fn create(self, client: &Client, path: &str, body: Value) -> String {
        self.send(client, "POST", path, body).await
    }

    async fn patch(self, client: &Client, path: &str, operations: Value) {
        let body = json!({"schemas": [PATCH], "Operations": operations});
        self.send(client, "PATCH", path, body).await;
    }

    async fn delete(self, client: &Client, path: &str) {
        self.send(client, "DELETE", path, Value::Null).await;
    }
}

/// Every kind of change of a user and of a group.
pub async fn change(api: &Api, way: Way) {
    let client = api.client();
    let application = api.application().await;
    let ann = way.create(&client, "/Users", user("ann")).await;
    let bob = way.create(&client, "/Users", user("bob")).await;
    let title = json!([{"op": "replace", "path": "title", "value": "Chief"}]);
    way.patch(&client, &ann, title).await;
    way.send(&client, "PUT", &ann, user("anna")).await;

    let team = way.create(&client, "/Groups", group("team", [&ann])).await;
    let protected = format!("{MUSTER_USER}:protected");
    let protect = json!([{"op": "replace", "path": protected, "value": true}]);
    way.patch(&application, &ann, protect).await;
    way.patch(&application, &team, json!([add([&bob])])).await;
    way.patch(&application, &team, json!([remove(&bob)])).await;
    let rename = json!([{"op": "replace", "path": "displayName", "value": "crew"}]);
    way.patch(&client, &team, rename).await;
    way.delete(&application, &ann).await;
    let all = group("everybody", [&bob]);
    way.send(&client, "PUT", &team, all).await;
    way.delete(&client, &team).await;
    leave_to_do(api, way, &bob).await;
    way.delete(&client, &bob).await;
    api.settled().await;
}

/// What concerns so many users or groups that a part of it follows.
async fn leave_to_do(api: &Api, way: Way, user: &String) {
    const MOST_GROUPS_AT_ONCE: usize = 20;
    let client = api.client();
    let many = seeded(&client).await;
    let (some, last) = many.split_at(SPREAD - 2);
    let crowd = way.create(&client, "/Groups", group("crowd", some)).await;
    // Who is a member already, and in another chunk than who is new, is looked at only.
    let new = json!([add(some[..4].iter().chain(&last[..1]))]);
    way.patch(&client, &crowd, new).await;
    way.delete(&client, &crowd).await;
    let mut groups = Vec::new();
    for number in 0..=MOST_GROUPS_AT_ONCE {
        let body = group(&format!("group {number}"), [user]);
        groups.push(way.create(&client, "/Groups", body).await);
    }
    let leaver = way.create(&client, "/Users", self::user("leaver")).await;
    for group in &groups {
        way.patch(&client, group, json!([add([&leaver])])).await;
    }
    way.delete(&client, &leaver).await;
    api.settled().await;
    for group in &groups {
        way.delete(&client, group).await;
    }
}

/// Every kind of reading.
pub async fn read(api: &Api, way: Way) {
    let client = api.client();
    let application = api.application().await;
    let ann = Way::OneByOne.create(&client, "/Users", user("ann")).await;
    let mut groups = Vec::new();
    for name in ["team", "crew"] {
        let group = group(name, [&ann]);
        groups.push(Way::OneByOne.create(&client, "/Groups", group).await);
    }
    if matches!(way, Way::OneByOne) {
        for path in [&ann, &groups[0]] {
            for query in ["", "?excludedAttributes=groups,members"] {
                let shown = client.get(&format!("{path}{query}")).await;
                assert_eq!(shown.status, 200, "{shown:?}");
            }
        }
    }
    let name = r#"userName eq "ann@example.com""#;
    let display = r#"displayName eq "team""#;
    let external = r#"externalId sw "00" and meta.version pr"#;
    let lists: &[(&str, &[&str])] = match way {
        Way::OneByOne => &[
            ("/Users", &[name, r#"externalId eq "00u-ann""#, external]),
            (
                "/Groups",
                &[display, r#"externalId eq "00g-team""#, external],
            ),
        ],
        Way::InBulk => &[("", &[name, display, r#"externalId eq "00u-ann""#, external])],
    };
    for (endpoint, filters) in lists {
        let path = format!("{endpoint}/.search");
        let pages = [1, 2].map(|start| json!({"startIndex": start, "count": 1}));
        let alone = json!({"filter": filters[0], "excludedAttributes": ["groups"]});
        let filters = filters.iter().map(|filter| json!({"filter": filter}));
        for mut search in pages.into_iter().chain(filters).chain([alone]) {
            search["schemas"] = json!([SEARCH_REQUEST]);
            for client in [&client, &application] {
                let found = client.post(&path, &search).await;
                assert_eq!(found.status, 200, "{path}, {search}: {found:?}");
            }
        }
    }
    for path in groups.iter().chain([&ann]) {
        Way::OneByOne.delete(&client, path).await;
    }
}

/// What is refused to somebody who showed a credential, by each function.
pub async fn refuse(api: &Api) {
    let client = api.client();
    let nonsense = json!({"schemas": [BULK_REQUEST], "Operations": [{"method": "POST", "path": "/Users", "data": {}}]});
    for (path, body) in [
        ("/Users", json!({})),
        ("/Groups", json!({})),
        ("/Bulk", nonsense),
        ("/Schemas", json!({})),
    ] {
        let refused = client.post(path, &body).await;
        let is_refused = refused.status >= 400 || refused.body["Operations"][0]["status"] == "400";
        assert!(is_refused, "{path}: {refused:?}");
    }
}

/// The ids of the users with whom the directory began.
pub async fn seeded(client: &Client) -> Vec<String> {
    let mut ids = Vec::new();
    while ids.len() < SPREAD {
        let start = ids.len() + 1;
        let page = format!("/Users?startIndex={start}&count=200&attributes=id");
        ids.extend(client.get(&page).await.ids());
    }
    ids.truncate(SPREAD);
    ids
}

fn user(name: &str) -> Value {
    let address = format!("{name}@example.com");
    json!({
        "userName": address, "externalId": format!("00u-{name}"), "active": true,
        "emails": [{"value": address, "type": "work", "primary": true}]
    })
}

pub fn group<'a>(name: &str, members: impl IntoIterator<Item = &'a String>) -> Value {
    json!({"displayName": name, "externalId": format!("00g-{name}"), "members": values(members)})
}

fn add<'a>(members: impl IntoIterator<Item = &'a String>) -> Value {
    json!({"op": "add", "path": "members", "value": values(members)})
}

fn remove(member: &str) -> Value {
    json!({"op": "remove", "path": format!("members[value eq \"{}\"]", id(member))})
}

/// Members by their paths or ids.
fn values<'a>(members: impl IntoIterator<Item = &'a String>) -> Value {
    let members = members.into_iter();
    members.map(|member| json!({"value": id(member)})).collect()
}

fn id(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or_default()
}
