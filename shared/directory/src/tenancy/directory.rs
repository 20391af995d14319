use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;
use jiff::Timestamp;
use scim::cursor::CursorKey;

use super::{DirectoryName, DirectorySlug, OrganizationSlug};
use crate::credential::MOST_CREDENTIALS;
use crate::table::Item;
use crate::{Credential, CredentialId, DirectoryId, Error, Result, Settings, Store, keys};

/// A directory: one connection to one identity provider, with its settings and credentials.
#[derive(Clone)]
pub struct Directory {
    /// Its id.
    pub id: DirectoryId,
    /// Its name.
    pub name: DirectoryName,
    /// Whether requests are answered.
    pub state: DirectoryState,
    /// When it was created.
    pub created: Timestamp,
    /// Its settings.
    pub settings: Settings,
    /// Its credentials, at most ten.
    pub credentials: BTreeMap<CredentialId, Credential>,
    /// The version of its schema extensions; none without extensions.
    pub(crate) extensions: Option<String>,
    pub(crate) cursor_key: CursorKey,
    pub(super) version: u64,
}

/// Whether a directory answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DirectoryState {
    /// It does.
    Enabled,
    /// Every request is 403, since then.
    Disabled(Timestamp),
    /// Likewise, and it will not come back.
    Deleting,
}

impl DirectoryState {
    /// `enabled`, `disabled` or `deleting`.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled(_) => "disabled",
            Self::Deleting => "deleting",
        }
    }
}

impl Store {
    /// The directory with this id.
    pub async fn directory(&self, id: DirectoryId) -> Result<Option<Directory>> {
        let item = self.table.get(&keys::directory(id)).await?;
        item.map(|item| Directory::from_item(id, item)).transpose()
    }

    pub(super) fn new_directory_id(&self) -> DirectoryId {
        DirectoryId::from_uuid(self.new_id())
    }
}

impl Directory {
    /// Whether it has as many credentials as it can have.
    pub fn is_full(&self) -> bool {
        self.credentials.len() >= MOST_CREDENTIALS
    }

    pub(super) fn from_item(id: DirectoryId, mut item: Item) -> Result<Self> {
        let Some(AttributeValue::M(credentials)) = item.0.remove("credentials") else {
            return Err(Error::Corrupt("credentials"));
        };
        let credentials = credentials.into_iter().map(|(name, value)| {
            let id = CredentialId::parse(&name).ok_or(Error::Corrupt("credentials"))?;
            Ok((id.clone(), Credential::from_attribute(id, value)?))
        });
        let organization = OrganizationSlug::parse(item.text("organization")?);
        let slug = DirectorySlug::parse(item.text("slug")?);
        Ok(Self {
            id,
            name: DirectoryName {
                organization: organization.map_err(|_| Error::Corrupt("organization"))?,
                slug: slug.map_err(|_| Error::Corrupt("slug"))?,
            },
            state: match item.text("state")? {
                "enabled" => DirectoryState::Enabled,
                "disabled" => DirectoryState::Disabled(item.time("disabled")?),
                "deleting" => DirectoryState::Deleting,
                _ => return Err(Error::Corrupt("state")),
            },
            created: item.time("created")?,
            settings: Settings::from_attribute(item.0.get("settings"))?,
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
}
