//! What users and groups have in common in the table: a document, its keys, roster and total.

use std::collections::{BTreeMap, BTreeSet};

use scim::{Resource, StoredResource, fold};
use serde_json::Value;

use crate::keys::{self, Key, ResourceKind};
use crate::store::By;
use crate::table::{Found, Item, Write, number, text};
use crate::{DirectoryId, Error, GroupId, Result, Settings, Store, UniqueIdentifier, UserId};

/// Longest document, in bytes of JSON.
const LONGEST_DOCUMENT: usize = 64 * 1024;
/// Most e-mail addresses: each is an item of the transaction.
const MOST_EMAILS: usize = 40;

/// A value that only one resource may have, and the words for it in an error.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct UniqueValue {
    /// `userName`, `email` or `displayName`.
    pub attribute: &'static str,
    /// Folded.
    pub value: String,
}

/// A value by which resources are found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct LookupValue {
    /// `externalId` or `emails.value`.
    pub attribute: &'static str,
    /// Folded where case does not matter.
    pub value: String,
}

/// The values of a resource that are keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyValues {
    pub unique: BTreeSet<UniqueValue>,
    pub lookups: BTreeSet<LookupValue>,
}

impl KeyValues {
    pub fn of_user(resource: &Resource, settings: &Settings) -> Self {
        let folded = |attribute, value: &str| UniqueValue {
            attribute,
            value: fold(value).into_owned(),
        };
        let mut keys = Self::default();
        keys.unique.extend(
            resource
                .text("userName")
                .map(|name| folded("userName", name)),
        );
        if settings.unique_identifier == UniqueIdentifier::Email {
            keys.unique
                .extend(primary_email(resource).map(|email| folded("email", email)));
        }
        keys.lookups.extend(external_id(resource));
        let emails = resource
            .elements("emails")
            .iter()
            .filter_map(|email| email.get("value")?.as_str());
        keys.lookups.extend(emails.map(|email| LookupValue {
            attribute: "emails.value",
            value: fold(email).into_owned(),
        }));
        keys
    }

    pub fn of_group(resource: &Resource) -> Self {
        let name = resource.text("displayName").map(|name| UniqueValue {
            attribute: "displayName",
            value: fold(name).into_owned(),
        });
        Self {
            unique: name.into_iter().collect(),
            lookups: external_id(resource).into_iter().collect(),
        }
    }
}

impl KeyValues {
    /// The keys of the items that hold these values for a resource.
    pub fn keys(&self, directory: DirectoryId, kind: ResourceKind, id: &str) -> Vec<Key> {
        let owner = Owner {
            directory,
            kind,
            id: id.to_owned(),
        };
        let unique = self
            .unique
            .iter()
            .map(|unique| keys::unique(directory, unique.attribute, &unique.value));
        let lookups = self.lookups.iter().map(|lookup| owner.lookup_key(lookup));
        unique.chain(lookups).collect()
    }
}

fn external_id(resource: &Resource) -> Option<LookupValue> {
    resource.text("externalId").map(|value| LookupValue {
        attribute: "externalId",
        value: value.to_owned(),
    })
}

/// The e-mail address that identifies a user where addresses do: the primary one, else the first.
fn primary_email(resource: &Resource) -> Option<&str> {
    let emails = resource.elements("emails");
    let is_primary = |email: &&Value| email.get("primary") == Some(&true.into());
    emails
        .iter()
        .find(is_primary)
        .or(emails.first())?
        .get("value")?
        .as_str()
}

/// The resource that has keys, a place in the roster and a share in the total.
#[derive(Clone, Debug)]
pub(crate) struct Owner {
    pub directory: DirectoryId,
    pub kind: ResourceKind,
    pub id: String,
}

impl Owner {
    /// The items that a new resource has beside its own.
    pub fn items(&self, values: &KeyValues) -> Vec<Item> {
        let unique = values.unique.iter().map(|unique| self.unique_item(unique));
        let lookups = values.lookups.iter().map(|lookup| self.lookup_item(lookup));
        let roster = Item::new(keys::roster(self.directory, self.kind, &self.id), "roster");
        unique.chain(lookups).chain([roster]).collect()
    }

    pub fn unique_item(&self, unique: &UniqueValue) -> Item {
        let key = keys::unique(self.directory, unique.attribute, &unique.value);
        Item::new(key, "unique value").with("owner", text(self.id.as_str()))
    }

    pub fn lookup_key(&self, lookup: &LookupValue) -> Key {
        keys::lookup(
            self.directory,
            lookup.attribute,
            &lookup.value,
            self.kind,
            &self.id,
        )
    }

    pub fn lookup_item(&self, lookup: &LookupValue) -> Item {
        Item::new(self.lookup_key(lookup), "lookup value")
    }

    /// The writes for a new resource beside its own items.
    pub fn create(&self, values: &KeyValues, by: &By) -> Vec<Write> {
        let items = self
            .items(values)
            .into_iter()
            .map(|item| Write::put(item).when_absent());
        items.chain([self.count(1, by)]).collect()
    }

    /// The writes for changed keys: old minus new is given up, new minus old is taken, what is in both is untouched.
    pub fn change(&self, old: &KeyValues, new: &KeyValues) -> Vec<Write> {
        let given_up = old
            .unique
            .difference(&new.unique)
            .map(|unique| self.give_up(unique));
        let taken = new
            .unique
            .difference(&old.unique)
            .map(|unique| Write::put(self.unique_item(unique)).when_absent());
        let forgotten = old
            .lookups
            .difference(&new.lookups)
            .map(|lookup| Write::delete(self.lookup_key(lookup)));
        let found = new
            .lookups
            .difference(&old.lookups)
            .map(|lookup| Write::put(self.lookup_item(lookup)));
        given_up
            .chain(taken)
            .chain(forgotten)
            .chain(found)
            .collect()
    }

    /// The writes that remove everything that [`Owner::create`] made. What is deleted leaves no mark, so that of the total
    /// is the deletion's one in the table's stream.
    pub fn delete(&self, values: &KeyValues, by: &By) -> Vec<Write> {
        let unique = values.unique.iter().map(|unique| self.give_up(unique));
        let lookups = values
            .lookups
            .iter()
            .map(|lookup| Write::delete(self.lookup_key(lookup)));
        let roster =
            Write::delete(keys::roster(self.directory, self.kind, &self.id)).when_present();
        unique
            .chain(lookups)
            .chain([roster, self.count(-1, by)])
            .collect()
    }

    /// Whether somebody else has one of the values that were found taken; by itself a resource is met where its own
    /// change, made at the same time, was faster.
    pub fn meets_another(&self, refused: &[Option<Found>]) -> bool {
        let owner = |found: &Found| {
            found.item().and_then(|item| item.optional_text("owner")) != Some(&self.id)
        };
        refused.iter().flatten().any(owner)
    }

    /// Only the owner gives a unique value up.
    fn give_up(&self, unique: &UniqueValue) -> Write {
        let key = keys::unique(self.directory, unique.attribute, &unique.value);
        Write::delete(key)
            .when("#owner = :owner")
            .value(":owner", text(self.id.as_str()))
    }

    fn count(&self, difference: i8, by: &By) -> Write {
        let key = keys::total(self.directory, self.kind, &self.id);
        let update = Write::update(key)
            .clause("SET #type = :type")
            .clause("ADD #count :difference")
            .value(":type", text("total"))
            .value(":difference", number(difference));
        by.mark_update(update)
    }
}

/// The document of a resource as it is stored. Error: 413 if it is too long, 400 for too many e-mail addresses.
pub(crate) fn document_text(resource: &Resource) -> Result<String> {
    if resource.elements("emails").len() > MOST_EMAILS {
        let detail = format!("`emails` has more than {MOST_EMAILS} addresses.");
        return Err(scim::Error::bad_request(scim::ScimType::InvalidValue, detail).into());
    }
    let text =
        serde_json::to_string(resource.document()).map_err(|_| Error::Corrupt("document"))?;
    if text.len() > LONGEST_DOCUMENT {
        let detail = format!("The resource is larger than {LONGEST_DOCUMENT} bytes.");
        return Err(scim::Error::new(scim::ErrorStatus::ContentTooLarge, detail).into());
    }
    Ok(text)
}

impl Store {
    /// The documents of the resources of these ids that exist, with the ids.
    pub(crate) async fn documents(
        &self,
        directory: DirectoryId,
        kind: ResourceKind,
        ids: &[String],
    ) -> Result<Vec<(String, Resource)>> {
        let key = |id: &String| match kind {
            ResourceKind::User | ResourceKind::DeletedUser => {
                Some(keys::user(directory, UserId::parse(id)?))
            }
            ResourceKind::Group => Some(keys::group(directory, GroupId::parse(id)?)),
        };
        let keys: Vec<_> = ids.iter().filter_map(key).collect();
        let items = self.table.batch_get(&keys, &[]).await?;
        let document = |item: &Item| {
            let id = item.text("pk")?.rsplit('#').next().unwrap_or_default();
            Ok((id.to_owned(), read_document(item)?))
        };
        let mut documents = items.iter().map(document).collect::<Result<Vec<_>>>()?;
        // A batch is answered in any order.
        documents.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(documents)
    }
}

pub(crate) fn read_document(item: &Item) -> Result<Resource> {
    let resource = stored_document(item)?.read();
    resource.ok_or(Error::Corrupt("document"))
}

/// The document, to be shown: what nobody looks into is not read.
pub(crate) fn stored_document(item: &Item) -> Result<StoredResource> {
    StoredResource::from_text(item.text("document")?).ok_or(Error::Corrupt("document"))
}

/// The names of the attributes that a resource has.
pub(crate) fn attribute_names(resource: &Resource) -> Vec<String> {
    changed_attributes(&Resource::default(), resource)
}

/// The names of the attributes in which two documents differ: those of the core schema, and those of extensions behind
/// the URN of theirs.
pub(crate) fn changed_attributes(before: &Resource, after: &Resource) -> Vec<String> {
    let (before, after) = (named(before), named(after));
    let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
    let differs = |name: &&String| before.get(*name) != after.get(*name);
    names.into_iter().filter(differs).cloned().collect()
}

fn named(resource: &Resource) -> BTreeMap<String, &Value> {
    let mut named = BTreeMap::new();
    for (name, value) in resource.document() {
        match value {
            // Of the keys of a document only a schema's has colons.
            Value::Object(extension) if name.contains(':') => {
                let within = extension.iter();
                named.extend(within.map(|(within, value)| (format!("{name}:{within}"), value)));
            }
            _ => {
                named.insert(name.clone(), value);
            }
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_of_an_extension_are_named_behind_its_urn() {
        let resource = |document: Value| {
            Resource::from_stored(document.as_object().cloned().unwrap_or_default())
        };
        let before = resource(json!({
            "userName": "bob", "title": "Member", "name": {"givenName": "Bob"},
            "urn:x:User": {"kept": 1, "gone": true, "changed": "a"}
        }));
        let after = resource(json!({
            "userName": "bob", "active": true, "name": {"givenName": "Bobby"},
            "urn:x:User": {"kept": 1, "changed": "b"}, "urn:y:User": {"new": []}
        }));
        let names = [
            "active",
            "name",
            "title",
            "urn:x:User:changed",
            "urn:x:User:gone",
            "urn:y:User:new",
        ];
        assert_eq!(changed_attributes(&before, &after), names);
        assert_eq!(changed_attributes(&before, &before), [""; 0]);
        let all = [
            "name",
            "title",
            "urn:x:User:changed",
            "urn:x:User:gone",
            "urn:x:User:kept",
            "userName",
        ];
        assert_eq!(attribute_names(&before), all);
    }
}
