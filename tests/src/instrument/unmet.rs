//! What an item has to be for a condition not to hold.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use super::Condition;

impl Condition {
    /// The item, or what is to be in the place of none, changed so that it does not hold: as little as possible, so that every
    /// other condition of the write still does. Nothing where no item is to be there.
    pub fn broken(&self, item: Option<Value>) -> Option<Value> {
        if self.text == "attribute_exists(pk)" {
            return None;
        }
        let mut item = item.unwrap_or_else(|| {
            let mut item = self.key.clone();
            item["owner"] = json!({"S": "somebody"});
            item
        });
        for alternative in self.text.split(" OR ") {
            self.break_one(alternative, &mut item);
        }
        Some(item)
    }

    /// The same for one that is not made of others.
    fn break_one(&self, text: &str, item: &mut Value) {
        let attribute = text.find('#').map(|at| {
            let end = text[at..].find([',', ')', ' ']);
            let name = &text[at..at + end.expect("something comes after a name")];
            self.names[name].as_str().expect("a name")
        });
        let value = text.find(':').map(|at| {
            let value = text[at..].trim_end_matches(')');
            &self.values[value]
        });
        match (attribute, value) {
            (None, None) if text == "attribute_not_exists(pk)" => {}
            (Some(name), None) if text.starts_with("attribute_not_exists(") => {
                item[name] = json!({"BOOL": true});
            }
            (Some(name), Some(id)) if text.starts_with("contains(") => {
                let mut set = set(&item[name]);
                set.retain(|it| *it != id["B"]);
                put_set(item, name, &set);
            }
            (Some(name), Some(id)) if text.starts_with("NOT contains(") => {
                let mut set = set(&item[name]);
                if !set.contains(&id["B"]) {
                    set.push(id["B"].clone());
                }
                put_set(item, name, &set);
            }
            (Some(name), Some(most)) if text.starts_with("size(") => {
                let most: usize = most["N"].as_str().expect("a number").parse().expect("one");
                let mut set = set(&item[name]);
                let others = 0..=(most - set.len()) as u128;
                set.extend(others.map(|id| BASE64_STANDARD.encode(id.to_be_bytes()).into()));
                put_set(item, name, &set);
            }
            (Some(name), Some(value)) if text.contains(" = ") => item[name] = another(value),
            // It is to be another one, or less.
            (Some(name), Some(value)) => item[name] = value.clone(),
            _ => panic!("nothing is known of {text}"),
        }
    }
}

fn set(value: &Value) -> Vec<Value> {
    value["BS"].as_array().cloned().unwrap_or_default()
}

/// DynamoDB has no empty sets.
fn put_set(item: &mut Value, name: &str, set: &[Value]) {
    if set.is_empty() {
        item.as_object_mut().expect("an item").remove(name);
    } else {
        item[name] = json!({"BS": set});
    }
}

/// A value of the same type, and not the same.
fn another(value: &Value) -> Value {
    let (kind, value) = value
        .as_object()
        .and_then(|it| it.iter().next())
        .expect("a value");
    let other: Value = match (kind.as_str(), value) {
        ("BOOL", Value::Bool(is_so)) => (!is_so).into(),
        ("N" | "S", Value::String(text)) => format!("{text}1").into(),
        _ => panic!("no other value than {value} is known"),
    };
    json!({ kind: other })
}
