use std::collections::BTreeSet;

use end_to_end::Api;
use local::api::Access;
use serde_json::Value;

use crate::given::document;

/// The verbs that the document has for a path; HEAD is said to go with GET.
fn described(path: &str) -> BTreeSet<String> {
    let operations = document()["paths"].get(path).and_then(Value::as_object);
    let operations = operations.unwrap_or_else(|| panic!("{path} is not in the document"));
    let verbs = operations.keys().filter(|key| *key != "parameters");
    let mut verbs: BTreeSet<_> = verbs.map(|verb| verb.to_uppercase()).collect();
    if verbs.contains("GET") {
        verbs.insert("HEAD".to_owned());
    }
    verbs
}

/// Paths and verbs are the same three times: in the template, in the document, and where the function answers.
#[tokio::test]
async fn what_is_described_is_what_is_deployed_and_answered() {
    let api = Api::start().await;
    let client = api.admin();
    let template = include_str!("../../../template.yaml");
    let template = local::api::Api::from_template(template).unwrap();
    let mut deployed = BTreeSet::new();
    for route in template
        .routes()
        .filter(|route| route.access == Access::Iam)
    {
        deployed.insert(route.path.clone());
        let verbs = described(&route.path);
        let verb = route.verb.as_str();
        let path = route.path.strip_prefix("/admin/v1").unwrap();
        let path = path.replace(['{', '}'], "");
        let answer = client.send(verb, &path, &[], None).await;
        let request = format!("{verb} {path}");
        assert_eq!(
            answer.status == 405,
            !verbs.contains(verb),
            "{request}: {answer:?}"
        );
        if answer.status == 405 {
            let allowed = answer.header("allow").split(", ").map(str::to_owned);
            assert_eq!(allowed.collect::<BTreeSet<_>>(), verbs, "{request}");
        }
    }
    let paths = document()["paths"].as_object().unwrap();
    assert_eq!(paths.keys().cloned().collect::<BTreeSet<_>>(), deployed);
}

#[test]
fn every_operation_has_a_name_of_its_own_and_says_what_can_go_wrong() {
    let paths = document()["paths"].as_object().unwrap().values();
    let operations = paths.flat_map(|path| path.as_object().unwrap().values());
    let mut names = BTreeSet::new();
    for operation in operations.filter(|operation| operation.is_object()) {
        let name = operation["operationId"].as_str().unwrap();
        assert!(names.insert(name), "{name}");
        let responses = operation["responses"].as_object().unwrap();
        for status in ["400", "403", "429", "500", "503"] {
            assert!(responses.contains_key(status), "{name} {status}");
        }
        assert!(
            responses.keys().any(|status| status.starts_with('2')),
            "{name}"
        );
    }
    assert!(names.len() >= 26, "{names:?}");
}

/// What a reference points to is there.
#[test]
fn every_reference_leads_somewhere() {
    fn check(value: &Value, found: &mut usize) {
        match value {
            Value::Object(members) => {
                if let Some(pointer) = members.get("$ref").and_then(Value::as_str) {
                    let pointer = pointer.strip_prefix('#').unwrap();
                    assert!(document().pointer(pointer).is_some(), "{pointer}");
                    *found += 1;
                }
                members.values().for_each(|value| check(value, found));
            }
            Value::Array(elements) => elements.iter().for_each(|value| check(value, found)),
            _ => {}
        }
    }
    let mut found = 0;
    check(document(), &mut found);
    assert!(found > 100, "{found}");
}
