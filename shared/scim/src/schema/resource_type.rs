use std::sync::LazyLock;

use super::{Attribute, Schema, find};
use crate::{AttributePath, Dialect};

/// A resource type (RFC 7643 §6): its core schema and its extensions, and the room in which attribute names are
/// resolved.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceType {
    /// Its name: `User`.
    pub name: String,
    /// Its endpoint under the base URL: `/Users`.
    pub endpoint: String,
    /// What it is.
    pub description: String,
    /// The core schema.
    pub schema: Schema,
    /// The extensions.
    pub extensions: Vec<Extension>,
}

/// A schema extension of a resource type.
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// Its schema.
    pub schema: Schema,
    /// Whether a resource must have it.
    pub required: bool,
}

/// What an attribute path names within a resource type.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A whole extension.
    Extension(&'a Schema),
    /// An attribute, or a sub-attribute of it.
    Attribute {
        /// The extension that has it; none for the core schema and the common attributes.
        extension: Option<&'a Schema>,
        /// The attribute.
        attribute: &'a Attribute,
        /// The sub-attribute.
        sub: Option<&'a Attribute>,
    },
}

static COMMON: LazyLock<Vec<Attribute>> = LazyLock::new(|| built_in(include_str!("common.json")));

static USER: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
    name: "User".into(),
    endpoint: "/Users".into(),
    description: "User account".into(),
    schema: built_in(include_str!("user.json")),
    extensions: vec![Extension {
        schema: built_in(include_str!("enterprise_user.json")),
        required: false,
    }],
});

static GROUP: LazyLock<ResourceType> = LazyLock::new(|| ResourceType {
    name: "Group".into(),
    endpoint: "/Groups".into(),
    description: "Group of users".into(),
    schema: built_in(include_str!("group.json")),
    extensions: Vec::new(),
});

#[expect(
    clippy::panic,
    reason = "the definitions are part of this crate, and every test reads them"
)]
pub(super) fn built_in<T: serde::de::DeserializeOwned>(definition: &str) -> T {
    serde_json::from_str(definition).unwrap_or_else(|error| panic!("built-in schema: {error}"))
}

impl ResourceType {
    /// User, with the enterprise extension (RFC 7643 §4.1, §4.3).
    pub fn user() -> &'static Self {
        &USER
    }

    /// Group (RFC 7643 §4.2).
    pub fn group() -> &'static Self {
        &GROUP
    }

    /// The attributes of every resource: `schemas`, `id`, `externalId`, `meta` (RFC 7643 §3.1).
    pub fn common() -> &'static [Attribute] {
        &COMMON
    }

    /// The common attributes but `meta`, those of the core schema, then `meta`: the order in which they are shown.
    pub(crate) fn core_attributes(&self) -> impl Iterator<Item = &Attribute> {
        let (meta, head) = COMMON
            .split_last()
            .map_or((None, &[][..]), |(last, head)| (Some(last), head));
        head.iter().chain(&self.schema.attributes).chain(meta)
    }

    /// The common attribute, or that of the core schema, of exactly this name.
    pub(crate) fn core_attribute(&self, name: &str) -> Option<&Attribute> {
        self.core_attributes()
            .find(|attribute| attribute.name == name)
    }

    /// The extension with this URN, whatever its case.
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions
            .iter()
            .map(|extension| &extension.schema)
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// What a path such as `name.givenName` or `urn:...:2.0:User:department` names; none if nothing.
    ///
    /// Tolerant: an attribute of an extension is found without its URN, where the core schema has none of that name.
    pub fn resolve(&self, path: &AttributePath, dialect: Dialect) -> Option<Target<'_>> {
        let text = path.as_str();
        if let Some(schema) = self.extension(text) {
            return Some(Target::Extension(schema));
        }
        let (urn, name) = path.split_urn();
        match urn {
            Some(urn) if urn.eq_ignore_ascii_case(&self.schema.id) => self.core(name),
            Some(urn) => {
                let schema = self.extension(urn)?;
                attribute_of(&schema.attributes, Some(schema), name)
            }
            None => self.core(name).or_else(|| {
                let extensions = self.extensions.iter().map(|extension| &extension.schema);
                (dialect == Dialect::Tolerant)
                    .then(|| {
                        extensions
                            .into_iter()
                            .find_map(|schema| attribute_of(&schema.attributes, Some(schema), name))
                    })
                    .flatten()
            }),
        }
    }

    fn core(&self, name: &str) -> Option<Target<'_>> {
        attribute_of(&self.schema.attributes, None, name)
            .or_else(|| attribute_of(&COMMON, None, name))
    }
}

fn attribute_of<'a>(
    attributes: &'a [Attribute],
    extension: Option<&'a Schema>,
    name: &str,
) -> Option<Target<'a>> {
    let (name, sub) = name
        .split_once('.')
        .map_or((name, None), |(name, sub)| (name, Some(sub)));
    let attribute = find(attributes, name)?;
    let sub = match sub {
        Some(sub) => Some(attribute.sub_attribute(sub)?),
        None => None,
    };
    Some(Target::Attribute {
        extension,
        attribute,
        sub,
    })
}
