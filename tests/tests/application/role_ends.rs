//! A role ends with the change itself: the next request does not show it any more.

use end_to_end::{Api, Client};
use serde_json::{Value, json};

use crate::given::{id, mapped, patch, replace, role, sides, user};

/// A user whose role is that of a group.
struct Given {
    api: Api,
    okta: Client,
    application: Client,
    user: String,
    group: String,
}

impl Given {
    async fn new(settings: Value) -> Self {
        let (api, okta, application) = sides(settings).await;
        let user = user(&okta, "ann").await;
        let mapping = json!({"role": "admin", "priority": 2});
        let group = mapped(&application, "Admins", mapping, &[&user]).await;
        let given = Self {
            api,
            okta,
            application,
            user,
            group,
        };
        given.check("admin").await;
        given
    }

    /// The role is this one, however it is asked for.
    async fn check(&self, expected: impl Into<Value>) {
        let expected = expected.into();
        assert_eq!(role(&self.application, &self.user).await, expected);
        let role = format!("{}:role", scim::MUSTER_USER);
        let list = self
            .application
            .get(&format!("/Users?attributes={role}"))
            .await;
        let extension = &list.body["Resources"][0][scim::MUSTER_USER];
        assert_eq!(extension["role"], expected);
        let admins = self
            .application
            .find("/Users", &format!("{role} eq \"admin\""))
            .await;
        assert_eq!(admins.ids().len(), usize::from(expected == "admin"));
    }
}

#[tokio::test]
async fn when_the_user_is_removed() {
    for operation in [
        |id: &str| json!({"op": "remove", "path": format!("members[value eq \"{id}\"]")}),
        |id: &str| json!({"op": "remove", "path": "members", "value": [{"value": id}]}),
        |_: &str| json!({"op": "remove", "path": "members"}),
        |_: &str| json!({"op": "replace", "path": "members", "value": []}),
    ] {
        let given = Given::new(json!({"default_role": "viewer"})).await;
        let removal = operation(id(&given.user));
        patch(&given.okta, &given.group, removal).await;
        given.check("viewer").await;
    }
}

#[tokio::test]
async fn when_the_members_are_replaced() {
    let given = Given::new(json!({})).await;
    let other = user(&given.okta, "bob").await;
    let body = json!({"displayName": "Admins", "members": [{"value": id(&other)}]});
    assert_eq!(given.okta.put(&given.group, &body).await.status, 200);
    assert_eq!(role(&given.application, &other).await, "admin");
    assert_eq!(role(&given.application, &given.user).await, Value::Null);
}

#[tokio::test]
async fn when_the_group_is_emptied() {
    let given = Given::new(json!({})).await;
    let body = json!({"displayName": "Admins"});
    assert_eq!(given.okta.put(&given.group, &body).await.status, 200);
    given.check(Value::Null).await;
}

#[tokio::test]
async fn when_the_group_is_deleted() {
    let given = Given::new(json!({"default_role": "viewer"})).await;
    assert_eq!(given.okta.delete(&given.group).await.status, 204);
    given.check("viewer").await;
}

#[tokio::test]
async fn when_the_group_is_unlinked() {
    let given = Given::new(json!({"group_push": "link_only"})).await;
    assert_eq!(given.okta.delete(&given.group).await.status, 204);
    given.check(Value::Null).await;
    // Who is pushed into it again has it again.
    let add = json!({"op": "add", "path": "members", "value": [{"value": id(&given.user)}]});
    patch(&given.okta, &given.group, add).await;
    given.check("admin").await;
}

#[tokio::test]
async fn when_the_group_gives_another_or_none() {
    let given = Given::new(json!({})).await;
    let role = format!("{}:role", scim::MUSTER_GROUP);
    patch(&given.application, &given.group, replace(&role, "editor")).await;
    given.check("editor").await;
    patch(
        &given.application,
        &given.group,
        json!({"op": "remove", "path": role}),
    )
    .await;
    given.check(Value::Null).await;
    given.api.set(json!({"default_role": "viewer"})).await;
    given.check("viewer").await;
    given.api.set(json!({"default_role": null})).await;
    given.check(Value::Null).await;
}

#[tokio::test]
async fn when_the_user_goes_he_leaves_it_to_nobody() {
    let given = Given::new(json!({})).await;
    assert_eq!(given.okta.delete(&given.user).await.status, 204);
    let again = user(&given.okta, "ann").await;
    assert_eq!(role(&given.application, &again).await, Value::Null);
}

#[tokio::test]
async fn the_next_lower_group_gives_the_role_then() {
    let given = Given::new(json!({"default_role": "viewer"})).await;
    mapped(
        &given.application,
        "Editors",
        json!({"role": "editor"}),
        &[&given.user],
    )
    .await;
    given.check("admin").await;
    assert_eq!(given.okta.delete(&given.group).await.status, 204);
    given.check("editor").await;
}
