//! Values as the schema wants them: types checked, tolerated shapes brought into the one right shape, what is empty or
//! not the client's to write left out (RFC 7643 §2.3 to §2.5).

use std::collections::HashMap;

use base64::Engine;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use jiff::Timestamp;
use serde_json::Value;

use crate::schema::{Kind, Mutability};
use crate::{Attribute, Dialect, Error, Object};

const ANY_PADDING: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

/// The value of an attribute as it is kept; none if nothing is left of it. Error: 400 `invalidValue`.
pub(crate) fn normalise(
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, Error> {
    Reader {
        dialect,
        parent: None,
    }
    .attribute(attribute, value)
}

/// The value of a sub-attribute as it is kept.
pub(crate) fn normalise_sub(
    attribute: &Attribute,
    sub: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, Error> {
    Reader {
        dialect,
        parent: Some(&attribute.name),
    }
    .attribute(sub, value)
}

/// One element of a multi-valued attribute as it is kept.
pub(crate) fn normalise_element(
    attribute: &Attribute,
    value: Value,
    dialect: Dialect,
) -> Result<Option<Value>, Error> {
    Reader {
        dialect,
        parent: None,
    }
    .single(attribute, value)
}

/// The members of an object that these attributes define and the client may write, in the attributes' order.
pub(crate) fn normalise_object(
    attributes: &[Attribute],
    object: Object,
    dialect: Dialect,
) -> Result<Object, Error> {
    Reader {
        dialect,
        parent: None,
    }
    .object(attributes, object)
}

/// Leaves `primary` at one of several elements: at `preferred` if it is there, else at the first that has it.
pub(crate) fn leave_one_primary(elements: &mut [Value], preferred: Option<usize>) {
    let is_primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
    let keep = preferred
        .filter(|&index| elements.get(index).is_some_and(is_primary))
        .or_else(|| elements.iter().position(is_primary));
    for (index, element) in elements.iter_mut().enumerate() {
        if Some(index) != keep && is_primary(element) {
            element["primary"] = Value::Bool(false);
        }
    }
}

/// Each element once; of those with the same `value` and `type` (RFC 7643 §2.4) one, with what the others add to it.
fn distinct(elements: Vec<Value>) -> Vec<Value> {
    let first = first_alike(&elements);
    if first
        .iter()
        .enumerate()
        .all(|(index, first)| index == *first)
    {
        return elements;
    }
    let mut kept: Vec<Value> = Vec::with_capacity(elements.len());
    let mut places = Vec::with_capacity(elements.len());
    for (index, (element, first)) in elements.into_iter().zip(first).enumerate() {
        if first == index {
            places.push(kept.len());
            kept.push(element);
        } else {
            places.push(places[first]);
            add_missing(&mut kept[places[first]], element);
        }
    }
    kept
}

/// For each element the index of the first one that is the same.
fn first_alike(elements: &[Value]) -> Vec<usize> {
    /// Up to here comparing each with each is faster than hashing. A group may have 100,000.
    const FEW: usize = 32;
    let identities: Vec<_> = elements.iter().map(identity).collect();
    let with_index = identities.iter().enumerate();
    if elements.len() <= FEW {
        let first = |(index, it)| {
            identities
                .iter()
                .position(|known| known == it)
                .unwrap_or(index)
        };
        return with_index.map(first).collect();
    }
    let mut known = HashMap::with_capacity(elements.len());
    with_index
        .map(|(index, it)| *known.entry(it).or_insert(index))
        .collect()
}

/// What tells an element from others: its `value` and `type`, or all of it.
fn identity(element: &Value) -> (&Value, Option<&Value>) {
    match element.get("value") {
        Some(value) => (value, element.get("type")),
        None => (element, None),
    }
}

fn add_missing(known: &mut Value, again: Value) {
    if let (Value::Object(known), Value::Object(again)) = (known, again) {
        for (name, value) in again {
            known.entry(name).or_insert(value);
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    dialect: Dialect,
    /// The attribute whose sub-attributes are read: for error messages.
    parent: Option<&'a str>,
}

impl Reader<'_> {
    fn tolerant(self) -> bool {
        self.dialect == Dialect::Tolerant
    }

    fn attribute(self, attribute: &Attribute, value: Value) -> Result<Option<Value>, Error> {
        if !attribute.multi_valued {
            return self.single(attribute, value);
        }
        let elements = match value {
            Value::Null => return Ok(None),
            Value::Array(elements) => elements,
            Value::String(text) if text.is_empty() => return Ok(None),
            // OneLogin's templates send a single object where the schema has an array.
            value if self.tolerant() => vec![value],
            _ => return Err(self.wrong(attribute, "an array")),
        };
        let mut kept = Vec::with_capacity(elements.len());
        for element in elements {
            kept.extend(self.single(attribute, element)?);
        }
        let mut kept = distinct(kept);
        let primaries = kept
            .iter()
            .filter(|element| element.get("primary") == Some(&Value::Bool(true)))
            .count();
        if primaries > 1 {
            if !self.tolerant() {
                return Err(self.wrong(
                    attribute,
                    "an array with at most one element whose `primary` is true",
                ));
            }
            leave_one_primary(&mut kept, None);
            kept = distinct(kept);
        }
        Ok((!kept.is_empty()).then_some(Value::Array(kept)))
    }

    fn single(self, attribute: &Attribute, value: Value) -> Result<Option<Value>, Error> {
        let value = match value {
            Value::Null => return Ok(None),
            Value::String(text) if text.is_empty() => return Ok(None),
            Value::Array(mut elements) if self.tolerant() && elements.len() <= 1 => {
                match elements.pop() {
                    // Entra sends the manager as an array of one.
                    Some(element) if !element.is_array() => return self.single(attribute, element),
                    Some(_) => return Err(self.wrong_kind(attribute)),
                    None => return Ok(None),
                }
            }
            value => value,
        };
        match (attribute.kind, value) {
            // An element whose `value` is cleared is gone: a phone number of type work is nothing without the number.
            (Kind::Complex, Value::Object(object))
                if attribute.multi_valued && clears_value(attribute, &object) =>
            {
                Ok(None)
            }
            (Kind::Complex, Value::Object(object)) => {
                let inner = Reader {
                    parent: Some(&attribute.name),
                    ..self
                };
                let clears = object.values().any(|value| value.is_null() || *value == "");
                let object = inner.object(&attribute.sub_attributes, object)?;
                let is_gone = object.is_empty() || clears && is_only_label(attribute, &object);
                Ok((!is_gone).then_some(Value::Object(object)))
            }
            (Kind::Complex, value @ (Value::String(_) | Value::Number(_))) if self.tolerant() => {
                let Some(default) = attribute.sub_attribute("value") else {
                    return Err(self.wrong_kind(attribute));
                };
                let inner = Reader {
                    parent: Some(&attribute.name),
                    ..self
                };
                let value = inner.single(default, value)?;
                Ok(value
                    .map(|value| Value::Object(Object::from_iter([(default.name.clone(), value)]))))
            }
            (Kind::Complex, _) => Err(self.wrong_kind(attribute)),
            (kind, value) => match self.simple(kind, value) {
                Some(value) => Ok(Some(value)),
                None => Err(self.wrong_kind(attribute)),
            },
        }
    }

    fn simple(self, kind: Kind, value: Value) -> Option<Value> {
        match (kind, value) {
            (Kind::String | Kind::Reference, Value::String(text)) => Some(text.into()),
            (Kind::String, value @ (Value::Number(_) | Value::Bool(_))) if self.tolerant() => {
                Some(value.to_string().into())
            }
            (Kind::Boolean, Value::Bool(value)) => Some(value.into()),
            (Kind::Boolean, Value::String(text)) if self.tolerant() => {
                let values = [("true", true), ("false", false)];
                let found = values
                    .into_iter()
                    .find(|(word, _)| text.eq_ignore_ascii_case(word));
                found.map(|(_, value)| value.into())
            }
            (Kind::Integer, Value::Number(number)) => {
                if number.is_i64() || number.is_u64() {
                    Some(Value::Number(number))
                } else {
                    None
                }
            }
            (Kind::Decimal, Value::Number(number)) => Some(Value::Number(number)),
            (Kind::Integer | Kind::Decimal, Value::String(text)) if self.tolerant() => {
                let number = serde_json::from_str(&text).ok()?;
                self.simple(kind, Value::Number(number))
            }
            (Kind::DateTime, Value::String(text)) => is_date_time(&text).then(|| text.into()),
            (Kind::Binary, Value::String(text)) => self.base64(text).map(Value::from),
            _ => None,
        }
    }

    /// Base64 in the standard alphabet, padded (RFC 7643 §2.3.6, RFC 4648 §4). The tolerant dialect reads that of URLs too,
    /// and what is without padding or has line breaks.
    fn base64(self, text: String) -> Option<String> {
        if BASE64_STANDARD.decode(&text).is_ok() {
            return Some(text);
        }
        if !self.tolerant() {
            return None;
        }
        let packed: String = text
            .chars()
            .filter(|character| !character.is_ascii_whitespace())
            .collect();
        let decode = |alphabet| {
            GeneralPurpose::new(alphabet, ANY_PADDING)
                .decode(&packed)
                .ok()
        };
        let bytes = [&STANDARD, &URL_SAFE].into_iter().find_map(decode)?;
        Some(BASE64_STANDARD.encode(bytes))
    }

    fn object(self, attributes: &[Attribute], object: Object) -> Result<Object, Error> {
        let mut given: Vec<Option<Value>> = vec![None; attributes.len()];
        for (name, value) in object {
            let mut attributes = attributes.iter();
            if let Some(index) = attributes.position(|attribute| attribute.is_named(&name)) {
                given[index] = Some(value);
            }
        }
        let mut kept = Object::with_capacity(given.iter().flatten().count());
        for (attribute, value) in attributes.iter().zip(given) {
            let Some(value) = value else { continue };
            if attribute.mutability == Mutability::ReadOnly {
                continue;
            }
            let value = self.attribute(attribute, value)?;
            // What is only written, such as a password, is checked and thrown away.
            if let Some(value) = value
                && attribute.mutability != Mutability::WriteOnly
            {
                kept.insert(attribute.name.clone(), value);
            }
        }
        Ok(kept)
    }

    fn wrong_kind(self, attribute: &Attribute) -> Error {
        self.wrong(
            attribute,
            match attribute.kind {
                Kind::String => "a string",
                Kind::Boolean => "true or false",
                Kind::Integer => "an integer",
                Kind::Decimal => "a number",
                Kind::DateTime => "a date and time with its zone, such as `2026-11-21T09:30:00Z`",
                Kind::Binary => "a base64 string",
                Kind::Reference => "a URI",
                Kind::Complex => "an object",
            },
        )
    }

    fn wrong(self, attribute: &Attribute, wanted: &str) -> Error {
        let parent = self
            .parent
            .map(|parent| format!("{parent}."))
            .unwrap_or_default();
        Error::invalid_value(format!("`{parent}{}` must be {wanted}.", attribute.name))
    }
}

fn clears_value(attribute: &Attribute, object: &Object) -> bool {
    let mut values = object
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("value"));
    attribute.sub_attribute("value").is_some()
        && values.any(|(_, value)| value.is_null() || value == "")
}

/// Whether this element of an attribute without `value`, such as an address, says only which of several it is.
pub(crate) fn is_only_label(attribute: &Attribute, element: &Object) -> bool {
    attribute.multi_valued
        && attribute.sub_attribute("value").is_none()
        && element
            .keys()
            .all(|name| matches!(name.as_str(), "type" | "primary"))
}

/// xsd:dateTime with a zone (RFC 7643 §2.3.5): `2026-11-21T09:30:00Z`.
fn is_date_time(text: &str) -> bool {
    let shape = |(index, byte): (usize, &u8)| match index {
        4 | 7 => *byte == b'-',
        10 => *byte == b'T',
        13 | 16 => *byte == b':',
        _ => byte.is_ascii_digit(),
    };
    let Some((time, rest)) = text.as_bytes().split_at_checked(19) else {
        return false;
    };
    let zone = match rest {
        [b'.', rest @ ..] => {
            let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &rest[digits..]
        }
        rest => rest,
    };
    time.iter().enumerate().all(shape)
        && matches!(zone, b"Z" | [b'+' | b'-', _, _, b':', _, _])
        && text.parse::<Timestamp>().is_ok()
}

#[cfg(test)]
mod tests;
