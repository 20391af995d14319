use aws_sdk_dynamodb::types::AttributeValue;
use scim::Resource;

use super::create::taken;
use super::{UserRecord, not_found, owner};
use crate::record::{KeyValues, changed_attributes, document_text};
use crate::store::{By, Scope, stamp};
use crate::table::{Found, Outcome, Write, binary, number, text};
use crate::{Error, Precondition, Result, keys};

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
            precondition.check(record.version)?;
            let resource = change(&record.resource)?;
            let attributes = changed_attributes(&record.resource, &resource);
            if attributes.is_empty() {
                return Ok(record);
            }
            let by = self.by("change user", Some(record.id.into()), &attributes);
            match self.write_change(&record, resource, &by).await? {
                Attempt::Done(changed) => return Ok(changed),
                Attempt::Conflict => {}
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

    async fn write_change(
        &self,
        record: &UserRecord,
        resource: Resource,
        by: &By,
    ) -> Result<Attempt> {
        let mut changed = record.clone();
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
        let update = by.mark_update(update);
        let settings = &self.principal.settings;
        let (old, new) = (
            KeyValues::of_user(&record.resource, settings),
            KeyValues::of_user(&resource, settings),
        );
        changed.resource = resource;
        if old == new {
            return Ok(match self.table().update(&update).await? {
                Outcome::Done => Attempt::Done(changed),
                // The echo of our own success, whose answer was lost.
                Outcome::Refused(now) if remembers(&now, by) => Attempt::Done(changed),
                Outcome::Refused(_) => Attempt::Conflict,
            });
        }
        let mut transaction = vec![update];
        let owner = owner(self.directory(), record.id);
        transaction.extend(owner.change(&old, &new, by));
        match self.table().transact(&transaction).await? {
            Outcome::Done => Ok(Attempt::Done(changed)),
            Outcome::Refused(refused) if refused[0].is_some() => Ok(Attempt::Conflict),
            Outcome::Refused(refused) => {
                let given_up = old.unique.difference(&new.unique).count();
                let taken_values = KeyValues {
                    unique: new.unique.difference(&old.unique).cloned().collect(),
                    ..KeyValues::default()
                };
                let (given_up, taken_now) = refused[1..].split_at(given_up);
                if given_up.iter().any(Option::is_some) || !owner.meets_another(taken_now) {
                    return Ok(Attempt::Conflict);
                }
                Err(taken(&changed.resource, &taken_values, taken_now).into())
            }
        }
    }
}

enum Attempt {
    Done(UserRecord),
    Conflict,
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
