use super::place::{Place, place};
use super::user::unreadable;
use super::{Check, Damage, MOST_ATTEMPTS, Verified, as_read};
use crate::keys::{self, Key, ResourceKind};
use crate::record::{KeyValues, Owner};
use crate::table::{Item, Write, text};
use crate::{Error, GroupId, ResourceReference, Result, UserId};

impl Check<'_> {
    /// Unique values and lookups of a user or a group. `held` are the items under their keys, in their order.
    pub async fn judge_values(
        &self,
        resource: ResourceReference,
        owner: &Owner,
        values: &KeyValues,
        held: &[Option<Item>],
        as_read: &Write,
        verified: &mut Verified,
    ) -> Result<()> {
        let by = self.by(resource.clone());
        let (unique, lookups) = held.split_at(values.unique.len());
        for (value, item) in values.unique.iter().zip(unique) {
            let put = Write::put(by.mark(owner.unique_item(value)));
            let Some(item) = item else {
                let repair = vec![put.when_absent(), as_read.clone()];
                verified.note(
                    resource.clone(),
                    Damage::UniqueValueNotHeld(value.attribute),
                    Some(repair),
                );
                continue;
            };
            let other = item.text("owner")?;
            if other == owner.id {
                continue;
            }
            let key = keys::unique(self.id(), value.attribute, &value.value);
            let (has_it, other_as_read) = match self.has_value(owner.kind, other, &key).await {
                // That is told of the other one.
                Err(Error::Corrupt(_)) => continue,
                found => found?,
            };
            if has_it {
                let damage = Damage::UniqueValueTwice(value.attribute, other.to_owned());
                verified.note(resource.clone(), damage, None);
            } else {
                let damage = Damage::UniqueValueNotHeld(value.attribute);
                let put = put.when("#owner = :other").value(":other", text(other));
                let repair = [put, as_read.clone()].into_iter().chain(other_as_read);
                verified.note(resource.clone(), damage, Some(repair.collect()));
            }
        }
        for (value, item) in values.lookups.iter().zip(lookups) {
            if item.is_none() {
                let put = Write::put(by.mark(owner.lookup_item(value)));
                let repair = vec![put, as_read.clone()];
                verified.note(
                    resource.clone(),
                    Damage::LookupMissing(value.attribute),
                    Some(repair),
                );
            }
        }
        Ok(())
    }

    /// Whether a resource has what stands under this key, and what says that it is as it was read; nothing says that of an
    /// id that cannot be one.
    async fn has_value(
        &self,
        kind: ResourceKind,
        id: &str,
        key: &Key,
    ) -> Result<(bool, Option<Write>)> {
        let Some(own) = self.own_key(kind, id) else {
            return Ok((false, None));
        };
        let item = self.table().get(&own).await?;
        Ok((
            self.holds(kind, id, item.as_ref(), key)?,
            Some(as_read(own, item.as_ref())?),
        ))
    }

    /// The key of a resource's own item; none if the id cannot be one.
    fn own_key(&self, kind: ResourceKind, id: &str) -> Option<Key> {
        match kind {
            ResourceKind::User | ResourceKind::DeletedUser => {
                UserId::parse(id).map(|id| keys::user(self.id(), id))
            }
            ResourceKind::Group => GroupId::parse(id).map(|id| keys::group(self.id(), id)),
        }
    }

    /// Whether this item of a resource has what stands under a key.
    fn holds(&self, kind: ResourceKind, id: &str, item: Option<&Item>, key: &Key) -> Result<bool> {
        let values = match (kind, item) {
            (ResourceKind::Group, Some(head)) => self.values(kind, head)?,
            (_, user) => self.values_of_user(user)?,
        };
        Ok(values.keys(self.id(), kind, id).contains(key))
    }

    /// A unique value or a lookup that was not expected: whether its resource has the value.
    pub async fn verify_value(&self, key: &Key) -> Result<Verified> {
        for _ in 0..MOST_ATTEMPTS {
            let Some(item) = self.table().get(key).await? else {
                return Ok(Verified::default());
            };
            let Some((resource, damage)) = self.held_for(key, &item) else {
                return Ok(Verified::default());
            };
            let delete = Write::delete(key.clone());
            let delete = match item.optional_text("owner") {
                Some(owner) => delete.when("#owner = :owner").value(":owner", text(owner)),
                None => delete.when("attribute_not_exists(#owner)").when_present(),
            };
            let mut verified = Verified::default();
            let Some(own) = self.own_key(resource.kind, &resource.id) else {
                verified.note(resource, damage, Some(vec![delete]));
                return Ok(verified);
            };
            let items = [key.clone(), own.clone()];
            let Some(items) = self.table().at_one_moment(&items).await? else {
                break;
            };
            let [now, owner] = items.as_slice() else {
                return Err(Error::Corrupt("owner"));
            };
            if now.as_ref() != Some(&item) {
                continue;
            }
            match self.holds(resource.kind, &resource.id, owner.as_ref(), key) {
                Ok(true) => {}
                Ok(false) => {
                    let as_read = as_read(own, owner.as_ref())?;
                    verified.note(resource, damage, Some(vec![delete, as_read]));
                }
                Err(Error::Corrupt(_)) => return Ok(unreadable(resource)),
                Err(error) => return Err(error),
            }
            return Ok(verified);
        }
        Ok(Verified::undecided())
    }

    /// For which resource a value is held, and what it is if that does not have it.
    fn held_for(&self, key: &Key, item: &Item) -> Option<(ResourceReference, Damage)> {
        match place(self.id(), &key.pk, &key.sk) {
            Place::Unique { attribute } => {
                let kind = if attribute == "displayName" {
                    ResourceKind::Group
                } else {
                    ResourceKind::User
                };
                let id = item.optional_text("owner").unwrap_or_default().to_owned();
                let damage = Damage::UniqueValueWithoutOwner(attribute);
                Some((ResourceReference { kind, id }, damage))
            }
            Place::Lookup {
                attribute,
                kind,
                id,
            } => {
                let damage = Damage::LookupWithoutOwner(attribute);
                Some((ResourceReference { kind, id }, damage))
            }
            _ => None,
        }
    }
}
