use directory::Rights;
use edge::{Answer, App, Request};
use scim::Error;

use crate::read;

/// DELETE /Groups/{id} (RFC 7644 §3.6).
pub(crate) async fn delete(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, head) = read::find(app, request, &claim, Rights::ReadAndWrite).await?;
    request.refuse_current(&head.etag())?;
    app.store
        .scope(&principal, &request.id)
        .delete_group(&head, &request.precondition())
        .await?;
    Ok(Answer::no_content())
}
