use directory::{Claim, Principal, Rights, UserId, UserRecord};
use edge::{Answer, App, Request};
use scim::{Error, MUSTER_USER, Projection, ResourceType};

use crate::show::View;

/// GET /Users/{id} (RFC 7644 §3.4.1). Groups that are not shown are not read.
pub(crate) async fn read(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let shows_groups = request
        .projection()
        .is_ok_and(|projection| projection.shows(ResourceType::user(), "groups"));
    let (principal, record) = find(app, request, &claim, Rights::Read, shows_groups).await?;
    let projection = request.projection()?;
    request.precondition().check(record.version)?;
    let record = with_role(app, &principal, record, &projection).await?;
    let users = std::slice::from_ref(&record);
    let (store, base_url) = (&app.store, &request.base_url);
    let view = View::of(store, &principal, base_url, users, &projection).await?;
    let identity = view.identity(&record);
    if request.has_current(&identity.version) {
        return Ok(Answer::not_modified(&identity));
    }
    let mut user = view.represent(record, &identity);
    projection.apply(principal.user(), &mut user);
    Ok(Answer::resource(&identity, &user))
}

/// The user with his groups where, without them being shown, the role that they give is.
async fn with_role(
    app: &App,
    principal: &Principal,
    record: UserRecord,
    projection: &Projection,
) -> Result<UserRecord, Error> {
    let is_shown = projection.shows_extension(principal.user(), MUSTER_USER);
    if !is_shown || record.groups.is_some() || record.deleted.is_some() {
        return Ok(record);
    }
    let (directory, id) = (principal.directory, record.id);
    let whole = app.store.user(directory, id, true).await?;
    whole.ok_or_else(|| Error::not_found("User", &id.to_string()))
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
    let record = record.filter(|record| principal.sees(record));
    let record = record.ok_or_else(|| Error::not_found("User", id))?;
    Ok((principal, record))
}

/// Error: 412 for a write if `If-None-Match` names the version that the user has, as this principal is shown it.
pub(crate) async fn refuse_current(
    app: &App,
    request: &Request,
    principal: &Principal,
    record: &UserRecord,
) -> Result<(), Error> {
    if !request.has_if_none_match() {
        return Ok(());
    }
    let users = std::slice::from_ref(record);
    let view =
        View::with_memberships(&app.store, principal, &request.base_url, users, true).await?;
    request.refuse_current(&view.identity(record).version)
}
