use std::collections::HashMap;
use std::fmt;

use aws_sdk_dynamodb::types::AttributeValue;

use crate::keys::ResourceKind;
use crate::table::{Item, text};
use crate::{CredentialId, Error, GroupId, Result, UserId};

/// Who makes a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Author {
    /// A client, by its credential.
    Credential(CredentialId),
    /// A person of the company that runs this, by the name under which AWS or the machine knows him.
    Administrator(String),
}

/// As it stands before what was done: `credential Cred000001`, `administrator alice`.
impl fmt::Display for Author {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (kind, name) = self.parts();
        write!(formatter, "{kind} {name}")
    }
}

impl Author {
    /// An administrator by his name; of a very long one the end, which tells more than the beginning of an ARN.
    pub fn administrator(name: &str) -> Self {
        const LONGEST: usize = 180;
        let mut start = name.len().saturating_sub(LONGEST);
        while !name.is_char_boundary(start) {
            start += 1;
        }
        Self::Administrator(name[start..].to_owned())
    }

    fn parts(&self) -> (&'static str, &str) {
        match self {
            Self::Credential(id) => ("credential", id.as_str()),
            Self::Administrator(name) => ("administrator", name),
        }
    }

    /// As it is stored: a member of `by` and of audit entries.
    pub(crate) fn to_member(&self) -> (&'static str, AttributeValue) {
        let (kind, name) = self.parts();
        (kind, text(name))
    }

    pub(crate) fn from_item(item: &Item) -> Result<Self> {
        if let Some(name) = item.optional_text("administrator") {
            return Ok(Self::Administrator(name.to_owned()));
        }
        let id = CredentialId::parse(item.text("credential")?);
        id.map(Self::Credential).ok_or(Error::Corrupt("credential"))
    }
}

/// A user or a group, by its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceReference {
    /// User or Group.
    pub kind: ResourceKind,
    /// Its id.
    pub id: String,
}

impl ResourceReference {
    pub(crate) fn to_attribute(&self) -> AttributeValue {
        AttributeValue::M(HashMap::from([
            ("type".to_owned(), text(self.kind.name())),
            ("id".to_owned(), text(self.id.as_str())),
        ]))
    }
}

impl From<UserId> for ResourceReference {
    fn from(id: UserId) -> Self {
        Self {
            kind: ResourceKind::User,
            id: id.to_string(),
        }
    }
}

impl From<GroupId> for ResourceReference {
    fn from(id: GroupId) -> Self {
        Self {
            kind: ResourceKind::Group,
            id: id.to_string(),
        }
    }
}
