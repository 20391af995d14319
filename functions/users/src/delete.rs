use directory::Rights;
use edge::{Answer, App, Request};
use scim::Error;

use crate::read;

/// DELETE /Users/{id} (RFC 7644 §3.6).
pub(crate) async fn delete(app: &App, request: &Request) -> Result<Answer, Error> {
    let claim = request.claim()?;
    let (principal, record) = read::find(app, request, &claim, Rights::ReadAndWrite, true).await?;
    read::refuse_current(app, request, &principal, &record).await?;
    let scope = app.store.scope(&principal, &request.id);
    let precondition = request.precondition();
    if request.takes_back() {
        scope.take_back_user(record, &precondition).await?;
    } else {
        scope.delete_user(record, &precondition).await?;
    }
    Ok(Answer::no_content())
}
