use super::expected::Expected;
use super::place::Chunk;
use super::report::{CheckProgress, LookedAt};
use super::{Check, Suspect};
use crate::group::Layout;
use crate::keys::{self, Key, ResourceKind};
use crate::table::Item;
use crate::{GroupId, Result, UserId};

/// Users that are read together.
const USERS_AT_ONCE: usize = 500;
/// Heads that are read together.
const GROUPS_AT_ONCE: usize = 100;
/// Chunks that are read together: of the largest ones, 4 MB.
const CHUNKS_AT_ONCE: usize = 64;

/// What the flag says, as text of an expectation.
pub(super) fn flag(is: bool) -> &'static str {
    if is { "yes" } else { "no" }
}

impl Check<'_> {
    /// Reads all resources that the rosters have, and what follows from them. Suspect is who cannot be read.
    pub async fn read(
        &self,
        looked_at: &mut LookedAt,
        watch: &impl Fn(CheckProgress),
    ) -> Result<(Expected, Vec<Suspect>)> {
        let (mut expected, mut suspects) = (Expected::default(), Vec::new());
        for kind in [ResourceKind::User, ResourceKind::DeletedUser] {
            let mut after = None;
            loop {
                let ids = self.roster(kind, after.as_deref(), USERS_AT_ONCE).await?;
                let users: Vec<_> = ids.iter().filter_map(|id| UserId::parse(id)).collect();
                looked_at.users += users.len();
                self.read_users(kind, &users, &mut expected, &mut suspects)
                    .await?;
                watch(CheckProgress::Resources(*looked_at));
                if ids.len() < USERS_AT_ONCE {
                    break;
                }
                after = ids.into_iter().next_back();
            }
        }
        let mut after = None;
        loop {
            let ids = self
                .roster(ResourceKind::Group, after.as_deref(), GROUPS_AT_ONCE)
                .await?;
            let groups: Vec<_> = ids.iter().filter_map(|id| GroupId::parse(id)).collect();
            looked_at.groups += groups.len();
            let chunks = self
                .read_heads(&groups, &mut expected, &mut suspects)
                .await?;
            for at_once in chunks.chunks(CHUNKS_AT_ONCE) {
                let members = self
                    .read_chunks(at_once, &mut expected, &mut suspects)
                    .await?;
                looked_at.memberships += members;
                watch(CheckProgress::Resources(*looked_at));
            }
            if ids.len() < GROUPS_AT_ONCE {
                return Ok((expected, suspects));
            }
            after = ids.into_iter().next_back();
        }
    }

    /// Ids of a roster after one of them.
    pub async fn roster(
        &self,
        kind: ResourceKind,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<String>> {
        let partition = keys::roster_partition(self.id(), kind);
        self.table().sort_keys(&partition, after, limit, true).await
    }

    async fn read_users(
        &self,
        kind: ResourceKind,
        users: &[UserId],
        expected: &mut Expected,
        suspects: &mut Vec<Suspect>,
    ) -> Result<()> {
        let keys: Vec<_> = users
            .iter()
            .map(|&user| keys::user(self.id(), user))
            .collect();
        let attributes = ["pk", "document", "protected"];
        let items = self.table().batch_get(&keys, &attributes).await?;
        for &user in users {
            // It has to be seen as what the roster says that it is.
            expected.of_user(user, &["user", &user.to_string(), kind.name()]);
            let place = keys::roster(self.id(), kind, &user.to_string());
            expected.of_user(user, &[&place.pk, &place.sk]);
        }
        for item in &items {
            let Some(user) = user_of(item) else { continue };
            let Ok(values) = self.values(kind, item) else {
                suspects.push(Suspect::User(user));
                continue;
            };
            let id = user.to_string();
            for unique in &values.unique {
                let key = keys::unique(self.id(), unique.attribute, &unique.value);
                expected.of_user(user, &[&key.pk, &key.sk, &id]);
            }
            let owner = self.owner(kind, &id);
            for lookup in &values.lookups {
                let key = owner.lookup_key(lookup);
                expected.of_user(user, &[&key.pk, &key.sk]);
            }
            if kind == ResourceKind::User {
                expected.of_user(user, &["groups", &id, flag(item.is("protected"))]);
            }
        }
        Ok(())
    }

    /// Gives the chunks that there have to be.
    async fn read_heads(
        &self,
        groups: &[GroupId],
        expected: &mut Expected,
        suspects: &mut Vec<Suspect>,
    ) -> Result<Vec<(GroupId, Chunk, Key)>> {
        let keys: Vec<_> = groups
            .iter()
            .map(|&group| keys::group(self.id(), group))
            .collect();
        let attributes = ["pk", "document", "layout", "indexing"];
        let heads = self.table().batch_get(&keys, &attributes).await?;
        for &group in groups {
            expected.of_group(group, &["group", &group.to_string()]);
            let place = keys::roster(self.id(), ResourceKind::Group, &group.to_string());
            expected.of_group(group, &[&place.pk, &place.sk]);
        }
        let mut chunks = Vec::new();
        for head in &heads {
            let Some(group) = group_of(head) else {
                continue;
            };
            let kind = ResourceKind::Group;
            let (Ok(values), Ok(layout)) = (self.values(kind, head), Layout::from_item(head))
            else {
                suspects.push(Suspect::Group(group));
                continue;
            };
            if head.0.contains_key("indexing") {
                suspects.push(Suspect::Group(group));
            }
            let id = group.to_string();
            for unique in &values.unique {
                let key = keys::unique(self.id(), unique.attribute, &unique.value);
                expected.of_group(group, &[&key.pk, &key.sk, &id]);
            }
            let owner = self.owner(kind, &id);
            for lookup in &values.lookups {
                let key = owner.lookup_key(lookup);
                expected.of_group(group, &[&key.pk, &key.sk]);
            }
            for chunk in Chunk::all(layout) {
                let key = chunk.key(self.id(), group);
                expected.of_group(group, &[&key.pk, &key.sk]);
                chunks.push((group, chunk, key));
            }
        }
        Ok(chunks)
    }

    /// Gives how many members are in them.
    async fn read_chunks(
        &self,
        chunks: &[(GroupId, Chunk, Key)],
        expected: &mut Expected,
        suspects: &mut Vec<Suspect>,
    ) -> Result<usize> {
        let keys: Vec<_> = chunks.iter().map(|(_, _, key)| key.clone()).collect();
        let items = self.table().batch_get(&keys, &["pk", "ids"]).await?;
        let mut members = 0;
        for (group, chunk, key) in chunks {
            let is_it = |item: &&Item| item.optional_text("pk") == Some(&key.pk);
            let Some(item) = items.iter().find(is_it) else {
                continue;
            };
            let Ok(ids) = item.ids("ids", UserId::from_uuid) else {
                suspects.push(Suspect::Group(*group));
                continue;
            };
            members += ids.len();
            for user in ids {
                if Chunk::of(chunk.layout, user) != *chunk {
                    suspects.push(Suspect::Group(*group));
                }
                expected.membership(*group, user);
            }
        }
        Ok(members)
    }
}

fn user_of(item: &Item) -> Option<UserId> {
    UserId::parse(item.optional_text("pk")?.rsplit('#').next()?)
}

fn group_of(item: &Item) -> Option<GroupId> {
    GroupId::parse(item.optional_text("pk")?.rsplit('#').next()?)
}
