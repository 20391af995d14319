//! The conditions of writes, each by a name; one of them can be taken away.
//!
//! Every condition travels in the request, so it can be removed here, where the client sends: nothing is built anew, and none is
//! forgotten. `MUSTER_TEST_WITHOUT` names the one that is to hold always, `MUSTER_TEST_CONDITIONS` a file to which the name of each
//! that is sent is added, and the test that sent it. `tests/conditions/run` uses both.
//!
//! That the item is there is no condition of its own where another one of the same write holds only of an item that is there.
//!
//! A name is `{operation}: {action} {item} if {condition}`, such as `create user: put roster if attribute_not_exists(pk)`.

use std::collections::HashSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread;

use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use serde_json::{Value, json};

use super::{body_of, kind, operation, with_body};

/// Who sends.
pub(super) struct Sender {
    /// The function `changes`, whose writes carry the mark of the change that they follow from.
    is_changes: bool,
    /// In which test.
    test: String,
}

/// What whoever runs the tests wants of conditions.
struct Switches {
    without: Option<String>,
    notes: Option<Mutex<Notes>>,
}

struct Notes {
    file: File,
    noted: HashSet<String>,
}

impl Notes {
    fn note(&mut self, condition: &str, test: &str) {
        let line = format!("{condition}\t{test}\n");
        if !self.noted.contains(&line) {
            let written = self.file.write_all(line.as_bytes());
            written.expect("the condition is noted");
            self.noted.insert(line);
        }
    }
}

impl Sender {
    /// The sender of the test whose thread this is.
    pub fn new(is_changes: bool) -> Self {
        let test = thread::current().name().unwrap_or_default().to_owned();
        Self { is_changes, test }
    }

    /// The conditions of a request.
    pub fn conditions(&self, request: &HttpRequest) -> Vec<Condition> {
        let mut conditions = Vec::new();
        let (asked, mut body) = (operation(request), body_of(request));
        visit(asked, &mut body, self.is_changes, |name, write, text| {
            conditions.push(Condition {
                name: name.to_owned(),
                key: key(write),
                text: text.clone(),
                names: write["ExpressionAttributeNames"].clone(),
                values: write["ExpressionAttributeValues"].clone(),
            });
        });
        conditions
    }

    /// The request, without the condition that is to be away.
    pub fn pass(&self, request: HttpRequest) -> HttpRequest {
        let switches = switches();
        if switches.without.is_none() && switches.notes.is_none() {
            return request;
        }
        let mut body = body_of(&request);
        let mut is_changed = false;
        let each = |name: &str, _: &Value, conjunct: &mut String| {
            if let Some(notes) = &switches.notes {
                let mut notes = notes.lock().unwrap_or_else(PoisonError::into_inner);
                notes.note(name, &self.test);
            }
            if switches.without.as_deref() == Some(name) {
                *conjunct = always(conjunct);
                is_changed = true;
            }
        };
        visit(operation(&request), &mut body, self.is_changes, each);
        if is_changed {
            with_body(request, &body)
        } else {
            request
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switches of whoever runs the tests"
)]
fn switches() -> &'static Switches {
    static SWITCHES: OnceLock<Switches> = OnceLock::new();
    SWITCHES.get_or_init(|| Switches {
        without: std::env::var("MUSTER_TEST_WITHOUT").ok(),
        notes: std::env::var("MUSTER_TEST_CONDITIONS").ok().map(|path| {
            let file = OpenOptions::new().create(true).append(true).open(path);
            Mutex::new(Notes {
                file: file.expect("a file for conditions"),
                noted: HashSet::new(),
            })
        }),
    })
}

/// A condition of a write.
#[derive(Clone, Debug)]
pub struct Condition {
    /// Its name.
    pub name: String,
    /// The key of the item of which it has to hold.
    pub key: Value,
    /// As DynamoDB gets it.
    pub(super) text: String,
    /// What its names and values stand for.
    pub(super) names: Value,
    pub(super) values: Value,
}

/// A condition that holds whatever is there, and needs the same names and values: DynamoDB refuses those that are not used.
fn always(conjunct: &str) -> String {
    format!("{conjunct} OR attribute_exists(pk) OR attribute_not_exists(pk)")
}

/// The key of the item that is written: that, or an item with it.
fn key(write: &Value) -> Value {
    let item = write.get("Key").unwrap_or(&write["Item"]);
    json!({"pk": item["pk"], "sk": item["sk"]})
}

/// Shows each condition with its name, and the write that it is of; it may be changed.
fn visit(
    asked: &str,
    body: &mut Value,
    is_changes: bool,
    mut each: impl FnMut(&str, &Value, &mut String),
) {
    let circumstances = circumstances(body, is_changes);
    for (action, write) in writes(asked, body) {
        let key = key(write);
        let text = |name: &str| key[name]["S"].as_str();
        let item = kind(text("pk").unwrap_or_default(), text("sk"));
        // Administrators change a directory in one way, whatever it is that they change.
        let circumstances = match (action, item.as_str()) {
            ("update", "directory") => "change directory: ",
            _ => &circumstances,
        };
        let Some(condition) = write["ConditionExpression"].as_str() else {
            continue;
        };
        let action = match write["UpdateExpression"].as_str() {
            Some(update) if changes_a_set(update, "ADD") => "add to",
            Some(update) if changes_a_set(update, "DELETE") => "take from",
            _ => action,
        };
        let conjuncts = condition
            .trim_start_matches('(')
            .strip_suffix(')')
            .expect("a condition is in parentheses");
        let conjuncts: Vec<_> = conjuncts.split(") AND (").collect();
        let is_there = conjuncts.iter().any(|it| wants_an_attribute(it));
        let shown = conjuncts.into_iter().map(|conjunct| {
            if conjunct == "attribute_exists(pk)" && is_there {
                return format!("({conjunct})");
            }
            let name = format!(
                "{circumstances}{action} {item} if {}",
                without_numbers(conjunct)
            );
            let mut conjunct = conjunct.to_owned();
            each(&name, write, &mut conjunct);
            format!("({conjunct})")
        });
        let shown = shown.collect::<Vec<_>>().join(" AND ");
        write["ConditionExpression"] = shown.into();
    }
}

/// Whether ids are added to the set that an item holds, or deleted from it.
fn changes_a_set(update: &str, verb: &str) -> bool {
    let sets = ["#ids", "#groups"];
    sets.iter()
        .any(|set| update.contains(&format!("{verb} {set} ")))
}

/// Whether it holds only of an item that is there, so that no other condition has to say so.
fn wants_an_attribute(conjunct: &str) -> bool {
    let is_equal = conjunct.starts_with('#') && conjunct.contains(" = ");
    conjunct.starts_with("contains(") || is_equal && !conjunct.contains(" OR ")
}

/// The writes that a request asks for, and what each of them does.
fn writes<'a>(asked: &str, body: &'a mut Value) -> Vec<(&'static str, &'a mut Value)> {
    match asked {
        "PutItem" => vec![("put", body)],
        "UpdateItem" => vec![("update", body)],
        "DeleteItem" => vec![("delete", body)],
        "TransactWriteItems" => {
            let parts = body["TransactItems"].as_array_mut().into_iter().flatten();
            let parts = parts.filter_map(Value::as_object_mut).flatten();
            let action = |name: &str| match name {
                "Put" => "put",
                "Update" => "update",
                "Delete" => "delete",
                _ => "check",
            };
            parts.map(|(name, write)| (action(name), write)).collect()
        }
        _ => Vec::new(),
    }
}

/// The operation of which a write is a part, as the mark says that one of its writes leaves; nothing if none does.
fn circumstances(body: &Value, is_changes: bool) -> String {
    let Some(by) = mark(body) else {
        return if is_changes { "changes: " } else { "" }.to_owned();
    };
    if is_changes {
        let resource = by["resource"]["M"]["type"]["S"].as_str();
        return match resource.unwrap_or_default() {
            "User" => "changes, after a user: ".to_owned(),
            _ => "changes, after a group: ".to_owned(),
        };
    }
    let attributes = by["attributes"]["L"].as_array().into_iter().flatten();
    let has_members = attributes.into_iter().any(|name| name["S"] == "members");
    match by["operation"]["S"].as_str().unwrap_or_default() {
        "change group" if has_members => "change group's members: ".to_owned(),
        operation => format!("{operation}: "),
    }
}

/// The first mark of a change in a request: a member `by`, or a value `:by`.
fn mark(body: &Value) -> Option<&Value> {
    match body {
        Value::Object(members) => {
            let own = members.get("by").or(members.get(":by"));
            own.and_then(|by| by.get("M"))
                .or_else(|| members.values().find_map(mark))
        }
        Value::Array(elements) => elements.iter().find_map(mark),
        _ => None,
    }
}

/// `:id{n}` for `:id0`, `:id1` and so on.
fn without_numbers(conjunct: &str) -> String {
    let mut text = String::new();
    for part in conjunct.split_inclusive(|character: char| !character.is_ascii_alphanumeric()) {
        let end = part.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
        let name = end.trim_end_matches(|character: char| character.is_ascii_digit());
        text += name;
        if text.ends_with(char::is_alphabetic) && name.len() < end.len() {
            text += "{n}";
        }
        text += &part[end.len()..];
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(asked: &str, mut body: Value, is_changes: bool) -> Vec<String> {
        let mut names = Vec::new();
        let before = body.clone();
        visit(asked, &mut body, is_changes, |name, _, _| {
            names.push(name.to_owned());
        });
        assert_eq!(body, before);
        names
    }

    fn transaction() -> Value {
        let by = json!({"M": {
            "operation": {"S": "add members"}, "attributes": {"L": [{"S": "members"}]}, "resource": {"M": {"type": {"S": "Group"}}}
        }});
        json!({"TransactItems": [
            {"Update": {
                "Key": {"pk": {"S": "D#d#G#g#1.0"}, "sk": {"S": "M"}},
                "UpdateExpression": "ADD #ids :ids SET #by = :by",
                "ConditionExpression": "(attribute_exists(pk)) AND (NOT contains(#ids, :id0)) AND (NOT contains(#ids, :id1))",
                "ExpressionAttributeValues": {":by": by}
            }},
            {"ConditionCheck": {
                "Key": {"pk": {"S": "D#d#U#u"}, "sk": {"S": "G"}},
                "ConditionExpression": "(attribute_not_exists(#groups) OR size(#groups) < :most)"
            }},
            {"Delete": {"Key": {"pk": {"S": "D#d#R#User"}, "sk": {"S": "u"}}}}
        ]})
    }

    #[test]
    fn conditions_have_names() {
        assert_eq!(
            names("TransactWriteItems", transaction(), false),
            [
                "add members: add to members if attribute_exists(pk)",
                "add members: add to members if NOT contains(#ids, :id{n})",
                "add members: add to members if NOT contains(#ids, :id{n})",
                "add members: check user's groups if attribute_not_exists(#groups) OR size(#groups) < :most",
            ]
        );
        let of_changes = names("TransactWriteItems", transaction(), true);
        assert_eq!(
            of_changes[0],
            "changes, after a group: add to members if attribute_exists(pk)"
        );
    }

    #[test]
    fn what_another_condition_implies_is_none() {
        let check = |condition: &str, expected: &[&str]| {
            let body = json!({"Key": {"pk": {"S": "W#1"}}, "ConditionExpression": condition});
            assert_eq!(names("UpdateItem", body, false), expected);
        };
        check(
            "(attribute_exists(pk)) AND (#version = :version)",
            &["update to do if #version = :version"],
        );
        check(
            "(attribute_exists(pk)) AND (#a = :a OR #b = :b)",
            &[
                "update to do if attribute_exists(pk)",
                "update to do if #a = :a OR #b = :b",
            ],
        );
    }

    #[test]
    fn a_single_write_has_conditions_too() {
        let body = json!({
            "Key": {"pk": {"S": "USED#d"}, "sk": {"S": "c"}}, "ConditionExpression": "(attribute_not_exists(#at) OR #at < :hour_ago)"
        });
        let name = "update last used if attribute_not_exists(#at) OR #at < :hour_ago";
        assert_eq!(names("UpdateItem", body.clone(), false), [name]);
        assert_eq!(names("GetItem", body, false), [""; 0]);
    }

    #[test]
    fn one_of_them_can_be_taken_away() {
        let mut body = transaction();
        let gone = "add members: add to members if attribute_exists(pk)";
        visit(
            "TransactWriteItems",
            &mut body,
            false,
            |name, _, conjunct| {
                if name == gone {
                    *conjunct = always(conjunct);
                }
            },
        );
        assert_eq!(
            body["TransactItems"][0]["Update"]["ConditionExpression"],
            "(attribute_exists(pk) OR attribute_exists(pk) OR attribute_not_exists(pk)) AND (NOT contains(#ids, :id0)) AND (NOT contains(#ids, :id1))"
        );
        assert_eq!(body["TransactItems"][1], transaction()["TransactItems"][1]);
    }
}
