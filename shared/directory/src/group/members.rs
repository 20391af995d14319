use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use scim::filter::Predicate;
use scim::{Error, ErrorStatus};
use serde_json::json;

use super::{MOST_CHANGES, Members};
use crate::credential::CredentialKind;
use crate::store::{By, Scope};
use crate::table::{BATCH, BATCHES_AT_ONCE, Found, Item, Write, binary_set, number};
use crate::{DirectoryId, GroupId, Result, UserId, keys};

/// Most groups of a user. Large changes of the same seconds may together pass it a little: they only look.
const MOST_GROUPS_OF_A_USER: usize = 5_000;

/// One step of a change of members.
#[derive(Clone, Debug)]
pub enum MemberEdit {
    /// Adds these; who is a member stays one.
    Add(Members),
    /// Removes these; who is no member is none.
    Remove(Members),
    /// Removes the members that satisfy a filter.
    RemoveWhere(Predicate),
    /// Makes these the members, and nobody else.
    Replace(Members),
}

impl MemberEdit {
    pub(super) fn apply(&self, members: &mut Members) {
        match self {
            Self::Add(ids) => members.extend(ids),
            Self::Remove(ids) => members.retain(|id| !ids.contains(id)),
            Self::RemoveWhere(predicate) => members.retain(|id| {
                let element = json!({"value": id.to_string(), "type": "User"});
                !element
                    .as_object()
                    .is_some_and(|element| predicate.matches(element))
            }),
            Self::Replace(ids) => members.clone_from(ids),
        }
    }
}

/// Who becomes a member and who ceases to be one.
#[derive(Clone, Debug, Default)]
pub(super) struct Difference {
    pub added: Members,
    pub removed: Members,
}

impl Difference {
    pub fn between(before: &Members, after: &Members) -> Self {
        Self {
            added: after.difference(before).copied().collect(),
            removed: before.difference(after).copied().collect(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty()
    }

    pub fn is_large(&self) -> bool {
        is_large(self.added.len() + self.removed.len())
    }

    pub fn users(&self) -> impl Iterator<Item = &UserId> {
        self.added.iter().chain(&self.removed)
    }
}

/// Whether so many changed memberships are too many for the users' own items to be changed in the same transaction: they
/// follow, from the table's stream.
pub(super) fn is_large(changes: usize) -> bool {
    changes > MOST_CHANGES
}

/// How a user stands to memberships, as his groups item says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Free,
    /// This principal does not change his memberships.
    Protected,
    /// He does not exist, or is being deleted.
    Gone,
    /// He is in as many groups as can be.
    Full,
}

impl Standing {
    fn of(groups: Option<&Item>, principal: CredentialKind) -> Self {
        let protects = principal == CredentialKind::Provisioner;
        match groups {
            None => Self::Gone,
            Some(groups) if groups.is("leaving") => Self::Gone,
            Some(groups) if protects && groups.is("protected") => Self::Protected,
            Some(groups) => match groups.0.get("groups") {
                Some(AttributeValue::Bs(groups)) if groups.len() >= MOST_GROUPS_OF_A_USER => {
                    Self::Full
                }
                _ => Self::Free,
            },
        }
    }

    /// Whether he can join. Errors: 400 `invalidValue` if he does not exist, 413 if he is in too many groups.
    pub fn check_join(self, user: UserId) -> Result<()> {
        match self {
            Self::Free | Self::Protected => Ok(()),
            Self::Gone => {
                let detail = format!("`members` names the user `{user}`, who does not exist.");
                Err(Error::invalid_value(detail).into())
            }
            Self::Full => {
                let detail = format!(
                    "The user `{user}` is in {MOST_GROUPS_OF_A_USER} groups, the most that there can be."
                );
                Err(Error::new(ErrorStatus::ContentTooLarge, detail).into())
            }
        }
    }
}

impl Scope<'_> {
    /// How these users stand to memberships, read at once: for a change that is too large to make it a condition.
    pub(super) async fn standings(&self, users: &Members) -> Result<BTreeMap<UserId, Standing>> {
        const USERS_AT_ONCE: usize = BATCH * BATCHES_AT_ONCE;
        let users: Vec<_> = users.iter().copied().collect();
        let mut standings = BTreeMap::new();
        for users in users.chunks(USERS_AT_ONCE) {
            let keys = users
                .iter()
                .map(|&user| keys::user_groups(self.directory(), user));
            let keys: Vec<_> = keys.collect();
            let attributes = ["pk", "leaving", "protected", "groups"];
            let items = self.table().batch_get(&keys, &attributes).await?;
            let found: HashMap<_, _> = items
                .iter()
                .map(|item| (item.optional_text("pk"), item))
                .collect();
            standings.extend(users.iter().zip(&keys).map(|(&user, key)| {
                let groups = found.get(&Some(key.pk.as_str())).copied();
                (user, Standing::of(groups, self.principal.kind))
            }));
        }
        Ok(standings)
    }

    /// The member's part in joining a group: he is in fewer groups than can be, and not protected from this principal.
    pub(super) fn join(&self, group: GroupId, user: UserId, by: &By) -> Write {
        let write = joined(self.directory(), group, user, by)
            .when("attribute_not_exists(#groups) OR size(#groups) < :most")
            .value(":most", number(MOST_GROUPS_OF_A_USER));
        self.unless_protected(write)
    }

    /// The member's part in leaving a group, unless he is protected from this principal.
    pub(super) fn leave(&self, group: GroupId, user: UserId, by: &By) -> Write {
        self.unless_protected(left(self.directory(), group, user, by))
    }

    fn unless_protected(&self, write: Write) -> Write {
        match self.principal.kind {
            CredentialKind::Application => write,
            CredentialKind::Provisioner => write
                .when("attribute_not_exists(#protected) OR #protected = :false")
                .value(":false", AttributeValue::Bool(false)),
        }
    }

    /// What the refused parts of joining members say, in their order. Errors like [`Standing::check_join`].
    pub(super) fn refused_joins(
        &self,
        joins: &[UserId],
        refused: &[Option<Found>],
        exceptions: &mut Exceptions,
    ) -> Result<()> {
        for (&user, refused) in joins.iter().zip(refused) {
            let Some(refused) = refused else { continue };
            let standing = Standing::of(refused.item(), self.principal.kind);
            standing.check_join(user)?;
            if standing == Standing::Protected {
                exceptions.left_alone.insert(user);
            }
        }
        Ok(())
    }
}

/// Users who are no part of a change of members, or not as the others are.
#[derive(Default)]
pub(super) struct Exceptions {
    /// Protected from this principal: they stay as they are.
    pub left_alone: Members,
    /// Deleted: they leave without a part of their own.
    pub gone: Members,
}

impl Exceptions {
    /// What the refused parts of leaving members say, in their order.
    pub fn refused_leaves(&mut self, leaves: &[UserId], refused: &[Option<Found>]) {
        for (&user, refused) in leaves.iter().zip(refused) {
            match refused {
                None => {}
                Some(Found::Item(_)) => {
                    self.left_alone.insert(user);
                }
                Some(Found::Nothing) => {
                    self.gone.insert(user);
                }
            }
        }
    }
}

/// A user's item, when he joins a group: he exists, and is not leaving.
pub(crate) fn joined(directory: DirectoryId, group: GroupId, user: UserId, by: &By) -> Write {
    let groups = Write::update(keys::user_groups(directory, user))
        .clause("ADD #groups :group, #version :one")
        .when_present()
        .when("attribute_not_exists(#leaving)");
    about(groups, group, by)
}

/// A user's item, when he leaves a group.
pub(crate) fn left(directory: DirectoryId, group: GroupId, user: UserId, by: &By) -> Write {
    let groups = Write::update(keys::user_groups(directory, user))
        .clause("DELETE #groups :group")
        .clause("ADD #version :one")
        .when_present();
    about(groups, group, by)
}

fn about(groups: Write, group: GroupId, by: &By) -> Write {
    by.mark_update(groups)
        .value(":group", binary_set([group.bytes()]))
        .value(":one", number(1))
}
