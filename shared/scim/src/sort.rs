//! Sorting (RFC 7644 §3.4.2.3): what a query asks for ([`Sort`]) and, bound to a resource type, the key by which one
//! resource stands before another ([`Order`], [`SortKey`]).

use std::cmp::Ordering;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::filter::Members;
use crate::path::shown;
use crate::schema::{Kind, Returned, Target};
use crate::{Attribute, AttributePath, Dialect, Error, ResourceType, fold};

/// Values are compared by this much of them, in bytes: a key has to fit into a cursor.
pub(crate) const LONGEST_TEXT: usize = 1_024;

/// `sortBy` and `sortOrder`.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// The attribute whose values are compared.
    pub by: AttributePath,
    /// The highest first; resources without a value before all others.
    pub descending: bool,
}

impl Sort {
    /// From the two parameters; none without `sortBy`. Error: 400 `invalidValue`.
    pub fn new(by: Option<&str>, order: Option<&str>) -> Result<Option<Self>, Error> {
        let Some(by) = by.map(str::trim).filter(|by| !by.is_empty()) else {
            return Ok(None);
        };
        let by = AttributePath::new(by).ok_or_else(|| unknown(by))?;
        let descending = match order.map(str::trim) {
            None | Some("") => false,
            Some(order) if order.eq_ignore_ascii_case("ascending") => false,
            Some(order) if order.eq_ignore_ascii_case("descending") => true,
            Some(_) => {
                return Err(Error::invalid_value(
                    "`sortOrder` must be `ascending` or `descending`.",
                ));
            }
        };
        Ok(Some(Self { by, descending }))
    }
}

/// A sort bound to a resource type.
#[derive(Clone, Debug)]
pub struct Order {
    /// URN of the extension, attribute, sub-attribute: those that there are; empty where the type has no such attribute.
    names: Vec<String>,
    kind: Kind,
    case_exact: bool,
    descending: bool,
}

/// What is compared of a resource. Of equal ones the older resource comes first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names are those of the values' types")]
pub enum SortKey {
    Boolean(bool),
    /// And as an integer, for those that differ where 64 bits of a float do not.
    Number(f64, i128),
    /// In nanoseconds since 1970.
    Time(i128),
    /// Folded where case does not matter.
    Text(String),
    /// No value.
    Missing,
}

impl Order {
    /// Binds a sort to resources of this type.
    ///
    /// Among several types, an attribute that this one does not have is no error: its resources have no value. Errors:
    /// 400 `invalidValue` for an attribute that the type does not have, or whose values have no order.
    pub fn new(
        sort: &Sort,
        resource_type: &ResourceType,
        dialect: Dialect,
        among_types: bool,
    ) -> Result<Self, Error> {
        let mut order = Self {
            names: Vec::new(),
            kind: Kind::String,
            case_exact: false,
            descending: sort.descending,
        };
        let (extension, attribute, sub) = match resource_type.resolve(&sort.by, dialect) {
            Some(Target::Attribute {
                extension,
                attribute,
                sub,
            }) if attribute.returned != Returned::Never => (extension, attribute, sub),
            None if among_types => return Ok(order),
            _ => return Err(unknown(sort.by.as_str())),
        };
        let sub = match sub {
            // A complex attribute is compared by its default sub-attribute (RFC 7643 §2.4).
            None if attribute.kind == Kind::Complex => {
                let value = attribute.sub_attribute("value").ok_or_else(|| {
                    Error::invalid_value(format!(
                        "`sortBy` names `{}`, which has sub-attributes: name one of them.",
                        attribute.name
                    ))
                })?;
                Some(value)
            }
            sub => sub,
        };
        let compared: &Attribute = sub.unwrap_or(attribute);
        order.names = extension
            .map(|schema| &schema.id)
            .into_iter()
            .chain([&attribute.name])
            .chain(sub.map(|sub| &sub.name))
            .cloned()
            .collect();
        order.kind = compared.kind;
        order.case_exact = compared.case_exact;
        Ok(order)
    }

    /// The key of a represented resource; of several values, that of the primary one or else of the first.
    pub fn key(&self, resource: &impl Members) -> SortKey {
        let mut names = self.names.iter();
        let first = names.next().and_then(|name| resource.member(name));
        let value = names.fold(first.and_then(preferred), |value, name| {
            preferred(value?.get(name)?)
        });
        value
            .and_then(|value| self.key_of(value))
            .unwrap_or(SortKey::Missing)
    }

    fn key_of(&self, value: &Value) -> Option<SortKey> {
        match (self.kind, value) {
            (Kind::Boolean, Value::Bool(value)) => Some(SortKey::Boolean(*value)),
            (Kind::Integer | Kind::Decimal, Value::Number(number)) => {
                let float = number.as_f64()?;
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "what has a fraction is told apart by the float"
                )]
                let integer = number.as_i128().unwrap_or(float as i128);
                Some(SortKey::Number(float, integer))
            }
            (Kind::DateTime, Value::String(text)) => {
                let time: Timestamp = text.parse().ok()?;
                Some(SortKey::Time(time.as_nanosecond()))
            }
            (_, Value::String(text)) if text.is_empty() => None,
            (_, Value::String(text)) if self.case_exact => Some(SortKey::Text(cut(text))),
            (_, Value::String(text)) => Some(SortKey::Text(cut(&fold(text)))),
            _ => None,
        }
    }

    /// Which of two keys comes first: a missing value is the last one ascending and the first one descending.
    pub fn compare(&self, one: &SortKey, other: &SortKey) -> Ordering {
        let ascending = one.compare(other);
        if self.descending {
            ascending.reverse()
        } else {
            ascending
        }
    }
}

impl SortKey {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(one), Self::Boolean(other)) => one.cmp(other),
            (Self::Number(one, one_integer), Self::Number(other, other_integer)) => one
                .total_cmp(other)
                .then_with(|| one_integer.cmp(other_integer)),
            (Self::Time(one), Self::Time(other)) => one.cmp(other),
            (Self::Text(one), Self::Text(other)) => one.cmp(other),
            _ => self.rank().cmp(&other.rank()),
        }
    }

    /// Keys of different types meet only where several resource types are sorted together.
    fn rank(&self) -> u8 {
        match self {
            Self::Boolean(_) => 0,
            Self::Number(..) => 1,
            Self::Time(_) => 2,
            Self::Text(_) => 3,
            Self::Missing => 4,
        }
    }
}

fn preferred(value: &Value) -> Option<&Value> {
    let Value::Array(elements) = value else {
        return Some(value);
    };
    let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
    elements.iter().find(is_primary).or(elements.first())
}

fn cut(text: &str) -> String {
    text[..text.floor_char_boundary(LONGEST_TEXT)].to_owned()
}

fn unknown(name: &str) -> Error {
    Error::invalid_value(format!(
        "`sortBy` names `{}`, which is not an attribute here.",
        shown(name)
    ))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn order(by: &str, direction: &str) -> Result<Order, Error> {
        let sort = Sort::new(Some(by), Some(direction))?.unwrap();
        Order::new(&sort, ResourceType::user(), Dialect::Tolerant, false)
    }

    /// Sorts users, each given as its attributes beside `nickName`, and shows the nicknames in the order found.
    #[track_caller]
    fn check(by: &str, direction: &str, users: &Value, expected: &str) {
        let order = order(by, direction).unwrap();
        let mut users: Vec<_> = users.as_array().unwrap().iter().collect();
        users.sort_by(|one, other| {
            let key = |user: &Value| order.key(user.as_object().unwrap());
            order.compare(&key(one), &key(other))
        });
        let names = users.iter().filter_map(|user| user["nickName"].as_str());
        assert_eq!(names.collect::<String>(), expected, "{by} {direction}");
    }

    #[test]
    fn by_text_number_time_and_boolean() {
        let users = json!([
            {"nickName": "a", "title": "beta", "externalId": "b", "active": true, "meta": {"created": "2026-11-21T11:00:00+01:00"}},
            {"nickName": "b", "title": "Alpha", "externalId": "B", "active": false, "meta": {"created": "2026-11-21T10:30:00Z"}},
            {"nickName": "c", "title": "ALPHA", "externalId": "a", "active": true, "meta": {"created": "2026-11-21T09:00:00Z"}}
        ]);
        check("title", "ascending", &users, "bca");
        check("TITLE", "Descending", &users, "abc");
        check("externalId", "", &users, "bca");
        check("active", "ascending", &users, "bac");
        check("meta.created", "ascending", &users, "cab");
    }

    #[test]
    fn without_a_value_last_and_descending_first() {
        let users = json!([{"nickName": "a"}, {"nickName": "b", "title": "x"}, {"nickName": "c", "title": "a"}]);
        check("title", "ascending", &users, "cba");
        check("title", "descending", &users, "abc");
    }

    #[test]
    fn several_values_by_the_primary_one_or_the_first() {
        let users = json!([
            {"nickName": "a", "emails": [{"value": "b@x"}, {"value": "z@x", "primary": true}]},
            {"nickName": "b", "emails": [{"value": "c@x", "type": "work"}, {"value": "a@x"}]},
            {"nickName": "c", "name": {"familyName": "Z"}}
        ]);
        check("emails", "ascending", &users, "bac");
        check("emails.value", "ascending", &users, "bac");
        check("emails.type", "ascending", &users, "bac");
        check("name.familyName", "ascending", &users, "cab");
    }

    #[test]
    fn what_has_no_order_is_refused() {
        let check = |by: &str, direction: &str, expected: &str| {
            let error = order(by, direction).unwrap_err();
            assert_eq!(error.detail, expected);
        };
        check(
            "shoeSize",
            "",
            "`sortBy` names `shoeSize`, which is not an attribute here.",
        );
        check(
            "password",
            "",
            "`sortBy` names `password`, which is not an attribute here.",
        );
        check(
            "a b",
            "",
            "`sortBy` names `a b`, which is not an attribute here.",
        );
        check(
            "name",
            "",
            "`sortBy` names `name`, which has sub-attributes: name one of them.",
        );
        check(
            "title",
            "up",
            "`sortOrder` must be `ascending` or `descending`.",
        );
    }

    #[test]
    fn among_types_an_unknown_attribute_is_a_missing_value() {
        let sort = Sort::new(Some("userName"), None).unwrap().unwrap();
        let order = Order::new(&sort, ResourceType::group(), Dialect::Tolerant, true).unwrap();
        let group = json!({"displayName": "x"});
        assert_eq!(order.key(group.as_object().unwrap()), SortKey::Missing);
    }
}
