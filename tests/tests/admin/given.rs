use std::collections::BTreeSet;
use std::sync::{LazyLock, Mutex};

use end_to_end::{Api, Client, Response};
use serde_json::{Value, json};

/// A client of the admin API that holds every call against the document.
pub struct Admin {
    client: Client,
    seen: Mutex<BTreeSet<String>>,
}

pub fn admin(api: &Api) -> Admin {
    Admin {
        client: api.admin(),
        seen: Mutex::default(),
    }
}

impl Admin {
    pub async fn get(&self, path: &str) -> Response {
        self.call("GET", path, None).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.call("POST", path, Some(body)).await
    }

    /// POST without a body.
    pub async fn act(&self, path: &str) -> Response {
        self.call("POST", path, None).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Response {
        self.call("PATCH", path, Some(body)).await
    }

    pub async fn delete(&self, path: &str) -> Response {
        self.call("DELETE", path, None).await
    }

    /// The operations that were called, by the ids that the document gives them.
    pub fn seen(&self) -> BTreeSet<String> {
        self.seen.lock().unwrap().clone()
    }

    #[track_caller]
    fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> impl Future<Output = Response> {
        let operation = operation(method, path);
        let id = operation["operationId"].as_str().unwrap().to_owned();
        self.seen.lock().unwrap().insert(id);
        async move {
            let sent = body.as_ref().map(Value::to_string);
            let headers = [("content-type", "application/json")];
            let answer = self.client.send(method, path, &headers, sent).await;
            check(operation, &answer, &format!("{method} {path}"));
            if let Some(body) = body.filter(|_| answer.status < 300) {
                let content = &operation["requestBody"]["content"]["application/json"];
                check_schema(&content["schema"], &body, &format!("{method} {path}, sent"));
            }
            answer
        }
    }
}

/// Creates a directory, with the environment and the organization that it needs, and gives its path.
pub async fn directory(admin: &Admin, settings: Value) -> String {
    for (path, name) in [
        ("/environments", "production"),
        ("/environments/production/organizations", "initech"),
    ] {
        let created = admin.post(path, json!({ "name": name })).await;
        assert_eq!(created.status, 201, "{created:?}");
    }
    another_directory(admin, "okta", settings).await
}

pub async fn another_directory(admin: &Admin, name: &str, settings: Value) -> String {
    let body = json!({"name": name, "settings": settings});
    let created = admin.post("/organizations/initech/directories", body).await;
    assert_eq!(created.status, 201, "{created:?}");
    format!("/directories/{}", created.id())
}

/// Issues a credential of a directory: its id, and a client of SCIM that has it.
pub async fn credential(
    api: &Api,
    admin: &Admin,
    directory: &str,
    what: Value,
) -> (String, Client) {
    let issued = admin.post(&format!("{directory}/credentials"), what).await;
    assert_eq!(issued.status, 201, "{issued:?}");
    (issued.id(), scim(api, &issued))
}

/// A client of SCIM with the token of an answer.
pub fn scim(api: &Api, issued: &Response) -> Client {
    let token = issued.body["token"].as_str().unwrap();
    api.client_with(Some(&format!("Bearer {token}")))
}

/// The error that an answer tells, with the status in front.
pub fn told(answer: &Response) -> String {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{answer:?}"
    );
    assert_eq!(answer.body["status"], answer.status);
    format!(
        "{} {}",
        answer.status,
        answer.body["detail"].as_str().unwrap()
    )
}

pub fn document() -> &'static Value {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(|| {
        let text = include_str!("../../../docs/openapi-admin.json");
        let mut document = serde_json::from_str(text).unwrap();
        close(&mut document);
        document
    });
    &DOCUMENT
}

/// What the document does not name is not in an answer: readers must expect it of later versions, the tests do not.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let describes_members =
                members.get("type") == Some(&json!("object")) && members.contains_key("properties");
            if describes_members {
                members.insert("additionalProperties".into(), false.into());
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(close),
        _ => {}
    }
}

/// The operation of a verb and a path below `/admin/v1`, with or without a query.
#[track_caller]
fn operation(method: &str, path: &str) -> &'static Value {
    let path = path.split('?').next().unwrap_or_default();
    let paths = document()["paths"].as_object().unwrap();
    let fits = |template: &str| {
        let template = template.strip_prefix("/admin/v1").unwrap();
        template.split('/').count() == path.split('/').count()
            && template
                .split('/')
                .zip(path.split('/'))
                .all(|(pattern, part)| pattern.starts_with('{') || pattern == part)
    };
    let found = paths.iter().find(|(template, _)| fits(template));
    found
        .and_then(|(_, operations)| operations.get(method.to_lowercase()))
        .unwrap_or_else(|| panic!("{method} {path} is not in the document"))
}

fn resolve(value: &'static Value) -> &'static Value {
    match value["$ref"].as_str() {
        Some(pointer) => document().pointer(pointer.trim_start_matches('#')).unwrap(),
        None => value,
    }
}

fn check(operation: &'static Value, answer: &Response, request: &str) {
    let described = &operation["responses"][answer.status.to_string()];
    assert!(
        described.is_object(),
        "{request}: {} is not in the document: {answer:?}",
        answer.status
    );
    let described = resolve(described);
    for (name, header) in described["headers"].as_object().unwrap() {
        let value = json!(answer.header(name));
        check_schema(
            &resolve(header)["schema"],
            &value,
            &format!("{request}, {name}"),
        );
    }
    let Some(content) = described.get("content") else {
        assert!(answer.body.is_null(), "{request}: {answer:?}");
        return;
    };
    let media_type = answer.header("content-type");
    let described = &content[media_type];
    assert!(
        described.is_object(),
        "{request}: `{media_type}` is not in the document"
    );
    check_schema(&described["schema"], &answer.body, request);
}

fn check_schema(schema: &Value, value: &Value, place: &str) {
    let mut whole = schema
        .as_object()
        .unwrap_or_else(|| panic!("{place}: no schema"))
        .clone();
    whole.insert("components".into(), document()["components"].clone());
    let options = jsonschema::options().should_validate_formats(true);
    let validator = options.build(&Value::Object(whole)).unwrap();
    let errors: Vec<_> = validator
        .iter_errors(value)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{place}: {errors:#?}");
}
