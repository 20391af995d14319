use directory::Rights;
use edge::{Answer, App, Request};
use scim::{Error, MUSTER_USER, Patch, Resource};

use crate::{read, show};

/// PUT /Users/{id} (RFC 7644 §3.5.1): what the body leaves out is cleared, but for `active` and what is immutable. What
/// is read-only in the body is ignored.
pub(crate) async fn replace(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, record) = read::find(app, request, &claim, Rights::ReadAndWrite, true).await?;
    read::refuse_current(app, request, &principal, &record).await?;
    let user = principal.user();
    let resource = Resource::from_body(request.json()?, user, principal.settings.dialect)?;
    let projection = request
        .projection()?
        .after_write(user, |extension, attribute| {
            resource.has(extension, attribute)
        });
    let scope = app.store.scope(&principal, &request.id);
    let replaced = |before: &Resource| {
        let mut resource = resource.clone();
        // Who was deactivated does not come back by an omission.
        if let Some(active) = before.get("active") {
            resource.set_default("active", active.clone());
        }
        // Nor is somebody's protection lifted by one.
        if let Some(extension) = before.get(MUSTER_USER) {
            resource.set_default(MUSTER_USER, extension.clone());
        }
        resource.replacing(before, user)
    };
    let record = scope
        .change_user(record, &request.precondition(), replaced)
        .await?;
    let (store, base_url) = (&app.store, &request.base_url);
    show::answer(
        store,
        &principal,
        base_url,
        record,
        &projection,
        Answer::resource,
    )
    .await
}

/// PATCH /Users/{id} (RFC 7644 §3.5.2): 200 with the user.
pub(crate) async fn patch(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, record) = read::find(app, request, &claim, Rights::ReadAndWrite, true).await?;
    read::refuse_current(app, request, &principal, &record).await?;
    let user = principal.user();
    let patch = Patch::from_body(request.json()?, user, principal.settings.dialect)?;
    let projection = request
        .projection()?
        .after_write(user, |extension, attribute| {
            patch.changes(extension, attribute)
        });
    let scope = app.store.scope(&principal, &request.id);
    let record = scope
        .change_user(record, &request.precondition(), |before| {
            patch.apply(before)
        })
        .await?;
    let (store, base_url) = (&app.store, &request.base_url);
    show::answer(
        store,
        &principal,
        base_url,
        record,
        &projection,
        Answer::resource,
    )
    .await
}
