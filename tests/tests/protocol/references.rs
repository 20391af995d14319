//! Where resources are, and what they name (RFC 7643 §2.3.7, §3.1; RFC 7644 §1.2, §3.3).

use end_to_end::Api;
use http::Uri;
use serde_json::{Value, json};

use crate::given::{OWN, SEARCH_REQUEST, extend, make, make_group, make_user, resources, user};

/// A reference and the id of what it leads to, if that stands beside it.
type Reference = (String, Option<String>);

/// All `$ref` and `meta.location` in a value.
fn collect(value: &Value, found: &mut Vec<Reference>) {
    match value {
        Value::Object(members) => {
            let text = |value: &Value| value.as_str().map(str::to_owned);
            let named = |name: &str| members.get(name).and_then(text);
            found.extend(named("$ref").map(|reference| (reference, named("value"))));
            found.extend(text(&value["meta"]["location"]).map(|location| (location, named("id"))));
            members.values().for_each(|value| collect(value, found));
        }
        Value::Array(elements) => elements.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_in_an_answer_can_be_followed() {
    let api = Api::start().await;
    let client = api.client();
    extend(&api, json!([{"name": "badge"}])).await;
    let ann = make(
        &client,
        "/Users",
        &user("ann", json!({OWN: {"badge": "1"}})),
    )
    .await;
    let bob = make_user(&client, "bob").await;
    make_group(&client, "team", &[&ann, &bob]).await;
    make_group(&client, "other", &[&bob]).await;

    let mut found = Vec::new();
    for path in [
        "/Users",
        "/Groups",
        "/Schemas",
        "/ResourceTypes",
        "/ServiceProviderConfig",
    ] {
        collect(&client.get(path).await.body, &mut found);
    }
    // 2 users in 3 memberships, 2 groups with 3 members, 4 schemas, 2 resource types, 1 configuration.
    assert_eq!(found.len(), 2 + 3 + 2 + 3 + 4 + 2 + 1, "{found:?}");
    for (reference, id) in found {
        let uri: Uri = reference.parse().unwrap();
        assert_eq!(uri.query(), None, "{reference}");
        let path = reference.strip_prefix(&api.base_url()).unwrap();
        let answer = client.get(path).await;
        assert_eq!(answer.status, 200, "{reference}: {answer:?}");
        assert_eq!(answer.header("content-location"), reference);
        assert_eq!(answer.broken_promises(), [""; 0], "{reference}");
        if let Some(id) = id {
            assert_eq!(answer.id(), id, "{reference}");
        }
    }
}

#[tokio::test]
async fn every_resource_has_the_common_attributes() {
    let api = Api::start().await;
    let client = api.client();
    extend(&api, json!([{"name": "id"}, {"name": "badge"}])).await;
    let with = user("ann", json!({OWN: {"id": "1", "badge": "1"}}));
    let ann = make(&client, "/Users", &with).await;
    make_group(&client, "team", &[&ann]).await;
    let search = json!({"schemas": [SEARCH_REQUEST]});
    for (list, own, kinds) in [
        (client.get("/Users").await, true, vec!["User"]),
        (client.get("/Groups").await, true, vec!["Group"]),
        (
            client.post("/.search", &search).await,
            true,
            vec!["User", "Group"],
        ),
        (client.get("/Schemas").await, false, vec!["Schema"; 4]),
        (
            client.get("/ResourceTypes").await,
            false,
            vec!["ResourceType"; 2],
        ),
    ] {
        let seen: Vec<_> = resources(&list)
            .iter()
            .map(|resource| {
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let meta = |name: &str| text(&resource["meta"][name]);
                assert!(!text(&resource["id"]).is_empty(), "{resource}");
                assert!(!resource["schemas"].as_array().unwrap().is_empty());
                assert!(!meta("location").is_empty(), "{resource}");
                for name in ["created", "lastModified", "version"] {
                    assert_eq!(!meta(name).is_empty(), own, "{name}: {resource}");
                }
                meta("resourceType")
            })
            .collect();
        assert_eq!(seen, kinds);
    }
    // An extension's `id` is another attribute.
    let shown = client.get(&ann.path).await;
    assert_eq!((shown.id(), &shown.body[OWN]["id"]), (ann.id, &json!("1")));
}
