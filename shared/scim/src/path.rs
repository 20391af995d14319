use std::fmt;

use crate::Error;

/// The name of an attribute as a client writes it (RFC 7644 §3.10): `userName`, `name.givenName`,
/// `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`, or the URN of an extension alone.
///
/// Well-formed, but not yet looked up in a schema.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttributePath(String);

impl AttributePath {
    /// Whether this character may stand in an attribute path.
    pub(crate) fn allows(character: char) -> bool {
        character.is_ascii_alphanumeric() || matches!(character, '_' | '-' | '$' | '.' | ':')
    }

    /// Reads a path. Error: 400 `invalidPath`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        Self::new(text).ok_or_else(|| {
            Error::invalid_path(format!(
                "`{}` is not the name of an attribute.",
                shown(text)
            ))
        })
    }

    pub(crate) fn new(text: &str) -> Option<Self> {
        let path = Self(text.to_owned());
        let (urn, name) = path.split_urn();
        let word = |part: &str| {
            part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$')
                && part
                    .chars()
                    .all(|character| Self::allows(character) && character != ':')
        };
        let name_is_well_formed = name.split('.').count() <= 2 && name.split('.').all(word);
        let urn_is_well_formed = urn.is_none_or(|urn| {
            urn.get(..4)
                .is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:"))
                && urn.chars().all(Self::allows)
        });
        (name_is_well_formed && urn_is_well_formed).then_some(path)
    }

    /// As written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In small letters.
    #[must_use]
    pub fn folded(&self) -> Self {
        Self(self.0.to_ascii_lowercase())
    }

    /// Whether this is the attribute of that name, or a sub-attribute of it, of whatever schema.
    pub(crate) fn names(&self, attribute: &str) -> bool {
        let (_, name) = self.split_urn();
        let name = name.split('.').next();
        name.is_some_and(|name| name.eq_ignore_ascii_case(attribute))
    }

    /// The URN, if there is one, and the name after it. For the URN of an extension alone this is not a true split.
    pub(crate) fn split_urn(&self) -> (Option<&str>, &str) {
        self.0
            .rsplit_once(':')
            .map_or((None, self.0.as_str()), |(urn, name)| (Some(urn), name))
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A client's text, cut to what is worth showing in an error.
pub fn shown(text: &str) -> String {
    const LONGEST: usize = 80;
    let clean = text.chars().map(|character| {
        if character.is_control() {
            '\u{FFFD}'
        } else {
            character
        }
    });
    if text.chars().count() <= LONGEST {
        clean.collect()
    } else {
        clean.take(LONGEST).chain("...".chars()).collect()
    }
}
