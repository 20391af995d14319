//! README.md tells the truth: each shell block of its quick start is run, and prints what the block after it shows.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

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
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    let readme = fs::read_to_string(readme).unwrap();
    let steps = steps(section(&readme, "Quick start"));
    assert!(steps.len() >= 3, "create, find, deactivate");
    let api = Api::start().await;
    // One shell for all of them, as for the reader: a variable that one block sets is there in the next.
    let end_of_step = "\u{1e}";
    let script: Vec<_> = steps
        .iter()
        .map(|step| format!("{}\nprintf '{end_of_step}'\n", step.script))
        .collect();
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script.concat()])
        .env("BASE", api.base_url())
        .env("TOKEN", api.token())
        .env("NO_PROXY", "127.0.0.1")
        .stdin(Stdio::null())
        .output();
    let output = output.expect("the quick start needs `bash` on this machine");
    let (printed, complaint) = (
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(
        output.status.code() != Some(127),
        "the quick start needs `curl` on this machine: {complaint}"
    );
    let printed: Vec<_> = printed.split(end_of_step).collect();
    assert!(
        output.status.success(),
        "this block failed:\n{}\n{}\n{complaint}",
        steps[printed.len() - 1].script,
        printed.last().unwrap()
    );
    for (step, printed) in steps.iter().zip(printed) {
        step.check(printed, &api.base_url());
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
            "this block prints something else than README.md says:\n{}\n{printed}",
            self.script
        );
    }
}

/// Whether a value is as shown: the same, but for `<id>`, `<time>` and `<base>` in texts.
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
        (Value::String(shown), Value::String(text)) => match shown.as_str() {
            "<time>" => text.parse::<jiff::Timestamp>().is_ok(),
            shown => match shown.replace("<base>", base).strip_suffix("<id>") {
                Some(before) => text.strip_prefix(before).is_some_and(is_id),
                None => *text == shown.replace("<base>", base),
            },
        },
        (shown, value) => shown == value,
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

/// The text between a heading of the second level and the next one.
fn section<'a>(text: &'a str, heading: &str) -> &'a str {
    let start = text
        .find(&format!("\n## {heading}\n"))
        .expect("README.md has the section");
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
            Some(after) if after.language == "json" => Printed::Json(
                serde_json::from_str(&after.text).expect("a JSON block of README.md is JSON"),
            ),
            Some(after) if after.language == "text" => Printed::Text(after.text.clone()),
            _ => panic!("README.md does not show what this prints:\n{}", block.text),
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
    assert_eq!(open, None, "README.md has an open block");
    blocks
}
