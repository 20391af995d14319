//! What holds for every filter, resource and PATCH, not only for those that somebody thought of.

mod shapes;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use scim::list::Query;
use scim::schema::{Extension, Schema};
use scim::{
    Dialect, Filter, Identity, Object, Patch, Projection, Resource, ResourceType, StoredResource,
    WrittenResource,
};
use serde_json::{Value, json};

const DIALECTS: [Dialect; 2] = [Dialect::Strict, Dialect::Tolerant];

/// The same cases in every run.
fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig {
        rng_seed: RngSeed::Fixed(7644),
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases)
    }
}

fn patch_body(operations: &Value) -> Value {
    json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
}

fn user(body: Value) -> Resource {
    Resource::from_body(body, ResourceType::user(), Dialect::Tolerant).unwrap()
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn a_printed_filter_parses_to_the_same_tree(filter in shapes::filter()) {
        let printed = filter.to_string();
        for dialect in DIALECTS {
            prop_assert_eq!(&Filter::parse(&printed, dialect).unwrap(), &filter, "{}", printed);
        }
    }

    #[test]
    fn a_patched_user_is_a_valid_one(body in shapes::user(), operations in shapes::operations()) {
        for dialect in DIALECTS {
            let Ok(patch) = Patch::from_body(patch_body(&operations), ResourceType::user(), dialect) else { continue };
            let Ok(after) = patch.apply(&user(body.clone())) else { continue };
            let mut document = after.document().clone();
            document.insert("schemas".into(), json!([
                "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
            ]));
            let read = Resource::from_body(document.into(), ResourceType::user(), Dialect::Strict).unwrap();
            prop_assert_eq!(&read, &after);
            prop_assert!(after.document().keys().eq(read.document().keys()), "in the schema's order");
        }
    }

    #[test]
    fn what_was_read_reads_the_same_again(body in shapes::user()) {
        let once = user(body);
        prop_assert_eq!(&user(once.document().clone().into()), &once);
    }

    #[test]
    fn what_a_put_accepts_is_shown_as_it_was_sent(body in shapes::user()) {
        let mut sent = body;
        sent["schemas"] = json!([
            "urn:ietf:params:scim:schemas:core:2.0:User", "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
        ]);
        if let Ok(read) = Resource::from_body(sent.clone(), ResourceType::user(), Dialect::Strict) {
            let mut shown = stored(read.document()).represent(ResourceType::user(), &identity(), Object::new());
            Projection::default().apply(ResourceType::user(), &mut shown);
            for name in ["schemas", "id"] {
                sent.as_object_mut().unwrap().shift_remove(name);
            }
            let shown = Value::Object(WrittenResource::from(&shown).to_object());
            prop_assert!(says(&shown, &sent), "{sent} is shown as {shown}");
            let again = Resource::from_body(shown, ResourceType::user(), Dialect::Strict).unwrap();
            prop_assert_eq!(again, read, "put back as it is shown");
        }
    }

    #[test]
    fn a_replace_twice_is_a_replace_once(body in shapes::user(), operation in shapes::replace()) {
        let patch = Patch::from_body(patch_body(&json!([operation])), ResourceType::user(), Dialect::Tolerant).unwrap();
        if let Ok(once) = patch.apply(&user(body)) {
            prop_assert_eq!(&patch.apply(&once).unwrap(), &once);
        }
    }

    #[test]
    fn a_projection_never_shows_what_is_never_returned(names in shapes::names_to_show(), excludes in any::<bool>()) {
        let names = names.iter().map(String::as_str);
        let projection = if excludes { Projection::new([], names) } else { Projection::new(names, []) }.unwrap();
        let resource_type = secretive();
        let mut shown = stored(&secrets()).represent(&resource_type, &identity(), Object::new());
        projection.apply(&resource_type, &mut shown);
        prop_assert!(!serde_json::to_string(&shown).unwrap().contains("SECRET"));
        prop_assert!(shown.contains("id") && shown.contains("schemas"));
    }

    #[test]
    fn no_text_makes_the_filter_parser_panic(any in any::<String>(), close in r#"[ae.:()\[\]"\\ éq0-9]{0,24}"#) {
        for dialect in DIALECTS {
            for text in [&any, &close, &format!("emails[{close}].value"), &format!("a eq \"{any}")] {
                let _ = Filter::parse(text, dialect);
            }
        }
    }

    #[test]
    fn no_parameter_makes_a_query_panic(parameters in prop::collection::vec((shapes::parameter(), any::<String>()), 0..5)) {
        let parameters = parameters.iter().map(|(name, value)| (*name, value.as_str()));
        let _ = Query::from_parameters(parameters, Dialect::Tolerant);
    }

    #[test]
    fn no_json_makes_a_body_panic(value in shapes::json(), path in shapes::path(), word in any::<String>()) {
        for dialect in DIALECTS {
            let _ = Resource::from_body(value.clone(), ResourceType::user(), dialect);
            let _ = Patch::from_body(value.clone(), ResourceType::user(), dialect);
            let operations = json!([
                {"op": "add", "path": path, "value": value}, {"op": "replace", "path": word, "value": value},
                {"op": "add", "value": {path.clone(): value, word.clone(): value}}
            ]);
            for operation in operations.as_array().unwrap() {
                let body = patch_body(&json!([operation]));
                if let Ok(patch) = Patch::from_body(body, ResourceType::user(), dialect) {
                    let _ = patch.apply(&user(json!({"userName": "bob"})));
                }
            }
        }
    }
}

/// Whether what is shown says all that was sent. What is empty is not shown; elements with the same value and type are
/// one element.
fn says(shown: &Value, sent: &Value) -> bool {
    let is_empty = |sent: &Value| match sent {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        _ => false,
    };
    let key = |element: &Value| {
        let part = |name: &str| element.get(name).filter(|part| !is_empty(part)).cloned();
        (part("value"), part("type"))
    };
    match (shown, sent) {
        (_, sent) if is_empty(sent) => true,
        (Value::Object(shown), Value::Object(sent)) => sent
            .iter()
            .all(|(name, sent)| says(shown.get(name).unwrap_or(&Value::Null), sent)),
        (Value::Null, Value::Object(sent)) => sent.values().all(|sent| says(&Value::Null, sent)),
        (Value::Array(shown), Value::Array(sent)) => sent.iter().all(|element| {
            let cleared = element.get("value").is_some_and(is_empty);
            let twins = sent.iter().filter(|other| key(other) == key(element));
            let alone = twins.count() == 1;
            cleared
                || says(&Value::Null, element)
                || shown.iter().any(|shown| {
                    if alone {
                        says(shown, element)
                    } else {
                        key(shown) == key(element)
                    }
                })
        }),
        (Value::Null, Value::Array(sent)) => says(&json!([]), &json!(sent)),
        (shown, sent) => shown == sent,
    }
}

/// A user with attributes in every place that are never returned.
fn secretive() -> ResourceType {
    let attributes = json!([
        {"name": "pin", "returned": "never"}, {"name": "motto"},
        {"name": "keys", "type": "complex", "multiValued": true, "subAttributes": [{"name": "value"}, {"name": "code", "returned": "never"}]},
        {"name": "safe", "type": "complex", "returned": "always", "subAttributes": [{"name": "code", "returned": "never"}]},
        {"name": "vault", "type": "complex", "returned": "never", "subAttributes": [{"name": "code", "returned": "always"}]}
    ]);
    let schema = |id: &str| -> Schema {
        serde_json::from_value(
            json!({"id": id, "name": "", "description": "", "attributes": attributes}),
        )
        .unwrap()
    };
    ResourceType {
        schema: schema("urn:example:Secretive"),
        extensions: vec![Extension {
            schema: schema("urn:example:More"),
            required: false,
        }],
        ..ResourceType::user().clone()
    }
}

/// As it is read again.
fn stored(document: &Object) -> StoredResource {
    let text = serde_json::to_string(document).unwrap();
    StoredResource::from_text(&text).unwrap()
}

fn secrets() -> Object {
    let attributes = json!({
        "pin": "SECRET", "motto": "shown", "keys": [{"value": "1", "code": "SECRET"}, {"code": "SECRET"}],
        "safe": {"code": "SECRET"}, "vault": {"code": "SECRET"}
    });
    let mut document = attributes.as_object().unwrap().clone();
    document.insert("urn:example:More".into(), attributes);
    document
}

fn identity() -> Identity {
    Identity {
        id: "1".into(),
        created: String::new(),
        last_modified: String::new(),
        location: String::new(),
        version: String::new(),
    }
}
