use scim::ErrorStatus;

use crate::Result;

/// The versions that `If-Match` allows (RFC 7644 §3.14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Any version.
    #[default]
    None,
    /// One of these.
    OneOf(Vec<u64>),
}

impl Precondition {
    /// Reads `If-Match`: `*`, or entity tags of which the number up to the first dot is the version.
    pub fn from_if_match(header: Option<&str>) -> Self {
        let Some(header) = header.map(str::trim).filter(|header| *header != "*") else {
            return Self::None;
        };
        let version = |tag: &str| {
            let tag = tag.trim();
            let opaque = tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"');
            opaque.split('.').next()?.parse().ok()
        };
        Self::OneOf(header.split(',').filter_map(version).collect())
    }

    /// Whether nothing is asked for.
    pub fn is_none(&self) -> bool {
        *self == Self::None
    }

    /// Error: 412 if this version is not among those asked for.
    pub fn check(&self, version: u64) -> Result<()> {
        match self {
            Self::OneOf(versions) if !versions.contains(&version) => Err(scim::Error::new(
                ErrorStatus::PreconditionFailed,
                "The resource has changed since it was read: read it again and repeat the change.",
            )
            .into()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entity_tags_are_read_up_to_the_dot() {
        let check = |header: &str, versions: &[u64]| {
            assert_eq!(
                Precondition::from_if_match(Some(header)),
                Precondition::OneOf(versions.to_vec()),
                "{header}"
            );
        };
        check("W/\"3.12\"", &[3]);
        check("\"3\", W/\"4.1.abc\"", &[3, 4]);
        check("\"something else\"", &[]);
        assert!(Precondition::from_if_match(Some("*")).is_none());
        assert!(Precondition::from_if_match(None).is_none());
        assert!(Precondition::OneOf(vec![]).check(1).is_err());
    }
}
