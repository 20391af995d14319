use directory::{Rights, UserId};
use edge::{Answer, App, Request};
use scim::{Error, Resource};

use crate::show;

/// POST /Users (RFC 7644 §3.3).
pub(crate) async fn create(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, (body, projection)) = app
        .verified(&claim, Rights::ReadAndWrite, async {
            Ok((request.json()?, request.projection()?))
        })
        .await?;
    let user = principal.user();
    let mut resource = Resource::from_body(body, user, principal.settings.dialect)?;
    let projection = projection.after_write(user, |extension, attribute| {
        resource.has(extension, attribute)
    });
    // Okta needs `active` in every user; who is provisioned is active unless it is said otherwise.
    resource.set_default("active", true);
    let record = app
        .store
        .scope(&principal, &request.id)
        .create_user(resource, request.new_id().and_then(UserId::parse))
        .await?;
    let (store, base_url) = (&app.store, &request.base_url);
    show::answer(
        store,
        &principal,
        base_url,
        record,
        &projection,
        Answer::created,
    )
    .await
}
