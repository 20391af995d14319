use super::chunks::delete_chunks;
use super::members::{Exceptions, MemberEdit, is_large, left};
use super::{GroupRecord, MOST_ATTEMPTS, Members, not_found, owner};
use crate::index::ToDo;
use crate::record::KeyValues;
use crate::store::Scope;
use crate::table::{Outcome, Write, number};
use crate::{Error, GroupPush, Precondition, Result, UserId, keys};

impl Scope<'_> {
    /// Deletes a group (RFC 7644 §3.6): head, members, name, lookups, roster and total in one transaction, with its place in
    /// the groups of its members if they are few; else those follow.
    ///
    /// Where an identity provider can only link, its deletion ends the link: the group is emptied and stays.
    ///
    /// `record` is the group as read for this request. Errors: 404, 412.
    pub async fn delete_group(
        &self,
        record: &GroupRecord,
        precondition: &Precondition,
    ) -> Result<()> {
        self.may_write()?;
        if !self.is_application() && self.principal.settings.group_push == GroupPush::LinkOnly {
            let nobody = [MemberEdit::Replace(Members::new())];
            self.change_whole_group(record, precondition, |same| Ok(same.clone()), &nobody)
                .await?;
            return Ok(());
        }
        let id = record.id;
        let mut exceptions = Exceptions::default();
        for _ in 0..MOST_ATTEMPTS {
            let whole = self.store.group(self.directory(), id, Some(record)).await?;
            let record = whole.ok_or_else(|| not_found(id))?;
            precondition.check(record.version)?;
            let members = record.members.iter().flatten();
            let leaves: Vec<_> = members
                .filter(|user| !exceptions.gone.contains(user))
                .copied()
                .collect();
            let deletion = self.group_deletion(&record, &leaves);
            match self.table().transact(&deletion).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(_) if is_large(leaves.len()) => {}
                Outcome::Refused(refused) => exceptions.refused_leaves(&leaves, &refused),
            }
        }
        Err(Error::Contended)
    }

    fn group_deletion(&self, record: &GroupRecord, leaves: &[UserId]) -> Vec<Write> {
        let (directory, id) = (self.directory(), record.id);
        let by = self.by("delete group", Some(id.into()), &[]);
        let mut writes = Vec::new();
        if is_large(leaves.len()) {
            let to_do = ToDo::of_group(directory, record.unindexed());
            writes.push(to_do.put(id.into(), &by));
        } else {
            // A deleted group is gone for protected users too.
            writes.extend(leaves.iter().map(|&user| left(directory, id, user, &by)));
        }
        let head = Write::delete(keys::group(directory, id)).when("#version = :version");
        writes.push(head.value(":version", number(record.version)));
        writes.extend(delete_chunks(directory, id, record.layout));
        let values = KeyValues::of_group(&record.resource);
        writes.extend(owner(directory, id).delete(&values, &by));
        writes
    }
}
