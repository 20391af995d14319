//! Documents tell the truth: in docs/protocol.md every rule has a test that is there, or a reason not to have one; what
//! docs/schema-extensions.md shows can be done.

use std::fs;
use std::path::{Path, PathBuf};

use end_to_end::Api;
use serde_json::Value;

/// The blocks of JSON in a document.
fn json_blocks(document: &str) -> Vec<Value> {
    let blocks = document.split("```json\n").skip(1);
    blocks
        .map(|block| serde_json::from_str(block.split("```").next().unwrap()).unwrap())
        .collect()
}

#[tokio::test]
async fn the_schema_extensions_that_are_shown_can_be_used() {
    let document = fs::read_to_string(root().join("docs/schema-extensions.md")).unwrap();
    let [definitions, user] = &json_blocks(&document)[..] else {
        panic!("definitions and a user are shown");
    };
    let api = Api::start().await;
    api.extend(definitions).await.unwrap();
    let client = api.client();
    let created = client.post("/Users", user).await;
    assert_eq!(created.status, 201, "{:?}", created.body);
    let filter = document.split("by `").nth(1).unwrap();
    let filter = filter.split('`').next().unwrap();
    assert_eq!(client.find("/Users", filter).await.ids(), [created.id()]);
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

fn document() -> String {
    fs::read_to_string(root().join("docs/protocol.md")).unwrap()
}

/// The cells of each rule: section, requirement, what holds it.
fn rules(document: &str) -> Vec<Vec<&str>> {
    let mut rules = Vec::new();
    let mut in_rules = false;
    for line in document.lines() {
        if !line.starts_with('|') {
            in_rules = false;
        } else if line.starts_with("| §") {
            in_rules = true;
        } else if in_rules && !line.starts_with("| ---") {
            let cells = line.trim_matches('|').split(" | ");
            rules.push(cells.map(str::trim).collect());
        }
    }
    rules
}

/// What stands in backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

fn is_transcript(name: &str) -> bool {
    Path::new(name).extension() == Some("http".as_ref())
}

/// Whether the file has a test of this name.
fn has_test(source: &str, function: &str) -> bool {
    let lines: Vec<_> = source.lines().map(str::trim).collect();
    let is_it = |line: &str| {
        let name = line
            .strip_prefix("async ")
            .unwrap_or(line)
            .strip_prefix("fn ");
        name.and_then(|name| name.strip_prefix(function))
            .is_some_and(|rest| rest.starts_with('('))
    };
    lines.iter().enumerate().any(|(index, line)| {
        let attributes = &lines[index.saturating_sub(3)..index];
        is_it(line)
            && attributes.iter().any(|attribute| {
                ["#[test]", "#[tokio::test"]
                    .iter()
                    .any(|test| attribute.starts_with(test))
            })
    })
}

#[test]
fn every_rule_has_a_test_or_a_reason() {
    let document = document();
    let rules = rules(&document);
    assert!(rules.len() > 250, "{} rules", rules.len());
    for rule in rules {
        let &[section, requirement, holder] = rule.as_slice() else {
            panic!("a rule has three cells: {rule:?}");
        };
        assert!(!section.is_empty() && !requirement.is_empty(), "{rule:?}");
        let reason = ["not held: ", "not ours: "].iter().any(|word| {
            holder
                .strip_prefix(word)
                .is_some_and(|reason| !reason.is_empty())
        });
        let first = quoted(holder).next().unwrap_or_default();
        let test = holder.starts_with('`') && (first.contains(" :: ") || is_transcript(first));
        assert!(reason || test, "{section} {requirement}: {holder}");
    }
}

#[test]
fn every_test_that_is_named_is_there() {
    let document = document();
    let rules = rules(&document);
    let holders = rules.iter().filter_map(|rule| rule.last());
    let named = holders.flat_map(|holder| quoted(holder));
    let named = named.filter_map(|name| name.split_once(" :: "));
    let (mut tests, mut missing) = (0, Vec::new());
    for (file, function) in named {
        tests += 1;
        let Ok(source) = fs::read_to_string(root().join(file)) else {
            missing.push(file.to_owned());
            continue;
        };
        if !has_test(&source, function) {
            missing.push(format!("{file} :: {function}"));
        }
    }
    assert!(tests > 200, "{tests} tests");
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_file_that_is_named_is_there() {
    let document = document();
    let is_file = |name: &&str| {
        let extension = Path::new(name).extension();
        !name.contains(' ') && name.contains('/') && extension.is_some()
    };
    let files: Vec<_> = quoted(&document)
        .filter(is_file)
        .filter(|name| !name.starts_with('/'))
        .collect();
    assert!(files.iter().any(|name| is_transcript(name)));
    for file in files {
        assert!(root().join(file).is_file(), "{file}");
    }
}
