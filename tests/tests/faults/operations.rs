//! Every request that writes.

use end_to_end::Response;
use serde_json::{Value, json};

use crate::world::{MANY, MUSTER_USER, World, user};

/// A request that writes, its answer, and what else the answer to its repetition may be.
pub struct Operation {
    pub name: &'static str,
    /// Settings of the directory that differ from the default, as JSON.
    pub settings: &'static str,
    pub perform: for<'a> fn(&'a World) -> Performed<'a>,
    pub status: u16,
    pub again: u16,
    /// It is more than one change: when it is interrupted, its repetition goes on with it.
    pub goes_on: bool,
}

pub type Performed<'a> = std::pin::Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// An operation: its answer's status, that of its repetition when it has been done already, and the request itself.
macro_rules! operation {
    ($name:literal, $status:literal, $again:literal, $world:ident => $request:expr) => {
        operation!($name, "{}", $status, $again, $world => $request)
    };
    ($name:literal, $settings:expr, $status:literal, $again:literal, $world:ident => $request:expr) => {
        Operation {
            name: $name,
            settings: $settings,
            perform: |$world| Box::pin(async move { $request }),
            status: $status,
            again: $again,
            goes_on: false,
        }
    };
}

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!([{"op": "replace", "path": path, "value": value.into()}])
}

fn add(members: &Value) -> Value {
    json!({"op": "add", "path": "members", "value": members})
}

fn remove(world: &World, name: &str) -> Value {
    json!({"op": "remove", "path": format!("members[value eq \"{}\"]", world.ids[name])})
}

async fn patch(world: &World, name: &str, operations: Value) -> Response {
    world
        .provisioner
        .patch(&world.path(name), &operations)
        .await
}

async fn if_match(world: &World, method: &str, name: &str, body: Value) -> Response {
    let headers = [("If-Match", r#"W/"1""#)];
    let path = world.path(name);
    let body = (!body.is_null()).then(|| body.to_string());
    world.provisioner.send(method, &path, &headers, body).await
}

const UNIQUE_EMAIL: &str = r#"{"unique_identifier": "email"}"#;

pub const USERS: &[Operation] = &[
    operation!("POST a user", 201, 409, world => world.provisioner.post("/Users", &user("new")).await),
    operation!("PUT a user, no key changed", 200, 200, world => {
        let mut bob = user("bob");
        bob["title"] = "Chief".into();
        world.provisioner.put(&world.path("bob"), &bob).await
    }),
    operation!("PUT a user, every key changed", 200, 200, world => {
        world.provisioner.put(&world.path("bob"), &user("robert")).await
    }),
    operation!("PATCH a user, no key changed", 200, 200, world => patch(world, "ann", replace("title", "Chief")).await),
    operation!("PATCH a user, userName changed", 200, 200, world => {
        patch(world, "ann", replace("userName", "anna@example.com")).await
    }),
    operation!("PATCH a user, deactivated", 200, 200, world => patch(world, "ann", replace("active", false)).await),
    operation!("PATCH a user, If-Match", 200, 412, world => {
        if_match(world, "PATCH", "bob", json!({"Operations": replace("title", "Chief")})).await
    }),
    operation!("PATCH a user of the application, protected", 200, 200, world => {
        let protect = replace(&format!("{MUSTER_USER}:protected"), true);
        world.application.patch(&world.path("ann"), &protect).await
    }),
    operation!("DELETE a user without groups", 204, 404, world => world.provisioner.delete(&world.path("dora")).await),
    operation!("DELETE a user in two groups", 204, 404, world => world.provisioner.delete(&world.path("ann")).await),
    operation!("DELETE a user, If-Match", 204, 404, world => if_match(world, "DELETE", "dora", Value::Null).await),
    operation!("POST a user whose email is unique", UNIQUE_EMAIL, 201, 409, world => {
        world.provisioner.post("/Users", &user("new")).await
    }),
    operation!("PUT a user whose email is unique", UNIQUE_EMAIL, 200, 200, world => {
        world.provisioner.put(&world.path("bob"), &user("robert")).await
    }),
    operation!("DELETE a user whose email is unique", UNIQUE_EMAIL, 204, 404, world => {
        world.provisioner.delete(&world.path("dora")).await
    }),
    operation!("DELETE a user who is kept", r#"{"delete_users": "deactivate"}"#, 204, 404, world => {
        world.provisioner.delete(&world.path("ann")).await
    }),
];

pub const GROUPS: &[Operation] = &[
    operation!("POST a group", 201, 409, world => {
        let group = json!({"displayName": "new", "externalId": "00g-new", "members": world.members(&["ann", "dora"])});
        world.provisioner.post("/Groups", &group).await
    }),
    operation!("POST a group with a protected member", 201, 409, world => {
        let group = json!({"displayName": "new", "members": world.members(&["dora", "eve"])});
        world.provisioner.post("/Groups", &group).await
    }),
    operation!("PUT a group, everything changed", 200, 200, world => {
        let group = json!({"displayName": "crew", "members": world.members(&["carl", "dora"])});
        world.provisioner.put(&world.path("team"), &group).await
    }),
    operation!("PUT a group, If-Match", 200, 412, world => {
        if_match(world, "PUT", "team", json!({"displayName": "crew", "members": world.members(&["carl", "dora"])})).await
    }),
    operation!("PATCH a group: add one", 204, 204, world => {
        patch(world, "team", json!([add(&world.members(&["dora"]))])).await
    }),
    operation!("PATCH a group: add one who is protected, and another", 204, 204, world => {
        patch(world, "team", json!([add(&world.members(&["dora", "eve"]))])).await
    }),
    operation!("PATCH a group: remove one", 204, 204, world => {
        patch(world, "team", json!([remove(world, "ann")])).await
    }),
    operation!("PATCH a group: add one, remove one", 204, 204, world => {
        patch(world, "team", json!([add(&world.members(&["dora"])), remove(world, "ann")])).await
    }),
    operation!("PATCH a group: add one, and one who is there", 204, 204, world => {
        patch(world, "team", json!([add(&world.members(&["ann", "dora"]))])).await
    }),
    operation!("PATCH a group: remove one, and one who is not there", 204, 204, world => {
        patch(world, "team", json!([remove(world, "ann"), remove(world, "dora")])).await
    }),
    operation!("PATCH a group: replace the members", 204, 204, world => {
        patch(world, "team", replace("members", world.members(&["bob", "dora"]))).await
    }),
    operation!("PATCH a group: rename", 204, 204, world => patch(world, "team", replace("displayName", "crew")).await),
    operation!("PATCH a group: rename, If-Match", 204, 412, world => {
        if_match(world, "PATCH", "team", json!({"Operations": replace("displayName", "crew")})).await
    }),
    operation!("PATCH a group: rename, add one", 204, 204, world => {
        let mut operations = replace("displayName", "crew");
        operations.as_array_mut().expect("a list").push(add(&world.members(&["dora"])));
        patch(world, "team", operations).await
    }),
    operation!("DELETE a group", 204, 404, world => world.provisioner.delete(&world.path("team")).await),
    operation!("DELETE a group, If-Match", 204, 404, world => if_match(world, "DELETE", "team", Value::Null).await),
    operation!("DELETE a group that is linked", r#"{"group_push": "link_only"}"#, 204, 204, world => {
        world.provisioner.delete(&world.path("team")).await
    }),
];

/// Changes of more than 25 memberships, of which a part follows.
pub const LARGE: &[Operation] = &[
    operation!("POST a group of 30", 201, 409, world => {
        let group = json!({"displayName": "new", "members": world.crowd(0..30)});
        world.provisioner.post("/Groups", &group).await
    }),
    operation!("PUT other members, and a name", 200, 200, world => {
        let group = json!({"displayName": "mob", "members": world.crowd(30..60)});
        world.provisioner.put(&world.path("crowd"), &group).await
    }),
    operation!("PATCH a group: add 28", 204, 204, world => patch(world, "crowd", json!([add(&world.crowd(30..58))])).await),
    operation!("PATCH a group: remove 28", 204, 204, world => {
        patch(world, "crowd", json!([{"op": "remove", "path": "members", "value": world.crowd(0..28)}])).await
    }),
    operation!("PATCH a group: remove all", 204, 204, world => {
        patch(world, "crowd", json!([{"op": "remove", "path": "members"}])).await
    }),
    operation!("DELETE a group of 30", 204, 404, world => world.provisioner.delete(&world.path("crowd")).await),
    operation!("DELETE a user in 21 groups", 204, 404, world => world.provisioner.delete(&world.path("member")).await),
];

/// Changes for which the group's only chunk has no room.
pub const SPREADING: &[Operation] = &[
    operation!("PATCH a group: add 20, and spread it", 204, 204, world => {
        patch(world, "crowd", json!([add(&world.crowd(MANY - 10..MANY + 10))])).await
    }),
];

/// Changes of a group of 64 chunks.
pub const SPREAD: &[Operation] = &[
    operation!("PATCH a group of 64 chunks: add one, and one who is there", 204, 204, world => {
        patch(world, "crowd", json!([add(&world.one_who_is_there_and_another())])).await
    }),
    operation!("PUT a group of 64 chunks: remove one", 200, 200, world => {
        let group = json!({"displayName": "crowd", "members": world.crowd(1..MANY + 1)});
        world.provisioner.put(&world.path("crowd"), &group).await
    }),
];

/// What administrators do.
pub const ADMINISTRATORS: &[Operation] = &[
    operation!("POST an environment", 201, 409, world => {
        world.administrate("POST", "/environments", json!({"name": "production"})).await
    }),
    operation!("PATCH an environment", 200, 200, world => {
        let change = json!({"base_url": "https://example.com/scim/v2"});
        world.administrate("PATCH", "/environments/staging", change).await
    }),
    operation!("DELETE an environment", 204, 404, world => {
        world.administrate("DELETE", "/environments/staging", Value::Null).await
    }),
    operation!("POST an organization", 201, 409, world => {
        world.administrate("POST", "/environments/test/organizations", json!({"name": "umbrella"})).await
    }),
    operation!("DELETE an organization", 204, 404, world => {
        world.administrate("DELETE", "/organizations/globex", Value::Null).await
    }),
    operation!("POST a directory", 201, 409, world => {
        let directory = json!({"name": "main", "settings": schema_extensions()});
        world.administrate("POST", "/organizations/globex/directories", directory).await
    }),
    operation!("PATCH a directory", 200, 200, world => {
        world.administrate("PATCH", &world.path("okta"), json!({"settings": {"group_push": "link_only"}})).await
    }),
    operation!("PATCH a directory: schema extensions", 200, 200, world => {
        world.administrate("PATCH", &world.path("okta"), json!({"settings": schema_extensions()})).await
    }),
    operation!("make a directory the primary one", 200, 200, world => {
        world.administrate("POST", &format!("{}/make-primary", world.path("entra")), Value::Null).await
    }),
    operation!("disable a directory", 200, 200, world => {
        world.administrate("POST", &format!("{}/disable", world.path("entra")), Value::Null).await
    }),
    Operation {
        goes_on: true,
        ..operation!("DELETE a directory", 204, 404, world => {
            world.administrate("DELETE", &world.path("ping"), Value::Null).await
        })
    },
    Operation {
        goes_on: true,
        ..operation!("DELETE the only directory", 204, 404, world => {
            world.administrate("DELETE", &world.path("ldap"), Value::Null).await
        })
    },
];

fn schema_extensions() -> Value {
    json!({"schema_extensions": [{
        "resourceType": "User", "required": false,
        "schema": {
            "id": "urn:initech:2.0:User", "name": "Initech", "description": "What Initech knows of a user",
            "attributes": [{"name": "badge", "type": "integer"}]
        }
    }]})
}

/// What others do while a request is paused.
pub const OTHERS: &[Operation] = &[
    operation!("POST a user", 201, 409, world => world.provisioner.post("/Users", &user("new")).await),
    operation!("PATCH ann's title", 200, 200, world => patch(world, "ann", replace("title", "Boss")).await),
    operation!("PUT bob under another name", 200, 200, world => {
        world.provisioner.put(&world.path("bob"), &user("robert")).await
    }),
    operation!("DELETE ann", 204, 404, world => world.provisioner.delete(&world.path("ann")).await),
    operation!("DELETE dora", 204, 404, world => world.provisioner.delete(&world.path("dora")).await),
    operation!("add dora to team", 204, 204, world => patch(world, "team", json!([add(&world.members(&["dora"]))])).await),
    operation!("remove ann from team", 204, 204, world => patch(world, "team", json!([remove(world, "ann")])).await),
    operation!("rename team", 204, 204, world => patch(world, "team", replace("displayName", "crew")).await),
    operation!("DELETE team", 204, 404, world => world.provisioner.delete(&world.path("team")).await),
];
