//! What every reader of `template.yaml` relies on.

use std::collections::{BTreeMap, BTreeSet};

use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use local::api::{Access, Api};
use local::gateway_responses::ResponseType;
use serde_json::{Value, json};

fn api() -> Api {
    Api::from_template(include_str!("../../../template.yaml")).unwrap()
}

#[test]
fn every_path_has_every_verb_and_one_function() {
    let api = api();
    let mut paths = BTreeMap::<_, (BTreeSet<_>, BTreeSet<_>)>::new();
    for route in api.routes() {
        let (verbs, functions) = paths.entry(route.path.as_str()).or_default();
        verbs.insert(route.verb.as_str());
        functions.insert(route.function.as_str());
    }
    let expected = [
        ("/admin/v1/credentials/identify", "Admin"),
        ("/admin/v1/directories/{directory}", "Admin"),
        ("/admin/v1/directories/{directory}/audit", "Admin"),
        ("/admin/v1/directories/{directory}/credentials", "Admin"),
        (
            "/admin/v1/directories/{directory}/credentials/{credential}",
            "Admin",
        ),
        (
            "/admin/v1/directories/{directory}/credentials/{credential}/resume",
            "Admin",
        ),
        (
            "/admin/v1/directories/{directory}/credentials/{credential}/rotate",
            "Admin",
        ),
        (
            "/admin/v1/directories/{directory}/credentials/{credential}/suspend",
            "Admin",
        ),
        ("/admin/v1/directories/{directory}/disable", "Admin"),
        ("/admin/v1/directories/{directory}/enable", "Admin"),
        ("/admin/v1/directories/{directory}/make-primary", "Admin"),
        ("/admin/v1/environments", "Admin"),
        ("/admin/v1/environments/{environment}", "Admin"),
        (
            "/admin/v1/environments/{environment}/organizations",
            "Admin",
        ),
        ("/admin/v1/organizations/{organization}", "Admin"),
        (
            "/admin/v1/organizations/{organization}/directories",
            "Admin",
        ),
        ("/scim/v2/.search", "Bulk"),
        ("/scim/v2/Bulk", "Bulk"),
        ("/scim/v2/Groups", "Groups"),
        ("/scim/v2/Groups/.search", "Groups"),
        ("/scim/v2/Groups/{id}", "Groups"),
        ("/scim/v2/Me", "Discovery"),
        ("/scim/v2/ResourceTypes", "Discovery"),
        ("/scim/v2/ResourceTypes/{name}", "Discovery"),
        ("/scim/v2/Schemas", "Discovery"),
        ("/scim/v2/Schemas/{id}", "Discovery"),
        ("/scim/v2/ServiceProviderConfig", "Discovery"),
        ("/scim/v2/Users", "Users"),
        ("/scim/v2/Users/.search", "Users"),
        ("/scim/v2/Users/{id}", "Users"),
    ];
    let verbs = BTreeSet::from(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]);
    let expected = expected
        .into_iter()
        .map(|(path, function)| (path, (verbs.clone(), BTreeSet::from([function]))));
    assert_eq!(paths, expected.collect());
}

/// The administrators' API is AWS's own authorization's, the identity providers' the authorizer's: none is the other's.
#[test]
fn the_admin_api_is_signed_and_scim_has_the_authorizer() {
    let api = api();
    let mut found = BTreeMap::<_, usize>::new();
    for route in api.routes() {
        let expected = match route.path.split('/').nth(1) {
            Some("admin") => Access::Iam,
            Some("scim") => Access::Authorizer,
            _ => panic!("{} is of neither API", route.path),
        };
        assert_eq!(route.access, expected, "{} {}", route.verb, route.path);
        assert_eq!(
            route.access == Access::Iam,
            route.function == "Admin",
            "{} {}",
            route.verb,
            route.path
        );
        *found.entry(route.path.split('/').nth(1)).or_default() += 1;
    }
    assert_eq!(found.len(), 2);
}

/// API Gateway makes `AWS_IAM` of a scheme that is written exactly so (developer guide, `x-amazon-apigateway-authtype`);
/// with another one a method would be open.
#[test]
fn the_scheme_of_the_admin_api_is_the_one_that_means_iam() {
    let template: Value = serde_saphyr::from_str(include_str!("../../../template.yaml")).unwrap();
    let definition = &template["Resources"]["Api"]["Properties"]["DefinitionBody"];
    let schemes = &definition["components"]["securitySchemes"];
    assert_eq!(
        schemes["signature"],
        json!({
            "type": "apiKey", "in": "header", "name": "Authorization",
            "x-amazon-apigateway-authtype": "awsSigv4"
        })
    );
    assert_eq!(schemes.as_object().unwrap().len(), 2);
}

#[test]
fn every_answer_of_the_gateway_is_a_scim_error() {
    let api = api();
    for response_type in ResponseType::ALL {
        assert!(
            api.gateway_responses().defines(response_type),
            "{response_type:?}"
        );
        let response = api.gateway_responses().response(response_type, "r-1");
        let (status, headers) = (response.status(), response.headers());
        assert_eq!(
            headers[CONTENT_TYPE], "application/scim+json",
            "{response_type:?}"
        );

        let body: Value = serde_json::from_slice(response.body()).unwrap();
        let detail = body["detail"].as_str().unwrap();
        let is_the_service = status.is_server_error();
        let end = if is_the_service {
            " Request id: r-1"
        } else {
            "."
        };
        assert!(detail.ends_with(end), "{response_type:?}");
        let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
        assert_eq!(
            body,
            json!({ "schemas": [schema], "status": status.as_str(), "detail": detail }),
            "{response_type:?}"
        );

        let retry_after = headers
            .get(RETRY_AFTER)
            .map(|value| value.to_str().unwrap().parse::<u32>().unwrap());
        assert_eq!(
            retry_after.is_some(),
            matches!(status.as_u16(), 429 | 503),
            "{response_type:?}"
        );
    }
}

fn check_status(response_type: ResponseType, status: u16) {
    assert_eq!(
        api()
            .gateway_responses()
            .response(response_type, "r-1")
            .status()
            .as_u16(),
        status,
        "{response_type:?}"
    );
}

#[test]
fn each_with_its_status() {
    check_status(ResponseType::Unauthorized, 401);
    check_status(ResponseType::AccessDenied, 403);
    check_status(ResponseType::MissingAuthenticationToken, 404);
    check_status(ResponseType::RequestTooLarge, 413);
    check_status(ResponseType::Throttled, 429);
    check_status(ResponseType::QuotaExceeded, 429);
    check_status(ResponseType::AuthorizerFailure, 503);
    check_status(ResponseType::AuthorizerConfigurationError, 503);
    check_status(ResponseType::IntegrationFailure, 503);
    check_status(ResponseType::IntegrationTimeout, 503);
}

#[test]
fn unauthorized_says_how_to_authenticate() {
    let response = api()
        .gateway_responses()
        .response(ResponseType::Unauthorized, "r-1");
    assert_eq!(
        response.headers()[WWW_AUTHENTICATE],
        r#"Bearer realm="scim", Basic realm="scim""#
    );
}
