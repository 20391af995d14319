use std::time::Duration;

use tokio::time::Instant;

use super::{Administration, Directory, DirectoryState, conflict};
use crate::keys::{self, Key, ResourceKind};
use crate::record::KeyValues;
use crate::table::{Outcome, Write, number, text};
use crate::{DirectoryId, Error, GroupId, GroupRecord, Result, UserId};

/// How far the deletion of a directory came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deletion {
    /// Nothing of it is left but page anchors, which hold ids alone and expire within the hour, and what large changes of
    /// memberships left to do, which ends by itself.
    Done,
    /// The time was over; it goes on when it is called again.
    Unfinished,
}

/// Resources whose items are deleted together.
const AT_ONCE: usize = 100;

impl Administration<'_> {
    /// Deletes a directory and everything of it, as far as that can be done in this time. Each step can be repeated, so it
    /// goes on wherever it ended.
    ///
    /// Errors: 404; 409 if it was not disabled a minute ago, or is the primary one of several.
    pub async fn delete_directory(&self, id: DirectoryId, time: Duration) -> Result<Deletion> {
        let until = Instant::now() + time;
        let directory = self.directory(id).await?;
        self.check_settled(&directory)?;
        let organization = self.organization(&directory.name.organization).await?;
        if organization.primary == Some(id) && organization.directories > 1 {
            return Err(conflict(format!(
                "Directory `{}` is the primary one of its organization: make another one primary first.",
                directory.name
            )));
        }
        let directory = self
            .change_directory(id, "delete directory", &["state"], |found| {
                self.check_settled(found)?;
                found.state = DirectoryState::Deleting;
                Ok(())
            })
            .await?;
        for kind in ResourceKind::ALL {
            if self.delete_resources(&directory, kind, until).await? == Deletion::Unfinished {
                return Ok(Deletion::Unfinished);
            }
        }
        let rest = [
            keys::totals_partition(id, ResourceKind::User),
            keys::totals_partition(id, ResourceKind::DeletedUser),
            keys::totals_partition(id, ResourceKind::Group),
            keys::audit_partition(id),
            keys::last_used_partition(id),
        ];
        for partition in rest {
            if self.delete_partition(&partition, until).await? == Deletion::Unfinished {
                return Ok(Deletion::Unfinished);
            }
        }
        self.delete_extensions(id).await?;
        self.delete_last_items(&directory).await?;
        self.log("delete directory", &directory.name);
        Ok(Deletion::Done)
    }

    /// The resources of a roster: first what only they themselves name, then they, at last their places in the roster, by
    /// which they are found.
    async fn delete_resources(
        &self,
        directory: &Directory,
        kind: ResourceKind,
        until: Instant,
    ) -> Result<Deletion> {
        let roster = keys::roster_partition(directory.id, kind);
        loop {
            let ids = self.table().sort_keys(&roster, None, AT_ONCE, true).await?;
            if ids.is_empty() {
                return Ok(Deletion::Done);
            }
            let mut named = Vec::new();
            for (id, resource) in self.store().documents(directory.id, kind, &ids).await? {
                let values = match kind {
                    ResourceKind::User => KeyValues::of_user(&resource, &directory.settings),
                    ResourceKind::Group => KeyValues::of_group(&resource),
                    // Their names were free when they were deleted.
                    ResourceKind::DeletedUser => KeyValues::default(),
                };
                named.extend(values.keys(directory.id, kind, &id));
            }
            if kind == ResourceKind::Group {
                let groups: Vec<_> = ids.iter().filter_map(|id| GroupId::parse(id)).collect();
                let heads = self.store().groups(directory.id, &groups, false).await?;
                let chunks = |head: &GroupRecord| {
                    head.layout.keys(directory.id, head.id).collect::<Vec<_>>()
                };
                named.extend(heads.iter().flat_map(chunks));
            }
            self.table().delete_all(&named).await?;
            let own = ids.iter().flat_map(|id| own_keys(directory.id, kind, id));
            self.table().delete_all(&own.collect::<Vec<_>>()).await?;
            let places = ids.iter().map(|id| keys::roster(directory.id, kind, id));
            self.table().delete_all(&places.collect::<Vec<_>>()).await?;
            if Instant::now() >= until {
                return Ok(Deletion::Unfinished);
            }
        }
    }

    async fn delete_partition(&self, partition: &str, until: Instant) -> Result<Deletion> {
        loop {
            let found = self
                .table()
                .sort_keys(partition, None, AT_ONCE, true)
                .await?;
            if found.is_empty() {
                return Ok(Deletion::Done);
            }
            let keys = found.into_iter().map(|sk| Key {
                pk: partition.to_owned(),
                sk,
            });
            self.table().delete_all(&keys.collect::<Vec<_>>()).await?;
            if Instant::now() >= until {
                return Ok(Deletion::Unfinished);
            }
        }
    }

    /// All versions of the schema extensions.
    async fn delete_extensions(&self, id: DirectoryId) -> Result<()> {
        let partition = keys::directory_partition(id);
        let found = self
            .table()
            .sort_keys(&partition, None, usize::MAX, true)
            .await?;
        let versions = found
            .into_iter()
            .filter(|sk| sk.starts_with(keys::EXTENSIONS_PREFIX));
        let keys = versions.map(|sk| Key {
            pk: partition.clone(),
            sk,
        });
        self.table().delete_all(&keys.collect::<Vec<_>>()).await
    }

    /// The directory and its names, at once: until then it can be found, and its deletion go on.
    async fn delete_last_items(&self, directory: &Directory) -> Result<()> {
        const MOST_ATTEMPTS: usize = 10;
        let (id, name) = (directory.id, &directory.name);
        for _ in 0..MOST_ATTEMPTS {
            let organization = self.organization(&name.organization).await?;
            let counted = Write::update(keys::organization(&name.organization))
                .clause("ADD #directories :less")
                .value(":less", number(-1))
                .value(":id", text(id.to_string()));
            // Others may have come while it was being deleted: an organization that has directories has a primary one.
            let others = self.directories(&name.organization).await?;
            let other = others.into_iter().find(|other| other.id != id);
            let counted = counted
                .when("#directories = :count")
                .value(":count", number(organization.directories));
            let counted = match other {
                _ if organization.primary != Some(id) => counted.when("#primary <> :id"),
                None => counted.clause("REMOVE #primary").when("#primary = :id"),
                Some(other) => counted
                    .clause("SET #primary = :other")
                    .when("#primary = :id")
                    .value(":other", text(other.id.to_string())),
            };
            let writes = [
                Write::delete(keys::directory(id)).when_present(),
                counted,
                Write::delete(keys::directory_of_organization(&name.organization, id)),
                Write::delete(keys::directory_slug(name)),
            ];
            match self.table().transact(&writes).await? {
                Outcome::Done => return Ok(()),
                // Somebody else, who deleted it too, was faster.
                Outcome::Refused(refused) if refused[0].is_some() => return Ok(()),
                Outcome::Refused(_) => {}
            }
        }
        Err(Error::Contended)
    }
}

/// The keys of a resource's own items.
fn own_keys(directory: DirectoryId, kind: ResourceKind, id: &str) -> Vec<Key> {
    match kind {
        ResourceKind::User | ResourceKind::DeletedUser => match UserId::parse(id) {
            Some(id) => vec![keys::user(directory, id), keys::user_groups(directory, id)],
            None => Vec::new(),
        },
        ResourceKind::Group => match GroupId::parse(id) {
            Some(id) => vec![keys::group(directory, id)],
            None => Vec::new(),
        },
    }
}
