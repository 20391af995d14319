use scim::Resource;

use super::create::taken;
use super::members::{Difference, MemberEdit, bytes, check_members};
use super::{
    GroupRecord, MOST_ATTEMPTS, MOST_CHANGES, MOST_MEMBERS, Members, chunk_ids, not_found, owner,
    touch,
};
use crate::record::{KeyValues, changed_attributes, document_text};
use crate::store::{By, Scope};
use crate::table::{Found, Outcome, Write, binary, binary_set, number, text};
use crate::{Error, Precondition, Result, UserId, keys};

impl Scope<'_> {
    /// Changes a group's document and members, all of it in one transaction. No change, no write and no new version.
    ///
    /// `record` is the group as read for this request, with or without members. Errors: 404, 409 `uniqueness`, 412;
    /// 400 `invalidValue` for a member who does not exist; 413 for more memberships than one request may change.
    pub async fn change_group(
        &self,
        record: GroupRecord,
        precondition: &Precondition,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
        edits: &[MemberEdit],
    ) -> Result<()> {
        self.may_write()?;
        precondition.check(record.version)?;
        let commutes = precondition.is_none() && change(&record.resource)? == record.resource;
        match edits {
            [] => {
                self.change_group_document(record, precondition, change)
                    .await
            }
            [MemberEdit::Add(ids)] if commutes && ids.len() <= MOST_CHANGES => {
                self.add_members(&record, ids.clone()).await
            }
            [MemberEdit::Remove(ids)] if commutes && ids.len() <= MOST_CHANGES => {
                self.remove_members(&record, ids.clone()).await
            }
            edits => {
                self.change_whole_group(record, precondition, change, edits)
                    .await
            }
        }
    }

    /// The document alone: on condition of its revision, so that changes of members meanwhile do not matter.
    async fn change_group_document(
        &self,
        mut record: GroupRecord,
        precondition: &Precondition,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
    ) -> Result<()> {
        for _ in 0..MOST_ATTEMPTS {
            precondition.check(record.version)?;
            let resource = change(&record.resource)?;
            let attributes = changed_attributes(&record.resource, &resource);
            if attributes.is_empty() {
                return Ok(());
            }
            let by = self.by("change group", &attributes);
            let mut head = self.head_update(&record, &resource, &by)?;
            if !precondition.is_none() {
                head = head
                    .when("#version = :version")
                    .value(":version", number(record.version));
            }
            let (old, new) = (
                KeyValues::of_group(&record.resource),
                KeyValues::of_group(&resource),
            );
            let mut writes = vec![head];
            writes.extend(owner(self.directory(), record.id).change(&old, &new, &by));
            match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(refused) if refused[0].is_none() => {
                    check_name(&refused[1..], &old, &new, &resource)?;
                }
                Outcome::Refused(_) => {}
            }
            let id = record.id;
            record = self
                .store
                .group_head(self.directory(), id)
                .await?
                .ok_or_else(|| not_found(id))?;
        }
        Err(Error::Contended)
    }

    /// Adds commute: no condition on the version, but that each id is not there yet; a refusal's item corrects that.
    async fn add_members(&self, record: &GroupRecord, mut added: Members) -> Result<()> {
        let by = self.by("add members", &["members".to_owned()]);
        for _ in 0..MOST_ATTEMPTS {
            if added.is_empty() {
                return Ok(());
            }
            let joins: Vec<_> = added.iter().copied().collect();
            let room = MOST_MEMBERS.saturating_sub(joins.len());
            let chunk = self.chunk_update(
                record,
                "ADD #ids :ids",
                &joins,
                "NOT contains(#ids, {})",
                &by,
            );
            let chunk = chunk
                .when("attribute_not_exists(#ids) OR size(#ids) <= :room")
                .value(":room", number(room));
            let mut writes = vec![touch(self.directory(), record.id, &by), chunk];
            writes.extend(joins.iter().map(|&user| self.join(record.id, user)));
            let refused = match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(refused) => refused,
            };
            match &refused[1] {
                None => {}
                Some(Found::Nothing) => return Err(not_found(record.id)),
                Some(Found::Item(chunk)) => {
                    let present = chunk_ids(chunk)?;
                    added.retain(|user| !present.contains(user));
                    check_members(present.len() + added.len())?;
                }
            }
            if refused[0].is_some() {
                return Err(not_found(record.id));
            }
            let refused_joins: Vec<_> = joins
                .iter()
                .zip(&refused[2..])
                .filter(|(user, _)| added.contains(user))
                .collect();
            let (joins, refused): (Vec<_>, Vec<_>) = refused_joins
                .into_iter()
                .map(|(user, refused)| (*user, refused.clone()))
                .unzip();
            let left_alone = Self::refused_joins(&joins, &refused)?;
            added.retain(|user| !left_alone.contains(user));
        }
        Err(Error::Contended)
    }

    /// Removes commute likewise.
    async fn remove_members(&self, record: &GroupRecord, mut removed: Members) -> Result<()> {
        let by = self.by("remove members", &["members".to_owned()]);
        let mut gone = Members::new();
        for _ in 0..MOST_ATTEMPTS {
            if removed.is_empty() {
                return Ok(());
            }
            let ids: Vec<_> = removed.iter().copied().collect();
            let chunk =
                self.chunk_update(record, "DELETE #ids :ids", &ids, "contains(#ids, {})", &by);
            let leaves: Vec<_> = removed.difference(&gone).copied().collect();
            let mut writes = vec![touch(self.directory(), record.id, &by), chunk];
            writes.extend(leaves.iter().map(|&user| self.leave(record.id, user)));
            let refused = match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(refused) => refused,
            };
            match &refused[1] {
                None => {}
                Some(Found::Nothing) => return Err(not_found(record.id)),
                Some(Found::Item(chunk)) => {
                    let present = chunk_ids(chunk)?;
                    removed.retain(|user| present.contains(user));
                }
            }
            if refused[0].is_some() {
                return Err(not_found(record.id));
            }
            let (left_alone, now_gone) = Self::refused_leaves(&leaves, &refused[2..]);
            removed.retain(|user| !left_alone.contains(user));
            gone.extend(now_gone);
        }
        Err(Error::Contended)
    }

    /// The chunk's part in an add or remove: `clause` on the ids, and the expectation for each of them.
    fn chunk_update(
        &self,
        record: &GroupRecord,
        clause: &str,
        ids: &[UserId],
        expectation: &str,
        by: &By,
    ) -> Write {
        let mut write = Write::update(keys::members(self.directory(), record.id))
            .clause(clause)
            .clause("SET #write = :write")
            .when_present()
            .value(":ids", binary_set(ids.iter().map(|id| id.bytes())))
            .value(":write", binary(by.write));
        for (index, id) in ids.iter().enumerate() {
            let name = format!(":id{index}");
            write = write
                .when(expectation.replace("{}", &name))
                .value(name, binary(id.bytes()));
        }
        write
    }

    /// Everything else: reads the group at one moment, works out what it becomes, and writes that on condition of its
    /// version; on conflict from a new read.
    async fn change_whole_group(
        &self,
        record: GroupRecord,
        precondition: &Precondition,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
        edits: &[MemberEdit],
    ) -> Result<()> {
        let id = record.id;
        let (mut left_alone, mut gone) = (Members::new(), Members::new());
        for _ in 0..MOST_ATTEMPTS {
            let record = self
                .store
                .group(self.directory(), id)
                .await?
                .ok_or_else(|| not_found(id))?;
            precondition.check(record.version)?;
            let resource = change(&record.resource)?;
            let before = record.members.clone().unwrap_or_default();
            let mut after = before.clone();
            for edit in edits {
                edit.apply(&mut after);
            }
            for user in &left_alone {
                if before.contains(user) {
                    after.insert(*user)
                } else {
                    after.remove(user)
                };
            }
            let difference = Difference::between(&before, &after);
            let mut attributes = changed_attributes(&record.resource, &resource);
            if !(difference.added.is_empty() && difference.removed.is_empty()) {
                attributes.push("members".to_owned());
            }
            if attributes.is_empty() {
                return Ok(());
            }
            difference.check_size()?;
            check_members(after.len())?;
            let by = self.by("change group", &attributes);
            let joins: Vec<_> = difference.added.iter().copied().collect();
            let leaves: Vec<_> = difference.removed.difference(&gone).copied().collect();
            let mut writes: Vec<_> = joins.iter().map(|&user| self.join(id, user)).collect();
            writes.extend(leaves.iter().map(|&user| self.leave(id, user)));
            let head = self.head_update(&record, &resource, &by)?;
            writes.push(
                head.when("#version = :version")
                    .value(":version", number(record.version)),
            );
            if attributes.iter().any(|name| name == "members") {
                writes.push(self.chunk_replacement(&record, &after, &by));
            }
            let keys_from = writes.len();
            let (old, new) = (
                KeyValues::of_group(&record.resource),
                KeyValues::of_group(&resource),
            );
            writes.extend(owner(self.directory(), id).change(&old, &new, &by));
            let refused = match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(refused) => refused,
            };
            let (members_refused, head_refused) = (
                &refused[..joins.len() + leaves.len()],
                &refused[joins.len() + leaves.len()],
            );
            // Only against the version read do the other refusals mean what they say.
            if head_refused.is_none() {
                check_name(&refused[keys_from..], &old, &new, &resource)?;
                left_alone.extend(Self::refused_joins(
                    &joins,
                    &members_refused[..joins.len()],
                )?);
                let (protected, now_gone) =
                    Self::refused_leaves(&leaves, &members_refused[joins.len()..]);
                left_alone.extend(protected);
                gone.extend(now_gone);
            }
        }
        Err(Error::Contended)
    }

    /// The head's part; what it is on condition of, the caller says.
    fn head_update(&self, record: &GroupRecord, resource: &Resource, by: &By) -> Result<Write> {
        let mut head = touch(self.directory(), record.id, by);
        if record.resource != *resource {
            head = head
                .clause("SET #document = :document, #revision = :next_revision")
                .when("#revision = :revision")
                .value(":document", text(document_text(resource)?))
                .value(":revision", number(record.revision))
                .value(":next_revision", number(record.revision + 1));
        }
        Ok(head)
    }

    fn chunk_replacement(&self, record: &GroupRecord, members: &Members, by: &By) -> Write {
        let chunk = Write::update(keys::members(self.directory(), record.id))
            .clause("SET #write = :write")
            .when_present();
        let chunk = chunk.value(":write", binary(by.write));
        if members.is_empty() {
            chunk.clause("REMOVE #ids")
        } else {
            chunk
                .clause("SET #ids = :ids")
                .value(":ids", binary_set(bytes(members)))
        }
    }
}

/// Error: 409 if somebody else has the new name. `refused` are the outcomes of the changes of keys.
fn check_name(
    refused: &[Option<Found>],
    old: &KeyValues,
    new: &KeyValues,
    resource: &Resource,
) -> Result<()> {
    let given_up = old.unique.difference(&new.unique).count();
    if refused[given_up..].iter().any(Option::is_some) {
        return Err(taken(resource.text("displayName").unwrap_or_default()).into());
    }
    Ok(())
}
