use directory::{
    Claim, Credential, CredentialKind, DirectoryId, IssuedCredential, NewCredential, Rights,
    Rotation,
};
use edge::Answer;
use scim::{Error, ErrorStatus};
use serde_json::{Value, json};

use crate::body::Body;
use crate::call::Call;

/// GET /directories/{directory}/credentials.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, Error> {
    let directory = call.directory().await?;
    let last_used = call.administration.last_used(directory.id).await?;
    let now = call.app.store.environment().now();
    let credentials = directory.credentials.values();
    let shown: Vec<_> = credentials
        .map(|credential| credential.to_json(now, last_used.get(&credential.id).copied()))
        .collect();
    Ok(Answer::ok(&json!({ "credentials": shown })))
}

/// POST /directories/{directory}/credentials: the one answer, beside that of a rotation, that has a secret.
pub(crate) async fn issue(call: &Call<'_>) -> Result<Answer, Error> {
    let directory = call.directory_id()?;
    let base_url = base_url(call).await?;
    let body = Body::read_if_any(call.request, &["kind", "rights", "label", "lifetime"])?;
    let kind = body.keyword(
        "kind",
        "`provisioner` or `application`",
        CredentialKind::parse,
    )?;
    let rights = body.keyword("rights", "`write` or `read`", Rights::parse)?;
    let new = NewCredential {
        kind: kind.unwrap_or(CredentialKind::Provisioner),
        rights: rights.unwrap_or(Rights::ReadAndWrite),
        label: body.text("label")?.map(str::to_owned),
        lifetime: body.duration("lifetime")?,
    };
    let issued = call.administration.issue_credential(directory, new).await?;
    Ok(created(call, directory, &issued, base_url))
}

/// GET /directories/{directory}/credentials/{credential}.
pub(crate) async fn show(call: &Call<'_>) -> Result<Answer, Error> {
    let id = call.credential_id()?;
    let directory = call.directory().await?;
    let credential = directory.credentials.get(&id);
    let credential = credential.ok_or_else(|| Error::not_found("Credential", id.as_str()))?;
    Ok(Answer::ok(&shown(call, directory.id, credential).await?))
}

/// DELETE /directories/{directory}/credentials/{credential}: the next request with it is 401.
pub(crate) async fn revoke(call: &Call<'_>) -> Result<Answer, Error> {
    let (directory, id) = (call.directory_id()?, call.credential_id()?);
    call.administration
        .revoke_credential(directory, &id)
        .await?;
    Ok(Answer::no_content())
}

/// POST .../suspend.
pub(crate) async fn suspend(call: &Call<'_>) -> Result<Answer, Error> {
    Body::read_if_any(call.request, &[])?;
    let (directory, id) = (call.directory_id()?, call.credential_id()?);
    call.administration
        .suspend_credential(directory, &id)
        .await?;
    show(call).await
}

/// POST .../resume.
pub(crate) async fn resume(call: &Call<'_>) -> Result<Answer, Error> {
    Body::read_if_any(call.request, &[])?;
    let (directory, id) = (call.directory_id()?, call.credential_id()?);
    call.administration
        .resume_credential(directory, &id)
        .await?;
    show(call).await
}

/// POST .../rotate: a new credential in the place of this one, which goes at once or, with `overlap`, after that time.
pub(crate) async fn rotate(call: &Call<'_>) -> Result<Answer, Error> {
    let (directory, id) = (call.directory_id()?, call.credential_id()?);
    let base_url = base_url(call).await?;
    let body = Body::read_if_any(call.request, &["overlap"])?;
    let overlap = body.duration("overlap")?;
    let rotation = overlap.map_or(Rotation::AtOnce, Rotation::Overlap);
    let administration = &call.administration;
    let issued = administration
        .rotate_credential(directory, &id, rotation)
        .await?;
    Ok(created(call, directory, &issued, base_url))
}

/// POST /credentials/identify: which credential a token, or a username and password, is.
pub(crate) async fn identify(call: &Call<'_>) -> Result<Answer, Error> {
    let body = Body::read(call.request, &["token", "username", "password"])?;
    let texts = ["token", "username", "password"].map(|name| body.text(name));
    let [token, username, password] = texts;
    let claim = match (token?, username?, password?) {
        (Some(token), None, None) => Claim::from_authorization(token),
        (None, Some(username), Some(password)) => Claim::from_basic(username, password),
        _ => {
            let detail = "Send either `token`, or `username` and `password`.";
            return Err(Error::invalid_value(detail));
        }
    };
    let found = match claim {
        Some(claim) => call.administration.identify(&claim).await?,
        None => None,
    };
    let (directory, credential) = found.ok_or_else(|| {
        let detail =
            "This is no credential: it is mistyped, revoked, or of a directory that is deleted.";
        Error::new(ErrorStatus::NotFound, detail)
    })?;
    Ok(Answer::ok(&json!({
        "directory": {"id": directory.id.to_string(), "name": directory.name.to_string(), "state": directory.state.keyword()},
        "credential": shown(call, directory.id, &credential).await?
    })))
}

/// Where the credentials of the directory are used. Read before one is made: a secret must not be lost on the way out.
async fn base_url(call: &Call<'_>) -> Result<String, Error> {
    let directory = call.directory().await?;
    call.base_url(&directory.name.organization).await
}

fn created(
    call: &Call<'_>,
    directory: DirectoryId,
    issued: &IssuedCredential,
    base_url: String,
) -> Answer {
    let path = format!("/directories/{directory}/credentials/{}", issued.id);
    let mut shown = issued.to_json();
    shown["base_url"] = base_url.into();
    Answer::created_at(call.request.admin_url(&path), &shown)
}

async fn shown(
    call: &Call<'_>,
    directory: DirectoryId,
    credential: &Credential,
) -> Result<Value, Error> {
    let last_used = call.administration.last_used(directory).await?;
    let now = call.app.store.environment().now();
    Ok(credential.to_json(now, last_used.get(&credential.id).copied()))
}
