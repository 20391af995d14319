use std::fmt;

use scim::shown;

/// A name in URLs, keys and commands: 1 to 40 of `a` to `z`, digits and inner hyphens.
macro_rules! slug {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Reads a name. Error: 400 `invalidValue`.
            pub fn parse(text: &str) -> Result<Self, scim::Error> {
                checked(text).map(Self)
            }

            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

slug!(
    /// The name of an environment.
    EnvironmentSlug
);
slug!(
    /// The name of an organization, unique in the deployment: a directory is named by it, whatever the environment.
    OrganizationSlug
);
slug!(
    /// The name of a directory within its organization.
    DirectorySlug
);

/// The full name of a directory, written `organization/slug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryName {
    /// Whose it is.
    pub organization: OrganizationSlug,
    /// Its own name.
    pub slug: DirectorySlug,
}

impl DirectoryName {
    /// Reads `organization/slug`. Error: 400 `invalidValue`.
    pub fn parse(text: &str) -> Result<Self, scim::Error> {
        let Some((organization, slug)) = text.split_once('/') else {
            let text = shown(text);
            let detail =
                format!("`{text}` names no directory: write `organization/directory`, or its id.");
            return Err(scim::Error::invalid_value(detail));
        };
        Ok(Self {
            organization: OrganizationSlug::parse(organization)?,
            slug: DirectorySlug::parse(slug)?,
        })
    }
}

impl fmt::Display for DirectoryName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.organization, self.slug)
    }
}

fn checked(text: &str) -> Result<String, scim::Error> {
    const LONGEST: usize = 40;
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let mut bytes = text.bytes();
    let fits = (1..=LONGEST).contains(&text.len())
        && bytes.all(|byte| is_plain(byte) || byte == b'-')
        && !text.starts_with('-')
        && !text.ends_with('-');
    if fits {
        return Ok(text.to_owned());
    }
    Err(scim::Error::invalid_value(format!(
        "`{}` is no name: use 1 to {LONGEST} of the letters a to z, digits and, in between, hyphens.",
        shown(text)
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        for name in ["a", "acme", "acme-2", "0", &"x".repeat(40)] {
            assert_eq!(OrganizationSlug::parse(name).unwrap().as_str(), name);
        }
        for junk in [
            "",
            "-a",
            "a-",
            "Acme",
            "a_b",
            "a/b",
            "a#b",
            "ä",
            &"x".repeat(41),
        ] {
            assert!(OrganizationSlug::parse(junk).is_err(), "{junk}");
        }
    }

    #[test]
    fn a_directory_is_named_by_its_organization_too() {
        assert_eq!(
            DirectoryName::parse("acme/okta").unwrap().to_string(),
            "acme/okta"
        );
        for junk in ["acme", "acme/", "/okta", "acme/okta/x", "acme okta"] {
            assert!(DirectoryName::parse(junk).is_err(), "{junk}");
        }
    }
}
