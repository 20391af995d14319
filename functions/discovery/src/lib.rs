//! `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7644 §4), and `/Me` (§3.11), which is not there.
//!
//! Query parameters are ignored here, but for `filter`, which is refused (RFC 7644 §4).

use directory::Rights;
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::list::response;
use scim::{Error, ErrorStatus, Object, ResourceType, Schema, discovery};
use serde_json::Value;

/// Answers a request to a discovery endpoint.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        app.verified(&request.claim()?, Rights::Read, async { Ok(()) })
            .await?;
        if request.route() == "/Me" {
            let detail = "There is no /Me: a credential is no user.";
            return Err(Error::new(ErrorStatus::NotImplemented, detail));
        }
        if !matches!(request.method, Method::GET | Method::HEAD) {
            return Ok(Answer::method_not_allowed("GET, HEAD"));
        }
        if request.has_filter() {
            return Err(Error::new(
                ErrorStatus::Forbidden,
                "This endpoint cannot be filtered: leave `filter` out.",
            ));
        }
        read(request)
    })
}

fn read(request: &Request) -> Result<Answer, Error> {
    let base_url = &request.base_url;
    let name = request.path_parameter();
    let types = || [ResourceType::user(), ResourceType::group()].into_iter();
    let schemas = || types().flat_map(schemas_of);
    let body = match request.route() {
        "/ServiceProviderConfig" => discovery::service_provider_config(base_url),
        "/ResourceTypes" => {
            list(types().map(|resource_type| discovery::resource_type(resource_type, base_url)))
        }
        "/ResourceTypes/{name}" => types()
            .find(|resource_type| resource_type.name == name)
            .map(|resource_type| discovery::resource_type(resource_type, base_url))
            .ok_or_else(|| Error::not_found("ResourceType", name))?,
        "/Schemas" => list(schemas().map(|schema| discovery::schema(schema, base_url))),
        _ => schemas()
            .find(|schema| schema.id.eq_ignore_ascii_case(name))
            .map(|schema| discovery::schema(schema, base_url))
            .ok_or_else(|| Error::not_found("Schema", name))?,
    };
    Ok(Answer::ok(body))
}

fn schemas_of(resource_type: &ResourceType) -> impl Iterator<Item = &Schema> {
    let extensions = resource_type
        .extensions
        .iter()
        .map(|extension| &extension.schema);
    std::iter::once(&resource_type.schema).chain(extensions)
}

fn list(documents: impl Iterator<Item = Value>) -> Value {
    let documents: Vec<Object> = documents
        .filter_map(|document| document.as_object().cloned())
        .collect();
    response(documents.len(), 1, documents)
}
