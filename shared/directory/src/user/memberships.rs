use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};

use scim::fold;
use sha2::{Digest, Sha256};

use super::UserRecord;
use crate::credential::hex;
use crate::group::{Layout, chunk_ids};
use crate::keys::Key;
use crate::{DirectoryId, Error, GroupId, GroupRecord, Result, RoleMapping, Store, UserId};

/// What the groups of users are called and which role they give, as the application is shown it.
#[derive(Debug, Default)]
pub struct Memberships {
    groups: HashMap<GroupId, Membership>,
    /// Users whom a group does not hold any more, though their own items still say so.
    ended: HashSet<(UserId, GroupId)>,
}

#[derive(Debug)]
struct Membership {
    display: String,
    mapping: RoleMapping,
}

impl Store {
    /// Reads the groups that these users are in; where a large change of a group's members is not through, from its chunks
    /// too.
    pub async fn memberships<'a>(
        &self,
        directory: DirectoryId,
        users: impl IntoIterator<Item = &'a UserRecord>,
    ) -> Result<Memberships> {
        let said: Vec<_> = users.into_iter().flat_map(said_groups).collect();
        let ids: BTreeSet<_> = said.iter().map(|&(_, group)| group).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        // A group is spread once, and deleted once.
        for _ in 0..3 {
            let groups = self.groups(directory, &ids, false).await?;
            let now = self.environment().now();
            let uncertain: HashMap<_, _> = groups
                .iter()
                .filter(|group| group.may_contradict_users(now))
                .map(|group| (group.id, group.layout))
                .collect();
            let of_uncertain = |&(user, group)| Some((user, group, *uncertain.get(&group)?));
            let of_uncertain = said.iter().filter_map(of_uncertain).collect();
            if let Some(ended) = self.ended(directory, of_uncertain).await? {
                let groups = groups.into_iter().map(Membership::of).collect();
                return Ok(Memberships { groups, ended });
            }
        }
        Err(Error::Contended)
    }

    /// Those of these memberships that the groups' chunks do not hold; none if a chunk is not where it was.
    async fn ended(
        &self,
        directory: DirectoryId,
        said: Vec<(UserId, GroupId, Layout)>,
    ) -> Result<Option<HashSet<(UserId, GroupId)>>> {
        const CHUNKS_AT_ONCE: usize = 100;
        let mut by_chunk = HashMap::<Key, Vec<(UserId, GroupId)>>::new();
        for (user, group, layout) in said {
            let chunk = layout.key(directory, group, layout.chunk_of(user));
            by_chunk.entry(chunk).or_default().push((user, group));
        }
        let mut ended = HashSet::new();
        let keys: Vec<_> = by_chunk.keys().cloned().collect();
        for keys in keys.chunks(CHUNKS_AT_ONCE) {
            let chunks = self.table.batch_get(keys, &["pk", "sk", "ids"]).await?;
            if chunks.len() < keys.len() {
                return Ok(None);
            }
            for chunk in chunks {
                let (key, held) = (chunk.key()?, chunk_ids(&chunk)?);
                let said = by_chunk.get(&key).into_iter().flatten();
                ended.extend(said.filter(|(user, _)| !held.contains(user)));
            }
        }
        Ok(Some(ended))
    }
}

/// The memberships that a user's own item tells of.
fn said_groups(user: &UserRecord) -> impl Iterator<Item = (UserId, GroupId)> {
    let groups = user.groups.iter().flat_map(|groups| &groups.ids);
    groups.map(|&group| (user.id, group))
}

impl Membership {
    fn of(group: GroupRecord) -> (GroupId, Self) {
        let display = group
            .resource
            .text("displayName")
            .unwrap_or_default()
            .to_owned();
        let mapping = group.mapping;
        (group.id, Self { display, mapping })
    }
}

impl Memberships {
    /// The groups of a user that exist, with their names.
    pub fn of<'a>(&'a self, user: &'a UserRecord) -> impl Iterator<Item = (GroupId, &'a str)> {
        self.known(user)
            .map(|(id, membership)| (id, membership.display.as_str()))
    }

    fn known<'a>(
        &'a self,
        user: &'a UserRecord,
    ) -> impl Iterator<Item = (GroupId, &'a Membership)> {
        let ids = user.groups.iter().flat_map(|groups| &groups.ids);
        let held = ids.filter(|&&id| !self.ended.contains(&(user.id, id)));
        held.filter_map(|&id| Some((id, self.groups.get(&id)?)))
    }

    /// The role of a user: that of the group with the highest priority, among equals of the first by name; else the
    /// default one. Who was deleted has none.
    pub fn role<'a>(
        &'a self,
        user: &'a UserRecord,
        default_role: Option<&'a str>,
    ) -> Option<&'a str> {
        if user.deleted.is_some() {
            return None;
        }
        let mapped = self.known(user).filter_map(|(id, membership)| {
            let role = membership.mapping.role.as_deref()?;
            let priority = membership.mapping.priority.unwrap_or_default();
            Some(((Reverse(priority), fold(&membership.display), id), role))
        });
        mapped
            .min_by(|(one, _), (other, _)| one.cmp(other))
            .map(|(_, role)| role)
            .or(default_role)
    }

    /// The entity tag of a user as the application sees him: groups and role count, as they are shown.
    pub fn etag(&self, user: &UserRecord, role: Option<&str>) -> String {
        const SHOWN_BYTES: usize = 8;
        let mut hash = Sha256::new();
        for (id, display) in self.of(user) {
            hash.update(id.bytes());
            hash.update(display.len().to_be_bytes());
            hash.update(display);
        }
        hash.update(role.map_or("-".to_owned(), |role| format!("+{role}")));
        let hash = hex(&hash.finalize()[..SHOWN_BYTES]);
        let groups = user.groups.as_ref().map_or(0, |groups| groups.version);
        format!("W/\"{}.{groups}.{hash}\"", user.version)
    }
}
