use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

/// What is known when an answer is compared.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub base_url: String,
    /// When the request was sent.
    pub sent: Timestamp,
    /// When it was answered.
    pub answered: Timestamp,
    /// What `{name}` stands for.
    pub names: BTreeMap<String, String>,
}

/// What differs from run to run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    Uuid,
    Time,
    Now,
    Earlier,
    Version,
}

#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    Literal(&'a str),
    BaseUrl,
    Named(&'a str),
    Shape(Shape, Option<&'a str>),
}

impl Known {
    /// Compares an answer with what is expected of it: as a transcript shows it, and whether it is as expected. What
    /// the expectation names is known from then on.
    pub fn compare(&mut self, expected: Option<&Value>, actual: &Value) -> (Value, bool) {
        match actual {
            Value::String(text) => {
                let pattern = expected.and_then(Value::as_str);
                let (shown, matches) = self.compare_text(pattern, text);
                (shown.into(), matches)
            }
            Value::Object(members) => {
                let expected = expected.and_then(Value::as_object);
                let mut matches = expected.is_some_and(|expected| expected.len() == members.len());
                let compare = |(name, member): (&String, &Value)| {
                    let (shown, as_expected) =
                        self.compare(expected.and_then(|expected| expected.get(name)), member);
                    matches &= as_expected;
                    (name.clone(), shown)
                };
                let shown: Map<_, _> = members.iter().map(compare).collect();
                (shown.into(), matches)
            }
            Value::Array(elements) => {
                let expected = expected.and_then(Value::as_array);
                let mut matches = expected.is_some_and(|expected| expected.len() == elements.len());
                let compare = |(index, element): (usize, &Value)| {
                    let (shown, as_expected) =
                        self.compare(expected.and_then(|expected| expected.get(index)), element);
                    matches &= as_expected;
                    shown
                };
                let shown: Vec<_> = elements.iter().enumerate().map(compare).collect();
                (shown.into(), matches)
            }
            scalar => (scalar.clone(), expected == Some(scalar)),
        }
    }

    /// The same of a text.
    pub fn compare_text(&mut self, pattern: Option<&str>, actual: &str) -> (String, bool) {
        match pattern.and_then(|pattern| Some((pattern, self.matched(pattern, actual)?))) {
            Some((pattern, named)) => {
                self.names.extend(named);
                (pattern.to_owned(), true)
            }
            None => (self.redacted(actual), false),
        }
    }

    /// A text of a request, with what its names stand for.
    pub fn fill(&self, text: &str) -> String {
        let replace = |text: String, (name, value): (&String, &String)| {
            text.replace(&format!("{{{name}}}"), value)
        };
        self.names
            .iter()
            .fold(text.replace("<base>", &self.base_url), replace)
    }

    /// If the text is as the pattern says: what the pattern names in it.
    fn matched(&self, pattern: &str, actual: &str) -> Option<Vec<(String, String)>> {
        let (mut rest, mut named) = (actual, Vec::new());
        for piece in pieces(pattern) {
            let matched = match piece {
                Piece::Literal(text) => text.len(),
                Piece::BaseUrl => self.base_url.len(),
                Piece::Named(name) => self.names.get(name)?.len(),
                Piece::Shape(shape, _) => shape.length(rest, self)?,
            };
            let (text, after) = rest.split_at_checked(matched)?;
            let same = match piece {
                Piece::Literal(literal) => text == literal,
                Piece::BaseUrl => text == self.base_url,
                Piece::Named(name) => self.names.get(name).is_some_and(|known| known == text),
                // A name is given once: a second time would hide a difference.
                Piece::Shape(_, Some(name)) => !self.names.contains_key(name),
                Piece::Shape(_, None) => true,
            };
            if !same {
                return None;
            }
            if let Piece::Shape(_, Some(name)) = piece {
                named.push((name.to_owned(), text.to_owned()));
            }
            rest = after;
        }
        rest.is_empty().then_some(named)
    }

    /// A text with placeholders for what differs from run to run. Entity tags do not.
    fn redacted(&self, text: &str) -> String {
        let mut shown = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let (placeholder, length) =
                if !self.base_url.is_empty() && rest.starts_with(&self.base_url) {
                    ("<base>".to_owned(), self.base_url.len())
                } else if let Some(length) = Shape::Uuid.length(rest, self) {
                    let known = self
                        .names
                        .iter()
                        .find(|(_, value)| **value == rest[..length]);
                    (
                        known.map_or("<uuid>".to_owned(), |(name, _)| format!("{{{name}}}")),
                        length,
                    )
                } else if let Some(length) = Shape::Now.length(rest, self) {
                    ("<now>".to_owned(), length)
                } else if let Some(length) = Shape::Earlier.length(rest, self) {
                    ("<earlier>".to_owned(), length)
                } else {
                    (first.to_string(), first.len_utf8())
                };
            shown.push_str(&placeholder);
            rest = &rest[length..];
        }
        shown
    }
}

impl Shape {
    fn named(name: &str) -> Option<Self> {
        let shapes = [
            ("uuid", Self::Uuid),
            ("time", Self::Time),
            ("now", Self::Now),
            ("earlier", Self::Earlier),
            ("version", Self::Version),
        ];
        shapes
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, shape)| *shape)
    }

    /// How much of the beginning of a text has this shape.
    fn length(self, text: &str, known: &Known) -> Option<usize> {
        const UUID: &str = "xxxxxxxx-xxxx-7xxx-xxxx-xxxxxxxxxxxx";
        const TIME: usize = "2026-11-21T09:00:00.000Z".len();
        let time = || {
            let text = text
                .get(..TIME)
                .filter(|text| text.ends_with('Z') && text.contains('.') && text.contains('T'))?;
            text.parse::<Timestamp>().ok()
        };
        match self {
            Self::Uuid => {
                let candidate = text.get(..UUID.len())?;
                let fits = |(wanted, byte): (u8, u8)| match wanted {
                    b'x' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                    exactly => byte == exactly,
                };
                UUID.bytes()
                    .zip(candidate.bytes())
                    .all(fits)
                    .then_some(UUID.len())
            }
            Self::Time => time().map(|_| TIME),
            Self::Now => time()
                .filter(|time| (known.sent..=known.answered).contains(time))
                .map(|_| TIME),
            Self::Earlier => time().filter(|time| *time < known.sent).map(|_| TIME),
            Self::Version => {
                let opaque = text.strip_prefix("W/\"")?;
                let end = opaque.find('"').filter(|end| *end > 0)?;
                let fits = opaque[..end]
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'.');
                fits.then_some("W/\"\"".len() + end)
            }
        }
    }
}

/// The parts of a pattern. What only looks like a placeholder is literal.
fn pieces(pattern: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut literal, mut at) = (Vec::new(), 0, 0);
    while let Some(begin) = pattern[at..].find(['<', '{']).map(|begin| at + begin) {
        at = begin + 1;
        let Some((end, piece)) = placeholder(&pattern[begin..]) else {
            continue;
        };
        if literal < begin {
            pieces.push(Piece::Literal(&pattern[literal..begin]));
        }
        pieces.push(piece);
        at = begin + end;
        literal = at;
    }
    if literal < pattern.len() {
        pieces.push(Piece::Literal(&pattern[literal..]));
    }
    pieces
}

/// The placeholder at the beginning, and where it ends.
fn placeholder(text: &str) -> Option<(usize, Piece<'_>)> {
    if let Some(text) = text.strip_prefix('{') {
        let (name, _) = text.split_once('}')?;
        let is_name = !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        return is_name.then_some((name.len() + 2, Piece::Named(name)));
    }
    let (inner, _) = text.strip_prefix('<')?.split_once('>')?;
    let piece = match inner.split_once(" as ") {
        Some((shape, name)) => Piece::Shape(Shape::named(shape)?, Some(name)),
        None if inner == "base" => Piece::BaseUrl,
        None => Piece::Shape(Shape::named(inner)?, None),
    };
    Some((inner.len() + 2, piece))
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
