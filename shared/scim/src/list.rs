//! Queries and their answers (RFC 7644 §3.4.2, §3.4.3).

use serde_json::{Value, json};

use crate::{Dialect, Error, Filter, Object, Projection};

/// Most resources on a page.
pub const MOST_PER_PAGE: usize = 200;
/// Resources on a page when `count` is not given.
pub const DEFAULT_PER_PAGE: usize = 100;

/// A query of one resource type.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which resources.
    pub filter: Option<Filter>,
    /// 1-based index of the first one.
    pub start_index: usize,
    /// How many at most; 0 asks for the total alone.
    pub count: usize,
    /// Which of their attributes.
    pub projection: Projection,
}

impl Query {
    const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

    /// From the parameters of a GET; names are compared without case and unknown ones ignored.
    ///
    /// Errors: 400 `invalidFilter`, `invalidValue`.
    pub fn from_parameters<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let (mut filter, mut start_index, mut count) = (None, None, None);
        let (mut attributes, mut excluded) = (Vec::new(), Vec::new());
        for (name, value) in parameters {
            match name.to_ascii_lowercase().as_str() {
                "filter" if value.trim().is_empty() => {}
                "filter" => filter = Some(Filter::parse(value, dialect)?),
                "startindex" => start_index = Some(number("startIndex", value)?),
                "count" => count = Some(number("count", value)?),
                "attributes" => attributes.extend(value.split(',')),
                "excludedattributes" => excluded.extend(value.split(',')),
                _ => {}
            }
        }
        Ok(Self::new(
            filter,
            start_index,
            count,
            Projection::new(attributes, excluded)?,
        ))
    }

    /// From the body of a POST to `.search`. Errors: 400 `invalidSyntax`, `invalidFilter`, `invalidValue`.
    pub fn from_search_request(body: &Value, dialect: Dialect) -> Result<Self, Error> {
        let Value::Object(body) = body else {
            return Err(Error::invalid_syntax("The body must be a JSON object."));
        };
        let get = |name: &str| {
            body.iter()
                .find(|(key, value)| key.eq_ignore_ascii_case(name) && !value.is_null())
                .map(|(_, value)| value)
        };
        let declares = get("schemas")
            .and_then(Value::as_array)
            .is_some_and(|schemas| {
                let mut schemas = schemas.iter().filter_map(Value::as_str);
                schemas.any(|schema| schema.eq_ignore_ascii_case(Self::SEARCH))
            });
        if !declares {
            return Err(Error::invalid_syntax(format!(
                "`schemas` must list `{}`.",
                Self::SEARCH
            )));
        }
        let wrong =
            |name: &str, wanted: &str| Error::invalid_value(format!("`{name}` must be {wanted}."));
        let integer = |name: &str| match get(name) {
            None => Ok(None),
            Some(value) => value
                .as_i64()
                .map(Some)
                .ok_or_else(|| wrong(name, "an integer")),
        };
        let names = |name: &str| match get(name) {
            None => Ok(Vec::new()),
            Some(Value::Array(names)) => names
                .iter()
                .map(Value::as_str)
                .collect::<Option<Vec<_>>>()
                .ok_or_else(|| wrong(name, "an array of strings")),
            Some(Value::String(names)) => Ok(names.split(',').collect()),
            Some(_) => Err(wrong(name, "an array of strings")),
        };
        let filter = match get("filter") {
            None => None,
            Some(Value::String(text)) => Some(Filter::parse(text, dialect)?),
            Some(_) => return Err(wrong("filter", "a string")),
        };
        let projection = Projection::new(names("attributes")?, names("excludedAttributes")?)?;
        Ok(Self::new(
            filter,
            integer("startIndex")?,
            integer("count")?,
            projection,
        ))
    }

    /// `startIndex` below 1 is 1, a negative `count` is 0 (RFC 7644 §3.4.2.4).
    fn new(
        filter: Option<Filter>,
        start_index: Option<i64>,
        count: Option<i64>,
        projection: Projection,
    ) -> Self {
        let natural = |number: i64| usize::try_from(number).unwrap_or(0);
        Self {
            filter,
            start_index: start_index.map_or(1, natural).max(1),
            count: count.map_or(DEFAULT_PER_PAGE, natural).min(MOST_PER_PAGE),
            projection,
        }
    }
}

fn number(name: &str, text: &str) -> Result<i64, Error> {
    text.trim()
        .parse()
        .map_err(|_| Error::invalid_value(format!("`{name}` must be an integer.")))
}

/// The answer to a query; all numbers are JSON numbers.
pub fn response(total: usize, start_index: usize, resources: Vec<Object>) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total,
        "startIndex": start_index,
        "itemsPerPage": resources.len(),
        "Resources": resources.into_iter().map(Value::Object).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(parameters: &[(&str, &str)], start_index: usize, count: usize) {
        let query = Query::from_parameters(parameters.iter().copied(), Dialect::Tolerant).unwrap();
        assert_eq!(
            (query.start_index, query.count),
            (start_index, count),
            "{parameters:?}"
        );
    }

    #[test]
    fn start_index_and_count_are_brought_into_range() {
        check(&[], 1, DEFAULT_PER_PAGE);
        check(&[("startIndex", "0"), ("count", "-5")], 1, 0);
        check(&[("STARTINDEX", "11"), ("Count", "0")], 11, 0);
        check(
            &[("count", "5000"), ("aadOptscim062020", "")],
            1,
            MOST_PER_PAGE,
        );
        let error = Query::from_parameters([("count", "ten")], Dialect::Tolerant).unwrap_err();
        assert_eq!(error.detail, "`count` must be an integer.");
    }

    #[test]
    fn a_search_request_says_the_same_in_a_body() {
        let body = json!({"schemas": [Query::SEARCH], "filter": "userName pr", "startIndex": 3, "attributes": ["userName"], "count": null});
        let query = Query::from_search_request(&body, Dialect::Tolerant).unwrap();
        assert_eq!((query.start_index, query.count), (3, DEFAULT_PER_PAGE));
        assert!(query.filter.is_some() && query.projection.names_attributes());
        assert!(
            Query::from_search_request(&json!({"filter": "userName pr"}), Dialect::Tolerant)
                .is_err()
        );
    }
}
