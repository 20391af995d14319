//! Every request that writes.

use end_to_end::Response;
use serde_json::{Value, json};

use crate::world::{MUSTER_USER, World, user};

/// A request that writes, its answer, and what else the answer to its repetition may be.
pub struct Operation {
    pub name: &'static str,
    /// Settings of the directory that differ from the default, as JSON.
    pub settings: &'static str,
    pub perform: for<'a> fn(&'a World) -> Performed<'a>,
    pub status: u16,
    pub again: u16,
}

type Performed<'a> = std::pin::Pin<Box<dyn Future<Output = Response> + Send + 'a>>;

/// An operation: its answer's status, that of its repetition when it has been done already, and the request itself.
macro_rules! operation {
    ($name:literal, $status:literal, $again:literal, $world:ident => $request:expr) => {
        operation!($name, "{}", $status, $again, $world => $request)
    };
    ($name:literal, $settings:literal, $status:literal, $again:literal, $world:ident => $request:expr) => {
        Operation {
            name: $name,
            settings: $settings,
            perform: |$world| Box::pin(async move { $request }),
            status: $status,
            again: $again,
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
    operation!("PATCH a group: replace the members", 204, 204, world => {
        patch(world, "team", replace("members", world.members(&["bob", "dora"]))).await
    }),
    operation!("PATCH a group: rename", 204, 204, world => patch(world, "team", replace("displayName", "crew")).await),
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
