//! Every key of the table. Keys are built here only, from typed ids; a client's text inside a key is folded where case
//! does not matter and hashed beyond 256 bytes, never pasted.

use scim::{ResourceType, ResourceTypes, fold};
use sha2::{Digest, Sha256};

use crate::credential::hex;
use crate::{
    Author, ChangeId, CredentialId, DirectoryId, DirectoryName, EnvironmentSlug, GroupId,
    OrganizationSlug, UserId,
};

/// Longest text of a client's inside a key, in bytes; a key may have 2,048.
const LONGEST_TEXT: usize = 256;
/// Shards of a total.
const TOTAL_SHARDS: u8 = 64;
/// Shards of what is still to do.
const TO_DO_SHARDS: u8 = 16;

/// A primary key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Key {
    pub pk: String,
    pub sk: String,
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

/// A kind of resource that has a roster and totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceKind {
    /// Users.
    User,
    /// Users whom the identity provider deleted and who are kept for the application.
    DeletedUser,
    /// Groups.
    Group,
}

impl ResourceKind {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::User, Self::DeletedUser, Self::Group];

    /// As it stands in keys.
    pub fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::DeletedUser => "DeletedUser",
            Self::Group => "Group",
        }
    }

    /// The type of this name.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Its definition among those of a directory.
    pub fn resource_type(self, types: &ResourceTypes) -> &ResourceType {
        match self {
            Self::User | Self::DeletedUser => &types.user,
            Self::Group => &types.group,
        }
    }

    /// What stands before an id in the sort key of a lookup.
    fn letter(self) -> char {
        match self {
            Self::User | Self::DeletedUser => 'U',
            Self::Group => 'G',
        }
    }
}

/// The partition of all environments.
pub(crate) const ENVIRONMENTS: &str = "ENV";
/// What stands before the name of an environment, in its sort key and in the partition of its organizations.
pub(crate) const ENVIRONMENT_PREFIX: &str = "ENV#";
/// Likewise before the name of an organization.
pub(crate) const ORGANIZATION_PREFIX: &str = "ORG#";
/// What stands before the id of a directory in its organization's list.
pub(crate) const DIRECTORY_PREFIX: &str = "D#";

pub(crate) fn environment_partition(environment: &EnvironmentSlug) -> String {
    format!("{ENVIRONMENT_PREFIX}{environment}")
}

pub(crate) fn environment(environment: &EnvironmentSlug) -> Key {
    key(ENVIRONMENTS.into(), environment_partition(environment))
}

pub(crate) fn organization_of_environment(
    environment: &EnvironmentSlug,
    organization: &OrganizationSlug,
) -> Key {
    key(
        environment_partition(environment),
        organization_partition(organization),
    )
}

pub(crate) fn organization_partition(organization: &OrganizationSlug) -> String {
    format!("{ORGANIZATION_PREFIX}{organization}")
}

pub(crate) fn organization(organization: &OrganizationSlug) -> Key {
    key(organization_partition(organization), "O")
}

pub(crate) fn directory_of_organization(
    organization: &OrganizationSlug,
    directory: DirectoryId,
) -> Key {
    key(
        organization_partition(organization),
        format!("{DIRECTORY_PREFIX}{directory}"),
    )
}

/// The name of a directory, which one directory of the organization may have.
pub(crate) fn directory_slug(name: &DirectoryName) -> Key {
    key(
        organization_partition(&name.organization),
        format!("S#{}", name.slug),
    )
}

pub(crate) fn directory_partition(directory: DirectoryId) -> String {
    format!("DIR#{directory}")
}

pub(crate) fn directory(directory: DirectoryId) -> Key {
    key(directory_partition(directory), "D")
}

/// What stands before a version of a directory's schema extensions.
pub(crate) const EXTENSIONS_PREFIX: &str = "X#";

/// The schema extensions of a directory, in one of their versions.
pub(crate) fn extensions(directory: DirectoryId, version: &str) -> Key {
    key(
        directory_partition(directory),
        format!("{EXTENSIONS_PREFIX}{version}"),
    )
}

/// When the credentials of a directory were last used.
pub(crate) fn last_used_partition(directory: DirectoryId) -> String {
    format!("USED#{directory}")
}

pub(crate) fn last_used(directory: DirectoryId, credential: &CredentialId) -> Key {
    key(last_used_partition(directory), credential.as_str())
}

pub(crate) fn user_partition(directory: DirectoryId, user: UserId) -> String {
    format!("D#{directory}#U#{user}")
}

pub(crate) fn user(directory: DirectoryId, user: UserId) -> Key {
    key(user_partition(directory, user), "U")
}

/// What [`user_partition`] was made of.
pub(crate) fn parse_user_partition(pk: &str) -> Option<(DirectoryId, UserId)> {
    let (directory, user) = pk.strip_prefix("D#")?.split_once("#U#")?;
    Some((DirectoryId::parse(directory)?, UserId::parse(user)?))
}

/// The groups of a user.
pub(crate) fn user_groups(directory: DirectoryId, user: UserId) -> Key {
    key(user_partition(directory, user), "G")
}

pub(crate) fn group(directory: DirectoryId, group: GroupId) -> Key {
    key(format!("D#{directory}#G#{group}"), "G")
}

/// A chunk of the members of a group that has `layout` of them.
pub(crate) fn chunk(directory: DirectoryId, group: GroupId, layout: u8, chunk: u8) -> Key {
    key(format!("D#{directory}#G#{group}#{layout}.{chunk}"), "M")
}

/// What [`chunk`] was made of.
pub(crate) fn parse_chunk(pk: &str) -> Option<(DirectoryId, GroupId, u8, u8)> {
    let (directory, rest) = pk.strip_prefix("D#")?.split_once("#G#")?;
    let (group, chunk) = rest.split_once('#')?;
    let (layout, chunk) = chunk.split_once('.')?;
    Some((
        DirectoryId::parse(directory)?,
        GroupId::parse(group)?,
        layout.parse().ok()?,
        chunk.parse().ok()?,
    ))
}

/// The shards of what is still to do.
pub(crate) fn to_do_partitions() -> impl Iterator<Item = String> {
    (0..TO_DO_SHARDS).map(|shard| format!("W#{shard}"))
}

/// What is still to do after a change.
pub(crate) fn to_do(change: ChangeId) -> Key {
    let shard = Sha256::digest(change.bytes())[0] % TO_DO_SHARDS;
    key(format!("W#{shard}"), change.to_string())
}

/// A value that one resource of the directory may have: its owner is inside.
pub(crate) fn unique(directory: DirectoryId, attribute: &str, value: &str) -> Key {
    key(
        format!("D#{directory}#K#{}", named_text(attribute, &fold(value))),
        "K",
    )
}

/// The resources that have a value; `value` is folded already where case does not matter.
pub(crate) fn lookup_partition(directory: DirectoryId, attribute: &str, value: &str) -> String {
    format!("D#{directory}#L#{}", named_text(attribute, value))
}

pub(crate) fn lookup_prefix(kind: ResourceKind) -> String {
    format!("{}#", kind.letter())
}

pub(crate) fn lookup(
    directory: DirectoryId,
    attribute: &str,
    value: &str,
    kind: ResourceKind,
    id: &str,
) -> Key {
    key(
        lookup_partition(directory, attribute, value),
        format!("{}{id}", lookup_prefix(kind)),
    )
}

pub(crate) fn roster_partition(directory: DirectoryId, kind: ResourceKind) -> String {
    format!("D#{directory}#R#{}", kind.name())
}

pub(crate) fn roster(directory: DirectoryId, kind: ResourceKind, id: &str) -> Key {
    key(roster_partition(directory, kind), id)
}

pub(crate) fn totals_partition(directory: DirectoryId, kind: ResourceKind) -> String {
    format!("D#{directory}#T#{}", kind.name())
}

/// The shard of the total in which this resource is counted.
pub(crate) fn total(directory: DirectoryId, kind: ResourceKind, id: &str) -> Key {
    let shard = Sha256::digest(id.as_bytes())[0] % TOTAL_SHARDS;
    key(totals_partition(directory, kind), format!("{shard:02}"))
}

/// What was done in a directory, the oldest first.
pub(crate) fn audit_partition(directory: DirectoryId) -> String {
    format!("D#{directory}#H")
}

/// The anchors of a walk: by who walks and by what tells one list from another.
pub(crate) fn anchor_partition(directory: DirectoryId, list: &str, reader: &Author) -> String {
    let walk = format!("{reader}\n{list}");
    format!("D#{directory}#A#{}", hex(&Sha256::digest(walk.as_bytes())))
}

pub(crate) fn anchor_index(start_index: usize) -> String {
    format!("{start_index:010}")
}

/// An entry, by the text of its UUID.
pub(crate) fn audit(directory: DirectoryId, id: &str) -> Key {
    key(audit_partition(directory), id)
}

/// What stands before every entry from this time on, and after every earlier one. Milliseconds since 1970.
pub(crate) fn audit_since(milliseconds: u64) -> String {
    let digits = format!("{milliseconds:012x}");
    let (high, low) = digits.split_at(8);
    format!("{high}-{low}-7")
}

/// The directory that an item is about: its own one, something in it, or its place in its organization's list.
pub(crate) fn directory_of(pk: &str, sk: &str) -> Option<DirectoryId> {
    let id = match pk.split_once('#')? {
        ("D", within) => within.split_once('#')?.0,
        ("DIR", id) => id,
        ("ORG", _) => sk.strip_prefix(DIRECTORY_PREFIX)?,
        _ => return None,
    };
    DirectoryId::parse(id)
}

/// `attribute#text`, or `attribute:sha256#digest` for a long text: no short text can look like a long one.
fn named_text(attribute: &str, text: &str) -> String {
    if text.len() <= LONGEST_TEXT {
        format!("{attribute}#{text}")
    } else {
        format!(
            "{attribute}:sha256#{}",
            hex(&Sha256::digest(text.as_bytes()))
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_directory_of_a_partition() {
        let id = DirectoryId::parse("0197c3f0000070008000000000000001").unwrap();
        let user = UserId::parse("0197c3f0-0000-7000-8000-00000000abcd").unwrap();
        let of = |key: Key| directory_of(&key.pk, &key.sk);
        assert_eq!(of(directory(id)), Some(id));
        assert_eq!(of(extensions(id, "1")), Some(id));
        assert_eq!(of(super::user(id, user)), Some(id));
        assert_eq!(of(unique(id, "userName", "D#x#y")), Some(id));
        assert_eq!(
            directory_of(&totals_partition(id, ResourceKind::User), "00"),
            Some(id)
        );
        let acme = OrganizationSlug::parse("acme").unwrap();
        let production = EnvironmentSlug::parse("production").unwrap();
        assert_eq!(of(directory_of_organization(&acme, id)), Some(id));
        assert_eq!(of(environment(&production)), None);
        assert_eq!(of(organization(&acme)), None);
        for other in [
            "",
            "D",
            "D#",
            "DIR#",
            "D#junk#U",
            "DIR#junk",
            &format!("D#{id}"),
        ] {
            assert_eq!(directory_of(other, "O"), None, "{other}");
        }
    }

    #[test]
    fn a_time_stands_between_what_was_before_and_what_comes_from_then_on() {
        let entry = |milliseconds, random| {
            let id = uuid::Builder::from_unix_timestamp_millis(milliseconds, &[random; 10]);
            id.into_uuid().to_string()
        };
        let since = audit_since(1_795_251_600_000);
        assert!(entry(1_795_251_599_999, 0xFF) < since);
        assert!(entry(1_795_251_600_000, 0) > since);
    }

    #[test]
    fn a_clients_text_cannot_leave_its_place() {
        let directory = DirectoryId::parse("0197c3f0000070008000000000000001").unwrap();
        let plain = unique(directory, "userName", "Bob");
        assert_eq!(
            plain.pk,
            "D#0197c3f0000070008000000000000001#K#userName#bob"
        );
        assert_eq!(plain, unique(directory, "userName", "BOB"));
        let long = unique(directory, "userName", &"x".repeat(5_000));
        assert!(long.pk.len() < 200);
        assert_ne!(long, unique(directory, "userName", &"x".repeat(5_001)));
        let digest = long.pk.rsplit('#').next().unwrap();
        assert_ne!(
            long,
            unique(directory, "userName", &format!("sha256#{digest}"))
        );
        assert_ne!(
            lookup_partition(directory, "externalId", "A"),
            lookup_partition(directory, "externalId", "a")
        );
    }
}
