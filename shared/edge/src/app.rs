use std::future::Future;

use directory::{Claim, Principal, Refusal, Rights, Store};
use futures_util::future::join;

/// What a function has between requests: the way to the table. No item is kept.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub store: Store,
}

impl App {
    /// Verifies a claim and that it has the rights a request needs, and reads beside it what the request is about: one
    /// round trip for both.
    ///
    /// What was read is given out only to a verified principal; until then not even its errors are told. Errors: 401,
    /// 403, and those of `read`.
    pub async fn verified<T>(
        &self,
        claim: &Claim,
        needed: Rights,
        read: impl Future<Output = Result<T, directory::Error>> + Send,
    ) -> Result<(Principal, T), scim::Error> {
        let (verification, read) = join(self.store.verify(claim), read).await;
        let principal = verification?.and_then(|principal| match (needed, principal.rights) {
            (Rights::ReadAndWrite, Rights::Read) => Err(Refusal::ReadOnly),
            _ => Ok(principal),
        });
        let principal = principal.map_err(|refusal| {
            let (directory, credential) = (claim.directory(), claim.credential());
            tracing::warn!(%directory, %credential, %refusal, "refused a credential");
            scim::Error::from(refusal)
        })?;
        Ok((principal, read?))
    }
}
