//! What discovery says of schemas and resource types (RFC 7643 §6, §7; RFC 7644 §3.1).

use end_to_end::Api;
use serde_json::{Value, json};

use crate::given::{OWN, check_refused, extend, resources};

#[tokio::test]
async fn every_schema_of_a_resource_type_is_there() {
    let api = Api::start().await;
    let client = api.client();
    extend(&api, json!([{"name": "badge"}])).await;
    let types = client.get("/ResourceTypes").await;
    let mut named = Vec::new();
    for resource_type in resources(&types) {
        named.push(resource_type["schema"].clone());
        for extension in resource_type["schemaExtensions"].as_array().unwrap() {
            assert!(extension["required"].is_boolean(), "{extension}");
            named.push(extension["schema"].clone());
        }
    }
    assert!(named.contains(&json!(OWN)), "{named:?}");
    assert_eq!(named.len(), 4);
    for id in named {
        let schema = client
            .get(&format!("/Schemas/{}", id.as_str().unwrap()))
            .await;
        assert_eq!((schema.status, &schema.body["id"]), (200, &id));
    }
}

/// An attribute has all characteristics of RFC 7643 §7, and a description; its sub-attributes too.
fn check_described(place: &str, attribute: &Value) {
    let name = attribute["name"].as_str().unwrap();
    let place = format!("{place}:{name}");
    let text = |characteristic: &str| attribute[characteristic].as_str().unwrap_or_default();
    assert!(!text("description").is_empty(), "{place}");
    for characteristic in ["multiValued", "required", "caseExact"] {
        assert!(
            attribute[characteristic].is_boolean(),
            "{place} {characteristic}"
        );
    }
    let characteristics: [(&str, &[&str]); 4] = [
        (
            "type",
            &[
                "string",
                "boolean",
                "decimal",
                "integer",
                "dateTime",
                "binary",
                "reference",
                "complex",
            ],
        ),
        (
            "mutability",
            &["readOnly", "readWrite", "immutable", "writeOnly"],
        ),
        ("returned", &["always", "never", "default", "request"]),
        ("uniqueness", &["none", "server", "global"]),
    ];
    for (characteristic, values) in characteristics {
        let value = text(characteristic);
        assert!(values.contains(&value), "{place} {characteristic}: {value}");
    }
    let some = |characteristic: &str| {
        attribute[characteristic]
            .as_array()
            .is_some_and(|values| !values.is_empty())
    };
    assert_eq!(some("subAttributes"), text("type") == "complex", "{place}");
    assert_eq!(
        some("referenceTypes"),
        text("type") == "reference",
        "{place}"
    );
    if matches!(text("type"), "binary" | "reference") {
        assert_eq!(attribute["caseExact"], true, "{place}");
    }
    for sub in attribute["subAttributes"].as_array().into_iter().flatten() {
        assert_ne!(sub["type"], "complex", "{place}");
        check_described(&place, sub);
    }
}

#[tokio::test]
async fn every_attribute_of_every_schema_is_described() {
    let api = Api::start().await;
    let schemas = api.client().get("/Schemas").await;
    assert_eq!(resources(&schemas).len(), 3);
    for schema in resources(&schemas) {
        let id = schema["id"].as_str().unwrap();
        for name in ["name", "description"] {
            assert!(!schema[name].as_str().unwrap().is_empty(), "{id} {name}");
        }
        for attribute in schema["attributes"].as_array().unwrap() {
            check_described(id, attribute);
        }
    }
    let types = api.client().get("/ResourceTypes").await;
    for resource_type in resources(&types) {
        for name in ["id", "name", "description", "endpoint", "schema"] {
            let text = resource_type[name].as_str().unwrap_or_default();
            assert!(!text.is_empty(), "{resource_type} {name}");
        }
    }
}

#[tokio::test]
async fn no_message_has_a_schema() {
    let api = Api::start().await;
    let client = api.client();
    let prefix = "urn:ietf:params:scim:api:";
    let ids = client.get("/Schemas").await.ids();
    assert!(!ids.is_empty());
    assert!(ids.iter().all(|id| !id.starts_with(prefix)), "{ids:?}");
    for message in [
        "ListResponse",
        "SearchRequest",
        "PatchOp",
        "BulkRequest",
        "BulkResponse",
        "Error",
    ] {
        let path = format!("/Schemas/{prefix}messages:2.0:{message}");
        check_refused(&client.get(&path).await, 404, "", message);
    }
}
