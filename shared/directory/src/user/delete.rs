use scim::ErrorStatus;

use super::{UserRecord, not_found, owner};
use crate::group::forget_member;
use crate::record::KeyValues;
use crate::store::Scope;
use crate::table::{Outcome, Write, number};
use crate::{Error, Precondition, Result, keys};

/// Most groups of a user whose deletion fits one transaction.
const MOST_GROUPS: usize = 20;
const MOST_ATTEMPTS: usize = 10;

impl Scope<'_> {
    /// Deletes a user (RFC 7644 §3.6): names, lookups, roster, total and his place in his groups go in one transaction.
    ///
    /// `record` is the user with his groups, as read for this request. Errors: 404, 412; 413 if he is in more than 20
    /// groups.
    pub async fn delete_user(
        &self,
        mut record: UserRecord,
        precondition: &Precondition,
    ) -> Result<()> {
        self.may_write()?;
        for _ in 0..MOST_ATTEMPTS {
            precondition.check(record.version)?;
            match self.table().transact(&self.deletion(&record)?).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(_) => {}
            }
            let id = record.id;
            record = self
                .store
                .user(self.directory(), id, true)
                .await?
                .ok_or_else(|| not_found(id))?;
        }
        Err(Error::Contended)
    }

    fn deletion(&self, record: &UserRecord) -> Result<Vec<Write>> {
        let directory = self.directory();
        let groups = record.groups.clone().unwrap_or_default();
        if groups.ids.len() > MOST_GROUPS {
            let detail = format!(
                "The user is in {} groups, and at most {MOST_GROUPS} can be left with the deletion: remove the user from some groups first.",
                groups.ids.len()
            );
            return Err(scim::Error::new(ErrorStatus::ContentTooLarge, detail).into());
        }
        let by = self.by("delete user", Some(record.id.into()), &[]);
        let mut writes = vec![
            Write::delete(keys::user(directory, record.id))
                .when("#version = :version")
                .value(":version", number(record.version)),
            Write::delete(keys::user_groups(directory, record.id))
                .when("#version = :version")
                .value(":version", number(groups.version)),
        ];
        let values = KeyValues::of_user(&record.resource, &self.principal.settings);
        writes.extend(owner(directory, record.id).delete(&values, &by));
        for group in groups.ids {
            writes.extend(forget_member(directory, group, record.id, &by));
        }
        Ok(writes)
    }
}
