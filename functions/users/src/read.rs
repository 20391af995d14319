use directory::{Claim, Principal, Rights, UserId, UserRecord};
use edge::{Answer, App, Request};
use scim::{Error, ResourceType};

use crate::show;

/// GET /Users/{id} (RFC 7644 §3.4.1). Groups that are not shown are not read.
pub(crate) async fn read(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let shows_groups = request
        .projection()
        .is_ok_and(|projection| projection.shows(ResourceType::user(), "groups"));
    let (principal, record) = find(app, request, &claim, Rights::Read, shows_groups).await?;
    let projection = request.projection()?;
    request.precondition().check(record.version)?;
    let identity = show::identity(&record, &request.base_url);
    if request.has_current(&identity.version) {
        return Ok(Answer::not_modified(&identity));
    }
    Ok(show::answer(
        &record,
        &principal.resource_types.user,
        &request.base_url,
        &projection,
        Answer::resource,
    ))
}

/// The user that the path names, read beside the verification. Error: 404.
pub(crate) async fn find(
    app: &App,
    request: &Request,
    claim: &Claim,
    needed: Rights,
    with_groups: bool,
) -> Result<(Principal, UserRecord), Error> {
    let id = request.path_parameter();
    let read = async {
        match UserId::parse(id) {
            Some(id) => app.store.user(claim.directory(), id, with_groups).await,
            None => Ok(None),
        }
    };
    let (principal, record) = app.verified(claim, needed, read).await?;
    let record = record.ok_or_else(|| Error::not_found("User", id))?;
    Ok((principal, record))
}
