use std::time::Duration;

use directory::{Deletion, Directory, DirectoryName, DirectorySlug};
use edge::Answer;
use scim::{Error, ErrorStatus, Object};
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::body::Body;
use crate::call::Call;

/// How much of a directory is deleted in one request: as much as can be before the request itself takes too long.
const DELETION_TIME: Duration = Duration::from_secs(20);
/// How long stored resources are checked against new schema extensions.
const LONGEST_CHECK: Duration = Duration::from_secs(20);

/// GET /organizations/{organization}/directories: all of them, or the one of the name that `?name=` says.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, Error> {
    let organization = call.organization()?;
    let [name] = call.query(["name"])?;
    let name = name.map(DirectorySlug::parse).transpose()?;
    let mut directories = call.administration.directories(&organization).await?;
    directories.retain(|listed| name.as_ref().is_none_or(|name| *name == listed.slug));
    let primary = call
        .administration
        .organization(&organization)
        .await?
        .primary;
    let shown: Vec<_> = directories
        .iter()
        .map(|listed| {
            json!({
                "id": listed.id.to_string(),
                "name": format!("{organization}/{}", listed.slug),
                "primary": primary == Some(listed.id),
            })
        })
        .collect();
    Ok(Answer::ok(&json!({ "directories": shown })))
}

/// POST /organizations/{organization}/directories.
pub(crate) async fn create(call: &Call<'_>) -> Result<Answer, Error> {
    let organization = call.organization()?;
    let body = Body::read_with_settings(call.request, &["name", "settings"])?;
    let name = DirectoryName {
        organization,
        slug: DirectorySlug::parse(body.required_text("name")?)?,
    };
    let none = Object::new();
    let settings = body.object("settings")?.unwrap_or(&none);
    let administration = &call.administration;
    let id = administration
        .create_directory_with(&name, settings)
        .await?;
    let created = shown(call, &administration.directory(id).await?).await?;
    let location = call.request.admin_url(&format!("/directories/{id}"));
    Ok(Answer::created_at(location, &created))
}

/// GET /directories/{directory}.
pub(crate) async fn show(call: &Call<'_>) -> Result<Answer, Error> {
    answer(call, &call.directory().await?).await
}

/// PATCH /directories/{directory}: settings by name, null for the default.
pub(crate) async fn change(call: &Call<'_>) -> Result<Answer, Error> {
    let id = call.directory_id()?;
    let body = Body::read_with_settings(call.request, &["settings"])?;
    let none = Object::new();
    let settings = body.object("settings")?.unwrap_or(&none);
    let change = call.administration.change_settings(id, settings);
    // What is long about it is to check all users against new extensions; nothing is written before that.
    let changed = timeout(LONGEST_CHECK, change).await.map_err(|_| {
        let detail = "The directory is too large to be checked against the new schema extensions in the time of a request: use `muster directory set`.";
        Error::new(ErrorStatus::ServiceUnavailable, detail)
    })?;
    answer(call, &changed?).await
}

/// POST /directories/{directory}/make-primary.
pub(crate) async fn make_primary(call: &Call<'_>) -> Result<Answer, Error> {
    Body::read_if_any(call.request, &[])?;
    call.administration
        .make_primary(call.directory_id()?)
        .await?;
    show(call).await
}

/// POST /directories/{directory}/disable.
pub(crate) async fn disable(call: &Call<'_>) -> Result<Answer, Error> {
    Body::read_if_any(call.request, &[])?;
    let id = call.directory_id()?;
    answer(call, &call.administration.disable_directory(id).await?).await
}

/// POST /directories/{directory}/enable.
pub(crate) async fn enable(call: &Call<'_>) -> Result<Answer, Error> {
    Body::read_if_any(call.request, &[])?;
    let id = call.directory_id()?;
    answer(call, &call.administration.enable_directory(id).await?).await
}

/// DELETE /directories/{directory}: 204 when nothing is left, 202 when it is to be sent again.
pub(crate) async fn delete(call: &Call<'_>) -> Result<Answer, Error> {
    let id = call.directory_id()?;
    let deletion = call
        .administration
        .delete_directory(id, DELETION_TIME)
        .await?;
    Ok(deleted(deletion))
}

fn deleted(deletion: Deletion) -> Answer {
    match deletion {
        Deletion::Done => Answer::no_content(),
        Deletion::Unfinished => Answer::accepted(&json!({
            "state": "deleting",
            "detail": "A part of the directory is deleted: send the request again until it is answered with 204."
        })),
    }
}

async fn answer(call: &Call<'_>, directory: &Directory) -> Result<Answer, Error> {
    Ok(Answer::ok(&shown(call, directory).await?))
}

async fn shown(call: &Call<'_>, directory: &Directory) -> Result<Value, Error> {
    Ok(call.administration.directory_to_json(directory).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deletion_that_is_not_finished_says_how_it_goes_on() {
        assert_eq!(deleted(Deletion::Done).status(), 204);
        let unfinished = deleted(Deletion::Unfinished);
        assert_eq!(unfinished.status(), 202);
        let body = unfinished.into_body().unwrap_or_default();
        assert_eq!(body["state"], "deleting");
        let detail = body["detail"].as_str().unwrap_or_default();
        assert!(
            detail.contains("again until it is answered with 204"),
            "{detail}"
        );
    }
}
