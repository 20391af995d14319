use aws_sdk_dynamodb::types::AttributeValue;
use scim::{ErrorStatus, Resource};

use super::create::taken;
use super::{UserRecord, not_found, owner};
use crate::application::{Verdict, take_protected};
use crate::record::{KeyValues, changed_attributes, document_text};
use crate::store::{By, Scope, stamp};
use crate::table::{Found, Outcome, Write, binary, number, text};
use crate::{CredentialKind, Error, Precondition, Result, UserId, keys};

/// How many `write`s a user remembers.
const WRITES_REMEMBERED: usize = 8;
const MOST_ATTEMPTS: usize = 10;

impl Scope<'_> {
    /// Changes a user's document, on condition of the version read; on conflict the change is made again from what
    /// others made of it. No change, no write and no new version.
    ///
    /// Errors: 404, 409 `uniqueness`, 412, and those of `change`.
    pub async fn change_user(
        &self,
        mut record: UserRecord,
        precondition: &Precondition,
        change: impl Fn(&Resource) -> Result<Resource, scim::Error>,
    ) -> Result<UserRecord> {
        self.may_write()?;
        for _ in 0..MOST_ATTEMPTS {
            self.check_present(&record)?;
            precondition.check(record.version)?;
            let stored = record.resource()?;
            let before = record.changeable_by(self.principal.kind, stored.clone());
            let mut resource = change(&before)?;
            if self.judge(&record)? == Verdict::Ignored {
                if resource == before {
                    return Ok(record);
                }
                self.note_ignored("change user", record.id.into()).await;
                return Ok(record);
            }
            let attributes = changed_attributes(&before, &resource);
            let protected = match self.principal.kind {
                CredentialKind::Application => take_protected(&mut resource),
                CredentialKind::Provisioner => record.protected,
            };
            if resource == stored && protected == record.protected {
                return Ok(record);
            }
            let by = self.by("change user", Some(record.id.into()), &attributes);
            let documents = (&stored, resource);
            let changed = self
                .write_change(&record, documents, protected, &by)
                .await?;
            if let Some(changed) = changed {
                return Ok(changed);
            }
            let groups = record.groups.is_some();
            let id = record.id;
            record = self
                .store
                .user(self.directory(), id, groups)
                .await?
                .ok_or_else(|| not_found(id))?;
        }
        Err(Error::Contended)
    }

    /// One attempt; none if others were faster.
    async fn write_change(
        &self,
        record: &UserRecord,
        (before, resource): (&Resource, Resource),
        protected: bool,
        by: &By,
    ) -> Result<Option<UserRecord>> {
        let mut changed = record.clone();
        changed.protected = protected;
        changed.writes.push(by.write);
        let surplus = changed.writes.len().saturating_sub(WRITES_REMEMBERED);
        changed.writes.drain(..surplus);
        changed.version += 1;
        changed.modified = by.at;
        let writes = changed.writes.iter().map(|&write| binary(write)).collect();
        let update = Write::update(keys::user(self.directory(), record.id))
            .clause("SET #document = :document, #version = :next, #modified = :modified, #writes = :writes")
            .when("#version = :version")
            .value(":document", text(document_text(&resource)?))
            .value(":next", number(changed.version))
            .value(":version", number(record.version))
            .value(":modified", text(stamp(by.at)))
            .value(":writes", AttributeValue::L(writes));
        let mut update = by.mark_update(update);
        if protected != record.protected {
            let protected = AttributeValue::Bool(protected);
            update = update
                .clause("SET #protected = :protected")
                .value(":protected", protected);
        }
        let settings = &self.principal.settings;
        let (old, new) = (
            KeyValues::of_user(before, settings),
            KeyValues::of_user(&resource, settings),
        );
        let user_name = resource.text("userName").unwrap_or_default().to_owned();
        changed.stored = resource.into();
        if old == new && protected == record.protected {
            return Ok(match self.table().update(&update).await? {
                Outcome::Done => Some(changed),
                // The echo of our own success, whose answer was lost.
                Outcome::Refused(now) if remembers(&now, by) => Some(changed),
                Outcome::Refused(_) => None,
            });
        }
        let mut transaction = vec![update];
        let owner = owner(self.directory(), record.id);
        transaction.extend(owner.change(&old, &new));
        let keys = 1..transaction.len();
        if protected != record.protected {
            transaction.push(self.protect_memberships(record.id, protected, by));
            if let Some(groups) = &mut changed.groups {
                groups.version += 1;
            }
        }
        match self.table().transact(&transaction).await? {
            Outcome::Done => Ok(Some(changed)),
            Outcome::Refused(refused) if refused[0].is_some() => Ok(None),
            Outcome::Refused(refused) => {
                let given_up = old.unique.difference(&new.unique).count();
                let taken_values = KeyValues {
                    unique: new.unique.difference(&old.unique).cloned().collect(),
                    ..KeyValues::default()
                };
                let (given_up, taken_now) = refused[keys].split_at(given_up);
                if given_up.iter().any(Option::is_some) || !owner.meets_another(taken_now) {
                    return Ok(None);
                }
                Err(taken(&user_name, &taken_values, taken_now).into())
            }
        }
    }
}

impl Scope<'_> {
    /// What protects a user from changes of his memberships: a condition of theirs is on this item.
    fn protect_memberships(&self, id: UserId, protected: bool, by: &By) -> Write {
        let groups = Write::update(keys::user_groups(self.directory(), id))
            .clause("SET #protected = :protected")
            .clause("ADD #version :one")
            .when_present()
            .value(":protected", AttributeValue::Bool(protected))
            .value(":one", number(1));
        by.mark_update(groups)
    }

    /// Errors: 404 for the identity provider if it has deleted the user; 409 for the application, which can only read him
    /// and delete him for good.
    fn check_present(&self, record: &UserRecord) -> Result<()> {
        if record.deleted.is_none() {
            return Ok(());
        }
        if !self.principal.sees(record) {
            return Err(not_found(record.id));
        }
        let detail = "The identity provider deleted this user: he can be read, and deleted for good, but not changed.";
        Err(scim::Error::new(ErrorStatus::Conflict, detail).into())
    }
}

fn remembers(refused: &[Option<Found>], by: &By) -> bool {
    let Some(Some(Found::Item(item))) = refused.first() else {
        return false;
    };
    let Some(AttributeValue::L(writes)) = item.0.get("writes") else {
        return false;
    };
    writes.contains(&binary(by.write))
}
