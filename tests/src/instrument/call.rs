use serde_json::Value;
use tokio::task;

use super::kind;

/// One attempt at a call of DynamoDB, as it was noted.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked, such as `GetItem`.
    pub operation: String,
    /// The kinds of items that it touches, one for each item; of a query, of the partition.
    pub items: Vec<String>,
    /// What it consumed, in capacity units: of reading, or of writing.
    pub capacity: f64,
    /// The invocation of a function that made it; none if it was no function.
    pub function: Option<task::Id>,
    began: u64,
    /// Not there if nothing came of it.
    ended: Option<u64>,
}

impl Call {
    pub(super) fn begin(now: u64, target: &str, body: &Value, function: Option<task::Id>) -> Self {
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        Self {
            items: items(&operation, body),
            operation,
            capacity: 0.0,
            function,
            began: now,
            ended: None,
        }
    }

    pub(super) fn end(&mut self, now: u64, answer: Option<&[u8]>) {
        self.ended = Some(now);
        let answer: Value = answer
            .and_then(|answer| serde_json::from_slice(answer).ok())
            .unwrap_or_default();
        let units = |consumed: &Value| consumed["CapacityUnits"].as_f64().unwrap_or_default();
        self.capacity = match &answer["ConsumedCapacity"] {
            Value::Array(tables) => tables.iter().map(units).sum(),
            table => units(table),
        };
    }

    /// Whether it changes something.
    pub fn is_write(&self) -> bool {
        ["Put", "Update", "Delete", "BatchWrite", "TransactWrite"]
            .iter()
            .any(|verb| self.operation.starts_with(verb))
    }

    /// Whether it is about an item of this kind.
    pub fn touches(&self, kind: &str) -> bool {
        self.items.iter().any(|item| item == kind)
    }

    /// Whether it began only when the other had ended.
    pub fn waited_for(&self, other: &Self) -> bool {
        other.ended.is_some_and(|ended| ended < self.began)
    }
}

/// The longest chain of calls of which each began only when the one before it had ended.
pub fn depth(calls: &[Call]) -> usize {
    let mut depths: Vec<usize> = Vec::with_capacity(calls.len());
    for call in calls {
        let before = calls.iter().zip(&depths);
        let waited = before.filter(|(other, _)| call.waited_for(other));
        depths.push(1 + waited.map(|(_, depth)| *depth).max().unwrap_or_default());
    }
    depths.into_iter().max().unwrap_or_default()
}

fn items(operation: &str, body: &Value) -> Vec<String> {
    let of = |item: &Value| {
        let text = |name: &str| item[name]["S"].as_str();
        kind(text("pk").unwrap_or_default(), text("sk"))
    };
    let each = |items: &Value| items.as_array().cloned().unwrap_or_default();
    let tables = || body["RequestItems"].as_object().into_iter().flatten();
    match operation {
        "Query" => {
            let text = |name: &str| body["ExpressionAttributeValues"][name]["S"].as_str();
            vec![kind(text(":pk").unwrap_or_default(), None)]
        }
        "BatchGetItem" => {
            let keys = tables().flat_map(|(_, table)| each(&table["Keys"]));
            keys.map(|key| of(&key)).collect()
        }
        "BatchWriteItem" => {
            let writes = tables().flat_map(|(_, table)| each(table));
            let item = |write: Value| match &write["PutRequest"] {
                Value::Null => of(&write["DeleteRequest"]["Key"]),
                put => of(&put["Item"]),
            };
            writes.map(item).collect()
        }
        "TransactGetItems" | "TransactWriteItems" => {
            let item = |part: Value| {
                let part = part.as_object().and_then(|part| part.values().next());
                let part = part.cloned().unwrap_or_default();
                of(part.get("Key").unwrap_or(&part["Item"]))
            };
            each(&body["TransactItems"]).into_iter().map(item).collect()
        }
        _ => vec![of(body.get("Key").unwrap_or(&body["Item"]))],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_depth(spans: &[(u64, u64)], expected: usize) {
        let call = |&(began, ended)| Call {
            operation: "GetItem".to_owned(),
            items: Vec::new(),
            capacity: 0.0,
            function: None,
            began,
            ended: Some(ended),
        };
        let calls: Vec<_> = spans.iter().map(call).collect();
        assert_eq!(depth(&calls), expected, "{spans:?}");
    }

    #[test]
    fn depth_is_what_waits_for_one_another() {
        check_depth(&[], 0);
        check_depth(&[(1, 2)], 1);
        check_depth(&[(1, 3), (2, 4)], 1);
        check_depth(&[(1, 2), (3, 4)], 2);
        // One beside two that wait for each other; and one that waits for only the first of two.
        check_depth(&[(1, 6), (2, 3), (4, 5)], 2);
        check_depth(&[(1, 3), (2, 6), (4, 5), (7, 8)], 3);
    }
}
