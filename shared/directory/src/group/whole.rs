use scim::Resource;

use super::change::{HeadAfter, check_name};
use super::members::{Difference, MemberEdit, bytes, check_members};
use super::{GroupRecord, MOST_ATTEMPTS, Members, not_found, owner};
use crate::record::KeyValues;
use crate::store::{By, Scope};
use crate::table::{Outcome, Write, binary_set, number};
use crate::{Error, GroupId, Precondition, Result, UserId, keys};

/// What refusals told of members, beside what the group itself says.
#[derive(Default)]
struct Exceptions {
    /// Protected from this principal: they stay as they are.
    left_alone: Members,
    /// Deleted meanwhile: they go without a part of their own.
    gone: Members,
}

impl Scope<'_> {
    /// Changes a group of which everything has to be known: reads it at one moment, works out what it becomes, and
    /// writes that on condition of its version; on conflict from a new read.
    pub(super) async fn change_whole_group(
        &self,
        id: GroupId,
        precondition: &Precondition,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
        edits: &[MemberEdit],
    ) -> Result<GroupRecord> {
        let mut exceptions = Exceptions::default();
        for _ in 0..MOST_ATTEMPTS {
            let read = self.store.group(self.directory(), id).await?;
            let before = read.ok_or_else(|| not_found(id))?;
            precondition.check(before.version)?;
            let head = self.head_after(&before, &change)?;
            let members = exceptions.members_after(&before, edits);
            if let Some(after) = self
                .try_whole_change(&before, head, members, &mut exceptions)
                .await?
            {
                let is_member =
                    |user: &UserId| before.members.iter().flatten().any(|it| it == user);
                let (members, others) = exceptions
                    .left_alone
                    .iter()
                    .partition(|user| is_member(user));
                self.note_left_alone("leave", id, &members).await;
                self.note_left_alone("join", id, &others).await;
                return Ok(after);
            }
        }
        Err(Error::Contended)
    }

    /// One attempt; none if others were faster or an exception was learnt.
    async fn try_whole_change(
        &self,
        before: &GroupRecord,
        head_after: Option<HeadAfter>,
        members: Members,
        exceptions: &mut Exceptions,
    ) -> Result<Option<GroupRecord>> {
        let (directory, id) = (self.directory(), before.id);
        let nobody = Members::new();
        let difference = Difference::between(before.members.as_ref().unwrap_or(&nobody), &members);
        let changed = head_after.as_ref().map(|after| after.changed.clone());
        let mut attributes = changed.unwrap_or_default();
        if !difference.is_empty() {
            attributes.push("members".to_owned());
        }
        if head_after.is_none() && difference.is_empty() {
            return Ok(Some(before.clone()));
        }
        difference.check_size()?;
        check_members(members.len())?;
        let by = self.by("change group", Some(id.into()), &attributes);
        let joins: Vec<_> = difference.added.iter().copied().collect();
        let leaves: Vec<_> = difference
            .removed
            .difference(&exceptions.gone)
            .copied()
            .collect();

        let head = self.head_update(before, head_after.as_ref(), &by)?;
        let after = before.changed(head_after, members, &by);
        let mut writes = vec![
            head.when("#version = :version")
                .value(":version", number(before.version)),
        ];
        writes.extend(joins.iter().map(|&user| self.join(id, user, &by)));
        writes.extend(leaves.iter().map(|&user| self.leave(id, user, &by)));
        let names_from = writes.len();
        let (old, new) = (
            KeyValues::of_group(&before.resource),
            KeyValues::of_group(&after.resource),
        );
        let owner = owner(directory, id);
        writes.extend(owner.change(&old, &new, &by));
        let names = names_from..writes.len();
        if !difference.is_empty() {
            let members = after.members.as_ref().unwrap_or(&nobody);
            writes.push(self.chunk_replacement(id, members, &by));
        }
        let refused = match self.table().transact(&writes).await? {
            Outcome::Done => return Ok(Some(after)),
            Outcome::Refused(refused) => refused,
        };
        // Only against the version read do the other refusals mean what they say.
        if refused[0].is_none() {
            let (joined, rest) = refused[1..].split_at(joins.len());
            let left = &rest[..leaves.len()];
            let given_up = old.unique.difference(&new.unique).count();
            check_name(&owner, &refused[names], given_up, &after.resource)?;
            exceptions
                .left_alone
                .extend(Self::refused_joins(&joins, joined)?);
            let (protected, gone) = Self::refused_leaves(&leaves, left);
            exceptions.left_alone.extend(protected);
            exceptions.gone.extend(gone);
        }
        Ok(None)
    }

    fn chunk_replacement(&self, id: GroupId, members: &Members, by: &By) -> Write {
        let chunk = by.mark_update(Write::update(keys::members(self.directory(), id)));
        let chunk = chunk.when_present();
        if members.is_empty() {
            chunk.clause("REMOVE #ids")
        } else {
            chunk
                .clause("SET #ids = :ids")
                .value(":ids", binary_set(bytes(members)))
        }
    }
}

impl Exceptions {
    fn members_after(&self, before: &GroupRecord, edits: &[MemberEdit]) -> Members {
        let before = before.members.clone().unwrap_or_default();
        let mut after = before.clone();
        for edit in edits {
            edit.apply(&mut after);
        }
        for user in &self.left_alone {
            if before.contains(user) {
                after.insert(*user);
            } else {
                after.remove(user);
            }
        }
        after
    }
}

impl GroupRecord {
    /// The group after a change on condition of its version.
    fn changed(&self, head: Option<HeadAfter>, members: Members, by: &By) -> Self {
        let mut changed = Self {
            version: self.version + 1,
            members: Some(members),
            modified: by.at,
            ..self.clone()
        };
        if let Some(head) = head {
            changed.resource = head.resource;
            changed.mapping = head.mapping;
            changed.revision += 1;
        }
        changed
    }
}
