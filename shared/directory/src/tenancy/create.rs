use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use scim::Object;

use super::environment::is_missing;
use super::settings::{SCHEMA_EXTENSIONS, read_extensions};
use super::{Administration, DirectoryName, conflict, not_found};
use crate::store::stamp;
use crate::table::{Item, Outcome, Write, binary, number, text};
use crate::{DirectoryId, Result, Settings, keys, settings};

impl Administration<'_> {
    /// Creates a directory of an organization; the first one is the primary one. Errors: 404, 409 if the organization has
    /// one of this name.
    pub async fn create_directory(
        &self,
        name: &DirectoryName,
        settings: &Settings,
    ) -> Result<DirectoryId> {
        self.create(name, settings, None).await
    }

    /// The same with settings by name, `schema_extensions` among them, as [`Administration::change_settings`] takes them.
    /// Errors: also 400 `invalidValue`.
    pub async fn create_directory_with(
        &self,
        name: &DirectoryName,
        settings: &Object,
    ) -> Result<DirectoryId> {
        let mut known = Settings::default();
        let mut extensions = None;
        for (name, value) in settings {
            if name == SCHEMA_EXTENSIONS {
                extensions = read_extensions(value)?.map(|(_, definitions)| definitions);
            } else {
                known.set(name, value)?;
            }
        }
        self.create(name, &known, extensions).await
    }

    async fn create(
        &self,
        name: &DirectoryName,
        settings: &Settings,
        extensions: Option<String>,
    ) -> Result<DirectoryId> {
        let id = self.store().new_directory_id();
        let extensions = extensions.map(|definitions| self.extensions(id, definitions));
        let mut attributes: Vec<_> = settings.to_attributes().into_keys().collect();
        attributes.extend(extensions.iter().map(|_| SCHEMA_EXTENSIONS.to_owned()));
        let by = self.by("create directory", &attributes);
        let directory = Item::new(keys::directory(id), "directory")
            .with("organization", text(name.organization.as_str()))
            .with("slug", text(name.slug.as_str()))
            .with("state", text("enabled"))
            .with("created", text(stamp(by.at)))
            .with("settings", settings::stored(settings))
            .with("credentials", AttributeValue::M(HashMap::new()))
            .with("cursor_key", binary(self.table().random::<32>()))
            .with("version", number(1));
        let directory = match &extensions {
            Some((version, _)) => directory.with("extensions", text(version.as_str())),
            None => directory,
        };
        let listed = Item::new(
            keys::directory_of_organization(&name.organization, id),
            "directory, listed",
        )
        .with("slug", text(name.slug.as_str()));
        let named = Item::new(keys::directory_slug(name), "directory's name")
            .with("owner", text(id.to_string()));
        let counted = Write::update(keys::organization(&name.organization))
            .clause("ADD #directories :one")
            .clause("SET #primary = if_not_exists(#primary, :id)")
            .when_present()
            .value(":one", number(1))
            .value(":id", text(id.to_string()));
        // Nobody reads or changes the directory yet: this and its end are the only transactions that it is part of.
        let mut writes = vec![
            counted,
            Write::put(by.mark(named)).when_absent(),
            Write::put(by.mark(listed)).when_absent(),
            Write::put(by.mark(directory)).when_absent(),
        ];
        writes.extend(extensions.map(|(_, write)| write));
        match self.table().transact(&writes).await? {
            Outcome::Done => Ok(id),
            Outcome::Refused(refused) if is_missing(&refused, 0) => {
                Err(not_found("Organization", &name.organization))
            }
            Outcome::Refused(_) => Err(conflict(format!("There is a directory `{name}` already."))),
        }
    }
}
