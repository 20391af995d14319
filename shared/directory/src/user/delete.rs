use aws_sdk_dynamodb::types::AttributeValue;

use super::{UserRecord, not_found, owner};
use crate::application::Verdict;
use crate::group::forget_member;
use crate::index::ToDo;
use crate::keys::{Key, ResourceKind};
use crate::record::{KeyValues, Owner, document_text};
use crate::store::{By, Scope, stamp};
use crate::table::{Outcome, Write, number, text};
use crate::{
    DeleteUsers, DirectoryId, Error, GroupRecord, Precondition, Result, UserGroups, UserId, keys,
};

/// Most groups of a user that forget him in the transaction of his deletion; of more they follow.
const FORGETTING_AT_ONCE: usize = 20;
const MOST_ATTEMPTS: usize = 10;

impl Scope<'_> {
    /// Deletes a user (RFC 7644 §3.6): names, lookups, roster, total and his place in his groups go in one transaction; the
    /// latter follows if he is in more than 20. Where the directory keeps those whom the identity provider deletes, he goes for it alone: names and memberships end,
    /// and he is left, inactive, to the application.
    ///
    /// `record` is the user with his groups, as read for this request. Errors: 404, 412; 403 if he is protected.
    pub async fn delete_user(&self, record: UserRecord, precondition: &Precondition) -> Result<()> {
        let keeps = !self.is_application()
            && self.principal.settings.delete_users == DeleteUsers::Deactivate;
        self.remove_user(record, precondition, keeps).await
    }

    /// Takes back a user whom the same request created: nobody deleted him, and he is kept for nobody. Errors: those of
    /// [`Scope::delete_user`].
    pub async fn take_back_user(
        &self,
        record: UserRecord,
        precondition: &Precondition,
    ) -> Result<()> {
        self.remove_user(record, precondition, false).await
    }

    async fn remove_user(
        &self,
        mut record: UserRecord,
        precondition: &Precondition,
        keeps: bool,
    ) -> Result<()> {
        self.may_write()?;
        for _ in 0..MOST_ATTEMPTS {
            if !self.principal.sees(&record) {
                return Err(not_found(record.id));
            }
            precondition.check(record.version)?;
            if self.judge(&record)? == Verdict::Ignored {
                self.note_ignored("delete user", record.id.into()).await;
                return Ok(());
            }
            let deletion = if record.deleted.is_some() {
                self.last_deletion(&record)
            } else {
                self.deletion(&record, keeps).await?
            };
            match self.table().transact(&deletion).await? {
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

    /// Of a user who was kept: names and memberships ended when the identity provider deleted him.
    fn last_deletion(&self, record: &UserRecord) -> Vec<Write> {
        let directory = self.directory();
        let by = self.by("delete user", Some(record.id.into()), &[]);
        let mut writes = vec![delete_at_version(
            keys::user(directory, record.id),
            record.version,
        )];
        writes.extend(kept(directory, record.id).delete(&KeyValues::default(), &by));
        writes
    }

    async fn deletion(&self, record: &UserRecord, keeps: bool) -> Result<Vec<Write>> {
        let directory = self.directory();
        let by = self.by("delete user", Some(record.id.into()), &[]);
        let mut writes = vec![if keeps {
            self.keep(record, &by)?
        } else {
            delete_at_version(keys::user(directory, record.id), record.version)
        }];
        let values = KeyValues::of_user(&record.resource()?, &self.principal.settings);
        writes.extend(owner(directory, record.id).delete(&values, &by));
        if keeps {
            writes.extend(kept(directory, record.id).create(&KeyValues::default(), &by));
        }
        let none = UserGroups::default();
        let groups = record.groups.as_ref().unwrap_or(&none);
        let own = keys::user_groups(directory, record.id);
        if groups.ids.len() > FORGETTING_AT_ONCE {
            writes.push(leave_later(own, groups.version, &by));
            let to_do = ToDo::of_user(directory, record.id);
            writes.push(to_do.put(record.id.into(), &by));
        } else {
            writes.push(delete_at_version(own, groups.version));
            let ids: Vec<_> = groups.ids.iter().copied().collect();
            let heads = self.store.groups(directory, &ids, false).await?;
            let forget = |group: &GroupRecord| forget_member(directory, group, record.id, &by);
            writes.extend(heads.iter().flat_map(forget));
        }
        Ok(writes)
    }

    /// The user himself, when he is kept for the application: inactive, and marked.
    fn keep(&self, record: &UserRecord, by: &By) -> Result<Write> {
        let mut resource = record.resource()?;
        resource.set("active", Some(false.into()));
        let update = Write::update(keys::user(self.directory(), record.id))
            .clause(
                "SET #document = :document, #version = :next, #modified = :now, #deleted = :now",
            )
            .when("#version = :version")
            .value(":document", text(document_text(&resource)?))
            .value(":next", number(record.version + 1))
            .value(":version", number(record.version))
            .value(":now", text(stamp(by.at)));
        Ok(by.mark_update(update))
    }
}

/// The user's groups item stays, as the list of the groups that still have to forget him.
fn leave_later(key: Key, version: u64, by: &By) -> Write {
    let leaving = Write::update(key)
        .clause("SET #leaving = :true")
        .clause("ADD #version :one")
        .when("#version = :version")
        .value(":true", AttributeValue::Bool(true))
        .value(":one", number(1))
        .value(":version", number(version));
    by.mark_update(leaving)
}

fn delete_at_version(key: Key, version: u64) -> Write {
    Write::delete(key)
        .when("#version = :version")
        .value(":version", number(version))
}

/// The user among those who are kept.
fn kept(directory: DirectoryId, id: UserId) -> Owner {
    Owner {
        kind: ResourceKind::DeletedUser,
        ..owner(directory, id)
    }
}
