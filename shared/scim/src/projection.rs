//! Which attributes are in an answer: `attributes` and `excludedAttributes` against `returned`
//! (RFC 7644 §3.4.2.5, §3.9; RFC 7643 §7).

use serde_json::Value;

use crate::schema::{Returned, Target};
use crate::{
    Attribute, AttributePath, Dialect, Error, Object, Representation, ResourceType, Schema,
};

/// What a request asks to see. Names that nobody knows are ignored.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    attributes: Option<Vec<AttributePath>>,
    excluded: Vec<AttributePath>,
    /// What this very request wrote of attributes that are returned on request, or have such parts: URN of the extension,
    /// name.
    written: Vec<(Option<String>, String)>,
}

impl Projection {
    /// From the names in `attributes` and `excludedAttributes`. Error: 400 `invalidValue` if both are given.
    pub fn new<'a>(
        attributes: impl IntoIterator<Item = &'a str>,
        excluded: impl IntoIterator<Item = &'a str>,
    ) -> Result<Self, Error> {
        let paths = |names: &mut dyn Iterator<Item = &'a str>| {
            let trimmed = names.map(str::trim).filter(|name| !name.is_empty());
            let mut named = false;
            let paths: Vec<_> = trimmed
                .inspect(|_| named = true)
                .filter_map(AttributePath::new)
                .collect();
            named.then_some(paths)
        };
        let attributes = paths(&mut attributes.into_iter());
        let excluded = paths(&mut excluded.into_iter());
        if attributes.is_some() && excluded.is_some() {
            return Err(Error::invalid_value(
                "Use either `attributes` or `excludedAttributes`, not both.",
            ));
        }
        Ok(Self {
            attributes,
            excluded: excluded.unwrap_or_default(),
            written: Vec::new(),
        })
    }

    /// The same for the answer to a write, which also shows what is returned on request if the write named it (RFC 7643
    /// §7).
    pub fn after_write(
        mut self,
        resource_type: &ResourceType,
        is_written: impl Fn(Option<&Schema>, &Attribute) -> bool,
    ) -> Self {
        let extensions = resource_type.extensions.iter().map(|it| Some(&it.schema));
        for extension in std::iter::once(None).chain(extensions) {
            let schema = extension.unwrap_or(&resource_type.schema);
            let on_request = schema.attributes.iter().filter(|attribute| {
                let mut all = std::iter::once(*attribute).chain(&attribute.sub_attributes);
                all.any(|named| named.returned == Returned::Request)
                    && is_written(extension, attribute)
            });
            let urn = || extension.map(|schema| schema.id.clone());
            self.written
                .extend(on_request.map(|attribute| (urn(), attribute.name.clone())));
        }
        self
    }

    /// Whether `attributes` was given: then a PATCH answers with a body (RFC 7644 §3.5.2).
    pub fn names_attributes(&self) -> bool {
        self.attributes.is_some()
    }

    /// Whether a top-level attribute of the core schema, returned by default, will be in the answer. If not, it need
    /// not be read.
    pub fn shows(&self, resource_type: &ResourceType, attribute: &str) -> bool {
        let Some(attribute) = resource_type.schema.attribute(attribute) else {
            return false;
        };
        self.of(resource_type).shows(None, attribute)
    }

    /// Whether something of an extension will be in the answer. If not, it need not be read.
    pub fn shows_extension(&self, resource_type: &ResourceType, urn: &str) -> bool {
        let names = self.of(resource_type);
        let schema = resource_type.extension(urn);
        schema.is_some_and(|schema| {
            let mut attributes = schema.attributes.iter();
            attributes.any(|attribute| names.shows(Some(&schema.id), attribute))
        })
    }

    /// Leaves in a represented resource what is to be shown. What is shown whole is not looked into.
    pub fn apply(&self, resource_type: &ResourceType, resource: &mut Representation) {
        let names = self.of(resource_type);
        resource.retain(|name, shown| {
            if let Some(attribute) = resource_type.core_attribute(name) {
                return names.shows(None, attribute)
                    && (names.shows_whole(None, attribute)
                        || shown
                            .value_mut()
                            .is_some_and(|value| names.retain(value, None, attribute)));
            }
            let Some(schema) = resource_type.extension(name) else {
                return false;
            };
            let Some(Value::Object(values)) = shown.value_mut() else {
                return false;
            };
            values.retain(|name, value| {
                let mut attributes = schema.attributes.iter();
                let attribute = attributes.find(|attribute| attribute.name == *name);
                attribute.is_some_and(|attribute| {
                    names.shows(Some(&schema.id), attribute)
                        && names.retain(value, Some(&schema.id), attribute)
                })
            });
            !values.is_empty()
        });
    }

    fn of<'a>(&'a self, resource_type: &'a ResourceType) -> Names<'a> {
        let resolve = |paths: &[AttributePath]| {
            paths
                .iter()
                .filter_map(|path| resource_type.resolve(path, Dialect::Tolerant))
                .collect()
        };
        Names {
            requested: self.attributes.as_deref().map(resolve),
            excluded: resolve(&self.excluded),
            written: &self.written,
        }
    }
}

/// The names of a projection, looked up.
struct Names<'a> {
    requested: Option<Vec<Target<'a>>>,
    excluded: Vec<Target<'a>>,
    written: &'a [(Option<String>, String)],
}

impl Names<'_> {
    /// Leaves in the value of an attribute what is to be shown; whether something is left.
    fn retain(&self, value: &mut Value, extension: Option<&str>, attribute: &Attribute) -> bool {
        if !attribute.sub_attributes.is_empty() {
            match value {
                Value::Object(inner) => self.retain_subs(inner, extension, attribute),
                Value::Array(elements) => {
                    for inner in elements.iter_mut().filter_map(Value::as_object_mut) {
                        self.retain_subs(inner, extension, attribute);
                    }
                    elements.retain(|element| {
                        element
                            .as_object()
                            .is_none_or(|element| !element.is_empty())
                    });
                }
                _ => {}
            }
        }
        !is_empty(value)
    }

    /// Whether all that an attribute has is shown, if it is shown.
    fn shows_whole(&self, extension: Option<&str>, attribute: &Attribute) -> bool {
        let mut subs = attribute.sub_attributes.iter();
        if subs.any(|sub| !matches!(sub.returned, Returned::Default | Returned::Always)) {
            return false;
        }
        let Some(requested) = &self.requested else {
            let mut excluded = self.excluded.iter();
            return !excluded.any(|target| concerns(target, extension, attribute));
        };
        let mut requested = requested.iter();
        attribute.returned == Returned::Always
            || requested.any(|target| is_whole(target, extension, attribute))
    }

    fn retain_subs(&self, object: &mut Object, extension: Option<&str>, attribute: &Attribute) {
        object.retain(|name, _| {
            let Some(sub) = attribute.sub_attributes.iter().find(|sub| sub.name == *name) else { return false };
            let is_it = |target: &Target<'_>| matches!(target, Target::Attribute { sub: Some(named), .. } if named.name == sub.name);
            let about = |targets: &[Target<'_>]| targets.iter().filter(|target| concerns(target, extension, attribute)).any(is_it);
            match sub.returned {
                Returned::Always => true,
                Returned::Never => false,
                returned => match &self.requested {
                    Some(requested) => {
                        about(requested)
                            || (returned == Returned::Default && requested.iter().any(|target| is_whole(target, extension, attribute)))
                            // Here for its own `returned: always`, not because it was asked for.
                            || (returned == Returned::Default && attribute.returned == Returned::Always)
                    }
                    None => {
                        (returned == Returned::Default || self.was_written(extension, attribute))
                            && !about(&self.excluded)
                    }
                },
            }
        });
    }

    fn was_written(&self, extension: Option<&str>, attribute: &Attribute) -> bool {
        let mut written = self.written.iter();
        written.any(|(urn, name)| urn.as_deref() == extension && *name == attribute.name)
    }

    fn shows(&self, extension: Option<&str>, attribute: &Attribute) -> bool {
        match attribute.returned {
            Returned::Always => true,
            Returned::Never => false,
            returned => {
                if let Some(requested) = &self.requested {
                    let mut requested = requested.iter();
                    return requested.any(|target| concerns(target, extension, attribute));
                }
                let by_itself =
                    returned == Returned::Default || self.was_written(extension, attribute);
                let mut excluded = self.excluded.iter();
                by_itself && !excluded.any(|target| is_whole(target, extension, attribute))
            }
        }
    }
}

/// Whether the target is this attribute, a sub-attribute of it, or the extension that has it.
fn concerns(target: &Target<'_>, extension: Option<&str>, attribute: &Attribute) -> bool {
    match target {
        Target::Extension(schema) => extension == Some(schema.id.as_str()),
        Target::Attribute {
            extension: named,
            attribute: other,
            ..
        } => named.map(|schema| schema.id.as_str()) == extension && other.name == attribute.name,
    }
}

/// Whether the target is this attribute as a whole, or the extension that has it.
fn is_whole(target: &Target<'_>, extension: Option<&str>, attribute: &Attribute) -> bool {
    concerns(target, extension, attribute)
        && !matches!(target, Target::Attribute { sub: Some(_), .. })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.is_empty(),
        // An empty array that was put there says so: a group without members.
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};
    use serde_json::json;

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
    #[track_caller]
    fn check(attributes: &str, excluded: &str, expected: Expect) {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "bob",
            "name": {"familyName": "Jensen", "givenName": "Bob"},
            "password": "never", "emails": [{"value": "b@x", "type": "work"}],
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Ops", "manager": {"value": "7"}},
            "meta": {"resourceType": "User", "version": "W/\"1\""}
        });
        let mut user = Representation::from(user.as_object().unwrap().clone());
        let projection = Projection::new(attributes.split(','), excluded.split(',')).unwrap();
        projection.apply(ResourceType::user(), &mut user);
        assert!(user.contains("schemas"), "they are always returned");
        user.remove("schemas");
        expected.assert_eq(&serde_json::to_string(&user).unwrap());
    }

    #[test]
    fn by_default_everything_but_the_password() {
        check(
            "",
            "",
            expect![[
                r#"{"id":"1","userName":"bob","name":{"familyName":"Jensen","givenName":"Bob"},"emails":[{"value":"b@x","type":"work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops","manager":{"value":"7"}},"meta":{"resourceType":"User","version":"W/\"1\""}}"#
            ]],
        );
    }

    #[test]
    fn attributes_are_a_minimum_set() {
        check("USERNAME", "", expect![[r#"{"id":"1","userName":"bob"}"#]]);
        check(
            "name.givenName,emails.value",
            "",
            expect![[r#"{"id":"1","name":{"givenName":"Bob"},"emails":[{"value":"b@x"}]}"#]],
        );
        check(
            "password,shoeSize,name",
            "",
            expect![[r#"{"id":"1","name":{"familyName":"Jensen","givenName":"Bob"}}"#]],
        );
        check("shoeSize", "", expect![[r#"{"id":"1"}"#]]);
    }

    #[test]
    fn extensions_by_urn() {
        check(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            "",
            expect![[
                r#"{"id":"1","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops","manager":{"value":"7"}}}"#
            ]],
        );
        check(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "",
            expect![[
                r#"{"id":"1","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Ops"}}"#
            ]],
        );
    }

    #[test]
    fn excluded_attributes_never_take_what_is_always_returned() {
        check(
            "",
            "id,name.givenName,emails,meta,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
            expect![[r#"{"id":"1","userName":"bob","name":{"familyName":"Jensen"}}"#]],
        );
    }

    #[test]
    fn both_are_refused() {
        let error = Projection::new(["userName"], ["emails"]).unwrap_err();
        assert_eq!(
            error.detail,
            "Use either `attributes` or `excludedAttributes`, not both."
        );
    }

    #[test]
    fn what_is_not_shown_need_not_be_read() {
        let group = ResourceType::group();
        assert!(Projection::default().shows(group, "members"));
        assert!(
            !Projection::new([], ["members"])
                .unwrap()
                .shows(group, "members")
        );
        assert!(
            !Projection::new(["displayName"], [])
                .unwrap()
                .shows(group, "members")
        );
        assert!(
            Projection::new(["members.value"], [])
                .unwrap()
                .shows(group, "members")
        );
    }
}
