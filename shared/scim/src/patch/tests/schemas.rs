//! Extensions, and attributes that only a directory's own schemas have.

use std::sync::LazyLock;

use expect_test::expect;

use super::*;
use crate::Schema;
use crate::schema::Extension;

const OPS: &str = r#"{"userName": "bob", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Ops", "division": "West"}}"#;

#[test]
fn attributes_of_an_extension() {
    check_in_both(
        BOB,
        r#"[{"op": "add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Ops"}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops"}}"#
        ]],
    );
    check_in_both(
        OPS,
        r#"[{"op": "remove", "path": "URN:IETF:params:scim:schemas:extension:ENTERPRISE:2.0:user:DEPARTMENT"}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"West"}}"#
        ]],
    );
    let bare = r#"[{"op": "replace", "path": "department", "value": "Dev"}]"#;
    check_patch(
        OPS,
        Tolerant,
        bare,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"West","department":"Dev"}}"#
        ]],
    );
    check_patch(
        OPS,
        Strict,
        bare,
        expect!["400 invalidPath: `department` is not an attribute of User."],
    );
}

#[test]
fn a_whole_extension() {
    check_in_both(
        OPS,
        r#"[{"op": "replace", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User", "value": {"department": "Dev"}}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"division":"West","department":"Dev"}}"#
        ]],
    );
    check_in_both(
        OPS,
        r#"[{"op": "add", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"costCenter": "4130", "division": null}}}]"#,
        expect![[
            r#"{"userName":"bob","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"costCenter":"4130","division":"West","department":"Ops"}}"#
        ]],
    );
    check_in_both(
        OPS,
        r#"[{"op": "remove", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
    check_in_both(
        OPS,
        r#"[{"op": "replace", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": null}}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
    check_in_both(
        OPS,
        r#"[{"op": "add", "value": {"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": null}}]"#,
        expect!["no change"],
    );
    check_in_both(
        BOB,
        r#"[{"op": "remove", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"}]"#,
        expect!["no change"],
    );
}

/// A user with an extension that has what the built-in schemas have not.
static OWN: LazyLock<ResourceType> = LazyLock::new(|| {
    let mut user = ResourceType::user().clone();
    let schema: Schema = serde_json::from_value(json!({
        "id": "urn:example:2.0:User", "name": "Own", "description": "A directory's own attributes",
        "attributes": [
            {"name": "badge", "mutability": "immutable"},
            {"name": "tags", "multiValued": true},
            {"name": "seats", "multiValued": true, "required": true},
            {"name": "seals", "multiValued": true, "mutability": "immutable"},
            {"name": "desks", "type": "complex", "multiValued": true, "subAttributes": [
                {"name": "value"}, {"name": "floor", "type": "integer"}, {"name": "room", "mutability": "readOnly"}
            ]},
            {"name": "home", "type": "complex", "mutability": "immutable", "subAttributes": [{"name": "city"}, {"name": "zip"}]}
        ]
    }))
    .unwrap();
    user.extensions.push(Extension {
        schema,
        required: false,
    });
    user
});

/// The operations' paths and the resource's attributes are those of the extension.
#[track_caller]
fn check_own(attributes: &str, operations: &str, expected: Expect) {
    let operations = operations.replace("\"path\": \"", "\"path\": \"urn:example:2.0:User:");
    let resource = format!(r#"{{"userName": "bob", "urn:example:2.0:User": {attributes}}}"#);
    let outcome = outcome(&OWN, &resource, Tolerant, body(&operations));
    assert_all(vec![outcome], expected);
}

#[test]
fn many_simple_values() {
    let tags = r#"{"tags": ["a", "b"], "seats": ["s"]}"#;
    check_own(
        tags,
        r#"[{"op": "add", "path": "tags", "value": ["b", "c", "c"]}]"#,
        expect![[
            r#"{"userName":"bob","urn:example:2.0:User":{"tags":["a","b","c"],"seats":["s"]}}"#
        ]],
    );
    check_own(
        tags,
        r#"[{"op": "add", "path": "tags", "value": "c"}]"#,
        expect![[
            r#"{"userName":"bob","urn:example:2.0:User":{"tags":["a","b","c"],"seats":["s"]}}"#
        ]],
    );
    check_own(
        tags,
        r#"[{"op": "remove", "path": "tags", "value": ["a", "z"]}]"#,
        expect![[r#"{"userName":"bob","urn:example:2.0:User":{"tags":["b"],"seats":["s"]}}"#]],
    );
    check_own(
        tags,
        r#"[{"op": "replace", "path": "tags", "value": [1]}]"#,
        expect![[r#"{"userName":"bob","urn:example:2.0:User":{"tags":["1"],"seats":["s"]}}"#]],
    );
    check_own(
        tags,
        r#"[{"op": "remove", "path": "tags[value eq \"a\"]"}]"#,
        expect!["400 invalidPath: `tags` has no elements to choose from with `[`."],
    );
}

#[test]
fn immutable_attributes_can_be_set_but_not_changed() {
    let unset = r#"{"seats": ["s"]}"#;
    let set = r#"{"badge": "b1", "seats": ["s"], "seals": ["x"], "home": {"city": "Ulm"}}"#;
    check_own(
        unset,
        r#"[{"op": "add", "path": "badge", "value": "b1"}]"#,
        expect![[r#"{"userName":"bob","urn:example:2.0:User":{"badge":"b1","seats":["s"]}}"#]],
    );
    check_own(
        unset,
        r#"[{"op": "replace", "path": "badge", "value": "b1"}]"#,
        expect![[r#"{"userName":"bob","urn:example:2.0:User":{"badge":"b1","seats":["s"]}}"#]],
    );
    check_own(
        set,
        r#"[{"op": "replace", "path": "badge", "value": "b1"}]"#,
        expect!["no change"],
    );
    check_own(
        set,
        r#"[{"op": "replace", "path": "badge", "value": "b2"}]"#,
        expect!["400 mutability: `badge` is immutable and already has a value."],
    );
    check_own(
        set,
        r#"[{"op": "remove", "path": "badge"}]"#,
        expect!["400 mutability: `badge` is immutable and already has a value."],
    );
    check_own(
        unset,
        r#"[{"op": "remove", "path": "badge"}]"#,
        expect!["no change"],
    );
    check_own(
        unset,
        r#"[{"op": "add", "path": "seals", "value": ["x"]}]"#,
        expect![[r#"{"userName":"bob","urn:example:2.0:User":{"seats":["s"],"seals":["x"]}}"#]],
    );
    check_own(
        set,
        r#"[{"op": "add", "path": "seals", "value": ["x"]}]"#,
        expect!["no change"],
    );
    check_own(
        set,
        r#"[{"op": "add", "path": "seals", "value": ["y"]}]"#,
        expect!["400 mutability: `seals` is immutable and already has a value."],
    );
    check_own(
        set,
        r#"[{"op": "replace", "path": "home.city", "value": "Bonn"}]"#,
        expect!["400 mutability: `home` is immutable and already has a value."],
    );
    check_own(
        set,
        r#"[{"op": "add", "path": "home", "value": {"city": "Ulm"}}]"#,
        expect!["no change"],
    );
}

#[test]
fn required_values_cannot_all_be_removed() {
    let seats = r#"{"seats": ["s", "t"]}"#;
    check_own(
        seats,
        r#"[{"op": "remove", "path": "seats"}]"#,
        expect!["400 mutability: `seats` is required and cannot be removed."],
    );
    check_own(
        seats,
        r#"[{"op": "remove", "path": "seats", "value": ["s", "t"]}]"#,
        expect!["400 mutability: `seats` is required and cannot be removed."],
    );
    check_own(
        seats,
        r#"[{"op": "remove", "path": "seats", "value": ["s"]}]"#,
        expect![[r#"{"userName":"bob","urn:example:2.0:User":{"seats":["t"]}}"#]],
    );
    check_own(
        seats,
        r#"[{"op": "replace", "path": "seats", "value": []}, {"op": "add", "path": "badge", "value": "b1"}]"#,
        expect!["400 invalidValue: `urn:example:2.0:User:seats` is required."],
    );
    // They go with their extension, which is not required.
    check_own(
        seats,
        r#"[{"op": "replace", "value": {"urn:example:2.0:User": null}}]"#,
        expect![[r#"{"userName":"bob"}"#]],
    );
}

#[test]
fn read_only_sub_attributes() {
    let desk = r#"{"seats": ["s"], "desks": [{"value": "d1", "floor": 2}]}"#;
    check_own(
        desk,
        r#"[{"op": "replace", "path": "desks[value eq \"d1\"].room", "value": "12"}]"#,
        expect![[
            r#"400 mutability: `urn:example:2.0:User:desks[value eq "d1"].room` is read-only."#
        ]],
    );
    check_own(
        desk,
        r#"[{"op": "replace", "path": "desks.room", "value": "12"}]"#,
        expect!["400 mutability: `urn:example:2.0:User:desks.room` is read-only."],
    );
    check_own(
        desk,
        r#"[{"op": "replace", "path": "desks[floor eq \"2\"].value", "value": "d2"}]"#,
        expect![[
            r#"{"userName":"bob","urn:example:2.0:User":{"seats":["s"],"desks":[{"value":"d2","floor":2}]}}"#
        ]],
    );
    check_own(
        desk,
        r#"[{"op": "add", "path": "desks[floor eq 3].value", "value": "d3"}]"#,
        expect![[
            r#"{"userName":"bob","urn:example:2.0:User":{"seats":["s"],"desks":[{"value":"d1","floor":2},{"value":"d3","floor":3}]}}"#
        ]],
    );
    check_own(
        desk,
        r#"[{"op": "add", "path": "desks[floor eq 3].floor", "value": "three"}]"#,
        expect!["400 invalidValue: `desks.floor` must be an integer."],
    );
}

/// A request that was under way when a directory's extensions were changed may have left it.
#[test]
fn a_value_that_fits_no_longer_does_not_stand_in_the_way() {
    const OWN: &str = "urn:example:acme:2.0:User";
    let definitions = json!([{"resourceType": "User", "schema": {"id": OWN, "name": "Acme", "attributes": [
        {"name": "badge", "type": "integer"}, {"name": "key"}
    ]}}]);
    let types = crate::ResourceTypes::with_extensions(&definitions).unwrap();
    let stored = json!({"userName": "bob", OWN: {"badge": "x1", "key": "k"}});
    let stored = Resource::from_stored(stored.as_object().cloned().unwrap());
    assert!(stored.check(&types.user).is_err());
    let body = json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [
        {"op": "replace", "path": "title", "value": "Boss"}
    ]});
    let patch = Patch::from_body(body, &types.user, Tolerant).unwrap();
    let patched = patch.apply(&stored).unwrap();
    assert_eq!(patched.get(OWN), Some(&json!({"key": "k"})));
    assert!(patched.check(&types.user).is_ok());
}
