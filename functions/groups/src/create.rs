use directory::Rights;
use edge::{Answer, App, Request};
use scim::{Error, Resource, ResourceType};

use crate::{members, show};

/// POST /Groups (RFC 7644 §3.3).
pub(crate) async fn create(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, (body, projection)) = app
        .verified(&claim, Rights::ReadAndWrite, async {
            Ok((request.json()?, request.projection()?))
        })
        .await?;
    let mut resource =
        Resource::from_body(body, ResourceType::group(), principal.settings.dialect)?;
    let members = members::users(resource.take("members").as_ref())?;
    let record = app
        .store
        .scope(&principal, &request.id)
        .create_group(resource, members)
        .await?;
    Ok(show::answer(
        &record,
        &request.base_url,
        &projection,
        Answer::created,
    ))
}
