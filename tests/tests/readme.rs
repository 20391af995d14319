//! README.md and docs/admin-api.md tell the truth: each shell block of their walks is run, and prints what the block after
//! it shows.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use directory::Claim;
use edge::{ADMIN_PATH, BASE_PATH};
use end_to_end::Api;
use serde_json::Value;

/// A fenced block: its language and its lines.
#[derive(Debug, PartialEq, Eq)]
struct Block<'a> {
    language: &'a str,
    text: String,
}

/// A shell block and what README says it prints.
struct Step {
    script: String,
    printed: Printed,
}

enum Printed {
    Json(Value),
    Text(String),
}

#[tokio::test(flavor = "multi_thread")]
async fn the_quick_start_does_what_it_shows() {
    walk("README.md", "Quick start").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_from_a_button_to_okta_does_what_it_shows() {
    walk("docs/admin-api.md", "From a button to Okta").await;
}

/// Runs the shell blocks of a section and compares what they print.
async fn walk(document: &str, heading: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(document);
    let text = fs::read_to_string(path).unwrap();
    let steps = steps(section(&text, heading));
    assert!(steps.len() >= 3, "{document}");
    let api = Api::start().await;
    let base_url = api.base_url();
    // One shell for all of them, as for the reader: a variable that one block sets is there in the next.
    let end_of_step = "\u{1e}";
    let script: Vec<_> = steps
        .iter()
        .map(|step| format!("{}\nprintf '{end_of_step}'\n", step.script))
        .collect();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script.concat()])
        .env("BASE", &base_url)
        .env("ADMIN", base_url.replace(BASE_PATH, ADMIN_PATH))
        .env("TOKEN", api.token())
        .env("AWS_ACCESS_KEY_ID", "local")
        .env("AWS_SECRET_ACCESS_KEY", "local")
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .output();
    let output = output.expect("the blocks need `bash` on this machine");
    let (printed, complaint) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.code() != Some(127),
        "the blocks need `curl` on this machine: {complaint}"
    );
    let printed: Vec<_> = printed.split(end_of_step).collect();
    assert!(
        output.status.success(),
        "this block failed:\n{}\n{}\n{complaint}",
        steps[printed.len() - 1].script,
        printed.last().unwrap()
    );
    for (step, printed) in steps.iter().zip(printed) {
        step.check(printed, &base_url);
    }
}

impl Step {
    #[track_caller]
    fn check(&self, printed: &str, base: &str) {
        let fits = match &self.printed {
            Printed::Json(expected) => serde_json::from_str(printed)
                .is_ok_and(|printed: Value| fits(expected, &printed, base)),
            Printed::Text(expected) => printed.trim() == expected.trim(),
        };
        assert!(
            fits,
            "this block prints something else than is shown:\n{}\n{printed}",
            self.script
        );
    }
}

/// Whether a value is as shown: the same, but for `<base>` and what ends in a placeholder.
fn fits(shown: &Value, value: &Value, base: &str) -> bool {
    match (shown, value) {
        (Value::Object(shown), Value::Object(value)) => {
            shown.len() == value.len()
                && shown.iter().all(|(name, shown)| {
                    value
                        .get(name)
                        .is_some_and(|value| fits(shown, value, base))
                })
        }
        (Value::Array(shown), Value::Array(value)) => {
            shown.len() == value.len()
                && shown
                    .iter()
                    .zip(value)
                    .all(|(shown, value)| fits(shown, value, base))
        }
        (Value::String(shown), Value::String(text)) => {
            let shown = shown.replace("<base>", base);
            let placeholder = PLACEHOLDERS
                .iter()
                .find_map(|(name, stands_for)| Some((shown.strip_suffix(name)?, stands_for)));
            match placeholder {
                Some((before, stands_for)) => text.strip_prefix(before).is_some_and(stands_for),
                None => *text == shown,
            }
        }
        (shown, value) => shown == value,
    }
}

type StandsFor = fn(&str) -> bool;

/// What differs from run to run, and how it is known.
const PLACEHOLDERS: [(&str, StandsFor); 7] = [
    ("<time>", |text| text.parse::<jiff::Timestamp>().is_ok()),
    ("<id>", |text| {
        is_of(text, 36, |byte| byte.is_ascii_hexdigit() || byte == b'-')
    }),
    ("<directory>", |text| {
        is_of(text, 32, |byte| byte.is_ascii_hexdigit())
    }),
    ("<credential>", |text| {
        is_of(text, 10, |byte| byte.is_ascii_alphanumeric())
    }),
    ("<token>", |text| Claim::from_authorization(text).is_some()),
    ("<username>", |text| {
        is_of(text, 43, |byte| {
            byte.is_ascii_alphanumeric() || byte == b'.'
        })
    }),
    ("<password>", |text| {
        is_of(text, 43, |byte| byte.is_ascii_alphanumeric())
    }),
];

fn is_of(text: &str, length: usize, alphabet: impl Fn(u8) -> bool) -> bool {
    text.len() == length && text.bytes().all(alphabet)
}

/// The text between a heading of the second level and the next one.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text
        .find(&format!("\n## {heading}\n"))
        .expect("the document has the section");
    let rest = &text[start + 4..];
    rest.split("\n## ").next().unwrap_or(rest)
}

/// Each shell block with the block after it.
fn steps(section: &str) -> Vec<Step> {
    let blocks = blocks(section);
    let shell = |(index, block): (usize, &Block<'_>)| {
        if block.language != "sh" {
            return None;
        }
        let printed = match blocks.get(index + 1) {
            Some(after) if after.language == "json" => {
                Printed::Json(serde_json::from_str(&after.text).expect("a JSON block is JSON"))
            }
            Some(after) if after.language == "text" => Printed::Text(after.text.clone()),
            _ => panic!("it is not shown what this prints:\n{}", block.text),
        };
        Some(Step {
            script: block.text.clone(),
            printed,
        })
    };
    blocks.iter().enumerate().filter_map(shell).collect()
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    for line in text.lines() {
        match (line.strip_prefix("```"), open.take()) {
            (Some(_), Some(block)) => blocks.push(block),
            (Some(language), None) => {
                open = Some(Block {
                    language,
                    text: String::new(),
                });
            }
            (None, Some(mut block)) => {
                block.text.push_str(line);
                block.text.push('\n');
                open = Some(block);
            }
            (None, None) => {}
        }
    }
    assert_eq!(open, None, "the document has an open block");
    blocks
}
