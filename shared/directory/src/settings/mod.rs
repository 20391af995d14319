//! What the application's owner decides about a directory (docs/settings.md).
//!
//! Each setting has a name and a JSON value, the same in the table, in the admin API and on the command line, and a typed
//! field, which is what the rest of the code reads.

mod duration;
mod networks;

use std::collections::{BTreeMap, HashMap};
use std::ops::RangeInclusive;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use scim::{Dialect, Object, shown};
use serde_json::Value;

use crate::{Error, Result};

pub use duration::{read_duration, write_duration};
pub use networks::Networks;

/// Longest name of a role, in bytes.
pub(crate) const LONGEST_ROLE: usize = 100;

/// The settings of a directory, but for its schema extensions, which are an item of their own.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How closely the identity provider is held to the RFCs.
    pub dialect: Dialect,
    /// What identifies a user beside `userName`.
    pub unique_identifier: UniqueIdentifier,
    /// What becomes of groups that the identity provider creates and deletes.
    pub group_push: GroupPush,
    /// What becomes of a new name that the identity provider gives to a group of the application's.
    pub group_rename: GroupRename,
    /// What becomes of the identity provider's writes to a protected user.
    pub protected_users: ProtectedUsers,
    /// What becomes of a user whom the identity provider deletes.
    pub delete_users: DeleteUsers,
    /// The role of a user to whom no group gives one.
    pub default_role: Option<String>,
    /// From where the directory's credentials are accepted.
    pub allowed_networks: Networks,
    /// How long a new token is valid.
    pub token_lifetime: Duration,
}

/// An enumerated setting: its values and their keywords, the default first.
macro_rules! choice {
    ($(#[$doc:meta])* $name:ident { $(#[$first_doc:meta])* $first:ident = $first_keyword:literal, $(#[$second_doc:meta])* $second:ident = $second_keyword:literal }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub enum $name {
            $(#[$first_doc])*
            #[default]
            $first,
            $(#[$second_doc])*
            $second,
        }

        impl Choice for $name {
            const CHOICES: [(Self, &str); 2] = [(Self::$first, $first_keyword), (Self::$second, $second_keyword)];
        }
    };
}

choice!(
    /// What identifies a user.
    UniqueIdentifier {
        /// `userName` alone.
        UserName = "userName",
        /// The primary e-mail address too: it is unique, and `userName eq` also finds it.
        Email = "email"
    }
);
choice!(
    /// Who creates groups.
    GroupPush {
        /// The identity provider too.
        Create = "create",
        /// The application alone: the identity provider links to what is there, and its DELETE empties.
        LinkOnly = "link_only"
    }
);
choice!(
    /// Who names the groups of the application's.
    GroupRename {
        /// The identity provider too.
        Apply = "apply",
        /// The application alone: another name is dropped, and the rest of the request is done.
        Ignore = "ignore"
    }
);
choice!(
    /// How the identity provider's writes to a protected user are answered; they have no effect either way.
    ProtectedUsers {
        /// 403.
        Reject = "reject",
        /// As if they were done.
        Ignore = "ignore"
    }
);
choice!(
    /// What the identity provider's DELETE of a user does.
    DeleteUsers {
        /// It deletes.
        Delete = "delete",
        /// It hides the user from the identity provider, and keeps him, inactive, for the application.
        Deactivate = "deactivate"
    }
);

trait Choice: Copy + PartialEq + 'static {
    const CHOICES: [(Self, &str); 2];
}

impl Choice for Dialect {
    const CHOICES: [(Self, &str); 2] = [(Self::Tolerant, "tolerant"), (Self::Strict, "strict")];
}

fn keyword<T: Choice>(choice: T) -> Value {
    let known = T::CHOICES.into_iter().find(|(known, _)| *known == choice);
    known.map_or(Value::Null, |(_, keyword)| keyword.into())
}

fn choose<T: Choice>(name: &str, value: &Value) -> Result<T, scim::Error> {
    let [(_, first), (_, second)] = T::CHOICES;
    let known = T::CHOICES.into_iter().find(|(_, keyword)| value == keyword);
    known
        .map(|(choice, _)| choice)
        .ok_or_else(|| scim::Error::invalid_value(format!("`{name}` is `{first}` or `{second}`.")))
}

impl Default for Settings {
    fn default() -> Self {
        const YEAR: Duration = Duration::from_hours(365 * 24);
        Self {
            dialect: Dialect::default(),
            unique_identifier: UniqueIdentifier::default(),
            group_push: GroupPush::default(),
            group_rename: GroupRename::default(),
            protected_users: ProtectedUsers::default(),
            delete_users: DeleteUsers::default(),
            default_role: None,
            allowed_networks: Networks::default(),
            token_lifetime: YEAR,
        }
    }
}

impl Settings {
    /// Gives a setting a value: a keyword, a text, an array of texts; null or nothing for its default.
    ///
    /// Error: 400 `invalidValue` that says which values there are, or which settings.
    pub fn set(&mut self, name: &str, value: &Value) -> Result<(), scim::Error> {
        let default = Self::default();
        let is_default =
            value.is_null() || value == "" || value.as_array().is_some_and(Vec::is_empty);
        let value = if is_default {
            &default.get(name).unwrap_or_default()
        } else {
            value
        };
        match name {
            "dialect" => self.dialect = choose(name, value)?,
            "unique_identifier" => self.unique_identifier = choose(name, value)?,
            "group_push" => self.group_push = choose(name, value)?,
            "group_rename" => self.group_rename = choose(name, value)?,
            "protected_users" => self.protected_users = choose(name, value)?,
            "delete_users" => self.delete_users = choose(name, value)?,
            "default_role" => self.default_role = role(name, value)?,
            "allowed_networks" => self.allowed_networks = Networks::from_json(value)?,
            "token_lifetime" => self.token_lifetime = lifetime(name, value)?,
            _ => {
                let names: Vec<_> = default
                    .to_json()
                    .keys()
                    .map(|name| format!("`{name}`"))
                    .collect();
                return Err(scim::Error::invalid_value(format!(
                    "There is no setting `{}`: there are {} and `schema_extensions`.",
                    shown(name),
                    names.join(", ")
                )));
            }
        }
        Ok(())
    }

    /// The value of a setting; none if there is no such setting.
    pub fn get(&self, name: &str) -> Option<Value> {
        self.to_json().shift_remove(name)
    }

    /// All settings by name.
    pub fn to_json(&self) -> Object {
        let settings = [
            ("dialect", keyword(self.dialect)),
            ("unique_identifier", keyword(self.unique_identifier)),
            ("group_push", keyword(self.group_push)),
            ("group_rename", keyword(self.group_rename)),
            ("protected_users", keyword(self.protected_users)),
            ("delete_users", keyword(self.delete_users)),
            ("default_role", self.default_role.clone().into()),
            ("allowed_networks", self.allowed_networks.to_json()),
            ("token_lifetime", write_duration(self.token_lifetime).into()),
        ];
        settings
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }

    /// The settings that differ from the default, as they are stored.
    pub(crate) fn to_attributes(&self) -> BTreeMap<String, AttributeValue> {
        let default = Self::default().to_json();
        let differing = self
            .to_json()
            .into_iter()
            .filter(|(name, value)| default.get(name) != Some(value));
        differing
            .map(|(name, value)| (name, attribute(value)))
            .collect()
    }

    /// Error: a setting of ours with a value that is none. Others are a later version's, and left alone.
    pub(crate) fn from_attribute(stored: Option<&AttributeValue>) -> Result<Self> {
        let mut settings = Self::default();
        let Some(AttributeValue::M(stored)) = stored else {
            return Ok(settings);
        };
        if stored.is_empty() {
            return Ok(settings);
        }
        let known = Self::default().to_json();
        for (name, value) in stored.iter().filter(|(name, _)| known.contains_key(*name)) {
            // What cannot be read is not taken for the default: `allowed_networks` must not open by itself.
            let value = json(value).ok_or(Error::Corrupt("settings"))?;
            settings
                .set(name, &value)
                .map_err(|_| Error::Corrupt("settings"))?;
        }
        Ok(settings)
    }
}

fn role(name: &str, value: &Value) -> Result<Option<String>, scim::Error> {
    match value {
        Value::Null => Ok(None),
        Value::String(role) if role.len() <= LONGEST_ROLE => Ok(Some(role.clone())),
        _ => Err(scim::Error::invalid_value(format!(
            "`{name}` is a text of at most {LONGEST_ROLE} bytes."
        ))),
    }
}

/// How long tokens can be valid, and old ones go on beside new ones.
const LIFETIMES: RangeInclusive<Duration> =
    Duration::from_mins(1)..=Duration::from_hours(3650 * 24);

fn lifetime(name: &str, value: &Value) -> Result<Duration, scim::Error> {
    let read = value.as_str().and_then(read_duration);
    read.filter(|lifetime| LIFETIMES.contains(lifetime))
        .ok_or_else(|| no_lifetime(name))
}

/// Error: 400 `invalidValue` for a time that is too short or too long.
pub(crate) fn check_lifetime(name: &str, lifetime: Option<Duration>) -> Result<(), scim::Error> {
    match lifetime {
        Some(lifetime) if !LIFETIMES.contains(&lifetime) => Err(no_lifetime(name)),
        _ => Ok(()),
    }
}

fn no_lifetime(name: &str) -> scim::Error {
    scim::Error::invalid_value(format!(
        "`{name}` is a time such as `90d`, `12h` or `30m`, from {} to {}.",
        write_duration(*LIFETIMES.start()),
        write_duration(*LIFETIMES.end())
    ))
}

fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::Array(elements) => AttributeValue::L(elements.into_iter().map(attribute).collect()),
        Value::String(text) => AttributeValue::S(text),
        other => AttributeValue::S(other.to_string()),
    }
}

fn json(stored: &AttributeValue) -> Option<Value> {
    match stored {
        AttributeValue::S(text) => Some(text.as_str().into()),
        AttributeValue::L(elements) => elements
            .iter()
            .map(json)
            .collect::<Option<Vec<_>>>()
            .map(Value::from),
        _ => None,
    }
}

/// As the member of the directory's item.
pub(crate) fn stored(settings: &Settings) -> AttributeValue {
    AttributeValue::M(HashMap::from_iter(settings.to_attributes()))
}

#[cfg(test)]
mod tests;
