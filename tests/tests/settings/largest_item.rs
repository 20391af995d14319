//! A directory is one item, read in every request: at its largest it has 4 KB at most, so that reading it costs one unit.

use base64::Engine;
use directory::{CredentialKind, DirectoryName, NewCredential, Rights, Settings};
use end_to_end::{Api, create_directory};
use serde_json::{Value, json};

/// What DynamoDB counts of a value, in bytes.
fn size(value: &Value) -> usize {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match (kind.as_str(), value) {
        ("S", Value::String(text)) => text.len(),
        ("N", Value::String(digits)) => digits.len().div_ceil(2) + 1,
        ("B", Value::String(encoded)) => base64::prelude::BASE64_STANDARD
            .decode(encoded)
            .unwrap()
            .len(),
        ("BOOL" | "NULL", _) => 1,
        ("L", Value::Array(elements)) => {
            3 + elements
                .iter()
                .map(|element| 1 + size(element))
                .sum::<usize>()
        }
        ("M", Value::Object(_)) => 3 + members(value, 1),
        _ => panic!("{kind} {value}"),
    }
}

fn members(object: &Value, each: usize) -> usize {
    let members = object.as_object().unwrap().iter();
    members
        .map(|(name, value)| each + name.len() + size(value))
        .sum()
}

/// Every setting, at its longest.
fn settings() -> Value {
    let networks: Vec<_> = (0..16)
        .map(|number| format!("ffff:ffff:ffff:ffff:ffff:ffff:ffff:fff{number:x}/128"))
        .collect();
    json!({
        "dialect": "strict", "unique_identifier": "email", "group_push": "link_only", "group_rename": "ignore",
        "protected_users": "ignore", "delete_users": "deactivate", "default_role": "r".repeat(100),
        "allowed_networks": networks, "token_lifetime": "5255999m",
        "schema_extensions": [{"resourceType": "User", "schema": {"id": "urn:acme:User", "name": "Acme", "attributes": [{"name": "badge"}]}}]
    })
}

#[tokio::test]
async fn has_at_most_4_kb() {
    let api = Api::start().await;
    // Times with their milliseconds.
    api.environment
        .advance(std::time::Duration::from_millis(123));
    let slug = "x".repeat(40);
    let name = format!("{slug}/{slug}");
    let id = create_directory(&api.store, &name, &Settings::default()).await;
    // The longest name under which AWS knows somebody who has assumed a role.
    let administrator = format!(
        "arn:aws-us-gov:sts::123456789012:assumed-role/{}/{}",
        "r".repeat(64),
        "s".repeat(64)
    );
    let request_id = "01a1fd55-7a80-4000-8000-000000000000";
    let administration = api.store.administration(&administrator, request_id);
    for _ in 0..10 {
        let new = NewCredential {
            rights: Rights::ReadAndWrite,
            label: Some("l".repeat(60)),
            ..NewCredential::of(CredentialKind::Application)
        };
        administration.issue_credential(id, new).await.unwrap();
    }
    administration.disable_directory(id).await.unwrap();
    api.environment.advance(std::time::Duration::from_mins(1));
    administration
        .change_settings(id, settings().as_object().unwrap())
        .await
        .unwrap();

    let found = administration.directory(id).await.unwrap();
    assert_eq!(found.name, DirectoryName::parse(&name).unwrap());
    assert!(found.is_full());
    for (name, value) in Settings::default().to_json() {
        assert_ne!(
            found.settings.get(&name),
            Some(value),
            "{name} is not its default"
        );
    }
    let items = api.items().await;
    let item = items
        .iter()
        .find(|item| item["pk"]["S"] == format!("DIR#{id}") && item["sk"]["S"] == "D");
    let size = members(item.unwrap(), 0);
    assert!((2_000..=4_096).contains(&size), "{size} bytes");
}
