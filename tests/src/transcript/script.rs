use std::ops::Range;

use serde_json::Value;

/// A part of a transcript that does something.
#[derive(Debug)]
pub(super) enum Entry {
    /// A line between the requests.
    Directive { name: String, value: String },
    /// A request and its answer.
    Step(Step),
}

/// A request and the answer that is expected.
#[derive(Debug)]
pub(super) struct Step {
    /// Where it begins.
    pub line: usize,
    pub method: String,
    /// Path and query, in plain text.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
    /// The answer; none in a file that is yet to be completed.
    pub expected: Option<Expected>,
    /// Where the request stands in the file.
    pub request: Range<usize>,
    /// Where the answer stands, or belongs, in the file.
    pub answer: Range<usize>,
}

/// An answer, with placeholders.
#[derive(Debug)]
pub(super) struct Expected {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Value,
}

/// What is wrong, and in which line.
type Wrong = (usize, &'static str);

/// Reads a transcript.
pub(super) fn parse(source: &str) -> Result<Vec<Entry>, Wrong> {
    let mut lines = Lines { source, at: 0 };
    let mut entries = Vec::new();
    while let Some(line) = lines.peek() {
        if line.trim().is_empty() || line.starts_with('#') {
            lines.take();
        } else if let Some((method, target)) = line
            .split_once(" /")
            .filter(|(method, _)| is_method(method))
        {
            entries.push(Entry::Step(lines.step(method, target)?));
        } else if let Some((name, value)) =
            line.split_once(": ").filter(|(name, _)| is_directive(name))
        {
            lines.take();
            entries.push(Entry::Directive {
                name: name.to_owned(),
                value: value.trim().to_owned(),
            });
        } else {
            return Err((
                lines.number(),
                "neither a request nor a comment nor a directive",
            ));
        }
    }
    Ok(entries)
}

fn is_method(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn is_directive(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase())
}

struct Lines<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Lines<'a> {
    fn rest(&self) -> &'a str {
        &self.source[self.at..]
    }

    fn number(&self) -> usize {
        self.source[..self.at].matches('\n').count() + 1
    }

    fn peek(&self) -> Option<&'a str> {
        self.rest().lines().next()
    }

    fn take(&mut self) {
        self.at += self
            .rest()
            .find('\n')
            .map_or(self.rest().len(), |end| end + 1);
    }

    fn step(&mut self, method: &str, path: &str) -> Result<Step, Wrong> {
        let (line, begin) = (self.number(), self.at);
        self.take();
        let headers = self.headers();
        let body = self.json()?.map(str::to_owned);
        let end = self.at;
        let expected = self.expected()?;
        Ok(Step {
            line,
            method: method.to_owned(),
            target: format!("/{}", path.trim_end()),
            headers,
            body,
            expected,
            request: begin..end,
            answer: end..self.at,
        })
    }

    fn expected(&mut self) -> Result<Option<Expected>, Wrong> {
        let status = self
            .peek()
            .filter(|line| line.len() == 3)
            .and_then(|line| line.parse().ok());
        let Some(status) = status else {
            return Ok(None);
        };
        self.take();
        let headers = self.headers();
        let wrong = (self.number(), "the answer's body is not JSON");
        let body = self
            .json()?
            .map_or(Ok(Value::Null), serde_json::from_str)
            .map_err(|_| wrong)?;
        Ok(Some(Expected {
            status,
            headers,
            body,
        }))
    }

    fn headers(&mut self) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        while let Some((name, value)) = self.peek().and_then(|line| line.split_once(": ")) {
            if !name.starts_with(|first: char| first.is_ascii_uppercase()) {
                break;
            }
            headers.push((name.to_owned(), value.trim().to_owned()));
            self.take();
        }
        headers
    }

    /// A JSON object, over as many lines as it takes.
    fn json(&mut self) -> Result<Option<&'a str>, Wrong> {
        let text = self.rest();
        if !text.starts_with('{') {
            return Ok(None);
        }
        let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        if values.next().is_none_or(|value| value.is_err()) {
            return Err((self.number(), "this body is not JSON"));
        }
        let end = values.byte_offset();
        self.at += end;
        self.take();
        Ok(Some(&text[..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_read() {
        let source = "# Title\nsettings: a=b\n\nPOST /Users?x=a b\nIf-Match: *\n{\"a\":\n 1}\n201\nETag: <version>\n{}\n\nDELETE /Users/1\n204\n";
        let entries = parse(source).unwrap();
        let [
            Entry::Directive { name, value },
            Entry::Step(create),
            Entry::Step(delete),
        ] = entries.as_slice()
        else {
            panic!("{entries:?}")
        };
        assert_eq!((name.as_str(), value.as_str()), ("settings", "a=b"));
        assert_eq!(
            (create.line, create.method.as_str(), create.target.as_str()),
            (4, "POST", "/Users?x=a b")
        );
        assert_eq!(create.headers, [("If-Match".to_owned(), "*".to_owned())]);
        assert_eq!(create.body.as_deref(), Some("{\"a\":\n 1}"));
        assert_eq!(&source[create.answer.clone()], "201\nETag: <version>\n{}\n");
        let expected = delete.expected.as_ref().unwrap();
        assert_eq!((expected.status, &expected.body), (204, &Value::Null));
    }

    #[test]
    fn what_is_no_transcript_is_refused_with_its_line() {
        let wrong = |source: &str| parse(source).unwrap_err().0;
        assert_eq!(wrong("# Title\n\nhello\n"), 3);
        assert_eq!(wrong("POST /Users\n{\"a\": }\n"), 2);
        assert_eq!(wrong("GET /Users\n200\n{\n"), 3);
    }

    #[test]
    fn an_answer_may_be_missing() {
        let source = "GET /Users\n\nGET /Groups\n200\n{}";
        let entries = parse(source).unwrap();
        let [Entry::Step(first), Entry::Step(_)] = entries.as_slice() else {
            panic!("{entries:?}")
        };
        assert!(first.expected.is_none());
        assert_eq!(first.answer, 11..11);
    }
}
