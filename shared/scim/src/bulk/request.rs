use std::collections::HashSet;

use serde_json::Value;

use super::MOST_OPERATIONS;
use crate::object::{lists, take};
use crate::path::shown;
use crate::{Dialect, Error, ErrorStatus, Object};

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Longest name of a new resource, in bytes.
const LONGEST_BULK_ID: usize = 256;
/// Longest path of an operation, in bytes.
const LONGEST_PATH: usize = 512;

/// The body of a POST to `/Bulk`.
#[derive(Debug)]
pub struct BulkRequest {
    /// After this many errors nothing more is begun.
    pub fail_on_errors: Option<usize>,
    /// The operations, in the order of the request.
    pub operations: Vec<Operation>,
}

/// One operation.
#[derive(Debug)]
pub struct Operation {
    /// The verb as it was sent.
    pub method_text: String,
    /// Name of the resource that a POST creates, within the request.
    pub bulk_id: Option<String>,
    /// Where the operation goes, or what is wrong with it.
    pub request: Result<(Method, Target), Error>,
    /// The entity tag that the resource is to have.
    pub version: Option<String>,
    /// The body that the operation would have by itself; null for DELETE.
    pub data: Value,
}

/// The verb of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of RFC 9110")]
pub enum Method {
    Post,
    Put,
    Patch,
    Delete,
}

/// The endpoint and, but for POST, the resource.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// `/Users` or `/Groups`.
    pub endpoint: String,
    /// The id of the resource, or `bulkId:` and the name of one that this request creates.
    pub id: Option<String>,
}

impl BulkRequest {
    /// Reads a body.
    ///
    /// What is wrong with one operation is that operation's error. Errors of the whole: 400 `invalidSyntax` for what is
    /// not a bulk request, 400 `invalidValue` for a `bulkId` used twice, 413 for too many operations.
    pub fn from_body(body: Value, dialect: Dialect) -> Result<Self, Error> {
        let Value::Object(mut body) = body else {
            return Err(Error::invalid_syntax("The body must be a JSON object."));
        };
        let schemas = take(&mut body, "schemas");
        let declared = lists(schemas.as_ref(), SCHEMA);
        if !declared && (dialect == Dialect::Strict || schemas.is_some()) {
            let detail = format!("`schemas` must list `{SCHEMA}`.");
            return Err(Error::invalid_syntax(detail));
        }
        let fail_on_errors = match take(&mut body, "failOnErrors") {
            None | Some(Value::Null) => None,
            Some(number) => {
                let number = number.as_u64().filter(|number| *number > 0);
                let number = number.and_then(|number| usize::try_from(number).ok());
                Some(number.ok_or_else(|| {
                    Error::invalid_value("`failOnErrors` must be an integer of at least 1.")
                })?)
            }
        };
        let operations = match take(&mut body, "Operations") {
            Some(Value::Array(operations)) if !operations.is_empty() => operations,
            _ => {
                return Err(Error::invalid_syntax(
                    "`Operations` must be an array with at least one operation.",
                ));
            }
        };
        if operations.len() > MOST_OPERATIONS {
            return Err(Error::new(
                ErrorStatus::ContentTooLarge,
                format!(
                    "`Operations` has {} operations, and at most {MOST_OPERATIONS} are taken at once: send several requests.",
                    operations.len()
                ),
            ));
        }
        let operations: Vec<_> = operations
            .into_iter()
            .map(|operation| match operation {
                Value::Object(members) => Ok(Operation::read(members, dialect)),
                _ => Err(Error::invalid_syntax(
                    "Each of `Operations` must be an object with `method` and `path`.",
                )),
            })
            .collect::<Result<_, _>>()?;
        let mut names = HashSet::new();
        for name in operations.iter().filter_map(Operation::creates) {
            if !names.insert(name) {
                let detail = format!("The bulkId `{}` is used by two operations.", shown(name));
                return Err(Error::invalid_value(detail));
            }
        }
        Ok(Self {
            fail_on_errors,
            operations,
        })
    }
}

impl Operation {
    fn read(mut members: Object, dialect: Dialect) -> Self {
        let method = take(&mut members, "method");
        let method = method.as_ref().and_then(Value::as_str).unwrap_or_default();
        let text = |value: Option<Value>| match value {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let bulk_id = take(&mut members, "bulkId").filter(|bulk_id| !bulk_id.is_null());
        let path = take(&mut members, "path");
        let path = path.as_ref().and_then(Value::as_str).unwrap_or_default();
        let data = take(&mut members, "data").unwrap_or_default();
        let version = take(&mut members, "version").filter(|version| !version.is_null());
        let request = read_method(method, dialect).and_then(|method| {
            for (name, value) in [("bulkId", &bulk_id), ("version", &version)] {
                if value.as_ref().is_some_and(|value| !value.is_string()) {
                    return Err(Error::invalid_syntax(format!("`{name}` must be a string.")));
                }
            }
            let length = bulk_id.as_ref().and_then(Value::as_str).map(str::len);
            if length.is_some_and(|length| length > LONGEST_BULK_ID) {
                let detail = format!("`bulkId` is longer than {LONGEST_BULK_ID} bytes.");
                return Err(Error::invalid_value(detail));
            }
            let named = length.is_some_and(|length| length > 0);
            if method == Method::Post && !named && dialect == Dialect::Strict {
                return Err(Error::invalid_syntax("A POST needs a `bulkId`."));
            }
            if method != Method::Delete && data.is_null() {
                return Err(Error::invalid_syntax(format!("A {method} needs `data`.")));
            }
            Ok((method, read_path(path, method)?))
        });
        Self {
            method_text: shown(method),
            bulk_id: text(bulk_id).filter(|bulk_id| !bulk_id.is_empty()),
            request,
            version: text(version),
            data,
        }
    }

    /// The name of the resource that this operation is to create.
    pub fn creates(&self) -> Option<&str> {
        match self.request {
            Ok((Method::Post, _)) => self.bulk_id.as_deref(),
            _ => None,
        }
    }
}

impl std::fmt::Display for Method {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        })
    }
}

fn read_method(text: &str, dialect: Dialect) -> Result<Method, Error> {
    let upper = if dialect == Dialect::Tolerant {
        text.to_ascii_uppercase()
    } else {
        text.to_owned()
    };
    let methods = [Method::Post, Method::Put, Method::Patch, Method::Delete];
    methods
        .into_iter()
        .find(|method| method.to_string() == upper)
        .ok_or_else(|| {
            Error::invalid_syntax(format!(
                "`method` must be POST, PUT, PATCH or DELETE, not `{}`.",
                shown(text)
            ))
        })
}

/// `/Users` for POST, `/Users/{id}` for the others; `Users` without the slash is the same.
fn read_path(path: &str, method: Method) -> Result<Target, Error> {
    let wanted = match method {
        Method::Post => "/Users or /Groups",
        _ => "/Users/{id} or /Groups/{id}",
    };
    let refused = || {
        let path = shown(path);
        Error::invalid_syntax(format!(
            "The `path` of a {method} must be {wanted}, not `{path}`."
        ))
    };
    if path.len() > LONGEST_PATH {
        return Err(refused());
    }
    let relative = path.strip_prefix('/').unwrap_or(path);
    let (endpoint, id) = relative
        .split_once('/')
        .map_or((relative, None), |(endpoint, id)| (endpoint, Some(id)));
    let endpoint = match endpoint {
        "Users" | "Groups" => format!("/{endpoint}"),
        _ => return Err(refused()),
    };
    match (method, id) {
        (Method::Post, None) => Ok(Target { endpoint, id: None }),
        (Method::Put | Method::Patch | Method::Delete, Some(id))
            if !id.is_empty() && (id.starts_with("bulkId:") || !id.contains('/')) =>
        {
            Ok(Target {
                endpoint,
                id: Some(id.to_owned()),
            })
        }
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(operations: &Value, dialect: Dialect) -> Result<BulkRequest, Error> {
        BulkRequest::from_body(
            json!({"schemas": [SCHEMA], "Operations": operations}),
            dialect,
        )
    }

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
    fn check(operation: Value, expected: &str) {
        let request = read(&json!([operation]), Dialect::Strict).unwrap();
        let operation = &request.operations[0];
        let shown = match &operation.request {
            Ok((method, target)) => format!("{method} {} {:?}", target.endpoint, target.id),
            Err(error) => error.detail.clone(),
        };
        assert_eq!(shown, expected);
    }

    #[test]
    fn an_operation_goes_to_an_endpoint_or_a_resource() {
        check(
            json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {}}),
            "POST /Users None",
        );
        check(
            json!({"method": "PUT", "path": "Groups/1", "data": {}}),
            "PUT /Groups Some(\"1\")",
        );
        check(
            json!({"METHOD": "PATCH", "Path": "/Users/bulkId:a/b", "DATA": {}}),
            "PATCH /Users Some(\"bulkId:a/b\")",
        );
        check(
            json!({"method": "DELETE", "path": "/Users/1"}),
            "DELETE /Users Some(\"1\")",
        );
    }

    #[test]
    fn what_is_wrong_with_one_operation_is_its_own_error() {
        check(
            json!({"path": "/Users"}),
            "`method` must be POST, PUT, PATCH or DELETE, not ``.",
        );
        check(
            json!({"method": "get", "path": "/Users"}),
            "`method` must be POST, PUT, PATCH or DELETE, not `get`.",
        );
        check(
            json!({"method": "POST", "path": "/Users", "data": {}}),
            "A POST needs a `bulkId`.",
        );
        check(
            json!({"method": "PATCH", "path": "/Users/1"}),
            "A PATCH needs `data`.",
        );
        check(
            json!({"method": "DELETE", "path": "/Users/1", "version": 1}),
            "`version` must be a string.",
        );
        let post = "The `path` of a POST must be /Users or /Groups, not";
        for path in ["/Users/1", "/Me", "", "/users"] {
            check(
                json!({"method": "POST", "path": path, "bulkId": "a", "data": {}}),
                &format!("{post} `{path}`."),
            );
        }
        for path in ["/Users", "/Users/", "/Users/1/2", "https://x/Users/1"] {
            check(
                json!({"method": "DELETE", "path": path}),
                &format!(
                    "The `path` of a DELETE must be /Users/{{id}} or /Groups/{{id}}, not `{path}`."
                ),
            );
        }
    }

    #[test]
    fn what_is_no_bulk_request_is_refused_as_a_whole() {
        let check = |body: Value, expected: &str| {
            let error = BulkRequest::from_body(body, Dialect::Strict).unwrap_err();
            assert_eq!(error.detail, expected);
        };
        check(json!([]), "The body must be a JSON object.");
        check(
            json!({"Operations": [{}]}),
            &format!("`schemas` must list `{SCHEMA}`."),
        );
        let none = "`Operations` must be an array with at least one operation.";
        check(json!({"schemas": [SCHEMA]}), none);
        check(json!({"schemas": [SCHEMA], "Operations": []}), none);
        check(
            json!({"schemas": [SCHEMA], "Operations": [1]}),
            "Each of `Operations` must be an object with `method` and `path`.",
        );
        check(
            json!({"schemas": [SCHEMA], "Operations": [{}], "failOnErrors": 0}),
            "`failOnErrors` must be an integer of at least 1.",
        );
        let post = json!({"method": "POST", "path": "/Users", "bulkId": "a", "data": {}});
        check(
            json!({"schemas": [SCHEMA], "Operations": [post, post]}),
            "The bulkId `a` is used by two operations.",
        );
        let error = read(&json!(vec![json!({}); 1_001]), Dialect::Tolerant).unwrap_err();
        assert_eq!(error.status, ErrorStatus::ContentTooLarge);
    }
}
