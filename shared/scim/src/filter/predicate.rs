use serde_json::Value;

use super::comparison::Comparison;
use super::{Filter, Literal, Operator};
use crate::schema::{Kind, Returned, Target};
use crate::{Attribute, AttributePath, Dialect, Error, Object, ResourceType, path::shown};

/// A filter bound to a resource type, or to the elements of one attribute: names are looked up, literals are read by
/// type, and what is left is to ask.
#[derive(Clone, Debug)]
pub struct Predicate(Node);

#[derive(Clone, Debug)]
enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    /// Nothing satisfies it.
    Never,
    /// Some value at the place satisfies the test.
    Some(Place, Test),
}

#[derive(Clone, Debug)]
enum Test {
    Present,
    Absent,
    Compare(Comparison),
    Element(Box<Node>),
}

/// Where in a normalised object a value is.
#[derive(Clone, Debug)]
struct Place {
    /// URN of the extension, attribute, sub-attribute: those that there are.
    names: Vec<String>,
}

impl Predicate {
    /// Binds a filter to resources of this type.
    ///
    /// Error: 400 `invalidFilter` for an attribute that the type does not have, or a comparison that its type of value
    /// does not allow.
    pub fn new(
        filter: &Filter,
        resource_type: &ResourceType,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let binder = Binder::new(Scope::Resource(resource_type), dialect);
        binder.bind(filter).map(Self)
    }

    /// Binds a filter to the resources of one of several types that are searched at once: an attribute that this type does
    /// not have has no value, and is no error (RFC 7644 §3.4.2.1).
    pub fn among_types(
        filter: &Filter,
        resource_type: &ResourceType,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let mut binder = Binder::new(Scope::Resource(resource_type), dialect);
        binder.among_types = true;
        binder.bind(filter).map(Self)
    }

    /// Binds a filter to the elements of a multi-valued complex attribute, as in a value path.
    pub fn of_element(
        filter: &Filter,
        attribute: &Attribute,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let binder = Binder::new(Scope::Element(attribute), dialect);
        binder.bind(filter).map(Self)
    }

    /// Whether the filter holds for this resource or element, normalised by its schema.
    pub fn matches(&self, object: &impl Members) -> bool {
        self.0.holds(object)
    }
}

/// What has members by name: an object, or a resource as it is shown.
pub trait Members {
    /// The value of a member.
    fn member(&self, name: &str) -> Option<&Value>;
}

impl Members for Object {
    fn member(&self, name: &str) -> Option<&Value> {
        self.get(name)
    }
}

#[derive(Clone, Copy)]
enum Scope<'a> {
    Resource(&'a ResourceType),
    Element(&'a Attribute),
}

#[derive(Clone, Copy)]
struct Binder<'a> {
    scope: Scope<'a>,
    dialect: Dialect,
    /// Names that are not known here have no value.
    among_types: bool,
}

/// A place and the attribute that is there; none for a whole extension.
type Found<'a> = (Place, Option<&'a Attribute>);

impl<'a> Binder<'a> {
    fn new(scope: Scope<'a>, dialect: Dialect) -> Self {
        Self {
            scope,
            dialect,
            among_types: false,
        }
    }

    /// What a path names; none for a name that has no value here.
    fn resolve(self, path: &AttributePath) -> Result<Option<Found<'a>>, Error> {
        let target = match self.scope {
            Scope::Element(attribute) => attribute
                .sub_attribute(path.as_str())
                .map(|sub| (vec![&sub.name], Some(sub))),
            Scope::Resource(resource_type) => match resource_type.resolve(path, self.dialect) {
                None => None,
                Some(Target::Extension(schema)) => Some((vec![&schema.id], None)),
                Some(Target::Attribute {
                    extension,
                    attribute,
                    sub,
                }) => {
                    let extension = extension.map(|schema| &schema.id).into_iter();
                    let names = extension
                        .chain([&attribute.name])
                        .chain(sub.map(|sub| &sub.name));
                    if attribute.returned == Returned::Never {
                        return Err(not_searched(attribute));
                    }
                    Some((names.collect(), Some(sub.unwrap_or(attribute))))
                }
            },
        };
        match target {
            Some((_, Some(attribute))) if attribute.returned == Returned::Never => {
                Err(not_searched(attribute))
            }
            Some((names, attribute)) => {
                let names = names.into_iter().cloned().collect();
                Ok(Some((Place { names }, attribute)))
            }
            None if self.among_types => Ok(None),
            None => Err(Error::invalid_filter(format!(
                "The filter names `{}`, which is not an attribute here.",
                shown(path.as_str())
            ))),
        }
    }

    fn bind(self, filter: &Filter) -> Result<Node, Error> {
        let all = |filters: &[Filter]| {
            let nodes = filters.iter().map(|filter| self.bind(filter));
            nodes.collect::<Result<Vec<_>, _>>()
        };
        match filter {
            Filter::And(filters) => all(filters).map(Node::And),
            Filter::Or(filters) => all(filters).map(Node::Or),
            Filter::Not(filter) => Ok(Node::Not(Box::new(self.bind(filter)?))),
            Filter::Present(path) => Ok(match self.resolve(path)? {
                Some((place, _)) => Node::Some(place, Test::Present),
                None => Node::Never,
            }),
            Filter::Compare(path, operator, literal) => {
                self.bind_comparison(path, *operator, literal)
            }
            Filter::Element(path, filter) => match self.resolve(path)? {
                None => Ok(Node::Never),
                Some((place, Some(attribute))) if attribute.kind == Kind::Complex => {
                    let elements = Self {
                        scope: Scope::Element(attribute),
                        ..self
                    };
                    let inner = elements.bind(filter)?;
                    Ok(Node::Some(place, Test::Element(Box::new(inner))))
                }
                Some(_) => Err(Error::invalid_filter(format!(
                    "`{}` has no sub-attributes, so it cannot be followed by `[`.",
                    shown(path.as_str())
                ))),
            },
        }
    }

    fn bind_comparison(
        self,
        path: &AttributePath,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Node, Error> {
        let found = self.resolve(path)?;
        let null = *literal == Literal::Null;
        if null && !matches!(operator, Operator::Eq | Operator::Ne) {
            return Err(Error::invalid_filter(
                "Only `eq` and `ne` can be used with null.",
            ));
        }
        let Some((mut place, attribute)) = found else {
            // Nothing is what is not there, and it is different from every value.
            let holds = null == (operator == Operator::Eq)
                && matches!(operator, Operator::Eq | Operator::Ne);
            return Ok(if holds {
                Node::Not(Box::new(Node::Never))
            } else {
                Node::Never
            });
        };
        if null {
            let test = if operator == Operator::Eq {
                Test::Absent
            } else {
                Test::Present
            };
            return Ok(Node::Some(place, test));
        }
        let Some(mut attribute) = attribute else {
            return Ok(Node::Never);
        };
        // A complex attribute is compared by its default sub-attribute (RFC 7643 §2.4).
        if attribute.kind == Kind::Complex
            && let Some(value) = attribute.sub_attribute("value")
        {
            place.names.push(value.name.clone());
            attribute = value;
        }
        let comparison = Comparison::new(attribute, operator, literal, self.dialect)?;
        Ok(Node::Some(place, Test::Compare(comparison)))
    }
}

fn not_searched(attribute: &Attribute) -> Error {
    Error::invalid_filter(format!(
        "The filter names `{}`, which cannot be searched.",
        attribute.name
    ))
}

impl Node {
    fn holds(&self, object: &impl Members) -> bool {
        match self {
            Self::And(nodes) => nodes.iter().all(|node| node.holds(object)),
            Self::Or(nodes) => nodes.iter().any(|node| node.holds(object)),
            Self::Not(node) => !node.holds(object),
            Self::Never => false,
            Self::Some(place, test) => match test {
                Test::Present => place.any(object, &mut has_value),
                Test::Absent => !place.any(object, &mut has_value),
                Test::Compare(comparison) => {
                    let mut some_value = false;
                    let mut test = |value: &Value| {
                        some_value = true;
                        comparison.holds(value)
                    };
                    let missing = comparison.missing();
                    let holds = any_within(object, &place.names, missing.as_ref(), &mut test);
                    holds || (!some_value && comparison.holds_without_value())
                }
                Test::Element(inner) => place.any(object, &mut |value| {
                    value
                        .as_object()
                        .is_some_and(|element| inner.holds(element))
                }),
            },
        }
    }
}

impl Place {
    /// Whether some value here satisfies the test; arrays on the way are walked through (any match).
    fn any(&self, object: &impl Members, test: &mut dyn FnMut(&Value) -> bool) -> bool {
        any_within(object, &self.names, None, test)
    }
}

fn any_within(
    object: &impl Members,
    names: &[String],
    missing: Option<&Value>,
    test: &mut dyn FnMut(&Value) -> bool,
) -> bool {
    let Some((name, rest)) = names.split_first() else {
        return false;
    };
    let here = missing.filter(|_| rest.is_empty());
    let Some(value) = object.member(name).or(here) else {
        return false;
    };
    let mut at = |value: &Value| match (value, rest) {
        (value, []) => test(value),
        (Value::Object(inner), rest) => any_within(inner, rest, missing, test),
        _ => false,
    };
    match value {
        Value::Array(elements) => elements.iter().any(at),
        value => at(value),
    }
}

/// RFC 7644, Table 3, `pr`: a non-empty value.
fn has_value(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(has_value),
        Value::Object(members) => members.values().any(has_value),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user() -> Object {
        let user = json!({
            "id": "2819c223", "externalId": "Ext", "userName": "Bob@Example.com", "active": true,
            "name": {"familyName": "Jensen"}, "title": "Tour Guide",
            "emails": [
                {"value": "bob@work.example", "type": "work", "primary": true},
                {"value": "bob@home.example", "type": "home"}
            ],
            "meta": {"created": "2026-11-21T10:00:00.000Z", "resourceType": "User"},
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Ops", "manager": {"value": "m1"}}
        });
        user.as_object().unwrap().clone()
    }

    #[track_caller]
    fn check(filter: &str, expected: bool) {
        let parsed = Filter::parse(filter, Dialect::Tolerant).unwrap();
        let predicate = Predicate::new(&parsed, ResourceType::user(), Dialect::Tolerant).unwrap();
        assert_eq!(predicate.matches(&user()), expected, "{filter}");
    }

    #[track_caller]
    fn check_refused(filter: &str, expected: &str) {
        let parsed = Filter::parse(filter, Dialect::Tolerant).unwrap();
        let error = Predicate::new(&parsed, ResourceType::user(), Dialect::Tolerant).unwrap_err();
        assert_eq!(error.scim_type, Some(crate::ScimType::InvalidFilter));
        assert_eq!(error.detail, expected);
    }

    #[test]
    fn text_is_compared_by_case_exact() {
        check("username eq \"BOB@example.COM\"", true);
        check("externalId eq \"ext\"", false);
        check("externalId eq \"Ext\"", true);
        check("title co \"GUIDE\"", true);
        check("title sw \"tour\"", true);
        check("title ew \"tour\"", false);
        check("title gt \"a\" and title lt \"z\"", true);
        check("userName ne \"bob@example.com\"", false);
        check("nickName ne \"x\"", true);
        check("externalId eq 12", false);
    }

    #[test]
    fn booleans_take_literals_and_what_entra_sends() {
        check("active eq true", true);
        check("active eq \"True\"", true);
        check("active ne true", false);
        check(
            "emails[primary eq \"True\"].value eq \"bob@work.example\"",
            true,
        );
    }

    #[test]
    fn times_are_compared_chronologically() {
        check("meta.created gt \"2026-11-21T10:30:00+01:00\"", true);
        check("meta.created eq \"2026-11-21T11:00:00+01:00\"", true);
        check("meta.created le \"2026-11-21T09:59:59Z\"", false);
        check("meta.created sw \"2026-11\"", true);
    }

    #[test]
    fn multi_valued_attributes_match_by_any_element() {
        check("emails.value eq \"bob@home.example\"", true);
        check("emails co \"home\"", true);
        check("emails[type eq \"work\" and value co \"home\"]", false);
        check("emails[type eq \"home\" and value co \"home\"]", true);
        check("emails[not (type eq \"work\")]", true);
        check("emails[primary eq false and type eq \"home\"]", true);
        check("emails[primary ne true and type eq \"home\"]", true);
        check("emails[primary eq false and type eq \"work\"]", false);
        check("emails[primary ne false and type eq \"home\"]", false);
        check("emails.primary eq false", true);
        check("roles.primary eq false", false);
        check("emails[type eq \"home\" and primary pr]", false);
        check("emails.type eq \"other\"", false);
    }

    #[test]
    fn extensions_by_urn_and_without() {
        check(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:department eq \"ops\"",
            true,
        );
        check(
            "urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq \"jensen\"",
            true,
        );
        check(
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User pr",
            true,
        );
        check("id eq \"2819c223\" and manager eq \"m1\"", true);
        check("department eq \"ops\"", true);
    }

    #[test]
    fn presence_and_null() {
        check("title pr", true);
        check("nickName pr", false);
        check("name pr", true);
        check("name.givenName pr", false);
        check("nickName eq null", true);
        check("title ne null", true);
    }

    #[test]
    fn among_types_an_unknown_attribute_has_no_value() {
        let check = |filter: &str, expected: bool| {
            let parsed = Filter::parse(filter, Dialect::Tolerant).unwrap();
            let group = ResourceType::group();
            let predicate = Predicate::among_types(&parsed, group, Dialect::Tolerant).unwrap();
            let group = json!({"displayName": "x", "members": [{"value": "1"}]});
            assert_eq!(
                predicate.matches(group.as_object().unwrap()),
                expected,
                "{filter}"
            );
        };
        check("displayName eq \"x\"", true);
        check("userName eq \"x\"", false);
        check("not (userName eq \"x\")", true);
        check("emails[type eq \"work\"] or displayName pr", true);
        check("emails[type eq \"work\"]", false);
        check("members[shoeSize eq 1]", false);
        check("members[value eq \"1\" and shoeSize ne 1]", true);
        check("userName ne \"x\" and title eq null", true);
        check("userName ne null", false);
        check("userName pr", false);
    }

    #[test]
    fn what_does_not_suit_the_type_is_refused() {
        check_refused(
            "active gt true",
            "The operator `gt` cannot be used with `active`.",
        );
        check_refused(
            "active eq 1",
            "The filter compares `active` with 1: use true or false.",
        );
        check_refused(
            "title eq null and userType gt null",
            "Only `eq` and `ne` can be used with null.",
        );
        check_refused(
            "name eq \"x\"",
            "The filter compares `name`, which has sub-attributes: name one of them.",
        );
        check_refused(
            "shoeSize eq 1",
            "The filter names `shoeSize`, which is not an attribute here.",
        );
        check_refused(
            "password eq \"x\"",
            "The filter names `password`, which cannot be searched.",
        );
        check_refused(
            "x509Certificates.value ge \"x\"",
            "The operator `ge` cannot be used with `value`.",
        );
        check_refused(
            "title[value eq \"x\"]",
            "`title` has no sub-attributes, so it cannot be followed by `[`.",
        );
        check_refused(
            "meta.created gt \"yesterday\"",
            "The filter compares `created` with \"yesterday\": use a date and time such as \"2026-11-21T09:30:00Z\".",
        );
    }
}
