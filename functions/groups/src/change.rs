use directory::{GroupId, GroupRecord, MemberEdit, Principal, Rights};
use edge::{Answer, App, Request};
use scim::{Error, MUSTER_GROUP, Patch, Projection, Resource};

use crate::{members, read, show};

/// PUT /Groups/{id} (RFC 7644 §3.5.1): the members become exactly those of the body.
pub(crate) async fn replace(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, head) = read::find(app, request, &claim, Rights::ReadAndWrite).await?;
    request.refuse_current(&head.etag())?;
    let group = principal.group();
    let mut resource = Resource::from_body(request.json()?, group, principal.settings.dialect)?;
    let projection = request
        .projection()?
        .after_write(group, |extension, attribute| {
            resource.has(extension, attribute)
        });
    let members = members::users(resource.take("members").as_ref())?;
    let id = head.id;
    let scope = app.store.scope(&principal, &request.id);
    let edits = [MemberEdit::Replace(members)];
    let precondition = request.precondition();
    let replace = |before: &Resource| {
        let mut resource = resource.clone();
        // The application's role and priority do not go by the omission of the extension; one that is there says all of it.
        if let Some(extension) = before.get(MUSTER_GROUP) {
            resource.set_default(MUSTER_GROUP, extension.clone());
        }
        resource.replacing(before, group)
    };
    let changed = scope
        .change_group(head, &precondition, replace, &edits)
        .await?;
    show_changed(app, request, &principal, id, changed, &projection).await
}

/// PATCH /Groups/{id} (RFC 7644 §3.5.2): 204, or 200 with what is asked for.
pub(crate) async fn patch(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, head) = read::find(app, request, &claim, Rights::ReadAndWrite).await?;
    request.refuse_current(&head.etag())?;
    let group = principal.group();
    let mut patch = Patch::from_body(request.json()?, group, principal.settings.dialect)?;
    let projection = request
        .projection()?
        .after_write(group, |extension, attribute| {
            patch.changes(extension, attribute)
        });
    let edits = members::edits(&patch.take("members"))?;
    let id = head.id;
    let scope = app.store.scope(&principal, &request.id);
    let precondition = request.precondition();
    let apply = |resource: &Resource| patch.apply(resource);
    let changed = scope
        .change_group(head, &precondition, apply, &edits)
        .await?;
    if !projection.names_attributes() {
        return Ok(Answer::no_content());
    }
    show_changed(app, request, &principal, id, changed, &projection).await
}

/// Shows the group after the change: as it was made or, where that is not known, as it is now.
async fn show_changed(
    app: &App,
    request: &Request,
    principal: &Principal,
    id: GroupId,
    changed: Option<GroupRecord>,
    projection: &Projection,
) -> Result<Answer, Error> {
    let record = if let Some(record) = changed {
        record
    } else {
        let now = app.store.group(principal.directory, id, None).await?;
        now.ok_or_else(|| Error::not_found("Group", request.path_parameter()))?
    };
    Ok(show::answer_write(
        &record,
        principal,
        &request.base_url,
        projection,
        Answer::resource,
    ))
}
