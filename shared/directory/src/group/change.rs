use scim::Resource;

use super::commute::{Commuted, Step};
use super::create::taken;
use super::members::MemberEdit;
use super::{GroupRecord, MOST_ATTEMPTS, MOST_CHANGES, not_found, owner, touch};
use crate::record::{KeyValues, Owner, changed_attributes, document_text};
use crate::store::{By, Scope};
use crate::table::{Found, Outcome, Write, number, text};
use crate::{CredentialKind, Error, GroupRename, Origin, Precondition, Result, RoleMapping};

impl Scope<'_> {
    /// Changes a group's document and members, all of it in one transaction. No change, no write and no new version.
    ///
    /// `record` is the group as read for this request, with or without members. The answer is what the group became, if
    /// that is known without another read. Errors: 404, 409 `uniqueness`, 412; 400 `invalidValue` for a member who does not
    /// exist; 413 for more members than a group may have.
    pub async fn change_group(
        &self,
        record: GroupRecord,
        precondition: &Precondition,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
        edits: &[MemberEdit],
    ) -> Result<Option<GroupRecord>> {
        self.may_write()?;
        precondition.check(record.version)?;
        let commutes = precondition.is_none() && self.head_after(&record, &change)?.is_none();
        let commuting = match edits {
            [] => {
                self.change_group_document(record, precondition, change)
                    .await?;
                return Ok(None);
            }
            [MemberEdit::Add(ids)] => Some((Step::Add, ids)),
            [MemberEdit::Remove(ids)] => Some((Step::Remove, ids)),
            _ => None,
        };
        if let Some((step, ids)) = commuting
            && commutes
            && ids.len() <= MOST_CHANGES
            && self.commute(&record, step, ids.clone()).await? == Commuted::Done
        {
            return Ok(None);
        }
        let changed = self.change_whole_group(&record, precondition, change, edits);
        changed.await.map(Some)
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
            let Some(after) = self.head_after(&record, &change)? else {
                return Ok(());
            };
            let by = self.by("change group", Some(record.id.into()), &after.changed);
            let mut head = self
                .head_update(&record, Some(&after), &by)?
                .when("#revision = :revision")
                .value(":revision", number(record.revision));
            if !precondition.is_none() {
                head = head
                    .when("#version = :version")
                    .value(":version", number(record.version));
            }
            let (old, new) = (
                KeyValues::of_group(&record.resource),
                KeyValues::of_group(&after.resource),
            );
            let mut writes = vec![head];
            let owner = owner(self.directory(), record.id);
            writes.extend(owner.change(&old, &new));
            match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(refused) if refused[0].is_none() => {
                    let given_up = old.unique.difference(&new.unique).count();
                    check_name(&owner, &refused[1..], given_up, &after.resource)?;
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

    /// What a change makes of the head, as far as this principal may; none if it makes nothing of it.
    pub(super) fn head_after(
        &self,
        record: &GroupRecord,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
    ) -> Result<Option<HeadAfter>> {
        let before = record.changeable_by(self.principal.kind);
        let mut resource = change(&before)?;
        let keeps_its_name = !self.is_application()
            && record.origin == Origin::Application
            && self.principal.settings.group_rename == GroupRename::Ignore;
        if keeps_its_name {
            resource.set("displayName", before.get("displayName").cloned());
        }
        let changed = changed_attributes(&before, &resource);
        let mapping = match self.principal.kind {
            CredentialKind::Application => RoleMapping::take_from(&mut resource)?,
            CredentialKind::Provisioner => record.mapping.clone(),
        };
        let differs = resource != record.resource || mapping != record.mapping;
        Ok(differs.then_some(HeadAfter {
            resource,
            mapping,
            changed,
        }))
    }

    /// The head's part; what it is on condition of, the caller says.
    pub(super) fn head_update(
        &self,
        record: &GroupRecord,
        after: Option<&HeadAfter>,
        by: &By,
    ) -> Result<Write> {
        let mut head = touch(self.directory(), record.id, by);
        if let Some(after) = after {
            head = head
                .clause("SET #document = :document, #revision = :next_revision")
                .value(":document", text(document_text(&after.resource)?))
                .value(":next_revision", number(record.revision + 1));
            head = after.mapping.mark_update(head);
        }
        Ok(head)
    }
}

/// What a change makes of a head.
pub(super) struct HeadAfter {
    pub resource: Resource,
    pub mapping: RoleMapping,
    /// The names of the attributes that differ.
    pub changed: Vec<String>,
}

/// Error: 409 if somebody else has the new name. `refused` are the outcomes of the changes of keys, in their order.
pub(super) fn check_name(
    owner: &Owner,
    refused: &[Option<Found>],
    given_up: usize,
    resource: &Resource,
) -> Result<()> {
    if owner.meets_another(&refused[given_up..]) {
        return Err(taken(resource.text("displayName").unwrap_or_default()).into());
    }
    Ok(())
}
