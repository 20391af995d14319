use directory::{Claim, GroupId, GroupRecord, Principal, Rights};
use edge::{Answer, App, Request};
use scim::Error;

use crate::show;

/// GET /Groups/{id} (RFC 7644 §3.4.1). Members that are not shown are not read.
pub(crate) async fn read(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, head) = find(app, request, &claim, Rights::Read).await?;
    let projection = request.projection()?;
    request.precondition().check(head.version)?;
    let identity = show::identity(&head, &request.base_url);
    // The version covers the members too.
    if request.has_current(&identity.version) {
        return Ok(Answer::not_modified(&identity));
    }
    let record = if projection.shows(principal.group(), "members") {
        let whole = app
            .store
            .group(principal.directory, head.id, Some(&head))
            .await?;
        whole.ok_or_else(|| Error::not_found("Group", request.path_parameter()))?
    } else {
        head
    };
    show::answer(&record, &principal, &request.base_url, &projection)
}

/// The group that the path names, without members, read beside the verification. Error: 404.
pub(crate) async fn find(
    app: &App,
    request: &Request,
    claim: &Claim,
    needed: Rights,
) -> Result<(Principal, GroupRecord), Error> {
    let id = request.path_parameter();
    let read = async {
        match GroupId::parse(id) {
            Some(id) => app.store.group_head(claim.directory(), id).await,
            None => Ok(None),
        }
    };
    let (principal, head) = app.verified(claim, needed, read).await?;
    Ok((
        principal,
        head.ok_or_else(|| Error::not_found("Group", id))?,
    ))
}
