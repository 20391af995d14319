//! Queries and their answers (RFC 7644 §3.4.2, §3.4.3; RFC 9865).

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

use crate::object::{self, lists};
use crate::schema::Target;
use crate::{
    AttributePath, Dialect, Error, Filter, Projection, Representation, ResourceType, ScimType,
    Sort, WrittenResource,
};

/// Most resources on a page.
pub const MOST_PER_PAGE: usize = 200;
/// Resources on a page when `count` is not given.
pub const DEFAULT_PER_PAGE: usize = 100;

/// Largest answer: Lambda takes 6 MB, and an answer travels in it as a JSON string.
pub const LARGEST_ANSWER: usize = 5_500_000;
/// A query.
#[derive(Clone, Debug)]
pub struct Query {
    /// Which resources.
    pub filter: Option<Filter>,
    /// In which order; without it in that of their creation.
    pub sort: Option<Sort>,
    /// Where the page begins.
    pub paging: Paging,
    /// How many at most; 0 asks for the total alone.
    pub count: usize,
    /// Which of their attributes.
    pub projection: Projection,
}

/// The two ways to ask for a page. A query that names neither is one by index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Paging {
    /// From this 1-based index on (RFC 7644 §3.4.2.4).
    Index(usize),
    /// From where a cursor says (RFC 9865 §2); none for the first page.
    Cursor(Option<String>),
}

/// What a query says, as it was read.
#[derive(Default)]
struct Parts<'a> {
    filter: Option<Filter>,
    sort_by: Option<&'a str>,
    sort_order: Option<&'a str>,
    start_index: Option<i64>,
    cursor: Option<&'a str>,
    count: Option<Count>,
    attributes: Vec<&'a str>,
    excluded: Vec<&'a str>,
}

/// `count`; what is no integer is refused in the words of the way of paging.
type Count = Result<i64, ()>;

impl Query {
    const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";

    /// From the parameters of a GET; names are compared without case and unknown ones ignored.
    ///
    /// Errors, all 400: `invalidFilter`, `invalidValue`, `invalidCount`.
    pub fn from_parameters<'a>(
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let mut parts = Parts::default();
        let number = |text: &str| text.trim().parse().map_err(|_| ());
        for (name, value) in parameters {
            match name.to_ascii_lowercase().as_str() {
                "filter" if value.trim().is_empty() => {}
                "filter" => parts.filter = Some(Filter::parse(value, dialect)?),
                "sortby" => parts.sort_by = Some(value),
                "sortorder" => parts.sort_order = Some(value),
                "startindex" => {
                    let number = number(value).map_err(|()| wrong("startIndex", "an integer"))?;
                    parts.start_index = Some(number);
                }
                "cursor" => parts.cursor = Some(value.trim()),
                "count" => parts.count = Some(number(value)),
                "attributes" => parts.attributes.extend(value.split(',')),
                "excludedattributes" => parts.excluded.extend(value.split(',')),
                _ => {}
            }
        }
        Self::new(parts)
    }

    /// From the body of a POST to `.search`. Errors: those of [`Query::from_parameters`], and 400 `invalidSyntax`.
    pub fn from_search_request(body: &Value, dialect: Dialect) -> Result<Self, Error> {
        let Value::Object(body) = body else {
            return Err(Error::invalid_syntax("The body must be a JSON object."));
        };
        let get = |name: &str| object::get(body, name).filter(|value| !value.is_null());
        let declares = lists(get("schemas"), Self::SEARCH);
        if !declares {
            return Err(Error::invalid_syntax(format!(
                "`schemas` must list `{}`.",
                Self::SEARCH
            )));
        }
        let text = |name: &str| match get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(wrong(name, "a string")),
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
        let start_index = get("startIndex").map(Value::as_i64);
        let filter = text("filter")?.filter(|filter| !filter.trim().is_empty());
        Self::new(Parts {
            filter: filter
                .map(|filter| Filter::parse(filter, dialect))
                .transpose()?,
            sort_by: text("sortBy")?,
            sort_order: text("sortOrder")?,
            start_index: start_index
                .map(|number| number.ok_or_else(|| wrong("startIndex", "an integer")))
                .transpose()?,
            cursor: text("cursor")?.map(str::trim),
            count: get("count").map(|count| count.as_i64().ok_or(())),
            attributes: names("attributes")?,
            excluded: names("excludedAttributes")?,
        })
    }

    fn new(parts: Parts<'_>) -> Result<Self, Error> {
        let paging = match (parts.cursor, parts.start_index) {
            (Some(_), Some(_)) => {
                return Err(Error::invalid_value(
                    "Use either `startIndex` or `cursor`, not both.",
                ));
            }
            (Some(cursor), None) => Paging::Cursor((!cursor.is_empty()).then(|| cursor.to_owned())),
            // `startIndex` below 1 is 1, a negative `count` is 0 (RFC 7644 §3.4.2.4).
            (None, start_index) => Paging::Index(start_index.map_or(1, natural).max(1)),
        };
        let count = match (&paging, parts.count) {
            (_, None) => DEFAULT_PER_PAGE,
            (Paging::Index(_), Some(count)) => {
                let count = count.map_err(|()| wrong("count", "an integer"))?;
                natural(count).min(MOST_PER_PAGE)
            }
            (Paging::Cursor(_), Some(count)) => count
                .map(natural)
                .ok()
                .filter(|count| *count <= MOST_PER_PAGE)
                .ok_or_else(|| {
                    let detail = format!(
                        "With `cursor`, `count` must be an integer of at most {MOST_PER_PAGE}."
                    );
                    Error::bad_request(ScimType::InvalidCount, detail)
                })?,
        };
        Ok(Self {
            filter: parts.filter,
            sort: Sort::new(parts.sort_by, parts.sort_order)?,
            paging,
            count,
            projection: Projection::new(parts.attributes, parts.excluded)?,
        })
    }

    /// Whether the filter or the sort names this attribute.
    pub fn mentions(&self, attribute: &str) -> bool {
        self.has_path(&|path| path.names(attribute))
    }

    /// Whether the filter, outside of value paths, or the sort names the attribute of this extension of the type.
    pub fn mentions_in_extension(
        &self,
        resource_type: &ResourceType,
        urn: &str,
        attribute: &str,
    ) -> bool {
        self.has_path(&|path| {
            // In either dialect: what the strict one does not understand is an error anyway.
            let target = resource_type.resolve(path, Dialect::Tolerant);
            matches!(target, Some(Target::Attribute { extension: Some(schema), attribute: named, .. })
                if schema.id == urn && named.name == attribute)
        })
    }

    fn has_path(&self, is_such: &dyn Fn(&AttributePath) -> bool) -> bool {
        let (filter, sort) = (self.filter.as_ref(), self.sort.as_ref());
        filter.is_some_and(|filter| filter.has_path(is_such))
            || sort.is_some_and(|sort| is_such(&sort.by))
    }

    /// The index at which the page begins, for a query by index.
    pub fn start_index(&self) -> Option<usize> {
        match self.paging {
            Paging::Index(start) => Some(start),
            Paging::Cursor(_) => None,
        }
    }
}

fn natural(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

fn wrong(name: &str, wanted: &str) -> Error {
    Error::invalid_value(format!("`{name}` must be {wanted}."))
}

/// 400 for a resource that is too large to be answered whole.
pub fn too_large() -> Error {
    Error::bad_request(
        ScimType::TooMany,
        "The answer would be too large: leave the members out with `excludedAttributes=members`.",
    )
}

/// The answer to a query (RFC 7644 §3.4.2; RFC 9865 §2).
#[derive(Clone, Debug, Default)]
pub struct ListResponse {
    /// How many resources there are in all; none where counting them would have taken too long.
    pub total: Option<usize>,
    /// The index of the first one, for a query by index.
    pub start_index: Option<usize>,
    /// Where the next page begins; none on the last one.
    pub next_cursor: Option<String>,
    /// Where the page before this one ends; none on the first one.
    pub previous_cursor: Option<String>,
    /// The page.
    pub resources: Vec<WrittenResource>,
}

impl ListResponse {
    /// All of a list that is never paged, such as that of the schemas.
    pub fn whole(resources: &[Representation]) -> Self {
        Self {
            total: Some(resources.len()),
            start_index: Some(1),
            resources: resources.iter().map(WrittenResource::from).collect(),
            ..Self::default()
        }
    }
}

/// The body on the wire; all numbers are JSON numbers.
impl Serialize for ListResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut body = serializer.serialize_map(None)?;
        let schemas = ["urn:ietf:params:scim:api:messages:2.0:ListResponse"];
        body.serialize_entry("schemas", &schemas)?;
        if let Some(total) = self.total {
            body.serialize_entry("totalResults", &total)?;
        }
        if let Some(start_index) = self.start_index {
            body.serialize_entry("startIndex", &start_index)?;
        }
        body.serialize_entry("itemsPerPage", &self.resources.len())?;
        let cursors = [
            ("previousCursor", &self.previous_cursor),
            ("nextCursor", &self.next_cursor),
        ];
        for (name, cursor) in cursors {
            if let Some(cursor) = cursor {
                body.serialize_entry(name, cursor)?;
            }
        }
        body.serialize_entry("Resources", &self.resources)?;
        body.end()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn query(parameters: &[(&str, &str)]) -> Result<Query, Error> {
        Query::from_parameters(parameters.iter().copied(), Dialect::Tolerant)
    }

    #[track_caller]
    fn check(parameters: &[(&str, &str)], start_index: usize, count: usize) {
        let query = query(parameters).unwrap();
        assert_eq!(
            (query.paging, query.count),
            (Paging::Index(start_index), count),
            "{parameters:?}"
        );
    }

    #[track_caller]
    fn check_refused(parameters: &[(&str, &str)], expected: &str) {
        let error = query(parameters).unwrap_err();
        let keyword = error.scim_type.unwrap().keyword();
        assert_eq!(format!("{keyword}: {error}"), expected, "{parameters:?}");
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
        check_refused(
            &[("count", "ten")],
            "invalidValue: `count` must be an integer.",
        );
        check_refused(
            &[("startIndex", "")],
            "invalidValue: `startIndex` must be an integer.",
        );
    }

    #[test]
    fn a_cursor_even_an_empty_one_asks_for_pages_by_cursor() {
        let check = |parameters: &[(&str, &str)], cursor: Option<&str>, count: usize| {
            let query = query(parameters).unwrap();
            let cursor = cursor.map(str::to_owned);
            assert_eq!((query.paging, query.count), (Paging::Cursor(cursor), count));
        };
        check(&[("cursor", "")], None, DEFAULT_PER_PAGE);
        check(&[("Cursor", "abc"), ("count", "-1")], Some("abc"), 0);
        let count = "invalidCount: With `cursor`, `count` must be an integer of at most 200.";
        check_refused(&[("cursor", ""), ("count", "201")], count);
        check_refused(&[("cursor", ""), ("count", "x")], count);
        check_refused(
            &[("cursor", "a"), ("startIndex", "1")],
            "invalidValue: Use either `startIndex` or `cursor`, not both.",
        );
    }

    #[test]
    fn a_search_request_says_the_same_in_a_body() {
        let body = json!({
            "schemas": [Query::SEARCH], "filter": "userName pr", "startIndex": 3, "attributes": ["userName"],
            "sortBy": "userName", "sortOrder": "descending", "count": null
        });
        let query = Query::from_search_request(&body, Dialect::Tolerant).unwrap();
        assert_eq!(
            (query.start_index(), query.count),
            (Some(3), DEFAULT_PER_PAGE)
        );
        assert!(query.filter.is_some() && query.projection.names_attributes());
        assert!(query.sort.is_some_and(|sort| sort.descending));
        let refused = |body: Value| Query::from_search_request(&body, Dialect::Tolerant).is_err();
        assert!(refused(json!({"filter": "userName pr"})));
        assert!(refused(json!({"schemas": [Query::SEARCH], "count": "5"})));
        assert!(refused(json!({"schemas": [Query::SEARCH], "cursor": 5})));
    }

    #[test]
    fn a_response_leaves_out_what_it_does_not_say() {
        let page = ListResponse {
            next_cursor: Some("n".into()),
            ..ListResponse::default()
        };
        assert_eq!(
            serde_json::to_value(&page).unwrap(),
            json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "itemsPerPage": 0, "nextCursor": "n", "Resources": []})
        );
    }
}
