use std::fmt;

use crate::keys::ResourceKind;
use crate::{GroupId, ResourceReference, UserId};

/// What a check of a directory found. Ids and names of attributes alone: never a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// What is not as it has to be, each thing once; of very many the first ones.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub found: usize,
    /// How many of them were repaired.
    pub repaired: usize,
    /// Users and groups of which something follows yet from a large change: no finding.
    pub pending: usize,
    /// Users, groups and totals that changed each time they were looked at: nothing is said of them.
    pub undecided: usize,
    /// What was looked at.
    pub looked_at: LookedAt,
}

/// How much a check has looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LookedAt {
    /// Users in the roster, those who were deleted and are kept included.
    pub users: usize,
    /// Groups in the roster.
    pub groups: usize,
    /// Memberships in the groups' chunks.
    pub memberships: usize,
    /// Items of users and groups, and what follows from them; without totals, audit trail and page anchors.
    pub items: usize,
}

/// How a check is going.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckProgress {
    /// It reads the users and groups of the rosters.
    Resources(LookedAt),
    /// It walks over the table.
    Items(LookedAt),
    /// It counts the rosters.
    Totals,
}

/// Whether a check repairs what it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// It changes nothing.
    No,
    /// It repairs what can be, each thing in a transaction on condition of what was read.
    Yes,
}

/// One thing that is not as it has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The user or group that it is about; none for a total, and for an item that nobody owns.
    pub resource: Option<ResourceReference>,
    /// What it is.
    pub damage: Damage,
    /// What came of it.
    pub remedy: Remedy,
}

/// What is done about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// It is repaired.
    Repaired,
    /// [`Repair::Yes`] repairs it.
    Repairable,
    /// A person has to decide: [`Damage::remedy`] says what.
    ByHand,
}

impl Remedy {
    /// `repaired`, `repairable` or `by hand`.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Repaired => "repaired",
            Self::Repairable => "repairable",
            Self::ByHand => "by hand",
        }
    }
}

/// Damage to a directory. The truth are the users' and groups' own items and the groups' chunks; all else follows from
/// them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Damage {
    /// The resource is not in its roster, that of this kind: no list has it.
    NotInRoster(ResourceKind),
    /// The roster of this kind has an id without a resource.
    RosterWithoutResource(ResourceKind),
    /// A unique value of this attribute is held for nobody who has it: another resource could take it, or this one can
    /// never give it up.
    UniqueValueNotHeld(&'static str),
    /// Two resources have the same unique value of this attribute: the other one holds it.
    UniqueValueTwice(&'static str, String),
    /// A unique value of this attribute is held for the resource, which does not have it.
    UniqueValueWithoutOwner(String),
    /// The resource is not found by its value of this attribute.
    LookupMissing(&'static str),
    /// The resource would be found by a value of this attribute that it does not have.
    LookupWithoutOwner(String),
    /// The user's groups have no item: he can join none.
    GroupsMissing,
    /// There is an item of the groups of a user who does not exist.
    GroupsWithoutUser,
    /// The user was deleted, and nothing makes his last groups forget him.
    LeavingForgotten,
    /// The user's groups are not protected as he is.
    ProtectionDiffers,
    /// The user is a member of this group, and his groups do not say so.
    MembershipNotShown(GroupId),
    /// The user's groups name this group, of which he is no member.
    MembershipWithoutMember(GroupId),
    /// The group has this member, who does not exist.
    MemberWithoutUser(UserId),
    /// The member is in a chunk of the group in which nothing looks for him.
    MemberMisplaced(UserId),
    /// A chunk of the group's members is missing.
    ChunkMissing(u8),
    /// A chunk without members is left of a group that does not exist, or has another layout.
    ChunkWithoutGroup,
    /// Likewise a chunk that has members.
    MembersWithoutGroup,
    /// The group waits for a large change of which there is no to-do item.
    IndexingForgotten,
    /// The total of this kind has another number in this shard than the roster has ids of it.
    Total {
        /// Of users, of those who are kept, or of groups.
        kind: ResourceKind,
        /// 0 to 63.
        shard: u8,
        /// The number in the total.
        stored: i64,
        /// How many there are.
        counted: i64,
    },
    /// The resource's own item, or one of its members', cannot be read.
    Unreadable,
    /// An item of a kind that this version does not know, and its `type`.
    Unknown(String),
}

impl Damage {
    /// One word for programs.
    pub fn keyword(&self) -> &'static str {
        match self {
            Self::NotInRoster(_) => "not_in_roster",
            Self::RosterWithoutResource(_) => "roster_without_resource",
            Self::UniqueValueNotHeld(_) => "unique_value_not_held",
            Self::UniqueValueTwice(..) => "unique_value_twice",
            Self::UniqueValueWithoutOwner(_) => "unique_value_without_owner",
            Self::LookupMissing(_) => "lookup_missing",
            Self::LookupWithoutOwner(_) => "lookup_without_owner",
            Self::GroupsMissing => "groups_missing",
            Self::GroupsWithoutUser => "groups_without_user",
            Self::LeavingForgotten => "leaving_forgotten",
            Self::ProtectionDiffers => "protection_differs",
            Self::MembershipNotShown(_) => "membership_not_shown",
            Self::MembershipWithoutMember(_) => "membership_without_member",
            Self::MemberWithoutUser(_) => "member_without_user",
            Self::MemberMisplaced(_) => "member_misplaced",
            Self::ChunkMissing(_) => "chunk_missing",
            Self::ChunkWithoutGroup => "chunk_without_group",
            Self::MembersWithoutGroup => "members_without_group",
            Self::IndexingForgotten => "indexing_forgotten",
            Self::Total { .. } => "total",
            Self::Unreadable => "unreadable",
            Self::Unknown(_) => "unknown",
        }
    }

    /// What repairs it, or what a person has to do.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::NotInRoster(_) | Self::GroupsMissing => "put it there",
            Self::RosterWithoutResource(_) => "take it out of the roster",
            Self::UniqueValueNotHeld(_) => "hold it",
            Self::UniqueValueTwice(..) => "give one of the two another value, or delete it",
            Self::UniqueValueWithoutOwner(_) => "give it up",
            Self::LookupMissing(_) => "put the lookup there",
            Self::LookupWithoutOwner(_) => "delete the lookup",
            Self::GroupsWithoutUser | Self::LeavingForgotten => {
                "delete it, and let the groups forget the user"
            }
            Self::ProtectionDiffers => "make it as the user is",
            Self::MembershipNotShown(_) => "add the group to them",
            Self::MembershipWithoutMember(_) => "take the group out of them",
            Self::MemberWithoutUser(_) => "remove the member",
            Self::MemberMisplaced(_) => "move him to his chunk",
            Self::ChunkMissing(_) => "make it anew of the users whose groups name the group",
            Self::ChunkWithoutGroup => "delete it",
            Self::MembersWithoutGroup => "restore the group from a backup, or delete the chunk",
            Self::IndexingForgotten => "wait no longer, and compare the memberships",
            Self::Total { .. } => "write the number that was counted",
            Self::Unreadable => "restore the item from a backup",
            Self::Unknown(_) => {
                "find out what wrote it: a later version of Muster, or something else"
            }
        }
    }
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInRoster(_) => write!(formatter, "it is not in its roster"),
            Self::RosterWithoutResource(kind) => {
                write!(
                    formatter,
                    "the roster of {} has it, and it does not belong there",
                    kind.name()
                )
            }
            Self::UniqueValueNotHeld(attribute) => {
                write!(formatter, "its {attribute} is not held for it")
            }
            Self::UniqueValueTwice(attribute, other) => {
                write!(formatter, "it has the same {attribute} as {other}")
            }
            Self::UniqueValueWithoutOwner(attribute) => {
                write!(
                    formatter,
                    "a value of {attribute} is held for it that it does not have"
                )
            }
            Self::LookupMissing(attribute) => {
                write!(formatter, "it is not found by its {attribute}")
            }
            Self::LookupWithoutOwner(attribute) => {
                write!(
                    formatter,
                    "it is found by a value of {attribute} that it does not have"
                )
            }
            Self::GroupsMissing => write!(formatter, "the item of its groups is missing"),
            Self::GroupsWithoutUser => {
                write!(
                    formatter,
                    "there is an item of its groups, and no such user"
                )
            }
            Self::LeavingForgotten => write!(
                formatter,
                "it was deleted, and nothing is left to do that makes its groups forget it"
            ),
            Self::ProtectionDiffers => write!(formatter, "its groups are not protected as it is"),
            Self::MembershipNotShown(group) => {
                write!(
                    formatter,
                    "it is a member of {group}, and its groups do not say so"
                )
            }
            Self::MembershipWithoutMember(group) => {
                write!(
                    formatter,
                    "its groups name {group}, of which it is no member"
                )
            }
            Self::MemberWithoutUser(user) => {
                write!(formatter, "it has the member {user}, who does not exist")
            }
            Self::MemberMisplaced(user) => {
                write!(
                    formatter,
                    "the member {user} is in another chunk than his own"
                )
            }
            Self::ChunkMissing(chunk) => {
                write!(formatter, "chunk {chunk} of its members is missing")
            }
            Self::ChunkWithoutGroup => write!(
                formatter,
                "there is an empty chunk of its members, and no such group, or it has another layout"
            ),
            Self::MembersWithoutGroup => write!(
                formatter,
                "there is a chunk of its members, and no such group, or it has another layout"
            ),
            Self::IndexingForgotten => write!(
                formatter,
                "it waits for a large change of which nothing is left to do"
            ),
            Self::Total {
                kind,
                shard,
                stored,
                counted,
            } => write!(
                formatter,
                "the total of {} says {stored} in shard {shard:02}, and there are {counted}",
                kind.name()
            ),
            Self::Unreadable => write!(formatter, "its item cannot be read"),
            Self::Unknown(kind) => write!(
                formatter,
                "there is an item of a kind that is not known here: `{kind}`"
            ),
        }
    }
}
