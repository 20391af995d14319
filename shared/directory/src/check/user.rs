use aws_sdk_dynamodb::types::AttributeValue;

use super::{Check, Damage, MOST_ATTEMPTS, Suspect, Verified, as_read};
use crate::keys::{self, ResourceKind};
use crate::record::{KeyValues, Owner};
use crate::store::By;
use crate::table::{Item, Write, number};
use crate::{Error, GroupId, ResourceReference, Result, UserId};

/// A user with all that follows from him, as of one moment.
struct Seen {
    id: UserId,
    user: Option<Item>,
    groups: Option<Item>,
    /// In the roster of users, and in that of users who are kept.
    rosters: [Option<Item>; 2],
}

impl Seen {
    /// Which roster he belongs into; none if he does not exist.
    fn kind(&self) -> Option<ResourceKind> {
        let user = self.user.as_ref()?;
        Some(if user.0.contains_key("deleted") {
            ResourceKind::DeletedUser
        } else {
            ResourceKind::User
        })
    }
}

impl Check<'_> {
    pub async fn verify_user(&self, id: UserId) -> Result<Verified> {
        let key = keys::user(self.id(), id);
        for _ in 0..MOST_ATTEMPTS {
            let values = match self.values_of_user(self.table().get(&key).await?.as_ref()) {
                Err(Error::Corrupt(_)) => return Ok(unreadable(id)),
                values => values?,
            };
            let owner = self.owner(ResourceKind::User, &id.to_string());
            let Some((items, held)) = self.read_user(id, &owner, &values).await? else {
                break;
            };
            if self.values_of_user(items.user.as_ref()).ok().as_ref() != Some(&values) {
                continue;
            }
            return match self.judge_user(&items, &owner, &values, &held).await {
                Err(Error::Corrupt(_)) => Ok(unreadable(id)),
                verified => verified,
            };
        }
        Ok(Verified::undecided())
    }

    pub fn values_of_user(&self, user: Option<&Item>) -> Result<KeyValues> {
        match user {
            Some(user) if !user.0.contains_key("deleted") => self.values(ResourceKind::User, user),
            _ => Ok(KeyValues::default()),
        }
    }

    async fn read_user(
        &self,
        id: UserId,
        owner: &Owner,
        values: &KeyValues,
    ) -> Result<Option<(Seen, Vec<Option<Item>>)>> {
        let (directory, text) = (self.id(), id.to_string());
        let own = [
            keys::user(directory, id),
            keys::user_groups(directory, id),
            keys::roster(directory, ResourceKind::User, &text),
            keys::roster(directory, ResourceKind::DeletedUser, &text),
        ];
        let held = values.keys(directory, owner.kind, &owner.id);
        let keys: Vec<_> = own.into_iter().chain(held).collect();
        let Some(mut items) = self.table().at_one_moment(&keys).await? else {
            return Ok(None);
        };
        let held = items.split_off(4);
        let mut items = items.into_iter();
        let mut next = || items.next().flatten();
        let seen = Seen {
            id,
            user: next(),
            groups: next(),
            rosters: [next(), next()],
        };
        Ok(Some((seen, held)))
    }

    async fn judge_user(
        &self,
        seen: &Seen,
        owner: &Owner,
        values: &KeyValues,
        held: &[Option<Item>],
    ) -> Result<Verified> {
        let mut verified = Verified::default();
        let as_read = as_read(keys::user(self.id(), seen.id), seen.user.as_ref())?;
        let by = self.by(seen.id);
        self.judge_rosters(seen, &as_read, &by, &mut verified);
        self.judge_groups(seen, &as_read, &by, &mut verified)
            .await?;
        self.judge_values(seen.id.into(), owner, values, held, &as_read, &mut verified)
            .await?;
        Ok(verified)
    }

    fn judge_rosters(&self, seen: &Seen, as_read: &Write, by: &By, verified: &mut Verified) {
        let kinds = [ResourceKind::User, ResourceKind::DeletedUser];
        for (kind, place) in kinds.into_iter().zip(&seen.rosters) {
            let key = keys::roster(self.id(), kind, &seen.id.to_string());
            match (place, seen.kind() == Some(kind)) {
                (None, true) => {
                    let put = Write::put(by.mark(Item::new(key, "roster"))).when_absent();
                    verified.note(
                        seen.id,
                        Damage::NotInRoster(kind),
                        Some(vec![put, as_read.clone()]),
                    );
                }
                (Some(_), false) => {
                    let delete = Write::delete(key).when_present();
                    let damage = Damage::RosterWithoutResource(kind);
                    verified.note(seen.id, damage, Some(vec![delete, as_read.clone()]));
                }
                _ => {}
            }
        }
    }

    async fn judge_groups(
        &self,
        seen: &Seen,
        as_read: &Write,
        by: &By,
        verified: &mut Verified,
    ) -> Result<()> {
        let key = keys::user_groups(self.id(), seen.id);
        match (&seen.user, &seen.groups) {
            (Some(user), None) if seen.kind() == Some(ResourceKind::User) => {
                // Later than any version that the lost item can have had.
                let version = number(by.at.as_millisecond());
                let groups = Item::new(key, "user's groups")
                    .with("version", version)
                    .with("protected", AttributeValue::Bool(user.is("protected")));
                let put = Write::put(by.mark(groups)).when_absent();
                verified.note(
                    seen.id,
                    Damage::GroupsMissing,
                    Some(vec![put, as_read.clone()]),
                );
            }
            (Some(user), Some(groups)) if seen.kind() == Some(ResourceKind::User) => {
                let protected = user.is("protected");
                if protected == groups.is("protected") {
                    return Ok(());
                }
                let protect = by
                    .mark_update(Write::update(key))
                    .clause("SET #protected = :protected")
                    .clause("ADD #version :one")
                    .when("#version = :version")
                    .value(":protected", AttributeValue::Bool(protected))
                    .value(":one", number(1))
                    .value(":version", number(groups.number::<u64>("version")?));
                let repair = vec![protect, as_read.clone()];
                verified.note(seen.id, Damage::ProtectionDiffers, Some(repair));
            }
            (_, Some(groups)) => {
                let leaving = groups.0.contains_key("leaving");
                if leaving && self.is_still_leaving(seen.id, groups, verified).await? {
                    return Ok(());
                }
                let delete = Write::delete(key)
                    .when("#version = :version")
                    .value(":version", number(groups.number::<u64>("version")?));
                let damage = if leaving {
                    Damage::LeavingForgotten
                } else {
                    Damage::GroupsWithoutUser
                };
                verified.note(seen.id, damage, Some(vec![delete, as_read.clone()]));
                let named = groups.ids("groups", GroupId::from_uuid)?;
                let memberships = named
                    .into_iter()
                    .map(|group| Suspect::Membership(group, seen.id));
                verified.further.extend(memberships);
            }
            _ => {}
        }
        Ok(())
    }

    /// Whether a user who was deleted has yet to be forgotten by his groups, and will be.
    async fn is_still_leaving(
        &self,
        id: UserId,
        groups: &Item,
        verified: &mut Verified,
    ) -> Result<bool> {
        verified.pending = self.is_to_do(id).await?;
        if verified.pending {
            return Ok(true);
        }
        // The to-do item may have come to its end in between, and with it this item.
        let now = self.table().get(&keys::user_groups(self.id(), id)).await?;
        Ok(now.as_ref() != Some(groups))
    }
}

pub(super) fn unreadable(resource: impl Into<ResourceReference>) -> Verified {
    let mut verified = Verified::default();
    verified.note(resource, Damage::Unreadable, None);
    verified
}
