use std::collections::BTreeSet;

use scim::filter::Predicate;
use scim::{Error, ErrorStatus, ScimType};
use serde_json::json;

use super::{MOST_CHANGES, MOST_MEMBERS, Members};
use crate::credential::CredentialKind;
use crate::store::{By, Scope};
use crate::table::{Found, Item, Write, binary_set, number};
use crate::{GroupId, Result, UserId, keys};

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

    /// Error: 413 for more changes than one request may make.
    pub fn check_size(&self) -> Result<()> {
        let changes = self.added.len() + self.removed.len();
        if changes <= MOST_CHANGES {
            return Ok(());
        }
        let detail = format!(
            "The request changes {changes} memberships, and at most {MOST_CHANGES} are taken at once: send several requests."
        );
        Err(Error::new(ErrorStatus::ContentTooLarge, detail).into())
    }
}

/// Error: 413 for more members than a group may have.
pub(super) fn check_members(count: usize) -> Result<()> {
    if count <= MOST_MEMBERS {
        return Ok(());
    }
    let detail =
        format!("The group would have {count} members, and at most {MOST_MEMBERS} are possible.");
    Err(Error::new(ErrorStatus::ContentTooLarge, detail).into())
}

pub(super) fn bytes(ids: &Members) -> impl Iterator<Item = [u8; 16]> {
    ids.iter().map(|id| id.bytes())
}

/// The chunk as a whole.
pub(super) fn chunk_item(scope: &Scope<'_>, group: GroupId, members: &Members, by: &By) -> Item {
    let mut chunk = Item::new(keys::members(scope.directory(), group), "members");
    // DynamoDB has no empty sets.
    if !members.is_empty() {
        chunk.set("ids", binary_set(bytes(members)));
    }
    by.mark(chunk)
}

impl Scope<'_> {
    /// The member's part in joining a group: he exists and is not leaving, and is not protected from this principal.
    pub(super) fn join(&self, group: GroupId, user: UserId, by: &By) -> Write {
        let write = Write::update(keys::user_groups(self.directory(), user))
            .clause("ADD #groups :group, #version :one")
            .when_present()
            .when("attribute_not_exists(#leaving)");
        let write = by.mark_update(write);
        self.unless_protected(
            write
                .value(":group", binary_set([group.bytes()]))
                .value(":one", number(1)),
        )
    }

    /// The member's part in leaving a group, unless he is protected from this principal.
    pub(super) fn leave(&self, group: GroupId, user: UserId, by: &By) -> Write {
        self.unless_protected(self.part(group, user, by))
    }

    /// The member's part in the end of a group.
    pub(super) fn part(&self, group: GroupId, user: UserId, by: &By) -> Write {
        let write = Write::update(keys::user_groups(self.directory(), user))
            .clause("DELETE #groups :group")
            .clause("ADD #version :one")
            .when_present()
            .value(":group", binary_set([group.bytes()]))
            .value(":one", number(1));
        by.mark_update(write)
    }

    fn unless_protected(&self, write: Write) -> Write {
        match self.principal.kind {
            CredentialKind::Application => write,
            CredentialKind::Provisioner => write
                .when("attribute_not_exists(#protected) OR #protected = :false")
                .value(
                    ":false",
                    aws_sdk_dynamodb::types::AttributeValue::Bool(false),
                ),
        }
    }

    /// What the refused parts of joining members say, in their order. Those who are protected stay as they are; who
    /// does not exist is an error: 400 `invalidValue`.
    pub(super) fn refused_joins(
        joins: &[UserId],
        refused: &[Option<Found>],
    ) -> Result<BTreeSet<UserId>> {
        let mut left_alone = BTreeSet::new();
        for (&user, refused) in joins.iter().zip(refused) {
            match refused {
                None => {}
                Some(Found::Item(groups))
                    if groups.is("protected") && !groups.0.contains_key("leaving") =>
                {
                    left_alone.insert(user);
                }
                Some(_) => {
                    let detail = format!("`members` names the user `{user}`, who does not exist.");
                    return Err(Error::bad_request(ScimType::InvalidValue, detail).into());
                }
            }
        }
        Ok(left_alone)
    }

    /// What the refused parts of leaving members say: who is protected stays, who is gone goes without his part.
    pub(super) fn refused_leaves(
        leaves: &[UserId],
        refused: &[Option<Found>],
    ) -> (BTreeSet<UserId>, BTreeSet<UserId>) {
        let (mut left_alone, mut gone) = (BTreeSet::new(), BTreeSet::new());
        for (&user, refused) in leaves.iter().zip(refused) {
            match refused {
                None => {}
                Some(Found::Item(_)) => {
                    left_alone.insert(user);
                }
                Some(Found::Nothing) => {
                    gone.insert(user);
                }
            }
        }
        (left_alone, gone)
    }
}
