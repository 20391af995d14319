use tokio::time::Instant;

use super::truth::Progress;
use crate::group::{GroupRecord, forget_member};
use crate::keys;
use crate::store::By;
use crate::table::{Outcome, Write, binary_set, number};
use crate::{DirectoryId, Error, GroupId, Result, Store, UserId};

/// Groups that forget a user in one transaction, of 4 MB: of each its head, with up to 64 KB, and a chunk, with up to 56.
const FORGETTING_AT_ONCE: usize = 30;
/// Attempts at one transaction on conflict with requests.
const MOST_ATTEMPTS: usize = 10;

impl Store {
    /// Takes a deleted user out of the groups that his groups item still names; in the end that item goes, and what was to
    /// do with it.
    pub(super) async fn forget_user(
        &self,
        directory: DirectoryId,
        user: UserId,
        by: &By,
        until: Instant,
    ) -> Result<Progress> {
        let key = keys::user_groups(directory, user);
        let mut attempts = 0;
        while attempts < MOST_ATTEMPTS {
            if Instant::now() >= until {
                return Ok(Progress::Unfinished);
            }
            let to_do = Write::delete(keys::to_do(user.into()));
            let Some(item) = self.table.get(&key).await? else {
                self.table.transact(&[to_do]).await?;
                return Ok(Progress::Done);
            };
            let groups = item.ids("groups", GroupId::from_uuid)?;
            let some: Vec<_> = groups.into_iter().take(FORGETTING_AT_ONCE).collect();
            let writes = if some.is_empty() {
                let item = Write::delete(key.clone()).when("attribute_not_exists(#groups)");
                vec![item, to_do]
            } else {
                let heads = self.groups(directory, &some, false).await?;
                let item = Write::update(key.clone())
                    .clause("DELETE #groups :groups")
                    .clause("ADD #version :one")
                    .when_present()
                    .value(":groups", binary_set(some.iter().map(|id| id.bytes())))
                    .value(":one", number(1));
                let forget = |group: &GroupRecord| forget_member(directory, group, user, by);
                let mut writes = vec![by.mark_update(item)];
                writes.extend(heads.iter().flat_map(forget));
                writes
            };
            let is_last = some.is_empty();
            match self.table.transact(&writes).await? {
                Outcome::Done if is_last => return Ok(Progress::Done),
                Outcome::Done => attempts = 0,
                // A group was spread or deleted, or forgot him by itself.
                Outcome::Refused(_) => attempts += 1,
            }
        }
        Err(Error::Contended)
    }
}
