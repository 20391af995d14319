use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::Value;

use super::resource_type::built_in;
use super::{Attribute, Extension, Kind, Mutability, ResourceType, Schema, Uniqueness};
use crate::path::shown;
use crate::{AttributePath, Error};

/// Most extensions of a directory.
const MOST_EXTENSIONS: usize = 10;
/// Most attributes of all extensions together, sub-attributes included.
const MOST_ATTRIBUTES: usize = 200;
/// Schemas that are not a directory's to define.
const RESERVED: [&str; 2] = ["urn:muster:", "urn:ietf:params:scim:api:"];

/// The resource types of a directory: User and Group with the built-in extensions and the directory's own.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceTypes {
    /// User.
    pub user: ResourceType,
    /// Group.
    pub group: ResourceType,
}

static BUILT_IN: LazyLock<ResourceTypes> = LazyLock::new(|| ResourceTypes {
    user: ResourceType::user().clone(),
    group: ResourceType::group().clone(),
});

static MUSTER_USER: LazyLock<Schema> = LazyLock::new(|| built_in(include_str!("muster_user.json")));
static MUSTER_GROUP: LazyLock<Schema> =
    LazyLock::new(|| built_in(include_str!("muster_group.json")));

/// One of a directory's `schema_extensions`, as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Definition {
    resource_type: String,
    #[serde(default)]
    required: bool,
    schema: Schema,
}

impl ResourceTypes {
    /// Those of a directory without extensions of its own.
    pub fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// Those of a directory with these extensions: an array of `{"resourceType": "User", "required": false, "schema":
    /// {"id", "name", "description", "attributes"}}`, the schema as RFC 7643 §7 defines it.
    ///
    /// Error: 400 `invalidValue` that says which part of a definition cannot be.
    pub fn with_extensions(definitions: &Value) -> Result<Self, Error> {
        let definitions: Vec<Definition> =
            Deserialize::deserialize(definitions).map_err(|error| {
                refused("the schema extensions", &format!("cannot be read: {error}"))
            })?;
        if definitions.len() > MOST_EXTENSIONS {
            let reason = format!("are more than {MOST_EXTENSIONS}");
            return Err(refused("the schema extensions", &reason));
        }
        let mut types = Self::built_in().clone();
        for definition in definitions {
            let schema = definition.schema;
            check_id(&schema, &types)?;
            if schema.attributes.is_empty() {
                return Err(refused(&schema.id, "has no attributes"));
            }
            check_attributes(&schema.id, &schema.attributes, true)?;
            let resource_type = match definition.resource_type.as_str() {
                "User" => &mut types.user,
                "Group" => &mut types.group,
                other => {
                    let reason = format!("extends `{}`, not User or Group", shown(other));
                    return Err(refused(&schema.id, &reason));
                }
            };
            resource_type.extensions.push(Extension {
                schema,
                required: definition.required,
            });
        }
        if types.attributes() > BUILT_IN.attributes() + MOST_ATTRIBUTES {
            let reason = format!("have more than {MOST_ATTRIBUTES} attributes together");
            return Err(refused("the schema extensions", &reason));
        }
        Ok(types)
    }

    /// The same with Muster's own extensions, which the application alone sees.
    pub fn for_application(&self) -> Self {
        let mut types = self.clone();
        let extension = |schema: &LazyLock<Schema>| Extension {
            schema: Schema::clone(schema),
            required: false,
        };
        types.user.extensions.push(extension(&MUSTER_USER));
        types.group.extensions.push(extension(&MUSTER_GROUP));
        types
    }

    /// Both, in the order in which they are listed.
    pub fn iter(&self) -> impl Iterator<Item = &ResourceType> {
        [&self.user, &self.group].into_iter()
    }

    /// The schemas of all resource types.
    pub fn schemas(&self) -> impl Iterator<Item = &Schema> {
        self.iter().flat_map(|resource_type| {
            let extensions = resource_type.extensions.iter();
            std::iter::once(&resource_type.schema).chain(extensions.map(|it| &it.schema))
        })
    }

    fn attributes(&self) -> usize {
        let of = |attribute: &Attribute| 1 + attribute.sub_attributes.len();
        self.schemas()
            .flat_map(|schema| &schema.attributes)
            .map(of)
            .sum()
    }
}

fn check_id(schema: &Schema, known: &ResourceTypes) -> Result<(), Error> {
    let id = &schema.id;
    let starts_with = |prefix: &str| {
        id.get(..prefix.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
    };
    if !starts_with("urn:") || AttributePath::new(id).is_none() {
        let reason = "is no URN of letters, digits and `:._-` whose last part begins with a letter";
        return Err(refused(id, reason));
    }
    if RESERVED.into_iter().any(starts_with) {
        return Err(refused(id, "is reserved"));
    }
    for other in known.schemas().map(|schema| &schema.id) {
        if other.eq_ignore_ascii_case(id) {
            return Err(refused(id, "is the id of another schema"));
        }
        // Else `urn:a:User:userName` could be an attribute of the one and the other itself.
        let begins = |long: &str, short: &str| {
            let head = long.get(..short.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(short))
                && long[short.len()..].starts_with(':')
        };
        if begins(id, other) || begins(other, id) {
            let reason = format!("cannot be told from an attribute of `{other}`");
            return Err(refused(id, &reason));
        }
    }
    Ok(())
}

fn check_attributes(place: &str, attributes: &[Attribute], top: bool) -> Result<(), Error> {
    for (index, attribute) in attributes.iter().enumerate() {
        let name = format!("{place}:{}", attribute.name);
        let twice = attributes[..index]
            .iter()
            .any(|other| other.name.eq_ignore_ascii_case(&attribute.name));
        let is_reference = !top && attribute.name == "$ref";
        let reason = if !is_name(&attribute.name) && !is_reference {
            "is no name: a letter, then letters, digits, `$`, `-` and `_`"
        } else if twice {
            "is defined twice"
        } else if attribute.kind == Kind::Complex && !top {
            "is complex within a complex attribute"
        } else if (attribute.kind == Kind::Complex) == attribute.sub_attributes.is_empty() {
            "needs `subAttributes` if it is complex, and only then"
        } else if attribute.uniqueness != Uniqueness::None {
            "asks for uniqueness, which is not kept for attributes of a directory's own"
        } else if attribute.mutability == Mutability::WriteOnly {
            "is write-only: what nobody reads is not kept"
        } else if attribute.required && attribute.mutability == Mutability::ReadOnly {
            "is required and read-only: nobody could give it"
        } else {
            check_attributes(&name, &attribute.sub_attributes, false)?;
            continue;
        };
        return Err(refused(&name, reason));
    }
    Ok(())
}

/// RFC 7643 §2.1.
fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"$-_".contains(&byte))
}

fn refused(what: &str, reason: &str) -> Error {
    Error::invalid_value(format!("`{}` {reason}.", shown(what)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const ID: &str = "urn:example:acme:2.0:User";

    fn extension(attributes: &Value) -> Value {
        json!([{"resourceType": "User", "required": true, "schema": {"id": ID, "name": "Acme", "attributes": attributes}}])
    }

    #[test]
    fn the_application_sees_extensions_of_musters_own() {
        let types = ResourceTypes::built_in();
        let ids = |types: &ResourceTypes| {
            let ids = types.schemas().map(|schema| schema.id.clone());
            ids.filter(|id| id.starts_with("urn:muster:"))
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(types), [""; 0]);
        assert_eq!(
            ids(&types.for_application()),
            [crate::MUSTER_USER, crate::MUSTER_GROUP]
        );
    }

    #[test]
    fn an_extension_is_part_of_its_resource_type() {
        let types =
            ResourceTypes::with_extensions(&extension(&json!([{"name": "badge"}]))).unwrap();
        let path = AttributePath::parse(&format!("{ID}:BADGE")).unwrap();
        assert!(types.user.resolve(&path, crate::Dialect::Strict).is_some());
        assert!(types.group.resolve(&path, crate::Dialect::Strict).is_none());
        assert!(types.user.extensions.last().unwrap().required);
        let ids: Vec<_> = types.schemas().map(|schema| schema.id.as_str()).collect();
        assert_eq!(ids[2], ID);
        assert_eq!(
            ResourceTypes::with_extensions(&json!([])).unwrap(),
            *ResourceTypes::built_in()
        );
    }

    #[track_caller]
    fn check_refused(definitions: &Value, expected: &str) {
        let error = ResourceTypes::with_extensions(definitions).unwrap_err();
        assert!(error.detail.contains(expected), "{}", error.detail);
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let check = |attribute: Value, expected: &str| {
            check_refused(&extension(&json!([attribute])), expected);
        };
        check(
            json!({"name": "a b"}),
            "`urn:example:acme:2.0:User:a b` is no name",
        );
        check(
            json!({"name": "a", "type": "text"}),
            "cannot be read: unknown variant `text`",
        );
        check(
            json!({"name": "a", "type": "complex"}),
            "needs `subAttributes`",
        );
        check(
            json!({"name": "a", "subAttributes": [{"name": "b"}]}),
            "only then",
        );
        check(
            json!({"name": "a", "type": "complex", "subAttributes": [{"name": "b", "type": "complex", "subAttributes": [{"name": "c"}]}]}),
            "`urn:example:acme:2.0:User:a:b` is complex within",
        );
        check(
            json!({"name": "a", "uniqueness": "server"}),
            "asks for uniqueness",
        );
        check(
            json!({"name": "a", "mutability": "writeOnly"}),
            "is write-only",
        );
        check(
            json!({"name": "a", "mutability": "readOnly", "required": true}),
            "nobody could give it",
        );
        check_refused(
            &extension(&json!([{"name": "a"}, {"name": "A"}])),
            ":A` is defined twice",
        );
        check_refused(&extension(&json!([])), "has no attributes");
        let many: Vec<_> = (0..=MOST_ATTRIBUTES)
            .map(|number| json!({"name": format!("a{number}")}))
            .collect();
        check_refused(&extension(&json!(many)), "more than 200 attributes");
    }

    #[test]
    fn ids_are_a_directorys_own() {
        let check = |id: &str, resource_type: &str, expected: &str| {
            let definition = json!([{"resourceType": resource_type, "schema": {"id": id, "name": "", "attributes": [{"name": "a"}]}}]);
            check_refused(&definition, expected);
        };
        check("acme", "User", "is no URN");
        check("urn:acme:2.0", "User", "is no URN");
        check(
            "urn:muster:params:scim:schemas:extension:2.0:User",
            "User",
            "is reserved",
        );
        check(
            "URN:ietf:params:scim:schemas:core:2.0:user",
            "User",
            "is the id of another schema",
        );
        check(
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            "User",
            "cannot be told from an attribute of",
        );
        check(
            "urn:acme:User",
            "Device",
            "extends `Device`, not User or Group",
        );
        check_refused(&json!({}), "cannot be read");
    }
}
