use std::collections::BTreeMap;

use futures_util::future::try_join;
use scim::Resource;

use super::change::{HeadAfter, check_name};
use super::chunks::{Chunks, check_room, delete_chunks};
use super::members::{Difference, Exceptions, MemberEdit, Standing};
use super::{GroupRecord, MOST_ATTEMPTS, MOST_CHANGES, Members, not_found, owner};
use crate::index::ToDo;
use crate::record::KeyValues;
use crate::store::{By, Scope};
use crate::table::{Outcome, Write, binary_set, number};
use crate::{ChangeId, DirectoryId, Error, Precondition, Result, UserId};

/// What a change makes of a group.
struct After {
    head: Option<HeadAfter>,
    members: Members,
    difference: Difference,
}

impl Scope<'_> {
    /// Changes a group of which everything has to be known: reads it at one moment, works out what it becomes, and
    /// writes that on condition of its version; on conflict from a new read.
    pub(super) async fn change_whole_group(
        &self,
        seen: &GroupRecord,
        precondition: &Precondition,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
        edits: &[MemberEdit],
    ) -> Result<GroupRecord> {
        let id = seen.id;
        let mut exceptions = Exceptions::default();
        let joining = joining(edits).copied().collect();
        for _ in 0..MOST_ATTEMPTS {
            // Who is to join is known before the members are, and can be looked at beside them; each time anew: who could join
            // before the others were faster may be gone by now.
            let group = self.store.group(self.directory(), id, Some(seen));
            let (read, mut standings) = try_join(group, self.standings(&joining)).await?;
            let before = read.ok_or_else(|| not_found(id))?;
            precondition.check(before.version)?;
            let head = self.head_after(&before, &change)?;
            let (members, difference) = self
                .members_after(&before, edits, &mut standings, &mut exceptions)
                .await?;
            let after = After {
                head,
                members,
                difference,
            };
            if let Some(after) = self
                .try_whole_change(&before, after, &mut exceptions)
                .await?
            {
                let was = before.members.unwrap_or_default();
                let (members, others) = exceptions
                    .left_alone
                    .into_iter()
                    .partition(|user| was.contains(user));
                self.note_left_alone("leave", id, &members).await;
                self.note_left_alone("join", id, &others).await;
                return Ok(after);
            }
        }
        Err(Error::Contended)
    }

    /// Who the members will be, and in whom that differs. In a large change each of those is looked at beforehand: there
    /// are too many for conditions of the transaction.
    async fn members_after(
        &self,
        before: &GroupRecord,
        edits: &[MemberEdit],
        standings: &mut BTreeMap<UserId, Standing>,
        exceptions: &mut Exceptions,
    ) -> Result<(Members, Difference)> {
        let nobody = Members::new();
        let was = before.members.as_ref().unwrap_or(&nobody);
        let mut members = exceptions.members_after(was, edits);
        let mut difference = Difference::between(was, &members);
        if difference.is_large() {
            let matters = |user: &&UserId| !self.is_application() || !was.contains(user);
            let unknown = difference.users().filter(matters);
            let unknown = unknown
                .filter(|user| !standings.contains_key(user))
                .copied();
            let unknown = self.standings(&unknown.collect()).await?;
            standings.extend(unknown);
            for user in &difference.added {
                let standing = standings.get(user).copied().unwrap_or(Standing::Gone);
                standing.check_join(*user)?;
            }
            let is_protected = |user: &&UserId| standings.get(user) == Some(&Standing::Protected);
            let protected: Vec<_> = difference.users().filter(is_protected).copied().collect();
            if !protected.is_empty() {
                exceptions.left_alone.extend(protected);
                members = exceptions.members_after(was, edits);
                difference = Difference::between(was, &members);
            }
        }
        check_room(&members, &difference.added)?;
        Ok((members, difference))
    }

    /// One attempt; none if others were faster or an exception was learnt.
    async fn try_whole_change(
        &self,
        before: &GroupRecord,
        after: After,
        exceptions: &mut Exceptions,
    ) -> Result<Option<GroupRecord>> {
        let (directory, id) = (self.directory(), before.id);
        let After {
            head: head_after,
            members,
            difference,
        } = after;
        let changed = head_after.as_ref().map(|after| after.changed.clone());
        let mut attributes = changed.unwrap_or_default();
        if !difference.is_empty() {
            attributes.push("members".to_owned());
        }
        if head_after.is_none() && difference.is_empty() {
            return Ok(Some(before.clone()));
        }
        let by = self.by("change group", Some(id.into()), &attributes);
        let change = difference.is_large().then(|| self.store.new_change_id());
        let (joins, leaves): (Vec<_>, Vec<_>) = match change {
            Some(_) => Default::default(),
            None => (
                difference.added.iter().copied().collect(),
                difference
                    .removed
                    .difference(&exceptions.gone)
                    .copied()
                    .collect(),
            ),
        };

        let head = self.whole_head(before, head_after.as_ref(), members.len(), change, &by)?;
        let after = before.changed(head_after, members, change.is_some(), &by);
        let mut writes = vec![head];
        writes.extend(joins.iter().map(|&user| self.join(id, user, &by)));
        writes.extend(leaves.iter().map(|&user| self.leave(id, user, &by)));
        let names_from = writes.len();
        let (old, new) = (
            KeyValues::of_group(&before.resource),
            KeyValues::of_group(&after.resource),
        );
        let owner = owner(directory, id);
        writes.extend(owner.change(&old, &new));
        let names = names_from..writes.len();
        if !difference.is_empty() {
            writes.extend(members_writes(
                directory, before, &after, difference, change, &by,
            ));
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
            self.refused_joins(&joins, joined, exceptions)?;
            exceptions.refused_leaves(&leaves, left);
        }
        Ok(None)
    }
}

impl Scope<'_> {
    /// The head's part, on condition that the group is as it was read.
    fn whole_head(
        &self,
        before: &GroupRecord,
        after: Option<&HeadAfter>,
        members: usize,
        change: Option<ChangeId>,
        by: &By,
    ) -> Result<Write> {
        let mut head = self
            .head_update(before, after, by)?
            .when("#version = :version")
            .value(":version", number(before.version));
        let layout = before.layout.with(members);
        if layout != before.layout {
            head = head
                .clause("SET #layout = :layout")
                .value(":layout", number(layout.chunks()));
        }
        if let Some(change) = change {
            head = head
                .clause("ADD #indexing :change")
                .value(":change", binary_set([change.bytes()]));
        }
        Ok(head)
    }
}

/// The chunks' part, and what a large change leaves to do.
fn members_writes(
    directory: DirectoryId,
    before: &GroupRecord,
    after: &GroupRecord,
    difference: Difference,
    change: Option<ChangeId>,
    by: &By,
) -> Vec<Write> {
    let nobody = Members::new();
    let chunks = Chunks {
        directory,
        group: after.id,
        layout: after.layout,
        members: after.members.as_ref().unwrap_or(&nobody),
        change,
        by,
    };
    let mut unindexed = after.unindexed();
    let mut writes = Vec::new();
    if after.layout == before.layout {
        let changed = after.layout.split(difference.users());
        unindexed.chunks = changed.into_keys().collect();
        writes.extend(chunks.replace(unindexed.chunks.iter().copied()));
    } else {
        writes.extend(delete_chunks(directory, before.id, before.layout));
        writes.extend(chunks.put());
        // Of the chunk that was, no image says in which change it went.
        unindexed.left = difference.removed;
    }
    let to_do = ToDo::of_group(directory, unindexed);
    writes.extend(change.map(|change| to_do.put(change, by)));
    writes
}

/// Those whom a change adds by name, if they are many.
fn joining(edits: &[MemberEdit]) -> impl Iterator<Item = &UserId> {
    let added = edits.iter().filter_map(|edit| match edit {
        MemberEdit::Add(ids) if ids.len() > MOST_CHANGES => Some(ids),
        _ => None,
    });
    added.flatten()
}

impl Exceptions {
    fn members_after(&self, before: &Members, edits: &[MemberEdit]) -> Members {
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
    fn changed(&self, head: Option<HeadAfter>, members: Members, is_large: bool, by: &By) -> Self {
        let mut changed = Self {
            version: self.version + 1,
            layout: self.layout.with(members.len()),
            is_indexing: self.is_indexing || is_large,
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
