//! `/ServiceProviderConfig`, `/ResourceTypes`, `/Schemas` (RFC 7644 §4), and `/Me` (§3.11), which is not there.
//!
//! Query parameters are ignored here, but for `filter`, which is refused (RFC 7644 §4).

use directory::Rights;
use edge::{Answer, App, Request};
use futures_util::future::BoxFuture;
use http::Method;
use scim::list::ListResponse;
use scim::{Error, ErrorStatus, Representation, ResourceTypes, discovery};
use serde_json::Value;

/// Answers a request to a discovery endpoint.
pub fn handle<'a>(app: &'a App, request: &'a Request) -> BoxFuture<'a, Result<Answer, Error>> {
    Box::pin(async move {
        let (principal, ()) = app
            .verified(&request.claim()?, Rights::Read, async { Ok(()) })
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
        read(request, &principal.resource_types)
    })
}

fn read(request: &Request, types: &ResourceTypes) -> Result<Answer, Error> {
    let base_url = &request.base_url;
    let name = request.path_parameter();
    let resource_type = |resource_type| discovery::resource_type(resource_type, base_url);
    let schema = |schema| discovery::schema(schema, base_url);
    let document = match request.route() {
        "/ServiceProviderConfig" => discovery::service_provider_config(base_url),
        "/ResourceTypes" => return Ok(list(types.iter().map(resource_type))),
        "/ResourceTypes/{name}" => types
            .iter()
            .find(|resource_type| resource_type.name == name)
            .map(resource_type)
            .ok_or_else(|| Error::not_found("ResourceType", name))?,
        "/Schemas" => return Ok(list(types.schemas().map(schema))),
        _ => types
            .schemas()
            .find(|schema| schema.id.eq_ignore_ascii_case(name))
            .map(schema)
            .ok_or_else(|| Error::not_found("Schema", name))?,
    };
    Ok(Answer::document(&document))
}

fn list(documents: impl Iterator<Item = Value>) -> Answer {
    let documents = documents.filter_map(|document| match document {
        Value::Object(document) => Some(Representation::from(document)),
        _ => None,
    });
    Answer::ok(&ListResponse::whole(&documents.collect::<Vec<_>>()))
}
