//! The directory that every case begins with, and puts back for the next one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use directory::{Repair, Settings};
use end_to_end::{Api, Client, Response};
use serde_json::{Map, Value, json};

use crate::contents::contents;

/// A crowd for large changes.
pub const FEW: usize = 60;
/// As many members as a group has in one chunk.
pub const MANY: usize = 1_000;
/// A crowd of which a group has more than that.
pub const VERY_MANY: usize = MANY + 100;

pub const MUSTER_USER: &str = "urn:muster:params:scim:schemas:extension:2.0:User";

/// A directory with users ann, bob, carl, dora and eve, whom the application protects; groups team (ann, bob, carl), staff (ann) and
/// empty. Beside it an environment without organizations, staging; and organizations without directories, globex; with three, initech:
/// its primary one, okta, entra, and ping, which has long been disabled; and with one, hooli: ldap, which has been so too.
pub struct World {
    pub api: Api,
    pub provisioner: Client,
    pub application: Client,
    pub admin: Client,
    /// Ids by name.
    pub ids: BTreeMap<&'static str, String>,
    /// The ids of [`FEW`] or more other users, or of none.
    crowd: Vec<String>,
    /// Every item, as it was in the beginning, and as it was when it was last looked at.
    items: Vec<Value>,
    last: Mutex<Vec<Value>>,
    /// What a check found to be without contradictions: it need not be checked again.
    agreeing: Mutex<HashSet<String>>,
}

impl World {
    /// With these settings. What follows from a change of at most 25 memberships is the audit trail alone, which is not looked
    /// at here; so without a crowd nothing follows the stream.
    pub async fn new(settings: &str, crowd: usize) -> Self {
        let mut chosen = Settings::default();
        for (name, value) in &serde_json::from_str::<Map<_, _>>(settings).expect("settings") {
            chosen.set(name, value).expect("a setting");
        }
        let api = Api::with(chosen).await;
        let crowd = api.seed(crowd).await;
        let (provisioner, application) = (api.client(), api.application().await);
        let admin = api.admin();
        let mut world = Self {
            api,
            provisioner,
            application,
            admin,
            ids: BTreeMap::new(),
            crowd,
            items: Vec::new(),
            last: Mutex::default(),
            agreeing: Mutex::default(),
        };
        for name in ["ann", "bob", "carl", "dora", "eve"] {
            world.create(name, "/Users", &user(name)).await;
        }
        let members = |names: &[&'static str]| world.members(names);
        let groups = [
            ("team", members(&["ann", "bob", "carl"])),
            ("staff", members(&["ann"])),
            ("empty", members(&[])),
        ];
        for (name, members) in groups {
            let group = json!({"displayName": name, "externalId": format!("00g-{name}"), "members": members});
            world.create(name, "/Groups", &group).await;
        }
        let protect =
            json!([{"op": "replace", "path": format!("{MUSTER_USER}:protected"), "value": true}]);
        let protected = world.application.patch(&world.path("eve"), &protect).await;
        assert_eq!(protected.status, 200, "{protected:?}");
        world.administer().await;
        if world.crowd.is_empty() {
            let off = json!({"StreamSpecification": {"StreamEnabled": false}});
            world.api.dynamodb("UpdateTable", &off).await;
        } else {
            world.gather().await;
        }
        // So that the gateway has the authorizer's answer.
        assert_eq!(world.provisioner.get("/Users").await.status, 200);
        world.api.settled().await;
        world.items = world.api.items().await;
        world
    }

    async fn create(&mut self, name: &'static str, path: &str, body: &Value) {
        self.api.environment.advance(Duration::from_millis(1));
        // Of the application, so that no setting forbids it.
        let created = self.application.post(path, body).await;
        assert_eq!(created.status, 201, "{created:?}");
        self.ids.insert(name, created.id());
    }

    async fn administer(&mut self) {
        const LONG: Duration = Duration::from_secs(61);
        let created = [
            ("/environments", "staging"),
            ("/environments/test/organizations", "globex"),
            ("/environments/test/organizations", "initech"),
            ("/organizations/initech/directories", "okta"),
            ("/organizations/initech/directories", "entra"),
            ("/organizations/initech/directories", "ping"),
            ("/environments/test/organizations", "hooli"),
            ("/organizations/hooli/directories", "ldap"),
        ];
        for (path, name) in created {
            let answer = self
                .administrate("POST", path, json!({ "name": name }))
                .await;
            assert_eq!(answer.status, 201, "{answer:?}");
            if let Some(id) = answer.body["id"].as_str() {
                self.ids.insert(name, id.to_owned());
            }
        }
        for name in ["ping", "ldap"] {
            let path = format!("{}/disable", self.path(name));
            let disabled = self.administrate("POST", &path, Value::Null).await;
            assert_eq!(disabled.status, 200, "{disabled:?}");
        }
        self.api.environment.advance(LONG);
    }

    /// The answer to an administrator's request.
    pub async fn administrate(&self, method: &str, path: &str, body: Value) -> Response {
        let body = (!body.is_null()).then(|| body.to_string());
        let json = [("content-type", "application/json")];
        let headers = if body.is_some() { &json[..] } else { &[] };
        self.admin.send(method, path, headers, body).await
    }

    /// A group crowd, of the first half of the crowd if that is few, else of nearly as many or one more than are in one chunk; and 20
    /// more groups of the first of them, member.
    async fn gather(&mut self) {
        let members = match self.crowd.len() {
            FEW => FEW / 2,
            VERY_MANY => MANY + 1,
            _ => MANY - 10,
        };
        let crowd = json!({"displayName": "crowd", "members": self.crowd(0..members)});
        self.create("crowd", "/Groups", &crowd).await;
        self.ids.insert("member", self.crowd[0].clone());
        for number in 1..=20 {
            let group =
                json!({"displayName": format!("group {number}"), "members": self.crowd(0..1)});
            let created = self.provisioner.post("/Groups", &group).await;
            assert_eq!(created.status, 201, "{created:?}");
        }
    }

    /// Some of the crowd as members.
    pub fn crowd(&self, range: Range<usize>) -> Value {
        let member = |id| json!({"value": id});
        self.crowd[range].iter().map(member).collect()
    }

    /// A member of the crowd's group, and one who is none and whose chunk is another, as the last byte of an id says.
    pub fn one_who_is_there_and_another(&self) -> Value {
        const CHUNKS: u8 = 64;
        let chunk = |at: usize| {
            let id = &self.crowd[at];
            let byte = u8::from_str_radix(&id[id.len() - 2..], 16);
            byte.expect("a hexadecimal number") % CHUNKS
        };
        let mut others = MANY + 1..VERY_MANY;
        let other = others.find(|at| chunk(*at) != chunk(0));
        let other = other.expect("not all are of one chunk");
        json!([{"value": self.crowd[0]}, {"value": self.crowd[other]}])
    }

    pub fn path(&self, name: &str) -> String {
        let endpoint = match name {
            "team" | "staff" | "empty" | "crowd" => "Groups",
            "okta" | "entra" | "ping" | "ldap" => {
                return format!("/directories/{}", self.ids[name]);
            }
            _ => "Users",
        };
        format!("/{endpoint}/{}", self.ids[name])
    }

    pub fn members(&self, names: &[&'static str]) -> Value {
        let member = |name| json!({"value": self.ids[name]});
        names.iter().map(member).collect()
    }

    /// What the directory has become, when everything has followed. The error is in what it contradicts itself.
    pub async fn contents(&self) -> Result<Value, String> {
        self.settled().await;
        let items = self.api.items().await;
        let (contents, all) = (contents(&items), without_marks(&items));
        *self.last.lock().expect("nobody panicked") = items;
        if self
            .agreeing
            .lock()
            .expect("nobody panicked")
            .contains(&all)
        {
            return Ok(contents);
        }
        let report = self.api.check(Repair::No).await;
        if report.found + report.pending + report.undecided > 0 {
            return Err(format!("{report:?}"));
        }
        self.agreeing.lock().expect("nobody panicked").insert(all);
        Ok(contents)
    }

    async fn settled(&self) {
        if !self.crowd.is_empty() {
            self.api.settled().await;
        }
    }

    /// What is under a key.
    pub async fn item(&self, key: &Value) -> Option<Value> {
        let get = json!({"Key": key, "ConsistentRead": true});
        self.api
            .dynamodb("GetItem", &get)
            .await
            .get("Item")
            .cloned()
    }

    /// What is under some keys, in their order.
    pub async fn items_of(&self, keys: &[Value]) -> Vec<Option<Value>> {
        let mut items = Vec::with_capacity(keys.len());
        for key in keys {
            items.push(self.item(key).await);
        }
        items
    }

    /// Puts an item where one was, or nothing.
    pub async fn put_back(&self, key: &Value, item: Option<&Value>) {
        match item {
            Some(item) => self.api.dynamodb("PutItem", &json!({"Item": item})).await,
            None => self.api.dynamodb("DeleteItem", &json!({"Key": key})).await,
        };
    }

    /// Puts back every item as it was, if [`World::contents`] was the last thing that was done.
    pub async fn restore(&self) {
        const BATCH: usize = 25;
        let writes = {
            let now = self.last.lock().expect("nobody panicked");
            writes(&now, &self.items)
        };
        for batch in writes.chunks(BATCH) {
            self.api.write_batch(batch).await;
        }
        // What follows from that is of no interest, and is to be over.
        self.settled().await;
    }
}

/// Everything but the directory's own item and the audit trail, and without what tells one change from another of the same effect.
fn without_marks(items: &[Value]) -> String {
    const MARKS: [&str; 7] = [
        "version", "revision", "modified", "write", "writes", "by", "stamp",
    ];
    let mut all = String::new();
    let is_left_out = |item: &&Value| ["directory", "audit entry"].contains(&kind(item));
    for item in items.iter().filter(|item| !is_left_out(item)) {
        let attributes: BTreeMap<_, _> = item.as_object().into_iter().flatten().collect();
        for (name, value) in attributes {
            if MARKS.contains(&name.as_str()) {
                continue;
            }
            let set = value["BS"].as_array().into_iter().flatten();
            let set: BTreeSet<_> = set.filter_map(Value::as_str).collect();
            let _ = if set.is_empty() {
                write!(all, "{name}:{value},")
            } else {
                write!(all, "{name}:{set:?},")
            };
        }
        all.push('\n');
    }
    all
}

fn kind(item: &Value) -> &str {
    item["type"]["S"].as_str().unwrap_or_default()
}

/// What makes one the other, as `BatchWriteItem` has it.
fn writes(from: &[Value], to: &[Value]) -> Vec<Value> {
    type Keys<'a> = BTreeMap<(&'a str, &'a str), &'a Value>;
    fn by_key<'a>(items: &'a [Value]) -> Keys<'a> {
        let text = |value: &'a Value| value["S"].as_str().unwrap_or_default();
        let keys = items
            .iter()
            .map(|item| ((text(&item["pk"]), text(&item["sk"])), item));
        keys.collect()
    }
    let (from, to) = (by_key(from), by_key(to));
    let gone = from.iter().filter(|(key, _)| !to.contains_key(*key));
    let gone = gone
        .map(|(_, item)| json!({"DeleteRequest": {"Key": {"pk": item["pk"], "sk": item["sk"]}}}));
    let back = to
        .iter()
        .filter(|(key, item)| from.get(*key) != Some(*item));
    let back = back.map(|(_, item)| json!({"PutRequest": {"Item": item}}));
    gone.chain(back).collect()
}

pub fn user(name: &str) -> Value {
    let address = format!("{name}@example.com");
    json!({
        "userName": address, "externalId": format!("00u-{name}"), "active": true, "displayName": name,
        "emails": [{"value": address, "type": "work", "primary": true}]
    })
}
