use directory::{EnvironmentRecord, EnvironmentSlug};
use edge::Answer;
use scim::Error;
use serde_json::json;

use crate::body::Body;
use crate::call::Call;

/// GET /environments.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, Error> {
    let environments = call.administration.environments().await?;
    let environments: Vec<_> = environments
        .iter()
        .map(EnvironmentRecord::to_json)
        .collect();
    Ok(Answer::ok(&json!({ "environments": environments })))
}

/// POST /environments.
pub(crate) async fn create(call: &Call<'_>) -> Result<Answer, Error> {
    let body = Body::read(call.request, &["name"])?;
    let name = EnvironmentSlug::parse(body.required_text("name")?)?;
    call.administration.create_environment(&name).await?;
    let created = call.administration.environment(&name).await?;
    let location = call.request.admin_url(&format!("/environments/{name}"));
    Ok(Answer::created_at(location, &created.to_json()))
}

/// GET /environments/{environment}.
pub(crate) async fn show(call: &Call<'_>) -> Result<Answer, Error> {
    let environment = call
        .administration
        .environment(&call.environment()?)
        .await?;
    Ok(Answer::ok(&environment.to_json()))
}

/// PATCH /environments/{environment}: `base_url`, null for none.
pub(crate) async fn change(call: &Call<'_>) -> Result<Answer, Error> {
    let name = call.environment()?;
    let body = Body::read(call.request, &["base_url"])?;
    if body.has("base_url") {
        let base_url = body.text("base_url")?.unwrap_or_default();
        call.administration.set_base_url(&name, base_url).await?;
    }
    show(call).await
}

/// DELETE /environments/{environment}.
pub(crate) async fn delete(call: &Call<'_>) -> Result<Answer, Error> {
    let name = call.environment()?;
    call.administration.delete_environment(&name).await?;
    Ok(Answer::no_content())
}
