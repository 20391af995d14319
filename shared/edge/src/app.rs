use std::future::Future;
use std::sync::{Arc, OnceLock};

use directory::{Author, Claim, DirectoryId, Principal, Refusal, Rights, Store};
use futures_util::future::join;

use crate::noted::Noted;

/// What a function has between requests: the way to the table. No item is kept.
#[derive(Clone)]
pub struct App {
    /// The store.
    pub store: Store,
    /// Who makes the request that is being answered, once it is known.
    caller: Arc<OnceLock<Caller>>,
    /// Of which refusals the audit trail was told lately.
    pub(crate) noted: Noted,
}

/// Who showed the secret of a credential, whatever he may do with it.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub directory: DirectoryId,
    pub author: Author,
    /// Whether the request was refused to the credential as such.
    pub is_refused: bool,
}

impl App {
    /// A function's, by the way to its table.
    pub fn new(store: Store) -> Self {
        Self {
            store,
            caller: Arc::default(),
            noted: Noted::default(),
        }
    }

    /// The same for one request.
    pub(crate) fn for_request(&self) -> Self {
        Self {
            caller: Arc::default(),
            ..self.clone()
        }
    }

    /// Who makes the request; none if nobody with the secret of a credential.
    pub(crate) fn caller(&self) -> Option<&Caller> {
        self.caller.get()
    }

    /// Remembers who is refused a change of a directory, for its audit trail.
    pub fn is_refused_to(&self, directory: DirectoryId, administrator: &str) {
        self.caller.get_or_init(|| Caller {
            directory,
            author: Author::administrator(administrator),
            is_refused: true,
        });
    }

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
        if !matches!(principal, Err(Refusal::Unknown | Refusal::Deleting)) {
            // The operations of a bulk request are made by who made the request.
            self.caller.get_or_init(|| Caller {
                directory: claim.directory(),
                author: Author::Credential(claim.credential().clone()),
                is_refused: principal.is_err(),
            });
        }
        let principal = principal.map_err(|refusal| {
            let (directory, credential) = (claim.directory(), claim.credential());
            tracing::warn!(%directory, %credential, %refusal, "refused a credential");
            scim::Error::from(refusal)
        })?;
        Ok((principal, read?))
    }
}
