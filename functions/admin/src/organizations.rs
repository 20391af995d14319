use directory::{OrganizationRecord, OrganizationSlug};
use edge::Answer;
use scim::Error;
use serde_json::json;

use crate::body::Body;
use crate::call::Call;

/// GET /environments/{environment}/organizations.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, Error> {
    let organizations = call
        .administration
        .organizations(&call.environment()?)
        .await?;
    let organizations: Vec<_> = organizations
        .iter()
        .map(OrganizationRecord::to_json)
        .collect();
    Ok(Answer::ok(&json!({ "organizations": organizations })))
}

/// POST /environments/{environment}/organizations.
pub(crate) async fn create(call: &Call<'_>) -> Result<Answer, Error> {
    let environment = call.environment()?;
    let body = Body::read(call.request, &["name"])?;
    let name = OrganizationSlug::parse(body.required_text("name")?)?;
    let administration = &call.administration;
    administration
        .create_organization(&environment, &name)
        .await?;
    let created = administration.organization(&name).await?;
    let location = call.request.admin_url(&format!("/organizations/{name}"));
    Ok(Answer::created_at(location, &created.to_json()))
}

/// GET /organizations/{organization}.
pub(crate) async fn show(call: &Call<'_>) -> Result<Answer, Error> {
    let organization = call
        .administration
        .organization(&call.organization()?)
        .await?;
    Ok(Answer::ok(&organization.to_json()))
}

/// DELETE /organizations/{organization}.
pub(crate) async fn delete(call: &Call<'_>) -> Result<Answer, Error> {
    let name = call.organization()?;
    call.administration.delete_organization(&name).await?;
    Ok(Answer::no_content())
}
