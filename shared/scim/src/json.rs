//! JSON as clients send it: read once, bounded, and refused where it would mean different things to different readers.
//!
//! Names of attributes are compared without case (RFC 7643 §2.1), so one that is given twice, in whatever case, is
//! refused: of two values nobody could say which one holds. Every refusal names the attribute.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Deserializer, Number, Value};

use crate::path::shown;
use crate::{Error, Object};

/// Deepest nesting of arrays and objects. A PATCH inside a bulk request needs eight.
const DEEPEST: usize = 40;
/// Most names in one object.
const MOST_NAMES: usize = 1_000;
/// From here on a float does not hold what was written: integers end at 2^64.
const TOO_LARGE: f64 = 18_446_744_073_709_551_616.0;

/// Reads a body.
///
/// Errors, both 400: `invalidSyntax` for what is not JSON, is nested too deep or gives an attribute twice;
/// `invalidValue` for the character U+0000 and for a number too large to be kept as it is written.
pub fn read(bytes: &[u8]) -> Result<Value, Error> {
    let mut refusal = Refusal::default();
    let mut deserializer = Deserializer::from_slice(bytes);
    let read = Place {
        refusal: &mut refusal,
        depth: 0,
    }
    .deserialize(&mut deserializer)
    .and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| refusal.into_error(&error))
}

/// A body as text. Not by `to_string`, which writes through a formatter, in pieces.
pub fn text(body: &impl Serialize) -> String {
    /// Enough for a user.
    const USUAL: usize = 4 * 1024;
    let mut text = Vec::with_capacity(USUAL);
    // What is written has nothing that JSON does not have, and is written in UTF-8.
    let written = serde_json::to_writer(&mut text, body);
    debug_assert!(written.is_ok());
    String::from_utf8(text).unwrap_or_default()
}

/// Why the reading ended, and where: the names are collected from the inside on the way out.
#[derive(Default)]
struct Refusal {
    names: Vec<String>,
    reason: Option<Reason>,
}

enum Reason {
    TooDeep,
    TooManyNames,
    Twice,
    Nul,
    TooLarge,
}

impl Refusal {
    fn because<E: serde::de::Error>(&mut self, reason: Reason) -> E {
        self.reason = Some(reason);
        E::custom("refused")
    }

    fn into_error(mut self, error: &serde_json::Error) -> Error {
        self.names.reverse();
        let name = shown(&self.names.join("."));
        let named = !name.is_empty();
        match self.reason {
            Some(Reason::TooDeep) => Error::invalid_syntax(format!(
                "The body is nested deeper than {DEEPEST} levels at `{name}`."
            )),
            Some(Reason::TooManyNames) if named => {
                Error::invalid_syntax(format!("`{name}` has more than {MOST_NAMES} attributes."))
            }
            Some(Reason::TooManyNames) => {
                Error::invalid_syntax(format!("The body has more than {MOST_NAMES} attributes."))
            }
            Some(Reason::Twice) => Error::invalid_syntax(format!(
                "`{name}` is given twice: names that differ only in case are the same attribute."
            )),
            Some(Reason::Nul) => Error::invalid_value(format!(
                "`{name}` contains the character U+0000: leave it out."
            )),
            Some(Reason::TooLarge) => Error::invalid_value(format!(
                "`{name}` is a number too large to be kept as it is written."
            )),
            None => {
                let place = format!("line {}, column {}", error.line(), error.column());
                Error::invalid_syntax(if named {
                    format!("The body is not valid JSON: {place}, in `{name}`.")
                } else {
                    format!("The body is not valid JSON: {place}.")
                })
            }
        }
    }
}

/// The names of an object, compared without case.
#[derive(Default)]
struct Names(HashSet<String>);

impl Names {
    /// Whether the object does not have this name yet.
    fn is_new(&mut self, name: &str, object: &Object) -> bool {
        /// Up to here looking at each name is faster than hashing.
        const FEW: usize = 32;
        if object.len() < FEW {
            return !object.keys().any(|known| known.eq_ignore_ascii_case(name));
        }
        if self.0.is_empty() {
            self.0 = object
                .keys()
                .map(|known| known.to_ascii_lowercase())
                .collect();
        }
        self.0.insert(name.to_ascii_lowercase())
    }
}

/// A value that is to be read.
struct Place<'a> {
    refusal: &'a mut Refusal,
    depth: usize,
}

impl Place<'_> {
    fn within(&mut self) -> Place<'_> {
        Place {
            refusal: self.refusal,
            depth: self.depth + 1,
        }
    }

    fn check_depth<E: serde::de::Error>(&mut self) -> Result<(), E> {
        if self.depth < DEEPEST {
            Ok(())
        } else {
            Err(self.refusal.because(Reason::TooDeep))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) if value.abs() < TOO_LARGE => Ok(Value::Number(number)),
            _ => Err(self.refusal.because(Reason::TooLarge)),
        }
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Value, E> {
        self.visit_string(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> Result<Value, E> {
        if text.contains('\0') {
            return Err(self.refusal.because(Reason::Nul));
        }
        Ok(Value::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut elements: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut array = Vec::new();
        while let Some(element) = elements.next_element_seed(self.within())? {
            array.push(element);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        self.check_depth()?;
        let mut object = Object::new();
        let mut names = Names::default();
        while let Some(name) = members.next_key::<String>()? {
            let refused = if name.contains('\0') {
                Some(Reason::Nul)
            } else if object.len() >= MOST_NAMES {
                return Err(self.refusal.because(Reason::TooManyNames));
            } else if !names.is_new(&name, &object) {
                Some(Reason::Twice)
            } else {
                None
            };
            if let Some(reason) = refused {
                self.refusal.names.push(name);
                return Err(self.refusal.because(reason));
            }
            match members.next_value_seed(self.within()) {
                Ok(value) => object.insert(name, value),
                Err(error) => {
                    self.refusal.names.push(name);
                    return Err(error);
                }
            };
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    #[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
    #[track_caller]
    fn check(body: &str, expected: Expect) {
        let outcome = match read(body.as_bytes()) {
            Ok(value) => value.to_string(),
            Err(error) => format!("{}: {error}", error.scim_type.unwrap().keyword()),
        };
        expected.assert_eq(&outcome);
    }

    #[test]
    fn what_is_json_is_read_as_it_is() {
        check(
            r#" {"b":[1,-2,2.5,true,null,"é\u00e9"],"a":{"c":18446744073709551615}} "#,
            expect![[r#"{"b":[1,-2,2.5,true,null,"éé"],"a":{"c":18446744073709551615}}"#]],
        );
        check("[]", expect!["[]"]);
        let deepest = format!("{}1{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
        assert!(read(deepest.as_bytes()).is_ok());
    }

    #[test]
    fn what_is_not_json() {
        check(
            "",
            expect!["invalidSyntax: The body is not valid JSON: line 1, column 0."],
        );
        check(
            "{\"a\":1} x",
            expect!["invalidSyntax: The body is not valid JSON: line 1, column 9."],
        );
        check(
            "{\n\"emails\":[{\"value\": b}]}",
            expect![
                "invalidSyntax: The body is not valid JSON: line 2, column 21, in `emails.value`."
            ],
        );
    }

    #[test]
    fn lone_surrogates_and_control_characters() {
        check(
            r#"{"name":{"givenName":"\ud800"}}"#,
            expect![
                "invalidSyntax: The body is not valid JSON: line 1, column 29, in `name.givenName`."
            ],
        );
        check(
            r#"{"title":"a\u0000b"}"#,
            expect!["invalidValue: `title` contains the character U+0000: leave it out."],
        );
        check(
            r#"{"ti\u0000tle":1}"#,
            expect!["invalidValue: `ti�tle` contains the character U+0000: leave it out."],
        );
        assert!(read(b"{\"a\":\"\xff\"}").is_err());
    }

    #[test]
    fn an_attribute_is_given_once() {
        check(
            r#"{"userName":"a","userName":"b"}"#,
            expect![
                "invalidSyntax: `userName` is given twice: names that differ only in case are the same attribute."
            ],
        );
        check(
            r#"{"emails":[{"value":"a","VALUE":"b"}]}"#,
            expect![
                "invalidSyntax: `emails.VALUE` is given twice: names that differ only in case are the same attribute."
            ],
        );
    }

    #[test]
    fn an_attribute_of_many_is_given_once_too() {
        let names: Vec<_> = (0..100).map(|name| format!("\"a{name}\":1")).collect();
        let object = |last: &str| format!("{{{},{last}}}", names.join(","));
        assert!(read(object("\"b\":1").as_bytes()).is_ok());
        for twice in ["\"A5\":1", "\"a99\":1"] {
            assert!(read(object(twice).as_bytes()).is_err(), "{twice}");
        }
    }

    #[test]
    fn numbers_that_would_change() {
        check(
            r#"{"a":{"n":123456789012345678901234567890}}"#,
            expect!["invalidValue: `a.n` is a number too large to be kept as it is written."],
        );
        check(
            r#"{"n":1e999}"#,
            expect!["invalidSyntax: The body is not valid JSON: line 1, column 10, in `n`."],
        );
        check(r#"{"n":1e3}"#, expect![[r#"{"n":1000.0}"#]]);
    }

    #[test]
    fn limits() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
        check(
            &deep,
            expect!["invalidSyntax: The body is nested deeper than 40 levels at `a`."],
        );
        check(
            &"[".repeat(100_000),
            expect!["invalidSyntax: The body is nested deeper than 40 levels at ``."],
        );
        let names: Vec<_> = (0..=MOST_NAMES)
            .map(|name| format!("\"a{name}\":1"))
            .collect();
        check(
            &format!("{{\"x\":{{{}}}}}", names.join(",")),
            expect!["invalidSyntax: `x` has more than 1000 attributes."],
        );
    }
}
