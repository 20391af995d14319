use aws_sdk_dynamodb::types::AttributeValue;

use super::{Administration, Directory, DirectoryState, conflict, not_found};
use crate::store::stamp;
use crate::table::{Found, Outcome, Write, number, text};
use crate::{DirectoryId, Error, Result, keys};

const MOST_ATTEMPTS: usize = 10;

impl Administration<'_> {
    /// Disables a directory: every request is 403. What it has stays.
    ///
    /// Errors: 404, 409 while it is being deleted.
    pub async fn disable_directory(&self, id: DirectoryId) -> Result<Directory> {
        let now = self.store().environment().now();
        self.change_directory(id, "disable directory", &["state"], |directory| {
            check_not_deleting(directory)?;
            if directory.state == DirectoryState::Enabled {
                directory.state = DirectoryState::Disabled(now);
            }
            Ok(())
        })
        .await
    }

    /// Enables it again. Errors: 404, 409 while it is being deleted.
    pub async fn enable_directory(&self, id: DirectoryId) -> Result<Directory> {
        self.change_directory(id, "enable directory", &["state"], |directory| {
            check_not_deleting(directory)?;
            directory.state = DirectoryState::Enabled;
            Ok(())
        })
        .await
    }

    /// Changes a directory on condition of its version, and again from what others made of it. No change, no write.
    pub(crate) async fn change_directory(
        &self,
        id: DirectoryId,
        operation: &str,
        attributes: &[&str],
        change: impl Fn(&mut Directory) -> Result<()>,
    ) -> Result<Directory> {
        let attributes: Vec<_> = attributes.iter().map(|&name| name.to_owned()).collect();
        for _ in 0..MOST_ATTEMPTS {
            let item = self.table().get(&keys::directory(id)).await?;
            let item = item.ok_or_else(|| not_found("Directory", id))?;
            let before = Directory::from_item(id, item)?;
            let mut directory = before.clone();
            change(&mut directory)?;
            let Some(difference) = directory.difference(&before) else {
                return Ok(directory);
            };
            directory.version += 1;
            let by = self.by(operation, &attributes);
            let write = by
                .mark_update(difference)
                .clause("SET #version = :next")
                .when("#version = :version")
                .value(":next", number(directory.version))
                .value(":version", number(before.version));
            match self.table().update(&write).await? {
                Outcome::Done => return Ok(directory),
                Outcome::Refused(refused) => {
                    let now = refused.iter().flatten().find_map(Found::item);
                    // The echo of our own success, whose answer was lost.
                    if now
                        .is_some_and(|now| now.bytes("write").is_ok_and(|bytes| bytes == by.write))
                    {
                        return Ok(directory);
                    }
                }
            }
        }
        Err(Error::Contended)
    }
}

/// Error: 409.
pub(crate) fn check_not_deleting(directory: &Directory) -> Result<()> {
    match directory.state {
        DirectoryState::Deleting => Err(conflict(format!(
            "Directory `{}` is being deleted.",
            directory.name
        ))),
        _ => Ok(()),
    }
}

impl Directory {
    /// What differs, by path: members that a later version of Muster wrote stay as they are. None if nothing does.
    fn difference(&self, before: &Self) -> Option<Write> {
        let mut changes: Vec<(String, Option<(String, AttributeValue)>)> = Vec::new();
        let mut set = |clause: String, value| changes.push((clause, value));
        if self.state != before.state {
            set(
                "SET #state = :state".into(),
                Some((":state".into(), text(self.state.keyword()))),
            );
            match self.state {
                DirectoryState::Disabled(since) => {
                    set(
                        "SET #disabled = :disabled".into(),
                        Some((":disabled".into(), text(stamp(since)))),
                    );
                }
                DirectoryState::Enabled => set("REMOVE #disabled".into(), None),
                DirectoryState::Deleting => {}
            }
        }
        if self.extensions != before.extensions {
            match &self.extensions {
                Some(version) => set(
                    "SET #extensions = :extensions".into(),
                    Some((":extensions".into(), text(version.as_str()))),
                ),
                None => set("REMOVE #extensions".into(), None),
            }
        }
        let (settings, settings_before) = (
            self.settings.to_attributes(),
            before.settings.to_attributes(),
        );
        for name in settings_before
            .keys()
            .filter(|name| !settings.contains_key(*name))
        {
            set(format!("REMOVE #settings.#{name}"), None);
        }
        for (name, value) in settings {
            if settings_before.get(&name) != Some(&value) {
                set(
                    format!("SET #settings.#{name} = :{name}"),
                    Some((format!(":{name}"), value)),
                );
            }
        }
        for id in before
            .credentials
            .keys()
            .filter(|id| !self.credentials.contains_key(id))
        {
            set(format!("REMOVE #credentials.#{id}"), None);
        }
        for (id, credential) in &self.credentials {
            match before.credentials.get(id) {
                Some(known) if known == credential => {}
                Some(_) => {
                    for (name, value) in credential.to_members() {
                        let placeholder = format!(":{id}_{name}");
                        let clause = format!("SET #credentials.#{id}.#{name} = {placeholder}");
                        set(clause, Some((placeholder, value)));
                    }
                }
                None => {
                    let members = credential
                        .to_members()
                        .map(|(name, value)| (name.to_owned(), value));
                    let value = AttributeValue::M(members.collect());
                    set(
                        format!("SET #credentials.#{id} = :{id}"),
                        Some((format!(":{id}"), value)),
                    );
                }
            }
        }
        if changes.is_empty() {
            return None;
        }
        let update = Write::update(keys::directory(self.id));
        Some(changes.into_iter().fold(update, |update, (clause, value)| {
            let update = update.clause(clause);
            match value {
                Some((name, value)) => update.value(name, value),
                None => update,
            }
        }))
    }
}
