//! Every method and path of template.yaml against every state of a credential. A route that is not in the table fails
//! the test.

use std::collections::BTreeSet;
use std::time::Duration;

use directory::{Claim, CredentialKind, IssuedCredential, NewCredential, Refusal, Rights};
use end_to_end::{Api, Client, Response};
use local::api::Access;
use secrecy::ExposeSecret;
use serde_json::json;

/// Verbs, each with the status for a valid credential and the one for ids of another directory.
type Verbs = &'static [(&'static str, u16, u16)];

/// Path, its verbs with the status for a valid credential, and the status for ids of another directory. Any other verb
/// of the path is 405.
const TABLE: &[(&str, Verbs)] = &[
    (
        "/Users",
        &[("GET", 200, 200), ("HEAD", 200, 200), ("POST", 201, 201)],
    ),
    ("/Users/.search", &[("POST", 200, 200)]),
    (
        "/Users/{id}",
        &[
            ("GET", 200, 404),
            ("HEAD", 200, 404),
            ("PUT", 200, 404),
            ("PATCH", 200, 404),
            ("DELETE", 204, 404),
        ],
    ),
    (
        "/Groups",
        &[("GET", 200, 200), ("HEAD", 200, 200), ("POST", 201, 201)],
    ),
    ("/Groups/.search", &[("POST", 200, 200)]),
    (
        "/Groups/{id}",
        &[
            ("GET", 200, 404),
            ("HEAD", 200, 404),
            ("PUT", 200, 404),
            ("PATCH", 204, 404),
            ("DELETE", 204, 404),
        ],
    ),
    (
        "/ServiceProviderConfig",
        &[("GET", 200, 200), ("HEAD", 200, 200)],
    ),
    ("/ResourceTypes", &[("GET", 200, 200), ("HEAD", 200, 200)]),
    (
        "/ResourceTypes/{name}",
        &[("GET", 200, 200), ("HEAD", 200, 200)],
    ),
    ("/Schemas", &[("GET", 200, 200), ("HEAD", 200, 200)]),
    ("/Schemas/{id}", &[("GET", 200, 200), ("HEAD", 200, 200)]),
    ("/Me", NOT_IMPLEMENTED),
    ("/Bulk", &[("POST", 200, 200)]),
    ("/.search", &[("POST", 200, 200)]),
];

const NOT_IMPLEMENTED: Verbs = &[
    ("GET", 501, 501),
    ("HEAD", 501, 501),
    ("POST", 501, 501),
    ("PUT", 501, 501),
    ("PATCH", 501, 501),
    ("DELETE", 501, 501),
    ("OPTIONS", 501, 501),
];

const WRITES: [&str; 4] = ["POST", "PUT", "PATCH", "DELETE"];
const SEARCHES: [&str; 3] = ["/.search", "/Users/.search", "/Groups/.search"];

/// A route of the template with its statuses.
struct Route {
    path: String,
    method: String,
    valid: u16,
    foreign: u16,
}

fn routes() -> Vec<Route> {
    let template = include_str!("../../template.yaml");
    let api = local::api::Api::from_template(template).unwrap();
    let mut routes = Vec::new();
    for route in api.routes().filter(|it| it.access == Access::Authorizer) {
        let (path, method) = (&route.path, &route.verb);
        let path = path.strip_prefix(edge::BASE_PATH).unwrap();
        let (_, verbs) = TABLE
            .iter()
            .find(|(known, _)| *known == path)
            .unwrap_or_else(|| panic!("{path} is not in the table"));
        let status = verbs.iter().find(|(verb, ..)| *verb == method.as_str());
        let (valid, foreign) = status.map_or((405, 405), |(_, valid, foreign)| (*valid, *foreign));
        routes.push(Route {
            path: path.to_owned(),
            method: method.to_string(),
            valid,
            foreign,
        });
    }
    for (path, verbs) in TABLE {
        for (verb, ..) in *verbs {
            assert!(
                routes
                    .iter()
                    .any(|route| route.path == *path && route.method == *verb),
                "{verb} {path} is not in the template"
            );
        }
    }
    routes
}

/// Sends each route's request with `client`, about a user and a group that `api`'s directory has.
async fn each_route(api: &Api, client: &Client, check: impl Fn(&Route, &Response)) {
    for (number, route) in routes().iter().enumerate() {
        let user = api
            .client()
            .post("/Users", &json!({"userName": format!("subject{number}")}))
            .await
            .id();
        let group = api
            .client()
            .post(
                "/Groups",
                &json!({"displayName": format!("subject{number}")}),
            )
            .await
            .id();
        let id = if route.path.starts_with("/Users") {
            user
        } else {
            group
        };
        let path = route.path.replace(
            "{id}",
            if route.path.starts_with("/Schemas") {
                "urn:ietf:params:scim:schemas:core:2.0:User"
            } else {
                &id
            },
        );
        let path = path.replace("{name}", "User");
        let body = match (route.method.as_str(), route.path.as_str()) {
            ("POST", "/.search" | "/Users/.search" | "/Groups/.search") => {
                json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:SearchRequest"]})
            }
            ("POST", "/Bulk") => {
                json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"], "Operations": [{"method": "DELETE", "path": "/Users/x"}]})
            }
            ("PATCH", _) => {
                json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{"op": "add", "path": "externalId", "value": "x"}]})
            }
            (_, path) if path.starts_with("/Users") => json!({"userName": format!("new{number}")}),
            _ => json!({"displayName": format!("new{number}")}),
        };
        let body = WRITES
            .contains(&route.method.as_str())
            .then(|| body.to_string());
        check(route, &client.send(&route.method, &path, &[], body).await);
    }
}

/// The same refusal for every route.
async fn refused_everywhere(api: &Api, client: &Client, status: u16, detail: &str) {
    each_route(api, client, |route, response| {
        let request = format!("{} {}", route.method, route.path);
        assert_eq!(response.status, status, "{request}");
        assert_eq!(
            response.header("content-type"),
            "application/scim+json",
            "{request}"
        );
        if route.method != "HEAD" {
            assert_eq!(
                response.body["schemas"],
                json!(["urn:ietf:params:scim:api:messages:2.0:Error"]),
                "{request}"
            );
            assert_eq!(
                response.body["status"],
                json!(status.to_string()),
                "{request}"
            );
            let told = response.body["detail"].as_str().unwrap();
            assert!(told.contains(detail), "{request}: {told}");
        }
    })
    .await;
}

fn bearer(credential: &IssuedCredential) -> String {
    format!("Bearer {}", credential.token.expose_secret())
}

async fn provisioner(api: &Api) -> IssuedCredential {
    api.issue(CredentialKind::Provisioner, Rights::ReadAndWrite)
        .await
}

#[tokio::test]
async fn a_valid_credential_reaches_every_route() {
    let api = Api::start().await;
    each_route(&api, &api.client(), |route, response| {
        assert_eq!(
            response.status, route.valid,
            "{} {}: {:?}",
            route.method, route.path, response.body
        );
        assert_eq!(
            response.status == 405,
            !response.header("allow").is_empty(),
            "{} {}",
            route.method,
            route.path
        );
    })
    .await;
}

#[tokio::test]
async fn basic_and_the_bare_token_reach_it_too() {
    let api = Api::start().await;
    let credential = provisioner(&api).await;
    let pair = format!(
        "{}:{}",
        credential.username,
        credential.password.expose_secret()
    );
    let basic = format!(
        "Basic {}",
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair)
    );
    for authorization in [basic, credential.token.expose_secret().to_owned()] {
        assert_eq!(
            api.client_with(Some(&authorization))
                .get("/Users")
                .await
                .status,
            200
        );
    }
}

#[tokio::test]
async fn no_credential() {
    let api = Api::start().await;
    let nobody = api.client_with(None);
    refused_everywhere(&api, &nobody, 401, "The token is missing or not valid").await;
    assert!(
        nobody
            .get("/Users")
            .await
            .header("www-authenticate")
            .starts_with("Bearer")
    );
}

#[tokio::test]
async fn garbage() {
    for garbage in ["non-token", "Bearer x", "Basic eDp5", "Digest x"] {
        let api = Api::start().await;
        refused_everywhere(
            &api,
            &api.client_with(Some(garbage)),
            401,
            "The token is missing or not valid",
        )
        .await;
    }
}

#[tokio::test]
async fn a_wrong_secret() {
    let api = Api::start().await;
    let (one, another) = (provisioner(&api).await, provisioner(&api).await);
    let pair = format!("{}:{}", one.username, another.password.expose_secret());
    let basic = format!(
        "Basic {}",
        base64::Engine::encode(&base64::prelude::BASE64_STANDARD, pair)
    );
    refused_everywhere(
        &api,
        &api.client_with(Some(&basic)),
        401,
        "The token is missing or not valid",
    )
    .await;
}

#[tokio::test]
async fn expired() {
    let api = Api::start().await;
    let day = Duration::from_hours(24);
    let brief = api
        .administration()
        .issue_credential(
            api.directory,
            NewCredential {
                lifetime: Some(day),
                ..NewCredential::of(CredentialKind::Provisioner)
            },
        )
        .await
        .unwrap();
    let client = api.client_with(Some(&bearer(&brief)));
    assert_eq!(client.get("/Users").await.status, 200);
    api.environment.advance(day);
    refused_everywhere(&api, &client, 401, "expired on 2026-11-22").await;
    let refused = client.get("/Users").await;
    // API Gateway renames this header on a function's answer.
    assert!(
        refused
            .header("x-amzn-remapped-www-authenticate")
            .starts_with("Bearer")
    );
}

#[tokio::test]
async fn suspended_and_resumed() {
    let api = Api::start().await;
    let credential = provisioner(&api).await;
    let client = api.client_with(Some(&bearer(&credential)));
    assert_eq!(client.get("/Users").await.status, 200);
    api.administration()
        .suspend_credential(api.directory, &credential.id)
        .await
        .unwrap();
    refused_everywhere(&api, &client, 403, "suspended").await;
    api.administration()
        .resume_credential(api.directory, &credential.id)
        .await
        .unwrap();
    assert_eq!(client.get("/Users").await.status, 200);
}

#[tokio::test]
async fn revoked_while_the_gateway_still_allows_it() {
    let api = Api::start().await;
    let credential = provisioner(&api).await;
    let client = api.client_with(Some(&bearer(&credential)));
    assert_eq!(client.get("/Users").await.status, 200);
    api.administration()
        .revoke_credential(api.directory, &credential.id)
        .await
        .unwrap();
    refused_everywhere(&api, &client, 401, "revoked").await;
    // The gateway let it through, for its cache still holds: the function refused it.
    let refused = client.get("/Users").await;
    assert!(
        refused
            .header("x-amzn-remapped-www-authenticate")
            .starts_with("Bearer")
    );
    assert_eq!(refused.header("www-authenticate"), "");
}

#[tokio::test]
async fn a_disabled_directory() {
    let api = Api::start().await;
    let (other, client) = api.stranger().await;
    assert_eq!(client.get("/Users").await.status, 200);
    api.administration().disable_directory(other).await.unwrap();
    refused_everywhere(&api, &client, 403, "disabled").await;
}

#[tokio::test]
async fn another_directorys_credential_sees_no_foreign_id() {
    let api = Api::start().await;
    let (_, stranger) = api.stranger().await;
    each_route(&api, &stranger, |route, response| {
        assert_eq!(
            response.status, route.foreign,
            "{} {}: {:?}",
            route.method, route.path, response.body
        );
    })
    .await;
    // Only what the stranger made himself: one user and one group by POST.
    for path in ["/Users", "/Groups"] {
        assert_eq!(stranger.get(path).await.body["totalResults"], 1, "{path}");
    }
    assert_eq!(
        stranger
            .find("/Users", "userName eq \"subject0\"")
            .await
            .body["totalResults"],
        0
    );
}

#[tokio::test]
async fn a_credential_that_may_only_read() {
    let api = Api::start().await;
    let reader = api.issue(CredentialKind::Application, Rights::Read).await;
    each_route(
        &api,
        &api.client_with(Some(&bearer(&reader))),
        |route, response| {
            let writes =
                WRITES.contains(&route.method.as_str()) && !SEARCHES.contains(&route.path.as_str());
            let expected = if writes && route.valid < 300 {
                403
            } else {
                route.valid
            };
            assert_eq!(
                response.status, expected,
                "{} {}: {:?}",
                route.method, route.path, response.body
            );
        },
    )
    .await;
    // Nor is he told what is there, or what is wrong with his request.
    let reader = api.client_with(Some(&bearer(&reader)));
    let unknown = "/Users/019aa583-8f00-7000-8000-000000000000";
    assert_eq!(reader.delete(unknown).await.status, 403);
    assert_eq!(reader.post("/Groups", &json!([])).await.status, 403);
}

#[tokio::test]
async fn a_token_of_one_directory_cannot_claim_another() {
    let api = Api::start().await;
    let (other, _) = api.stranger().await;
    let pair = provisioner(&api).await;
    let forged = format!(
        "Basic {}",
        base64::Engine::encode(
            &base64::prelude::BASE64_STANDARD,
            format!("{other}.{}:{}", pair.id, pair.password.expose_secret()),
        )
    );
    assert!(Claim::from_authorization(&forged).is_some());
    assert_eq!(
        api.client_with(Some(&forged)).get("/Users").await.status,
        401
    );
}

/// What the gateway's authorizer has let through, for it is cached, the functions verify from scratch.
#[tokio::test]
async fn the_functions_compare_the_secret_themselves() {
    let api = Api::start().await;
    let (one, another) = (provisioner(&api).await, provisioner(&api).await);
    let claim = |username: &str, credential: &IssuedCredential| {
        Claim::from_basic(username, credential.password.expose_secret()).unwrap()
    };
    let verify = async |claim: Claim| api.store.verify(&claim).await.unwrap().err();
    assert_eq!(verify(claim(&one.username, &one)).await, None);
    assert_eq!(
        verify(claim(&one.username, &another)).await,
        Some(Refusal::Unknown)
    );
    let nowhere = format!("{}.{}", "0".repeat(32), one.id);
    assert_eq!(verify(claim(&nowhere, &one)).await, Some(Refusal::Unknown));
}

#[tokio::test]
async fn an_unknown_path_is_a_scim_404() {
    let api = Api::start().await;
    for path in ["/Nothing", "/Users/a/b", "/"] {
        let response = api.client().get(path).await;
        assert_eq!(
            (response.status, response.body["status"].as_str()),
            (404, Some("404")),
            "{path}"
        );
        assert_eq!(response.header("content-type"), "application/scim+json");
    }
}

/// The paths of the admin API. No credential of a directory opens any of them: who may, IAM says.
const ADMIN: [&str; 16] = [
    "/credentials/identify",
    "/directories/{directory}",
    "/directories/{directory}/audit",
    "/directories/{directory}/credentials",
    "/directories/{directory}/credentials/{credential}",
    "/directories/{directory}/credentials/{credential}/resume",
    "/directories/{directory}/credentials/{credential}/rotate",
    "/directories/{directory}/credentials/{credential}/suspend",
    "/directories/{directory}/disable",
    "/directories/{directory}/enable",
    "/directories/{directory}/make-primary",
    "/environments",
    "/environments/{environment}",
    "/environments/{environment}/organizations",
    "/organizations/{organization}",
    "/organizations/{organization}/directories",
];

/// The routes of the admin API: path template and verb.
fn admin_routes() -> Vec<(String, String)> {
    let template = include_str!("../../template.yaml");
    let api = local::api::Api::from_template(template).unwrap();
    let mut found = BTreeSet::new();
    let mut routes = Vec::new();
    for route in api.routes().filter(|it| it.access == Access::Iam) {
        let path = route.path.strip_prefix(edge::ADMIN_PATH).unwrap();
        found.insert(path.to_owned());
        routes.push((path.to_owned(), route.verb.to_string()));
    }
    assert_eq!(
        found,
        ADMIN.map(str::to_owned).into(),
        "the table is not the template"
    );
    routes
}

#[tokio::test]
async fn no_credential_of_a_directory_opens_the_admin_api() {
    let api = Api::start().await;
    let application = api
        .issue(CredentialKind::Application, Rights::ReadAndWrite)
        .await;
    let (provisioner, application) = (format!("Bearer {}", api.token()), bearer(&application));
    api.settled().await;
    let before = api.items().await;
    let somebody = api.admin();
    for (path, verb) in admin_routes() {
        let path = path
            .replace("{environment}", "test")
            .replace("{organization}", "acme")
            .replace("{directory}", &api.directory.to_string());
        for header in [
            ("authorization", provisioner.as_str()),
            ("authorization", application.as_str()),
            ("x-forwarded-for", "203.0.113.7"),
        ] {
            let refused = somebody.send(&verb, &path, &[header], None).await;
            assert_eq!(refused.status, 404, "{verb} {path} {header:?}");
            assert_eq!(
                refused.header("content-type"),
                "application/scim+json",
                "{verb} {path}"
            );
        }
    }
    api.settled().await;
    assert_eq!(api.items().await, before);
}

/// As if the route had lost its authorization: API Gateway then tells no ARN.
#[tokio::test]
async fn the_function_refuses_whom_nobody_has_verified() {
    let api = Api::start().await;
    let app = edge::App::new(api.store.clone());
    api.settled().await;
    let before = api.items().await;
    for (path, verb) in admin_routes() {
        for user_arn in [json!(null), json!("")] {
            let resource = format!("{}{path}", edge::ADMIN_PATH);
            let event = json!({
                "resource": resource, "path": resource, "httpMethod": verb, "headers": {"host": "localhost"},
                "multiValueHeaders": {"host": ["localhost"]}, "queryStringParameters": null,
                "pathParameters": {"environment": "test", "organization": "acme", "directory": api.directory.to_string()},
                "body": "{\"name\": \"staging\"}", "isBase64Encoded": false,
                "requestContext": {
                    "httpMethod": verb, "requestId": "r-1", "resourcePath": resource, "path": resource,
                    "domainName": "localhost", "protocol": "HTTP/1.1",
                    "identity": {"sourceIp": "127.0.0.1", "userArn": user_arn}
                }
            });
            let request = lambda_http::request::from_str(&event.to_string()).unwrap();
            let refused = edge::respond(&app, admin::handle, request).await;
            assert_eq!(refused.status(), 403, "{verb} {path}");
            assert_eq!(
                refused.headers()["content-type"],
                "application/problem+json"
            );
        }
    }
    api.settled().await;
    assert_eq!(api.items().await, before);
}

#[tokio::test]
async fn however_many_authorizers_note_it_a_use_is_written_once_an_hour() {
    let api = Api::start().await;
    let claim = Claim::from_authorization(api.token()).expect("the token is a claim");
    let last_used = async || {
        let noted = api.store.note_use(claim.directory(), claim.credential());
        noted.await.unwrap();
        let items = api.items().await.into_iter();
        let mut noted = items.filter(|item| item["type"]["S"] == "last used");
        noted.next().map(|item| item["at"].clone())
    };
    let first = last_used().await;
    assert!(first.is_some());
    api.environment.advance(Duration::from_mins(59));
    assert_eq!(last_used().await, first);
    api.environment.advance(Duration::from_mins(2));
    assert_ne!(last_used().await, first);
}
