//! Messages as JSON objects: their members' names are compared without case, as all names are (RFC 7643 §2.1).

use serde_json::Value;

use crate::Object;

/// The member of this name.
pub(crate) fn get<'a>(object: &'a Object, name: &str) -> Option<&'a Value> {
    let mut members = object.iter();
    let found = members.find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value)
}

/// Takes the member of this name out.
pub(crate) fn take(object: &mut Object, name: &str) -> Option<Value> {
    let key = object
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    object.shift_remove(&key)
}

/// Whether a value of `schemas` lists this one.
pub(crate) fn lists(schemas: Option<&Value>, schema: &str) -> bool {
    let schemas = schemas.and_then(Value::as_array);
    schemas.is_some_and(|schemas| {
        let mut schemas = schemas.iter().filter_map(Value::as_str);
        schemas.any(|listed| listed.eq_ignore_ascii_case(schema))
    })
}
