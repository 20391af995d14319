use std::fmt;

use uuid::Uuid;

/// An id of the table: a `UUIDv7`, written as text `$form`, never used again.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $form:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// Reads the one form in which the id is written; anything else is no id.
            pub fn parse(text: &str) -> Option<Self> {
                let id = Self(Uuid::try_parse(text).ok()?);
                (id.to_string() == text).then_some(id)
            }

            pub(crate) fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.$form().fmt(formatter)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, formatter)
            }
        }
    };
}

id!(
    /// A directory: 32 hexadecimal digits, because it is part of tokens.
    DirectoryId, simple
);
id!(
    /// A user: a UUID with hyphens.
    UserId, hyphenated
);
id!(
    /// A group: a UUID with hyphens.
    GroupId, hyphenated
);

id!(
    /// A change of which something is still to do: a UUID with hyphens.
    ChangeId, hyphenated
);

impl UserId {
    pub(crate) fn bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl GroupId {
    pub(crate) fn bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }
}

impl ChangeId {
    pub(crate) fn bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Uuid::from_slice(bytes).ok().map(Self)
    }
}

/// A group is deleted once: its id is that of its deletion too.
impl From<GroupId> for ChangeId {
    fn from(id: GroupId) -> Self {
        Self(id.0)
    }
}

/// So is a user.
impl From<UserId> for ChangeId {
    fn from(id: UserId) -> Self {
        Self(id.0)
    }
}

/// A credential of a directory: 10 letters and digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CredentialId(String);

impl CredentialId {
    const LENGTH: usize = 10;

    /// Reads an id; none if it cannot be one.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == Self::LENGTH && text.bytes().all(|byte| byte.is_ascii_alphanumeric()))
            .then(|| Self(text.to_owned()))
    }

    pub(crate) fn random(base62: impl Fn(usize) -> String) -> Self {
        Self(base62(Self::LENGTH))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CredentialId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_form() {
        let text = "0197c3f0-0000-7000-8000-00000000abcd";
        assert_eq!(UserId::parse(text).unwrap().to_string(), text);
        assert_eq!(
            DirectoryId::parse(&text.replace('-', ""))
                .unwrap()
                .to_string(),
            text.replace('-', "")
        );
        for other in [
            &text.to_uppercase(),
            &text.replace('-', ""),
            &format!("{{{text}}}"),
            "1",
            "",
        ] {
            assert_eq!(UserId::parse(other), None, "{other}");
        }
        assert_eq!(DirectoryId::parse(text), None);
    }
}
