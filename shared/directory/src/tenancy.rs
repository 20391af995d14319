use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use scim::ErrorStatus;
use scim::cursor::CursorKey;

use crate::credential::MOST_CREDENTIALS;
use crate::table::{Found, Item, Outcome, Write, binary, number, text};
use crate::{Credential, CredentialId, DirectoryId, Error, Result, Settings, Store, keys};

/// A directory: one connection to one identity provider, with its settings and credentials.
#[derive(Clone)]
pub struct Directory {
    /// Its id.
    pub id: DirectoryId,
    /// The organization that it belongs to.
    pub organization: String,
    /// Its name within the organization.
    pub slug: String,
    /// Whether requests are answered.
    pub state: DirectoryState,
    /// Its settings.
    pub settings: Settings,
    /// Its credentials, at most ten.
    pub credentials: BTreeMap<CredentialId, Credential>,
    /// The version of its schema extensions; none without extensions.
    pub(crate) extensions: Option<String>,
    pub(crate) cursor_key: CursorKey,
    version: u64,
}

/// Whether a directory answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryState {
    /// It does.
    Enabled,
    /// Every request is 403.
    Disabled,
}

impl Store {
    /// Creates an organization in an environment, and both if they are new.
    pub async fn create_organization(&self, environment: &str, organization: &str) -> Result<()> {
        let created = text(self.environment().now().to_string());
        let items = [
            Item::new(keys::environment(environment), "environment"),
            Item::new(
                keys::organization(environment, organization),
                "organization",
            ),
        ];
        for item in items {
            let write = Write::put(item.with("created", created.clone())).when_absent();
            // If it is there, all is well.
            self.table.update(&write).await?;
        }
        Ok(())
    }

    /// Creates a directory of an organization.
    pub async fn create_directory(
        &self,
        organization: &str,
        slug: &str,
        settings: &Settings,
    ) -> Result<DirectoryId> {
        let id = DirectoryId::from_uuid(self.new_id());
        let item = Item::new(keys::directory(id), "directory")
            .with("organization", text(organization))
            .with("slug", text(slug))
            .with("state", text("enabled"))
            .with("settings", settings.to_attribute())
            .with(
                "credentials",
                AttributeValue::M(std::collections::HashMap::new()),
            )
            .with("cursor_key", binary(self.table.random::<32>()))
            .with("version", number(1));
        self.table.put(item).await?;
        let listed = Item::new(keys::directory_of_organization(organization, id), "listed");
        self.table.put(listed.with("slug", text(slug))).await?;
        Ok(id)
    }

    /// The directories of an organization, the oldest first.
    pub async fn directories_of(&self, organization: &str) -> Result<Vec<DirectoryId>> {
        let items = self
            .table
            .query_prefix(&keys::organization_partition(organization), "D#")
            .await?;
        let id = |item: &Item| {
            item.text("sk")?
                .strip_prefix("D#")
                .and_then(DirectoryId::parse)
                .ok_or(Error::Corrupt("sk"))
        };
        items.iter().map(id).collect()
    }

    /// The directory with this id.
    pub async fn directory(&self, id: DirectoryId) -> Result<Option<Directory>> {
        let item = self.table.get(&keys::directory(id)).await?;
        item.map(|item| Directory::from_item(id, &item)).transpose()
    }

    /// Enables or disables a directory.
    pub async fn set_directory_state(&self, id: DirectoryId, state: DirectoryState) -> Result<()> {
        self.change_directory(id, |directory| {
            directory.state = state;
            Ok(())
        })
        .await
    }

    /// Changes a directory on condition of its version, and again from what others made of it.
    pub(crate) async fn change_directory(
        &self,
        id: DirectoryId,
        change: impl Fn(&mut Directory) -> Result<()>,
    ) -> Result<()> {
        const MOST_ATTEMPTS: usize = 10;
        for _ in 0..MOST_ATTEMPTS {
            let Some(item) = self.table.get(&keys::directory(id)).await? else {
                return Err(scim::Error::new(
                    ErrorStatus::NotFound,
                    format!("Directory `{id}` was not found."),
                )
                .into());
            };
            let before = Directory::from_item(id, &item)?;
            let mut directory = before.clone();
            change(&mut directory)?;
            let write_id = self.table.random::<16>();
            let write = directory
                .difference(&before)
                .clause("SET #version = :next, #write = :write")
                .when("#version = :version")
                .value(":next", number(before.version + 1))
                .value(":version", number(before.version))
                .value(":write", binary(write_id));
            match self.table.update(&write).await? {
                Outcome::Done => return Ok(()),
                Outcome::Refused(refused) => {
                    let now = refused.iter().flatten().find_map(Found::item);
                    // The echo of our own success, whose answer was lost.
                    if now
                        .is_some_and(|now| now.bytes("write").is_ok_and(|bytes| bytes == write_id))
                    {
                        return Ok(());
                    }
                }
            }
        }
        Err(Error::Contended)
    }
}

impl Directory {
    /// Whether it has as many credentials as it can have.
    pub fn is_full(&self) -> bool {
        self.credentials.len() >= MOST_CREDENTIALS
    }

    fn from_item(id: DirectoryId, item: &Item) -> Result<Self> {
        let Some(AttributeValue::M(credentials)) = item.0.get("credentials") else {
            return Err(Error::Corrupt("credentials"));
        };
        let credentials = credentials.iter().map(|(name, value)| {
            let id = CredentialId::parse(name).ok_or(Error::Corrupt("credentials"))?;
            Ok((id.clone(), Credential::from_attribute(id, value)?))
        });
        Ok(Self {
            id,
            organization: item.text("organization")?.to_owned(),
            slug: item.text("slug")?.to_owned(),
            state: match item.text("state")? {
                "enabled" => DirectoryState::Enabled,
                "disabled" => DirectoryState::Disabled,
                _ => return Err(Error::Corrupt("state")),
            },
            settings: Settings::from_attribute(item.0.get("settings")),
            credentials: credentials.collect::<Result<_>>()?,
            extensions: item.optional_text("extensions").map(str::to_owned),
            cursor_key: CursorKey(
                item.bytes("cursor_key")?
                    .try_into()
                    .map_err(|_| Error::Corrupt("cursor_key"))?,
            ),
            version: item.number("version")?,
        })
    }

    /// What differs, by path: members that a later version of Muster wrote stay as they are.
    fn difference(&self, before: &Self) -> Write {
        let mut write = Write::update(keys::directory(self.id));
        if self.state != before.state {
            let state = match self.state {
                DirectoryState::Enabled => "enabled",
                DirectoryState::Disabled => "disabled",
            };
            write = write
                .clause("SET #state = :state")
                .value(":state", text(state));
        }
        if self.extensions != before.extensions {
            write = match &self.extensions {
                Some(version) => write
                    .clause("SET #extensions = :extensions")
                    .value(":extensions", text(version.as_str())),
                None => write.clause("REMOVE #extensions"),
            };
        }
        for id in before
            .credentials
            .keys()
            .filter(|id| !self.credentials.contains_key(id))
        {
            write = write.clause(format!("REMOVE #credentials.#{id}"));
        }
        for (id, credential) in &self.credentials {
            match before.credentials.get(id) {
                Some(known) if known == credential => {}
                Some(_) => {
                    for (name, value) in credential.to_members() {
                        let placeholder = format!(":{id}_{name}");
                        let clause = format!("SET #credentials.#{id}.#{name} = {placeholder}");
                        write = write.clause(clause).value(placeholder, value);
                    }
                }
                None => {
                    let members = credential
                        .to_members()
                        .map(|(name, value)| (name.to_owned(), value));
                    let clause = format!("SET #credentials.#{id} = :{id}");
                    write = write
                        .clause(clause)
                        .value(format!(":{id}"), AttributeValue::M(members.collect()));
                }
            }
        }
        write
    }
}
