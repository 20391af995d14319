//! What the items of a table say of users, groups, and what administrators made, to be compared: by names, and without ids, versions
//! and times.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

/// Users with their groups, and groups with their members. Memberships are in binary sets, of which keys have the text.
pub fn contents(items: &[Value]) -> Value {
    let mut names = BTreeMap::new();
    for item in items {
        let document = document(item);
        let name = document["userName"].as_str();
        if let Some(name) = name.or(document["displayName"].as_str()) {
            let id = text(item, "pk").rsplit('#').next().unwrap_or_default();
            names.insert(id.replace('-', ""), name.to_owned());
        }
    }
    let (mut users, mut groups) = (Map::new(), Map::new());
    for item in items {
        let parts: Vec<_> = text(item, "pk").split('#').collect();
        let (kind, id) = match parts.as_slice() {
            ["D", _, kind @ ("U" | "G"), id, ..] => (*kind, id.replace('-', "")),
            _ => continue,
        };
        let name = names.get(&id).unwrap_or(&id);
        let resources = if kind == "U" { &mut users } else { &mut groups };
        let resource = resources.entry(name).or_insert_with(|| json!({}));
        for (attribute, value) in item.as_object().into_iter().flatten() {
            match attribute.as_str() {
                "document" => resource["document"] = document(item),
                "protected" | "role" | "leaving" | "indexing" => {
                    resource[attribute] = value.clone();
                }
                "deleted" => resource["deleted"] = true.into(),
                "groups" | "ids" => {
                    let others = ids(value);
                    let others = others.map(|id| names.get(&id).cloned().unwrap_or(id));
                    let mut all: BTreeSet<_> = others.collect();
                    let known = resource["others"].as_array().into_iter().flatten();
                    all.extend(known.filter_map(Value::as_str).map(str::to_owned));
                    resource["others"] = all.into_iter().collect();
                }
                _ => {}
            }
        }
    }
    json!({"users": users, "groups": groups, "administration": administration(items)})
}

/// Environments, organizations and directories: every item but schema extensions that no directory has. In them a directory's name
/// stands for its id, and for the version of its schema extensions.
fn administration(items: &[Value]) -> Vec<Value> {
    const MARKS: [&str; 6] = [
        "version",
        "created",
        "disabled",
        "cursor_key",
        "by",
        "write",
    ];
    let is_of_it = |item: &&Value| {
        let kinds = ["DIR#", "ENV", "ORG#"];
        kinds.iter().any(|kind| text(item, "pk").starts_with(kind))
    };
    let items: Vec<_> = items.iter().filter(is_of_it).collect();
    let mut names = Vec::new();
    for directory in items.iter().filter(|item| text(item, "sk") == "D") {
        let (name, id) = (text(directory, "slug"), text(directory, "pk"));
        names.push((id.trim_start_matches("DIR#"), name));
        if directory.get("extensions").is_some() {
            names.push((text(directory, "extensions"), name));
        }
    }
    let is_named = |item: &&&Value| match text(item, "sk").strip_prefix("X#") {
        Some(version) => names.iter().any(|(named, _)| *named == version),
        None => true,
    };
    let shown = |item: &&Value| {
        let mut item = (*item).clone();
        for mark in MARKS {
            item.as_object_mut().expect("an item").remove(mark);
        }
        let mut text = item.to_string();
        for (id, name) in &names {
            text = text.replace(id, name);
        }
        serde_json::from_str(&text).expect("an item")
    };
    let mut all: Vec<Value> = items.iter().filter(is_named).map(shown).collect();
    all.sort_by_cached_key(|item| (text(item, "pk").to_owned(), text(item, "sk").to_owned()));
    all
}

fn text<'a>(item: &'a Value, attribute: &str) -> &'a str {
    item[attribute]["S"].as_str().unwrap_or_default()
}

fn document(item: &Value) -> Value {
    serde_json::from_str(text(item, "document")).unwrap_or_default()
}

/// The ids of a binary set, in hexadecimal digits.
fn ids(set: &Value) -> impl Iterator<Item = String> {
    let hexadecimal = |bytes: &Value| {
        let bytes = BASE64_STANDARD.decode(bytes.as_str().unwrap_or_default());
        let bytes = bytes.ok().and_then(|bytes| bytes.try_into().ok());
        format!("{:032x}", u128::from_be_bytes(bytes.unwrap_or_default()))
    };
    let set = set["BS"].as_array().into_iter().flatten();
    set.map(hexadecimal)
}
