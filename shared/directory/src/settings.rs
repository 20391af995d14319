use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use scim::Dialect;

/// The settings of a directory.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// How closely the identity provider is held to the RFCs.
    pub dialect: Dialect,
    /// What identifies a user beside `userName`.
    pub unique_identifier: UniqueIdentifier,
    /// How long a new token is valid.
    pub token_lifetime: Duration,
}

/// What identifies a user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UniqueIdentifier {
    /// `userName` alone.
    #[default]
    UserName,
    /// The primary e-mail address too: it is unique, and `userName eq` also finds it.
    Email,
}

impl Default for Settings {
    fn default() -> Self {
        const YEAR: Duration = Duration::from_hours(365 * 24);
        Self {
            dialect: Dialect::Tolerant,
            unique_identifier: UniqueIdentifier::UserName,
            token_lifetime: YEAR,
        }
    }
}

impl Settings {
    /// The settings that differ from the default, as they are stored.
    pub(crate) fn to_attribute(&self) -> AttributeValue {
        let mut map = HashMap::new();
        let mut set = |name: &str, value: AttributeValue| map.insert(name.to_owned(), value);
        if self.dialect == Dialect::Strict {
            set("dialect", AttributeValue::S("strict".into()));
        }
        if self.unique_identifier == UniqueIdentifier::Email {
            set("unique_identifier", AttributeValue::S("email".into()));
        }
        if self.token_lifetime != Self::default().token_lifetime {
            set(
                "token_lifetime",
                AttributeValue::N(self.token_lifetime.as_secs().to_string()),
            );
        }
        AttributeValue::M(map)
    }

    pub(crate) fn from_attribute(attribute: Option<&AttributeValue>) -> Self {
        let mut settings = Self::default();
        let Some(AttributeValue::M(map)) = attribute else {
            return settings;
        };
        let text = |name: &str| {
            map.get(name)
                .and_then(|value| value.as_s().ok())
                .map(String::as_str)
        };
        if text("dialect") == Some("strict") {
            settings.dialect = Dialect::Strict;
        }
        if text("unique_identifier") == Some("email") {
            settings.unique_identifier = UniqueIdentifier::Email;
        }
        let seconds = map
            .get("token_lifetime")
            .and_then(|value| value.as_n().ok())
            .and_then(|seconds| seconds.parse().ok());
        if let Some(seconds) = seconds {
            settings.token_lifetime = Duration::from_secs(seconds);
        }
        settings
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_is_read_again() {
        let settings = Settings {
            dialect: Dialect::Strict,
            unique_identifier: UniqueIdentifier::Email,
            token_lifetime: Duration::from_mins(1),
        };
        assert_eq!(
            Settings::from_attribute(Some(&settings.to_attribute())),
            settings
        );
        assert_eq!(
            Settings::from_attribute(Some(&Settings::default().to_attribute())),
            Settings::default()
        );
        assert_eq!(Settings::from_attribute(None), Settings::default());
    }
}
