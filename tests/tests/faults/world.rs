//! The directory that every case begins with, and puts back for the next one.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Mutex;
use std::time::Duration;

use directory::Repair;
use end_to_end::{Api, Client};
use serde_json::{Value, json};

use crate::contents::contents;

pub const MUSTER_USER: &str = "urn:muster:params:scim:schemas:extension:2.0:User";

/// A directory with users ann, bob, carl, dora and eve, whom the application protects; groups team (ann, bob, carl), staff (ann) and
/// empty.
pub struct World {
    pub api: Api,
    pub provisioner: Client,
    pub application: Client,
    /// Ids by name.
    pub ids: BTreeMap<&'static str, String>,
    /// The ids of 60 more users, or of none.
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
    pub async fn new(settings: &str, has_crowd: bool) -> Self {
        let api = Api::start().await;
        let crowd = if has_crowd {
            api.seed(60).await
        } else {
            Vec::new()
        };
        let (provisioner, application) = (api.client(), api.application().await);
        let mut world = Self {
            api,
            provisioner,
            application,
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
        if has_crowd {
            world.gather().await;
        } else {
            let off = json!({"StreamSpecification": {"StreamEnabled": false}});
            world.api.dynamodb("UpdateTable", &off).await;
        }
        let settings = serde_json::from_str(settings).expect("settings");
        world.api.set(settings).await;
        world.api.settled().await;
        world.items = world.api.items().await;
        world
    }

    async fn create(&mut self, name: &'static str, path: &str, body: &Value) {
        self.api.environment.advance(Duration::from_millis(1));
        let created = self.provisioner.post(path, body).await;
        assert_eq!(created.status, 201, "{created:?}");
        self.ids.insert(name, created.id());
    }

    /// A group crowd of the first 30 of the crowd, and 20 more groups of the first of them, member.
    async fn gather(&mut self) {
        let crowd = json!({"displayName": "crowd", "members": self.crowd(0..30)});
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

    pub fn path(&self, name: &str) -> String {
        let endpoint = match name {
            "team" | "staff" | "empty" | "crowd" => "Groups",
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
