//! What administrators do over the admin API.

use std::time::Duration;

use end_to_end::{Api, Response};
use serde_json::{Value, json};

const EXTENSION: &str = "urn:initech:params:scim:schemas:extension:1.0:User";

/// Every operation, from the first environment to the deletion of everything.
pub async fn administer(api: &Api) {
    let admin = api.admin();
    let call = async |method: &str, path: &str, body: Value| -> Response {
        let headers = [("content-type", "application/json")];
        let body = (!body.is_null()).then(|| body.to_string());
        let answer = admin.send(method, path, &headers, body).await;
        assert!(answer.status < 300, "{method} {path}: {answer:?}");
        answer
    };
    let get = async |path: &str| call("GET", path, Value::Null).await;
    let act = async |path: &str| call("POST", path, Value::Null).await;
    let delete = async |path: &str| call("DELETE", path, Value::Null).await;

    call("POST", "/environments", json!({"name": "stage"})).await;
    let base_url = json!({"base_url": api.base_url()});
    call("PATCH", "/environments/stage", base_url).await;
    let organizations = "/environments/stage/organizations";
    call("POST", organizations, json!({"name": "initech"})).await;
    let directories = "/organizations/initech/directories";
    let mut paths = Vec::new();
    for name in ["okta", "entra"] {
        let created = call("POST", directories, json!({"name": name})).await;
        paths.push(format!("/directories/{}", created.id()));
    }
    let [okta, entra] = <[String; 2]>::try_from(paths).expect("two directories");
    act(&format!("{entra}/make-primary")).await;

    let credentials = format!("{okta}/credentials");
    let issued = act(&credentials).await;
    let token = issued.body["token"].as_str().expect("a token");
    let client = api.client_with(Some(&format!("Bearer {token}")));
    let user = client.post("/Users", &json!({"userName": "milton"})).await;
    assert_eq!(user.status, 201, "{user:?}");
    let member = json!([{"value": user.id()}]);
    let group = json!({"displayName": "team", "members": member});
    let group = client.post("/Groups", &group).await;
    assert_eq!(group.status, 201, "{group:?}");
    let extensions = json!({"settings": {"schema_extensions": extension()}});
    call("PATCH", &okta, extensions).await;

    let own = format!("{credentials}/{}", issued.id());
    for path in [
        "/environments",
        "/environments/stage",
        organizations,
        "/organizations/initech",
        directories,
        &okta,
        &credentials,
        &own,
        &format!("{okta}/audit"),
    ] {
        get(path).await;
    }
    act(&format!("{own}/suspend")).await;
    act(&format!("{own}/resume")).await;
    let rotated = act(&format!("{own}/rotate")).await;
    let token = json!({"token": rotated.body["token"]});
    call("POST", "/credentials/identify", token).await;
    delete(&format!("{credentials}/{}", rotated.id())).await;
    // Of a directory that is not disabled, which stays in its trail.
    let refused = admin.delete(&okta).await;
    assert_eq!(refused.status, 409, "{refused:?}");

    act(&format!("{okta}/disable")).await;
    act(&format!("{okta}/enable")).await;
    for directory in [&okta, &entra] {
        act(&format!("{directory}/disable")).await;
        api.environment.advance(Duration::from_mins(2));
        delete(directory).await;
    }
    delete("/organizations/initech").await;
    delete("/environments/stage").await;
}

fn extension() -> Value {
    json!([{
        "resourceType": "User", "required": false,
        "schema": {
            "id": EXTENSION, "name": "Initech", "description": "What Initech knows of a user",
            "attributes": [{"name": "badge", "type": "integer"}]
        }
    }])
}
