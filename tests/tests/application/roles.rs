//! Groups that mean roles: how they are mapped, and which of several gives the role.

use scim::MUSTER_GROUP;
use serde_json::{Value, json};

use crate::given::{create, group, id, mapped, of_group, patch, replace, role, shown, sides, user};

#[tokio::test]
async fn every_write_maps_a_group() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let team = group(&okta, "Team", &[&ann]).await;
    let origin = json!({"origin": "scim"});
    let with = |mapping: Value| {
        let mut members = mapping.as_object().unwrap().clone();
        members.extend(origin.as_object().unwrap().clone());
        Value::from(members)
    };
    let named = |name: &str| format!("{MUSTER_GROUP}:{name}");
    let writes = [
        (replace(&named("role"), "admin"), json!({"role": "admin"})),
        (
            replace(&named("priority"), 5),
            json!({"role": "admin", "priority": 5}),
        ),
        (
            replace(&named("priority"), -5),
            json!({"role": "admin", "priority": -5}),
        ),
        (
            json!({"op": "remove", "path": named("priority")}),
            json!({"role": "admin"}),
        ),
        (
            replace(MUSTER_GROUP, json!({"role": "editor", "priority": 1})),
            json!({"role": "editor", "priority": 1}),
        ),
        (json!({"op": "remove", "path": MUSTER_GROUP}), json!({})),
        (
            json!({"op": "add", "value": {MUSTER_GROUP: {"role": "admin"}}}),
            json!({"role": "admin"}),
        ),
        (replace(&named("role"), ""), json!({})),
    ];
    for (operation, expected) in writes {
        patch(&application, &team, operation.clone()).await;
        assert_eq!(
            of_group(&application, &team).await,
            with(expected.clone()),
            "{operation}"
        );
        assert_eq!(
            role(&application, &ann).await,
            expected["role"],
            "{operation}"
        );
    }
    let body = json!({"displayName": "Team", "members": [{"value": id(&ann)}], MUSTER_GROUP: {"role": "owner"}});
    assert_eq!(application.put(&team, &body).await.status, 200);
    assert_eq!(role(&application, &ann).await, "owner");
    // Nothing of it goes by an omission, the identity provider's least of all.
    let body = json!({"displayName": "Team", "members": [{"value": id(&ann)}]});
    for client in [&application, &okta] {
        assert_eq!(client.put(&team, &body).await.status, 200);
        assert_eq!(role(&application, &ann).await, "owner");
    }
    let created = mapped(
        &application,
        "Other",
        json!({"role": "boss", "priority": 1}),
        &[&ann],
    )
    .await;
    assert_eq!(
        of_group(&application, &created).await,
        json!({"origin": "application", "role": "boss", "priority": 1})
    );
    assert_eq!(role(&application, &ann).await, "boss");
}

#[tokio::test]
async fn the_highest_priority_gives_the_role() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    group(&application, "Unmapped", &[&ann]).await;
    let mappings = [
        (
            "Lowest",
            json!({"role": "lowest", "priority": -1}),
            "lowest",
        ),
        ("None", json!({"role": "none"}), "none"),
        ("Priority alone", json!({"priority": 100}), "none"),
        ("Low", json!({"role": "low", "priority": 1}), "low"),
        ("High", json!({"role": "high", "priority": 10}), "high"),
        ("Middle", json!({"role": "middle", "priority": 9}), "high"),
        (
            "Highest",
            json!({"role": "highest", "priority": i32::MAX}),
            "highest",
        ),
    ];
    for (name, mapping, expected) in mappings {
        mapped(&application, name, mapping, &[&ann]).await;
        assert_eq!(role(&application, &ann).await, expected, "{name}");
        let in_list = application.get("/Users").await;
        let extension = &in_list.body["Resources"][0][scim::MUSTER_USER];
        assert_eq!(extension["role"], expected, "{name}");
    }
}

#[tokio::test]
async fn among_equals_the_first_by_name() {
    let (_api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    let m = mapped(&application, "mm", json!({"role": "m"}), &[&ann]).await;
    assert_eq!(role(&application, &ann).await, "m");
    mapped(
        &application,
        "ZZ",
        json!({"role": "z", "priority": 0}),
        &[&ann],
    )
    .await;
    assert_eq!(role(&application, &ann).await, "m");
    mapped(&application, "AA", json!({"role": "a"}), &[&ann]).await;
    assert_eq!(role(&application, &ann).await, "a");
    // Whatever its case, and as soon as it is renamed.
    patch(&application, &m, replace("displayName", "Aa 1")).await;
    assert_eq!(role(&application, &ann).await, "a");
    patch(&application, &m, replace("displayName", "a")).await;
    assert_eq!(role(&application, &ann).await, "m");
}

#[tokio::test]
async fn who_is_in_no_mapped_group_has_the_default_role() {
    let (api, okta, application) = sides(json!({})).await;
    let ann = user(&okta, "ann").await;
    assert_eq!(role(&application, &ann).await, Value::Null);
    api.set(json!({"default_role": "viewer"})).await;
    assert_eq!(role(&application, &ann).await, "viewer");
    let team = group(&application, "Team", &[&ann]).await;
    assert_eq!(role(&application, &ann).await, "viewer");
    patch(
        &application,
        &team,
        replace(&format!("{MUSTER_GROUP}:role"), "admin"),
    )
    .await;
    assert_eq!(role(&application, &ann).await, "admin");
    // Another's group is nobody else's.
    let bob = user(&okta, "bob").await;
    assert_eq!(role(&application, &bob).await, "viewer");
}

#[tokio::test]
async fn what_cannot_be_a_mapping_is_refused() {
    let (_api, _, application) = sides(json!({})).await;
    let team = group(&application, "Team", &[]).await;
    let before = shown(&application, &team).await;
    let refused = [
        json!({"role": "x".repeat(101)}),
        json!({"role": ["a", "b"]}),
        json!({"priority": 2_147_483_648_u64}),
        json!({"priority": -2_147_483_649_i64}),
        json!({"priority": 1.5}),
        json!({"priority": "many"}),
    ];
    for mapping in refused {
        let answer = application
            .patch(&team, &json!([replace(MUSTER_GROUP, mapping.clone())]))
            .await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!("invalidValue")),
            "{mapping}: {answer:?}"
        );
        let body = json!({"displayName": "New", MUSTER_GROUP: mapping});
        let answer = application.post("/Groups", &body).await;
        assert_eq!(
            (answer.status, &answer.body["scimType"]),
            (400, &json!("invalidValue")),
            "{mapping}: {answer:?}"
        );
    }
    assert_eq!(shown(&application, &team).await, before);
    let longest = json!({"displayName": "New", MUSTER_GROUP: {"role": "x".repeat(100), "priority": i32::MIN}});
    create(&application, "/Groups", &longest).await;
}
