use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use scim::fold;
use sha2::{Digest, Sha256};

use super::UserRecord;
use crate::credential::hex;
use crate::{DirectoryId, GroupId, GroupRecord, Result, RoleMapping, Store};

/// What the groups of users are called and which role they give, as the application is shown it.
#[derive(Debug, Default)]
pub struct Memberships(HashMap<GroupId, Membership>);

#[derive(Debug)]
struct Membership {
    display: String,
    mapping: RoleMapping,
}

impl Store {
    /// Reads the groups that these users are in.
    pub async fn memberships<'a>(
        &self,
        directory: DirectoryId,
        users: impl IntoIterator<Item = &'a UserRecord>,
    ) -> Result<Memberships> {
        let ids = users.into_iter().filter_map(|user| user.groups.as_ref());
        let ids: BTreeSet<_> = ids.flat_map(|groups| groups.ids.iter().copied()).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let groups = self.groups(directory, &ids, false).await?;
        Ok(Memberships(
            groups.into_iter().map(Membership::of).collect(),
        ))
    }
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
        ids.filter_map(|&id| Some((id, self.0.get(&id)?)))
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
