//! Transcripts: an identity provider's conversation as a text file, request by request, each answer whole.
//!
//! ```text
//! settings: unique_identifier=email
//!
//! # What the administrator does.
//! POST /Users
//! {"schemas": [...], "userName": "bob@example.com"}
//! 201
//! ETag: W/"1.0"
//! {"id": "<uuid as bob>", "meta": {"created": "<now>", "location": "<base>/Users/{bob}", ...}, ...}
//!
//! GET /Users?filter=userName eq "bob@example.com"&startIndex=1&count=100
//! 200
//! ...
//! ```
//!
//! A request is a line `METHOD /path`, its query in plain text, then its headers, then its body. The answer is a status,
//! those of its headers that matter, and the body. Both are about the same time: the clock goes on by a second
//! before each request. `#` begins a comment. Of what differs from run to run, the shape is asserted:
//!
//! | in an answer | stands for |
//! | --- | --- |
//! | `<uuid>`, `<uuid as bob>` | a `UUIDv7`; with a name, `{bob}` is this very one from then on |
//! | `<now>`, `<earlier>`, `<time>` | the time of this request, a time before it, any time |
//! | `<version>`, `<version as first>` | an entity tag |
//! | `<base>` | the base URL |
//!
//! Between the requests:
//!
//! | line | effect |
//! | --- | --- |
//! | `settings: unique_identifier=email, dialect=strict` | the directory's settings |
//! | `as: provisioner`, `basic`, `bare token`, `application`, `other directory`, `nobody`, `Bearer junk` | who sends from here |
//! | `issue: new token`, `revoke: provisioner` | a further token, to be used with `as:`; the end of one |
//! | `later: 8760h` | time goes by |
//! | `always: User-Agent: Example` | a header of every request that follows |
//! | `queries: encoded`, `plain` | how the queries that follow are written: as they are sent, or in plain text |
//!
//! `UPDATE_EXPECT=1 cargo test` writes the actual answers into the file; names that were given stay.

mod layout;
mod pattern;
mod script;
mod stage;
mod venue;

use std::fs;
use std::path::Path;

use script::{Entry, Step};
use stage::Stage;

/// Plays a transcript against an API of its own; or, where `MUSTER_TEST_BASE_URL` is set, against the deployment there, in a directory of its own.
///
/// # Panics
/// If an answer is not the expected one, or the file cannot be read as a transcript.
pub async fn play(path: &Path) {
    let source =
        fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let script =
        script::parse(&source).unwrap_or_else(|(line, wrong)| panic!("{name}:{line}: {wrong}"));
    let mut stage = Stage::set(&script).await;
    let (mut updated, mut copied) = (String::new(), 0);
    for entry in &script {
        let step = match entry {
            Entry::Directive { name, value } => {
                stage.direct(name, value).await;
                continue;
            }
            Entry::Step(step) => step,
        };
        let answer = stage.perform(step).await;
        let broken = answer.broken_promises();
        assert!(
            broken.is_empty(),
            "{name}:{}: {}: {broken:?}",
            step.line,
            step.target
        );
        let compared = stage.compare(step, &answer);
        if compared.as_expected {
            continue;
        }
        assert!(
            is_update(),
            "{name}:{}: {}",
            step.line,
            difference(&source, step, &compared.shown)
        );
        updated.push_str(&source[copied..step.answer.start]);
        updated.push_str(&compared.shown);
        copied = step.answer.end;
    }
    if copied > 0 {
        updated.push_str(&source[copied..]);
        fs::write(path, updated).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch of the crate expect-test, for files that it cannot redact"
)]
fn is_update() -> bool {
    std::env::var("UPDATE_EXPECT").is_ok()
}

fn difference(source: &str, step: &Step, actual: &str) -> String {
    let (request, expected) = (&source[step.request.clone()], &source[step.answer.clone()]);
    let first = expected
        .lines()
        .zip(actual.lines())
        .find(|(expected, actual)| expected != actual)
        .map(|(expected, actual)| {
            format!("\nThe first lines that differ:\n- {expected}\n+ {actual}\n")
        });
    format!(
        "another answer than expected (UPDATE_EXPECT=1 writes it into the file)\n\n{request}\n\
         Expected:\n{expected}\nActual:\n{actual}{}",
        first.unwrap_or_default()
    )
}
