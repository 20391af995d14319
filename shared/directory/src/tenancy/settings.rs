use std::time::Duration;

use jiff::Timestamp;
use scim::{ErrorStatus, Object, ResourceTypes};
use serde_json::Value;

use super::{Administration, Directory, DirectoryState, check_not_deleting, conflict};
use crate::keys::{self, ResourceKind};
use crate::table::{Item, Outcome, Write, text};
use crate::{DirectoryId, Error, Result, Settings};

/// The setting that is an item of its own.
pub(super) const SCHEMA_EXTENSIONS: &str = "schema_extensions";
/// Longer than a request takes: after that nobody writes any more who saw the directory enabled.
const SETTLED_AFTER: Duration = Duration::from_mins(1);
/// Largest definition of a directory's extensions, in bytes of JSON.
const LARGEST_EXTENSIONS: usize = 128 * 1024;
/// Resources that are read at once to be checked.
const CHECKED_AT_ONCE: usize = 500;
/// Most resources that a refusal names.
const MOST_NAMED: usize = 3;

impl Administration<'_> {
    /// Changes settings of a directory, all of them or none; they hold from the next request on. A value of null, or nothing, is
    /// the default.
    ///
    /// Errors: 404; 400 `invalidValue`; 409 for another `unique_identifier` where users or groups are or may be
    /// written, and for `schema_extensions` that stored users or groups violate, with the first ones named.
    pub async fn change_settings(&self, id: DirectoryId, changes: &Object) -> Result<Directory> {
        let before = self.directory(id).await?;
        check_not_deleting(&before)?;
        let apply = |settings: &mut Settings| {
            let mut known = changes
                .iter()
                .filter(|(name, _)| *name != SCHEMA_EXTENSIONS);
            known.try_for_each(|(name, value)| settings.set(name, value))
        };
        let mut wanted = before.settings.clone();
        apply(&mut wanted)?;
        if wanted.unique_identifier != before.settings.unique_identifier {
            self.check_unused(&before).await?;
        }
        let extensions = match changes.get(SCHEMA_EXTENSIONS) {
            Some(definitions) if *definitions != self.extensions_of(&before).await? => {
                Some(self.write_extensions(&before, definitions).await?)
            }
            _ => None,
        };
        let names: Vec<_> = changes.keys().map(String::as_str).collect();
        self.change_directory(id, "change settings", &names, |directory| {
            check_not_deleting(directory)?;
            let identifier = directory.settings.unique_identifier;
            apply(&mut directory.settings)?;
            // What was checked is true as long as it stayed disabled.
            if directory.settings.unique_identifier != identifier && directory.state != before.state
            {
                return Err(Error::Contended);
            }
            if let Some(version) = &extensions {
                directory.extensions.clone_from(version);
            }
            Ok(())
        })
        .await
    }

    /// All settings of a directory by name.
    pub async fn settings(&self, directory: &Directory) -> Result<Object> {
        let mut settings = directory.settings.to_json();
        let definitions = self.extensions_of(directory).await?;
        settings.insert(SCHEMA_EXTENSIONS.to_owned(), definitions);
        Ok(settings)
    }

    /// The schema extensions as they were defined; null for none, and where they are being deleted.
    async fn extensions_of(&self, directory: &Directory) -> Result<Value> {
        match &directory.extensions {
            Some(version) if directory.state != DirectoryState::Deleting => {
                self.store().definitions(directory.id, version).await
            }
            _ => Ok(Value::Null),
        }
    }

    /// Error: 409 unless nobody can be writing and nothing is there: the keys of what is there would be wrong.
    async fn check_unused(&self, directory: &Directory) -> Result<()> {
        let settled = self.check_settled(directory);
        settled.map_err(|_| {
            conflict("`unique_identifier` can be changed only in a directory that has been disabled for a minute and has no users and groups.")
        })?;
        for kind in ResourceKind::ALL {
            let roster = keys::roster_partition(directory.id, kind);
            if !self
                .table()
                .sort_keys(&roster, None, 1, true)
                .await?
                .is_empty()
            {
                return Err(conflict(
                    "`unique_identifier` can be changed only in a directory without users and groups.",
                ));
            }
        }
        Ok(())
    }

    /// Error: 409 while a request that saw the directory enabled may still be under way.
    pub(super) fn check_settled(&self, directory: &Directory) -> Result<()> {
        if directory.state == DirectoryState::Enabled {
            return Err(conflict("Disable the directory first."));
        }
        let wait = directory.settles_in(self.store().environment().now());
        if wait.is_zero() {
            return Ok(());
        }
        Err(conflict(format!(
            "The directory was disabled less than a minute ago, and requests may still be under way: try again in {} seconds.",
            wait.as_secs() + 1
        )))
    }

    /// Writes extensions in a version of their own, if the stored resources keep to them. None for no extensions.
    async fn write_extensions(
        &self,
        directory: &Directory,
        definitions: &Value,
    ) -> Result<Option<String>> {
        let Some((types, definitions)) = read_extensions(definitions)? else {
            return Ok(None);
        };
        self.check_stored(directory, &types).await?;
        let (version, write) = self.extensions(directory.id, definitions);
        match self.table().update(&write).await? {
            Outcome::Done => Ok(Some(version)),
            Outcome::Refused(_) => Err(Error::Contended),
        }
    }

    /// A new version of a directory's extensions, and the write that keeps it.
    pub(super) fn extensions(
        &self,
        directory: DirectoryId,
        definitions: String,
    ) -> (String, Write) {
        let version = self.store().new_extensions_version();
        let item = Item::new(keys::extensions(directory, &version), "schema extensions");
        let write = Write::put(item.with("definitions", text(definitions))).when_absent();
        (version, write)
    }

    /// Error: 409 if a stored user or group violates these types; the first ones are named.
    async fn check_stored(&self, directory: &Directory, types: &ResourceTypes) -> Result<()> {
        let mut violations = Vec::new();
        for kind in [ResourceKind::User, ResourceKind::Group] {
            let roster = keys::roster_partition(directory.id, kind);
            let mut after = None;
            while violations.len() < MOST_NAMED {
                let ids = self
                    .table()
                    .sort_keys(&roster, after.as_deref(), CHECKED_AT_ONCE, true)
                    .await?;
                let documents = self.store().documents(directory.id, kind, &ids).await?;
                for (id, resource) in documents {
                    if let Err(error) = resource.check(kind.resource_type(types)) {
                        violations.push(format!("{} `{id}`: {}", kind.name(), error.detail));
                    }
                }
                match ids.last() {
                    Some(last) if ids.len() == CHECKED_AT_ONCE => after = Some(last.clone()),
                    _ => break,
                }
            }
        }
        if violations.is_empty() {
            return Ok(());
        }
        violations.truncate(MOST_NAMED);
        Err(conflict(format!(
            "Stored resources violate these schema extensions. The first: {} Change them, or the extensions.",
            violations.join(" ")
        )))
    }
}

impl Directory {
    /// How long it takes until no request is under way any more that saw the directory enabled: then its deletion can
    /// begin. A whole minute as long as it is enabled.
    pub fn settles_in(&self, now: Timestamp) -> Duration {
        match self.state {
            DirectoryState::Deleting => Duration::ZERO,
            DirectoryState::Enabled => SETTLED_AFTER,
            DirectoryState::Disabled(since) => {
                let disabled_for =
                    Duration::try_from(now.duration_since(since)).unwrap_or_default();
                SETTLED_AFTER.saturating_sub(disabled_for)
            }
        }
    }
}

/// Extensions and their definitions as they are stored; none for no extensions. Errors: 400 `invalidValue`, 413.
pub(super) fn read_extensions(
    definitions: &Value,
) -> Result<Option<(ResourceTypes, String)>, scim::Error> {
    if definitions.is_null()
        || definitions.as_array().is_some_and(Vec::is_empty)
        || definitions == ""
    {
        return Ok(None);
    }
    let types = ResourceTypes::with_extensions(definitions)?;
    let definitions = definitions.to_string();
    if definitions.len() > LARGEST_EXTENSIONS {
        let detail = format!("The schema extensions are larger than {LARGEST_EXTENSIONS} bytes.");
        return Err(scim::Error::new(ErrorStatus::ContentTooLarge, detail));
    }
    Ok(Some((types, definitions)))
}
