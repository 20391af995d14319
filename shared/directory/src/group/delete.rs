use std::collections::BTreeSet;

use scim::ErrorStatus;

use super::members::MemberEdit;
use super::{GroupRecord, MOST_ATTEMPTS, MOST_CHANGES, Members, not_found, owner};
use crate::record::KeyValues;
use crate::store::Scope;
use crate::table::{Outcome, Write, number};
use crate::{Error, GroupId, GroupPush, Precondition, Result, UserId, keys};

impl Scope<'_> {
    /// Deletes a group (RFC 7644 §3.6): head, members, name, lookups, roster and total, and its place in the members'
    /// groups, in one transaction.
    ///
    /// Where an identity provider can only link, its deletion ends the link: the group is emptied and stays.
    ///
    /// Errors: 404, 412; 413 if it has more than 25 members.
    pub async fn delete_group(&self, id: GroupId, precondition: &Precondition) -> Result<()> {
        self.may_write()?;
        if !self.is_application() && self.principal.settings.group_push == GroupPush::LinkOnly {
            let nobody = [MemberEdit::Replace(Members::new())];
            self.change_whole_group(id, precondition, |same| Ok(same.clone()), &nobody)
                .await?;
            return Ok(());
        }
        let mut gone = BTreeSet::new();
        for _ in 0..MOST_ATTEMPTS {
            let record = self
                .store
                .group(self.directory(), id)
                .await?
                .ok_or_else(|| not_found(id))?;
            precondition.check(record.version)?;
            let leaves: Vec<_> = record
                .members
                .iter()
                .flatten()
                .copied()
                .filter(|user| !gone.contains(user))
                .collect();
            match self
                .table()
                .transact(&self.group_deletion(&record, &leaves)?)
                .await?
            {
                Outcome::Done => return Ok(()),
                Outcome::Refused(refused) => gone.extend(Self::refused_leaves(&leaves, &refused).1),
            }
        }
        Err(Error::Contended)
    }

    fn group_deletion(&self, record: &GroupRecord, leaves: &[UserId]) -> Result<Vec<Write>> {
        let directory = self.directory();
        if leaves.len() > MOST_CHANGES {
            let detail = format!(
                "The group has {} members, and at most {MOST_CHANGES} can leave with the deletion: remove members first.",
                leaves.len()
            );
            return Err(scim::Error::new(ErrorStatus::ContentTooLarge, detail).into());
        }
        let by = self.by("delete group", Some(record.id.into()), &[]);
        // A deleted group is gone for protected users too.
        let mut writes: Vec<_> = leaves
            .iter()
            .map(|&user| self.part(record.id, user, &by))
            .collect();
        let head = Write::delete(keys::group(directory, record.id)).when("#version = :version");
        writes.push(head.value(":version", number(record.version)));
        writes.push(Write::delete(keys::members(directory, record.id)).when_present());
        let values = KeyValues::of_group(&record.resource);
        writes.extend(owner(directory, record.id).delete(&values, &by));
        Ok(writes)
    }
}
