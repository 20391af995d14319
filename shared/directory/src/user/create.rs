use aws_sdk_dynamodb::types::AttributeValue;
use scim::{Error, Resource};

use super::{UserGroups, UserRecord, owner};
use crate::application::take_protected;
use crate::record::{KeyValues, attribute_names, document_text};
use crate::store::{By, Scope, stamp};
use crate::table::{Found, Item, Outcome, Write, binary, number, text};
use crate::{DirectoryId, Origin, Result, Settings, UserId, keys};

impl Scope<'_> {
    /// Creates a user (RFC 7644 §3.3), in one transaction with his names, lookups, place in the roster and share in the
    /// total; with this id, if it was drawn beforehand. Error: 409 `uniqueness`.
    pub async fn create_user(&self, resource: Resource, id: Option<UserId>) -> Result<UserRecord> {
        self.may_write()?;
        let id = id.unwrap_or_else(|| self.store.new_user_id());
        let mut resource = resource;
        let attributes = attribute_names(&resource);
        let application = Application {
            origin: Origin::of(self.principal.kind),
            protected: take_protected(&mut resource),
        };
        let by = self.by("create user", Some(id.into()), &attributes);
        let values = KeyValues::of_user(&resource, &self.principal.settings);
        let user_name = resource.text("userName").unwrap_or_default().to_owned();
        let (items, record) = new_user(self.directory(), id, resource, &application, &by)?;
        let own = items.len();
        let mut writes: Vec<_> = items
            .into_iter()
            .map(|item| Write::put(item).when_absent())
            .collect();
        writes.extend(owner(self.directory(), id).create(&values, &by));
        match self.table().transact(&writes).await? {
            Outcome::Done => Ok(record),
            Outcome::Refused(refused) => Err(taken(&user_name, &values, &refused[own..]).into()),
        }
    }
}

/// What the application alone sees of a new user.
pub(crate) struct Application {
    origin: Origin,
    protected: bool,
}

/// The user's own two items, and the record they make.
pub(crate) fn new_user(
    directory: DirectoryId,
    id: UserId,
    resource: Resource,
    application: &Application,
    by: &By,
) -> Result<(Vec<Item>, UserRecord)> {
    let now = text(stamp(by.at));
    let user = Item::new(keys::user(directory, id), "user")
        .with("document", text(document_text(&resource)?))
        .with("version", number(1))
        .with("created", now.clone())
        .with("modified", now)
        .with("origin", text(application.origin.keyword()))
        .with("protected", AttributeValue::Bool(application.protected))
        .with("writes", AttributeValue::L(vec![binary(by.write)]));
    let groups = Item::new(keys::user_groups(directory, id), "user's groups")
        .with("version", number(1))
        .with("protected", AttributeValue::Bool(application.protected));
    let record = UserRecord {
        id,
        stored: resource.into(),
        version: 1,
        groups: Some(UserGroups {
            version: 1,
            ..UserGroups::default()
        }),
        origin: application.origin,
        protected: application.protected,
        deleted: None,
        created: by.at,
        modified: by.at,
        writes: vec![by.write],
    };
    Ok((vec![by.mark(user), groups], record))
}

/// The items that a new user has in all, for filling a directory in bulk.
pub(crate) fn all_items(
    directory: DirectoryId,
    settings: &Settings,
    id: UserId,
    resource: Resource,
    by: &By,
) -> Result<Vec<Item>> {
    let application = Application {
        origin: Origin::Scim,
        protected: false,
    };
    let values = KeyValues::of_user(&resource, settings);
    let (mut items, _) = new_user(directory, id, resource, &application, by)?;
    items.extend(owner(directory, id).items(&values));
    Ok(items)
}

/// The 409 for the first unique value that somebody else has; `refused` are the outcomes for the values in order.
pub(super) fn taken(user_name: &str, values: &KeyValues, refused: &[Option<Found>]) -> Error {
    let taken = values
        .unique
        .iter()
        .zip(refused)
        .find(|(_, refused)| refused.is_some());
    match taken.map(|(unique, _)| unique) {
        Some(unique) if unique.attribute == "email" => Error::uniqueness(format!(
            "A user with the primary e-mail address `{}` already exists.",
            unique.value
        )),
        _ => Error::uniqueness(format!(
            "A user with userName `{user_name}` already exists."
        )),
    }
}
