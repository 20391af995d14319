use serde_json::Number;

use super::{Filter, Literal, Operator};
use crate::{AttributePath, Dialect, Error, path::shown};

const LONGEST: usize = 16 * 1024;
const MOST_NODES: usize = 200;
const DEEPEST: usize = 50;

/// Reads a whole text as a filter.
pub(super) fn parse(text: &str, dialect: Dialect) -> Result<Filter, Error> {
    let mut parser = Parser::new(text, dialect)?;
    let filter = parser.alternatives()?;
    parser.skip_spaces();
    match parser.rest().chars().next() {
        None => Ok(filter),
        Some(next) => {
            Err(parser.error(&format!("expected `and`, `or` or the end, found `{next}`")))
        }
    }
}

/// A filter in brackets at the start of a text, as in the value path of a PATCH: the filter and what follows `]`.
pub(crate) fn parse_brackets(text: &str, dialect: Dialect) -> Result<(Filter, &str), Error> {
    let mut parser = Parser::new(text, dialect)?;
    let filter = parser.brackets()?;
    Ok((filter, parser.rest()))
}

struct Parser<'a> {
    text: &'a str,
    /// Bytes read.
    at: usize,
    depth: usize,
    nodes: usize,
    dialect: Dialect,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str, dialect: Dialect) -> Result<Self, Error> {
        if text.len() > LONGEST {
            let end = text.floor_char_boundary(LONGEST);
            return Err(Error::invalid_filter(format!(
                "The filter cannot be read at character {}: it is longer than {LONGEST} bytes.",
                text[..end].chars().count() + 1
            )));
        }
        Ok(Self {
            text,
            at: 0,
            depth: 0,
            nodes: 0,
            dialect,
        })
    }

    fn alternatives(&mut self) -> Result<Filter, Error> {
        self.chain("or", Filter::Or, |parser| {
            parser.chain("and", Filter::And, Self::term)
        })
    }

    /// One or more operands with the same word between them; operands of the same kind in parentheses are not merged.
    fn chain(
        &mut self,
        word: &str,
        combine: fn(Vec<Filter>) -> Filter,
        operand: fn(&mut Self) -> Result<Filter, Error>,
    ) -> Result<Filter, Error> {
        let first = operand(self)?;
        if !self.keyword(word) {
            return Ok(first);
        }
        let mut filters = vec![first, operand(self)?];
        while self.keyword(word) {
            filters.push(operand(self)?);
        }
        self.node()?;
        Ok(combine(filters))
    }

    fn term(&mut self) -> Result<Filter, Error> {
        self.skip_spaces();
        if self.rest().starts_with('(') {
            return self.parentheses();
        }
        let start = self.at;
        if self.keyword("not") {
            self.skip_spaces();
            if self.rest().starts_with('(') {
                self.node()?;
                return Ok(Filter::Not(Box::new(self.parentheses()?)));
            }
            self.at = start;
        }
        self.expression()
    }

    fn parentheses(&mut self) -> Result<Filter, Error> {
        self.nested('(', ')')
    }

    fn brackets(&mut self) -> Result<Filter, Error> {
        self.nested('[', ']')
    }

    fn nested(&mut self, open: char, close: char) -> Result<Filter, Error> {
        self.expect(open)?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.error(&format!("it is nested deeper than {DEEPEST} levels")));
        }
        let filter = self.alternatives()?;
        self.depth -= 1;
        self.expect(close)?;
        Ok(filter)
    }

    fn expression(&mut self) -> Result<Filter, Error> {
        self.node()?;
        let path = self.attribute_path()?;
        if self.rest().starts_with('[') {
            let mut filter = self.brackets()?;
            if self.rest().starts_with('.') {
                self.at += 1;
                self.node()?;
                let sub = self.attribute_path()?;
                let about_it = self.comparison(sub)?;
                filter = match filter {
                    Filter::And(mut filters) => {
                        filters.push(about_it);
                        Filter::And(filters)
                    }
                    other => {
                        self.node()?;
                        Filter::And(vec![other, about_it])
                    }
                };
            }
            return Ok(Filter::Element(path, Box::new(filter)));
        }
        self.comparison(path)
    }

    fn comparison(&mut self, path: AttributePath) -> Result<Filter, Error> {
        self.skip_spaces();
        let start = self.at;
        let word = self.take_while(|character| character.is_ascii_alphabetic());
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let Some(operator) = Operator::from_keyword(word) else {
            self.at = start;
            let found = if word.is_empty() {
                "something else"
            } else {
                word
            };
            return Err(self.error(&format!(
                "expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found `{}`",
                shown(found)
            )));
        };
        self.skip_spaces();
        Ok(Filter::Compare(path, operator, self.literal()?))
    }

    fn attribute_path(&mut self) -> Result<AttributePath, Error> {
        self.skip_spaces();
        let start = self.at;
        let word = self.take_while(AttributePath::allows);
        AttributePath::new(word).ok_or_else(|| {
            self.at = start;
            self.error("expected the name of an attribute")
        })
    }

    fn literal(&mut self) -> Result<Literal, Error> {
        let start = self.at;
        if self.rest().starts_with('"') {
            let text = self.quoted()?;
            return serde_json::from_str(text).map(Literal::Text).map_err(|_| {
                self.at = start;
                self.error("the string is not a valid JSON string")
            });
        }
        let word = self.take_while(|character| {
            !character.is_whitespace() && !matches!(character, '(' | ')' | '[' | ']' | '"')
        });
        let literal = match word {
            "true" => Some(Literal::Boolean(true)),
            "false" => Some(Literal::Boolean(false)),
            "null" => Some(Literal::Null),
            _ => serde_json::from_str::<Number>(word)
                .ok()
                .map(Literal::Number),
        };
        match literal {
            Some(literal) => Ok(literal),
            None if self.dialect == Dialect::Tolerant && !word.is_empty() => {
                Ok(Literal::Text(word.to_owned()))
            }
            None => {
                self.at = start;
                Err(self.error(
                    "expected a value: a string in double quotes, a number, true, false or null",
                ))
            }
        }
    }

    /// A JSON string with its quotes.
    fn quoted(&mut self) -> Result<&'a str, Error> {
        let rest = self.rest();
        let mut escaped = false;
        for (index, byte) in rest.bytes().enumerate().skip(1) {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => {
                    self.at += index + 1;
                    return Ok(&rest[..=index]);
                }
                _ => {}
            }
        }
        Err(self.error("the string has no closing quote"))
    }

    /// Reads this word if it comes next and ends there.
    fn keyword(&mut self, word: &str) -> bool {
        self.skip_spaces();
        let rest = self.rest();
        let found = rest
            .get(..word.len())
            .is_some_and(|next| next.eq_ignore_ascii_case(word))
            && !rest[word.len()..].starts_with(AttributePath::allows);
        if found {
            self.at += word.len();
        }
        found
    }

    fn expect(&mut self, wanted: char) -> Result<(), Error> {
        self.skip_spaces();
        match self.rest().chars().next() {
            Some(next) if next == wanted => {
                self.at += 1;
                Ok(())
            }
            Some(next) => Err(self.error(&format!("expected `{wanted}`, found `{next}`"))),
            None => Err(self.error(&format!("expected `{wanted}`, found the end"))),
        }
    }

    fn node(&mut self) -> Result<(), Error> {
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            return Err(self.error(&format!("it has more than {MOST_NODES} conditions")));
        }
        Ok(())
    }

    fn take_while(&mut self, accepts: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let end = rest
            .find(|character| !accepts(character))
            .unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    fn skip_spaces(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn error(&self, what: &str) -> Error {
        let place = self.text[..self.at].chars().count() + 1;
        Error::invalid_filter(format!(
            "The filter cannot be read at character {place}: {what}."
        ))
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn tree(filter: &Filter) -> String {
        let list = |word: &str, filters: &[Filter]| {
            let inner: Vec<_> = filters.iter().map(tree).collect();
            format!("({word} {})", inner.join(" "))
        };
        match filter {
            Filter::And(filters) => list("and", filters),
            Filter::Or(filters) => list("or", filters),
            Filter::Not(filter) => format!("(not {})", tree(filter)),
            Filter::Present(path) => format!("(pr {path})"),
            Filter::Compare(path, operator, literal) => format!("({operator} {path} {literal})"),
            Filter::Element(path, filter) => format!("(element {path} {})", tree(filter)),
        }
    }

    /// Also: what is printed parses to the same tree.
    #[expect(clippy::needless_pass_by_value, reason = "a line of a table")]
    #[track_caller]
    fn check(text: &str, expected: Expect) {
        let outcome = match parse(text, Dialect::Tolerant) {
            Ok(filter) => {
                let printed = filter.to_string();
                assert_eq!(
                    parse(&printed, Dialect::Tolerant).unwrap(),
                    filter,
                    "{printed}"
                );
                tree(&filter)
            }
            Err(error) => error.detail,
        };
        expected.assert_eq(&outcome);
    }

    #[test]
    fn precedence() {
        check(
            "a eq 1 or b eq 2 and not (c pr)",
            expect!["(or (eq a 1) (and (eq b 2) (not (pr c))))"],
        );
        check(
            "(a eq 1 or b eq 2) and c pr",
            expect!["(and (or (eq a 1) (eq b 2)) (pr c))"],
        );
        check(
            "a pr and b pr and c pr",
            expect!["(and (pr a) (pr b) (pr c))"],
        );
        check(
            "a pr and (b pr and c pr)",
            expect!["(and (pr a) (and (pr b) (pr c)))"],
        );
        check(
            "not (a pr) or not(b pr)",
            expect!["(or (not (pr a)) (not (pr b)))"],
        );
    }

    #[test]
    fn operators_are_case_insensitive() {
        check("userName Eq \"x\"", expect![[r#"(eq userName "x")"#]]);
        check(
            "title PR AND a SW \"b\"",
            expect![[r#"(and (pr title) (sw a "b"))"#]],
        );
    }

    #[test]
    fn value_paths() {
        check(
            "emails[type eq \"work\" and value co \"@x\"]",
            expect![[r#"(element emails (and (eq type "work") (co value "@x")))"#]],
        );
        check(
            "emails[type eq \"work\"].value eq \"b@x\" and active eq true",
            expect![[
                r#"(and (element emails (and (eq type "work") (eq value "b@x"))) (eq active true))"#
            ]],
        );
    }

    #[test]
    fn literals() {
        check(r#"a eq "q\"\u00e9\\""#, expect![[r#"(eq a "q\"é\\")"#]]);
        check("a eq -1.5e3", expect!["(eq a -1500.0)"]);
        check(
            "a eq 1111111111111111111110",
            expect!["(eq a 1.1111111111111111e+21)"],
        );
        check("a eq null", expect!["(eq a null)"]);
        check(
            "externalId eq jyoung",
            expect![[r#"(eq externalId "jyoung")"#]],
        );
        check("a eq True", expect![[r#"(eq a "True")"#]]);
        check(
            r#"a eq "\ud800""#,
            expect![
                "The filter cannot be read at character 6: the string is not a valid JSON string."
            ],
        );
    }

    #[test]
    fn names() {
        check(
            "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName eq \"x\"",
            expect![[r#"(eq urn:ietf:params:scim:schemas:core:2.0:User:name.givenName "x")"#]],
        );
        check("notes pr", expect!["(pr notes)"]);
        check("not pr", expect!["(pr not)"]);
        check("members.$ref pr", expect!["(pr members.$ref)"]);
    }

    #[test]
    fn errors_say_where() {
        check(
            "",
            expect!["The filter cannot be read at character 1: expected the name of an attribute."],
        );
        check(
            "userName",
            expect![
                "The filter cannot be read at character 9: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found `something else`."
            ],
        );
        check(
            "userName is \"x\"",
            expect![
                "The filter cannot be read at character 10: expected an operator (eq, ne, co, sw, ew, gt, ge, lt, le or pr), found `is`."
            ],
        );
        check(
            "é eq 1",
            expect!["The filter cannot be read at character 1: expected the name of an attribute."],
        );
        check(
            "a eq",
            expect![
                "The filter cannot be read at character 5: expected a value: a string in double quotes, a number, true, false or null."
            ],
        );
        check(
            "a eq \"x",
            expect!["The filter cannot be read at character 6: the string has no closing quote."],
        );
        check(
            "(a pr",
            expect!["The filter cannot be read at character 6: expected `)`, found the end."],
        );
        check(
            "a pr b pr",
            expect![
                "The filter cannot be read at character 6: expected `and`, `or` or the end, found `b`."
            ],
        );
        check(
            "a.b.c pr",
            expect!["The filter cannot be read at character 1: expected the name of an attribute."],
        );
        check(
            "a eq 1 and",
            expect![
                "The filter cannot be read at character 11: expected the name of an attribute."
            ],
        );
    }

    #[test]
    fn limits() {
        check(
            &"(".repeat(60),
            expect![
                "The filter cannot be read at character 52: it is nested deeper than 50 levels."
            ],
        );
        let many = vec!["a pr"; 250].join(" or ");
        check(
            &many,
            expect![
                "The filter cannot be read at character 1601: it has more than 200 conditions."
            ],
        );
        // What is written after the brackets counts as if it stood within them.
        let after = vec!["a[b pr].c pr"; 50].join(" or ");
        check(
            &after,
            expect!["The filter cannot be read at character 797: it has more than 200 conditions."],
        );
        let long = format!("a eq \"{}\"", "x".repeat(LONGEST));
        check(
            &long,
            expect!["The filter cannot be read at character 16385: it is longer than 16384 bytes."],
        );
    }

    #[test]
    fn a_space_may_be_missing_before_a_string() {
        // RFC 7644 §3.5.2.2 itself writes so in an example.
        for dialect in [Dialect::Strict, Dialect::Tolerant] {
            assert_eq!(
                parse("a eq\"x\"", dialect).unwrap().to_string(),
                "a eq \"x\""
            );
        }
    }

    #[test]
    fn strict_wants_quotes() {
        let error = parse("externalId eq jyoung", Dialect::Strict).unwrap_err();
        assert!(error.detail.contains("double quotes"), "{}", error.detail);
    }
}
