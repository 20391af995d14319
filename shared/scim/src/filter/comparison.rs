use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::{Number, Value};

use super::{Literal, Operator};
use crate::schema::Kind;
use crate::{Attribute, Dialect, Error, fold};

/// A comparison of one value, its literal read by the attribute's type (RFC 7644, Table 3).
#[derive(Clone, Debug)]
pub(super) enum Comparison {
    Text {
        operator: Operator,
        literal: String,
        case_exact: bool,
    },
    Boolean {
        equal: bool,
        literal: bool,
        /// What a missing value stands for: `primary` is false (RFC 7643 §2.4).
        missing: Option<bool>,
    },
    Number {
        operator: Operator,
        literal: Number,
    },
    Time {
        operator: Operator,
        literal: Timestamp,
    },
}

impl Comparison {
    /// Error: 400 `invalidFilter` where the operator or the literal does not suit the attribute's type.
    pub(super) fn new(
        attribute: &Attribute,
        operator: Operator,
        literal: &Literal,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        let unsuitable = |wanted: &str| {
            Error::invalid_filter(format!(
                "The filter compares `{}` with {literal}: use {wanted}.",
                attribute.name
            ))
        };
        let refused = || {
            Error::invalid_filter(format!(
                "The operator `{operator}` cannot be used with `{}`.",
                attribute.name
            ))
        };
        let equality = matches!(operator, Operator::Eq | Operator::Ne);
        let substring = matches!(operator, Operator::Co | Operator::Sw | Operator::Ew);
        match attribute.kind {
            Kind::Boolean => {
                let literal = match literal {
                    Literal::Boolean(value) => *value,
                    Literal::Text(text)
                        if dialect == Dialect::Tolerant && text.eq_ignore_ascii_case("true") =>
                    {
                        true
                    }
                    Literal::Text(text)
                        if dialect == Dialect::Tolerant && text.eq_ignore_ascii_case("false") =>
                    {
                        false
                    }
                    _ => return Err(unsuitable("true or false")),
                };
                let equal = operator == Operator::Eq;
                if equality {
                    let missing = (attribute.name == "primary").then_some(false);
                    Ok(Self::Boolean {
                        equal,
                        literal,
                        missing,
                    })
                } else {
                    Err(refused())
                }
            }
            Kind::Integer | Kind::Decimal => {
                let literal = match literal {
                    Literal::Number(number) => Some(number.clone()),
                    Literal::Text(text) if dialect == Dialect::Tolerant => {
                        serde_json::from_str(text).ok()
                    }
                    _ => None,
                };
                let literal = literal.ok_or_else(|| unsuitable("a number"))?;
                if substring {
                    Err(refused())
                } else {
                    Ok(Self::Number { operator, literal })
                }
            }
            Kind::DateTime if !substring => match literal {
                Literal::Text(text) => text
                    .parse()
                    .map(|literal| Self::Time { operator, literal })
                    .map_err(|_| unsuitable("a date and time such as \"2026-11-21T09:30:00Z\"")),
                _ => Err(unsuitable("a date and time in double quotes")),
            },
            Kind::Binary if !equality && !substring => Err(refused()),
            Kind::Complex => Err(Error::invalid_filter(format!(
                "The filter compares `{}`, which has sub-attributes: name one of them.",
                attribute.name
            ))),
            Kind::String | Kind::Reference | Kind::Binary | Kind::DateTime => {
                let literal = match literal {
                    Literal::Text(text) => text.clone(),
                    Literal::Number(number) if dialect == Dialect::Tolerant => number.to_string(),
                    Literal::Boolean(value) if dialect == Dialect::Tolerant => value.to_string(),
                    _ => return Err(unsuitable("a string in double quotes")),
                };
                let case_exact = attribute.case_exact || attribute.kind == Kind::DateTime;
                Ok(Self::Text {
                    operator,
                    literal: if case_exact {
                        literal
                    } else {
                        fold(&literal).into_owned()
                    },
                    case_exact,
                })
            }
        }
    }

    /// Whether this holds where there is no value, as `ne` does.
    pub(super) fn holds_without_value(&self) -> bool {
        match self {
            Self::Boolean { equal, .. } => !equal,
            Self::Text { operator, .. }
            | Self::Number { operator, .. }
            | Self::Time { operator, .. } => *operator == Operator::Ne,
        }
    }

    /// What a value that an element lacks is taken for.
    pub(super) fn missing(&self) -> Option<Value> {
        match self {
            Self::Boolean { missing, .. } => missing.map(Value::Bool),
            _ => None,
        }
    }

    pub(super) fn holds(&self, value: &Value) -> bool {
        match (self, value) {
            (
                Self::Text {
                    operator,
                    literal,
                    case_exact,
                },
                Value::String(text),
            ) => {
                if *case_exact {
                    compare_text(*operator, text, literal)
                } else {
                    compare_text(*operator, &fold(text), literal)
                }
            }
            (Self::Boolean { equal, literal, .. }, Value::Bool(value)) => {
                (value == literal) == *equal
            }
            (Self::Number { operator, literal }, Value::Number(number)) => {
                ordered(*operator, compare_numbers(number, literal))
            }
            (Self::Time { operator, literal }, Value::String(text)) => ordered(
                *operator,
                text.parse::<Timestamp>().ok().map(|time| time.cmp(literal)),
            ),
            _ => false,
        }
    }
}

fn compare_text(operator: Operator, text: &str, literal: &str) -> bool {
    match operator {
        Operator::Co => text.contains(literal),
        Operator::Sw => text.starts_with(literal),
        Operator::Ew => text.ends_with(literal),
        _ => ordered(operator, Some(text.cmp(literal))),
    }
}

fn ordered(operator: Operator, ordering: Option<Ordering>) -> bool {
    let Some(ordering) = ordering else {
        return false;
    };
    match operator {
        Operator::Eq => ordering.is_eq(),
        Operator::Ne => ordering.is_ne(),
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Le => ordering.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

fn compare_numbers(left: &Number, right: &Number) -> Option<Ordering> {
    match (left.as_i128(), right.as_i128()) {
        (Some(left), Some(right)) => Some(left.cmp(&right)),
        _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
    }
}
