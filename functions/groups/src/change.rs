use directory::{GroupRecord, MemberEdit, Principal};
use edge::{Answer, App, Request};
use scim::{Error, Patch, Resource, ResourceType};

use crate::{members, read};

/// PUT /Groups/{id} (RFC 7644 §3.5.1): the members become exactly those of the body.
pub(crate) async fn replace(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, head) = read::find(app, request, &claim).await?;
    let projection = request.projection()?;
    let mut resource = Resource::from_body(
        request.json()?,
        ResourceType::group(),
        principal.settings.dialect,
    )?;
    let members = members::users(resource.take("members").as_ref())?;
    let id = head.id;
    let scope = app.store.scope(&principal, &request.id);
    let edits = [MemberEdit::Replace(members)];
    scope
        .change_group(
            head,
            &request.precondition(),
            |_| Ok(resource.clone()),
            &edits,
        )
        .await?;
    let head = reread(app, &principal, id, request).await?;
    read::show_whole(app, request, &principal, head, &projection).await
}

/// PATCH /Groups/{id} (RFC 7644 §3.5.2): 204, or 200 with what is asked for.
pub(crate) async fn patch(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, head) = read::find(app, request, &claim).await?;
    let projection = request.projection()?;
    let mut patch = Patch::from_body(
        request.json()?,
        ResourceType::group(),
        principal.settings.dialect,
    )?;
    let edits = members::edits(&patch.take("members"))?;
    let id = head.id;
    let scope = app.store.scope(&principal, &request.id);
    scope
        .change_group(
            head,
            &request.precondition(),
            |resource| patch.apply(resource),
            &edits,
        )
        .await?;
    if !projection.names_attributes() {
        return Ok(Answer::no_content());
    }
    let head = reread(app, &principal, id, request).await?;
    read::show_whole(app, request, &principal, head, &projection).await
}

/// The group after the change: others may have changed it too.
async fn reread(
    app: &App,
    principal: &Principal,
    id: directory::GroupId,
    request: &Request,
) -> Result<GroupRecord, Error> {
    let head = app.store.group_head(principal.directory, id).await?;
    head.ok_or_else(|| Error::not_found("Group", request.path_parameter()))
}
