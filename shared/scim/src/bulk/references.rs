use std::collections::{HashMap, HashSet};

use serde_json::Value;

use super::{BulkRequest, Operation};

const PREFIX: &str = "bulkId:";

/// The ids of the resources that a bulk request creates, known before they are created: so a reference can be written
/// in whatever order the operations come.
#[derive(Clone, Debug, Default)]
pub struct References(HashMap<String, String>);

impl References {
    /// With the id that `id` gives for each POST that has a `bulkId`.
    pub fn new(request: &BulkRequest, mut id: impl FnMut(&Operation) -> String) -> Self {
        let creating = request.operations.iter();
        let named = creating.filter_map(|operation| {
            let name = operation.creates()?.to_owned();
            Some((name, id(operation)))
        });
        Self(named.collect())
    }

    /// The id of the resource that this `bulkId` names.
    pub fn id(&self, bulk_id: &str) -> Option<&str> {
        self.0.get(bulk_id).map(String::as_str)
    }

    /// The id that a path names: itself, or that of a `bulkId:` of this request.
    pub fn resolve<'a>(&'a self, id: &'a str) -> &'a str {
        id.strip_prefix(PREFIX)
            .and_then(|name| self.id(name))
            .unwrap_or(id)
    }

    /// The `bulkId`s that an operation refers to and that name no resource: nothing creates it, or that failed.
    pub fn unresolved(&self, operation: &Operation, failed: &HashSet<&str>) -> Vec<String> {
        let mut names = referred(operation, |name| self.0.contains_key(name));
        names.retain(|name| !self.0.contains_key(name) || failed.contains(name.as_str()));
        names
    }

    /// The data with ids in the place of references.
    pub fn replace(&self, mut data: Value) -> Value {
        visit(&mut data, &mut |text| {
            let (mut replaced, mut from) = (String::new(), 0);
            for (start, end) in places(text) {
                if let Some(id) = self.id(&text[start + PREFIX.len()..end]) {
                    replaced.push_str(&text[from..start]);
                    replaced.push_str(id);
                    from = end;
                }
            }
            if from > 0 {
                replaced.push_str(&text[from..]);
                *text = replaced;
            }
        });
        data
    }
}

/// The `bulkId`s that an operation refers to, in its path and in its data.
///
/// A string that is a reference and nothing else is one even if no operation has that name; then it cannot be resolved.
/// Within a longer string, such as the path of a PATCH or a `$ref`, only known names are references.
pub(super) fn referred(operation: &Operation, known: impl Fn(&str) -> bool) -> Vec<String> {
    let mut names = Vec::new();
    if let Ok((_, target)) = &operation.request {
        let name = target.id.as_deref().and_then(|id| id.strip_prefix(PREFIX));
        names.extend(name.map(str::to_owned));
    }
    texts(&operation.data, &mut |text| {
        for (start, end) in places(text) {
            let name = &text[start + PREFIX.len()..end];
            if known(name) || (start, end) == (0, text.len()) {
                names.push(name.to_owned());
            }
        }
    });
    names
}

/// The texts in some data, names of attributes not among them.
pub(super) fn texts(data: &Value, found: &mut impl FnMut(&str)) {
    match data {
        Value::String(text) => found(text),
        Value::Array(elements) => elements.iter().for_each(|element| texts(element, found)),
        Value::Object(members) => members.values().for_each(|member| texts(member, found)),
        _ => {}
    }
}

fn visit(data: &mut Value, change: &mut impl FnMut(&mut String)) {
    match data {
        Value::String(text) => change(text),
        Value::Array(elements) => {
            for element in elements {
                visit(element, change);
            }
        }
        Value::Object(members) => {
            for member in members.values_mut() {
                visit(member, change);
            }
        }
        _ => {}
    }
}

/// Where references stand in a text: the whole of it, the last part of a URI, or within quotes in a path.
fn places(text: &str) -> Vec<(usize, usize)> {
    let mut places = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find(PREFIX) {
        let start = from + found;
        let before = text[..start].chars().next_back();
        let rest = &text[start..];
        let end = match before {
            Some('"') => rest.find('"').map(|length| start + length),
            None | Some('/') => Some(text.len()),
            _ => None,
        };
        places.extend(end.map(|end| (start, end)));
        from = end.unwrap_or(start + PREFIX.len());
    }
    places
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Dialect;

    fn references() -> References {
        let body = json!({"Operations": [
            {"method": "POST", "path": "/Users", "bulkId": "a", "data": {}},
            {"method": "POST", "path": "/Users", "bulkId": "b/1", "data": {}}
        ]});
        let request = BulkRequest::from_body(body, Dialect::Tolerant).unwrap();
        References::new(&request, |operation| {
            format!("id-of-{}", operation.bulk_id.as_deref().unwrap())
        })
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(
            references().replace(json!([{"x": text}])),
            json!([{"x": expected}])
        );
    }

    #[test]
    fn references_become_ids() {
        check("bulkId:a", "id-of-a");
        check("bulkId:b/1", "id-of-b/1");
        check("../Users/bulkId:a", "../Users/id-of-a");
        check(
            "members[value eq \"bulkId:a\" or value eq \"bulkId:b/1\"]",
            "members[value eq \"id-of-a\" or value eq \"id-of-b/1\"]",
        );
        assert_eq!(references().resolve("bulkId:a"), "id-of-a");
        assert_eq!(references().resolve("a"), "a");
    }

    #[test]
    fn what_is_no_reference_stays() {
        for text in [
            "bulkId",
            "a bulkId:a",
            "bulkId:c",
            "bulkid:a",
            "\"bulkId:a",
            "xbulkId:a",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn an_unknown_name_is_a_reference_only_by_itself() {
        let operation = |data: Value| {
            let body =
                json!({"Operations": [{"method": "PUT", "path": "/Users/bulkId:p", "data": data}]});
            BulkRequest::from_body(body, Dialect::Tolerant)
                .unwrap()
                .operations
                .remove(0)
        };
        let names = |data| referred(&operation(data), |name| name == "a");
        assert_eq!(
            names(json!({"x": ["bulkId:z", "/bulkId:z", "/bulkId:a"]})),
            ["p", "z", "a"]
        );
    }
}
