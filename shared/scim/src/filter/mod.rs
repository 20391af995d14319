//! Filters (RFC 7644 §3.4.2.2): the tree, how it is written, how it is read ([`Filter::parse`]) and, bound to a
//! resource type, what it says of a resource ([`Predicate`]).

mod comparison;
mod parser;
mod predicate;

use std::fmt;

use serde_json::Number;

use crate::{AttributePath, Dialect, Error};

pub(crate) use parser::parse_brackets;
pub use predicate::{Members, Predicate};

/// A filter, as the client wrote it: names are well-formed, but not yet looked up in a schema.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these hold.
    And(Vec<Filter>),
    /// One of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// The attribute has a value.
    Present(AttributePath),
    /// The attribute compares so with the literal.
    Compare(AttributePath, Operator, Literal),
    /// One element of the multi-valued attribute satisfies the whole inner filter.
    Element(AttributePath, Box<Filter>),
}

/// Comparison operators, apart from `pr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of RFC 7644, Table 3")]
pub enum Operator {
    Eq,
    Ne,
    Co,
    Sw,
    Ew,
    Gt,
    Ge,
    Lt,
    Le,
}

/// What an attribute is compared with.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the names are those of JSON")]
pub enum Literal {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
}

impl Filter {
    /// Reads a filter of at most 16 KB, 200 nodes and depth 50. Error: 400 `invalidFilter` that says where.
    pub fn parse(text: &str, dialect: Dialect) -> Result<Self, Error> {
        parser::parse(text, dialect)
    }

    /// The same filter with every comparison, presence test and value path replaced by what `replace` gives for it.
    pub fn map(self, replace: &impl Fn(Self) -> Self) -> Self {
        let all = |filters: Vec<Self>| {
            filters
                .into_iter()
                .map(|filter| filter.map(replace))
                .collect()
        };
        match self {
            Self::And(filters) => Self::And(all(filters)),
            Self::Or(filters) => Self::Or(all(filters)),
            Self::Not(filter) => Self::Not(Box::new(filter.map(replace))),
            condition => replace(condition),
        }
    }

    /// The same filter with all names in small letters: their case says nothing (RFC 7643 §2.1).
    #[must_use]
    pub fn folded(self) -> Self {
        self.map(&|condition| match condition {
            Self::Present(path) => Self::Present(path.folded()),
            Self::Compare(path, operator, literal) => {
                Self::Compare(path.folded(), operator, literal)
            }
            Self::Element(path, filter) => Self::Element(path.folded(), Box::new(filter.folded())),
            other => other,
        })
    }

    /// Whether this filter names the attribute, outside of value paths.
    pub fn mentions(&self, attribute: &str) -> bool {
        self.has_path(&|path| path.names(attribute))
    }

    /// Whether one of its paths, outside of value paths, is such a one.
    pub(crate) fn has_path(&self, is_such: &dyn Fn(&AttributePath) -> bool) -> bool {
        match self {
            Self::And(filters) | Self::Or(filters) => {
                filters.iter().any(|filter| filter.has_path(is_such))
            }
            Self::Not(filter) => filter.has_path(is_such),
            Self::Present(path) | Self::Compare(path, ..) | Self::Element(path, _) => is_such(path),
        }
    }
}

impl Operator {
    const ALL: [(Self, &'static str); 9] = [
        (Self::Eq, "eq"),
        (Self::Ne, "ne"),
        (Self::Co, "co"),
        (Self::Sw, "sw"),
        (Self::Ew, "ew"),
        (Self::Gt, "gt"),
        (Self::Ge, "ge"),
        (Self::Lt, "lt"),
        (Self::Le, "le"),
    ];

    fn from_keyword(word: &str) -> Option<Self> {
        let found = Self::ALL
            .iter()
            .find(|(_, keyword)| keyword.eq_ignore_ascii_case(word));
        found.map(|(operator, _)| *operator)
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = Self::ALL.iter().find(|(operator, _)| operator == self);
        formatter.write_str(found.map_or("", |(_, keyword)| keyword))
    }
}

impl fmt::Display for Literal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Boolean(value) => value.fmt(formatter),
            Self::Number(number) => number.fmt(formatter),
            Self::Text(text) => serde_json::Value::from(text.as_str()).fmt(formatter),
        }
    }
}

/// As RFC 7644 writes it, with no more parentheses than needed: it parses to the same tree.
impl fmt::Display for Filter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(filters) => join(formatter, filters, " and ", |inner| {
                matches!(inner, Self::And(_) | Self::Or(_))
            }),
            Self::Or(filters) => join(formatter, filters, " or ", |inner| {
                matches!(inner, Self::Or(_))
            }),
            Self::Not(filter) => write!(formatter, "not ({filter})"),
            Self::Present(path) => write!(formatter, "{path} pr"),
            Self::Compare(path, operator, literal) => {
                write!(formatter, "{path} {operator} {literal}")
            }
            Self::Element(path, filter) => write!(formatter, "{path}[{filter}]"),
        }
    }
}

fn join(
    formatter: &mut fmt::Formatter<'_>,
    filters: &[Filter],
    word: &str,
    needs_parentheses: fn(&Filter) -> bool,
) -> fmt::Result {
    for (index, filter) in filters.iter().enumerate() {
        if index > 0 {
            formatter.write_str(word)?;
        }
        if needs_parentheses(filter) {
            write!(formatter, "({filter})")?;
        } else {
            write!(formatter, "{filter}")?;
        }
    }
    Ok(())
}
