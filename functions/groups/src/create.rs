use directory::{GroupId, Rights};
use edge::{Answer, App, Request};
use scim::{Error, Resource};

use crate::{members, show};

/// POST /Groups (RFC 7644 §3.3).
pub(crate) async fn create(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, (body, projection)) = app
        .verified(&claim, Rights::ReadAndWrite, async {
            Ok((request.json()?, request.projection()?))
        })
        .await?;
    let group = principal.group();
    let mut resource = Resource::from_body(body, group, principal.settings.dialect)?;
    let projection = projection.after_write(group, |extension, attribute| {
        resource.has(extension, attribute)
    });
    let members = members::users(resource.take("members").as_ref())?;
    let record = app
        .store
        .scope(&principal, &request.id)
        .create_group(resource, members, request.new_id().and_then(GroupId::parse))
        .await?;
    Ok(show::answer_write(
        &record,
        &principal,
        &request.base_url,
        &projection,
        Answer::created,
    ))
}
