use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

/// What goes wrong with an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not sent.
    Unsent,
    /// It takes effect, and its answer is lost.
    Unanswered,
    /// It is refused with `ThrottlingException`; a transaction is cancelled with `ThrottlingError`.
    Throttled,
    /// A transaction is cancelled with `TransactionConflict`, a single write refused with `TransactionConflictException`.
    Conflict,
    /// The second half of a batch is left unprocessed; of one item, that item.
    Unprocessed,
    /// The function ends before it is sent, as when Lambda dies.
    EndsBefore,
    /// The function ends when it has taken effect.
    EndsAfter,
    /// It is sent only when it is released.
    Paused,
}

/// How far a fault goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// One attempt: the SDK repeats it, if it repeats such a thing at all.
    Attempt,
    /// Every attempt of the call.
    Call,
    /// Every attempt of this call and of all after it, as far as the fault concerns them.
    Rest,
}

impl Fault {
    /// Whether DynamoDB has this for an operation.
    pub fn concerns(self, operation: &str) -> bool {
        match self {
            Self::Conflict => {
                operation.starts_with("Transact")
                    || ["PutItem", "UpdateItem", "DeleteItem"].contains(&operation)
            }
            Self::Unprocessed => operation.starts_with("Batch"),
            _ => true,
        }
    }
}

pub(super) fn throttled(operation: &str, body: &Value) -> HttpResponse {
    if operation.starts_with("Transact") {
        return canceled("ThrottlingError", body);
    }
    refused(&json!({
        "__type": "com.amazon.coral.availability#ThrottlingException", "message": "Rate of requests exceeds the allowed throughput."
    }))
}

pub(super) fn conflict(operation: &str, body: &Value) -> HttpResponse {
    if operation.starts_with("Transact") {
        return canceled("TransactionConflict", body);
    }
    refused(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionConflictException",
        "message": "Transaction is ongoing for the item"
    }))
}

/// The first part of the transaction is the reason.
fn canceled(code: &str, body: &Value) -> HttpResponse {
    let parts = body["TransactItems"].as_array().map_or(0, Vec::len);
    let reason = |part| match part {
        0 => json!({"Code": code, "Message": "the test says so"}),
        _ => json!({"Code": "None"}),
    };
    let reasons: Vec<_> = (0..parts).map(reason).collect();
    refused(&json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons", "CancellationReasons": reasons
    }))
}

fn refused(body: &Value) -> HttpResponse {
    let status = StatusCode::try_from(400).expect("a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}

/// A batch, as far as it is processed, if anything of it is, and what is left in the answer's form.
pub(super) fn split(operation: &str, body: &Value) -> (Option<Value>, Value) {
    let (mut first, mut left) = (body.clone(), body["RequestItems"].clone());
    let is_read = operation == "BatchGetItem";
    let items = |table: &mut Value| {
        let items = if is_read { &mut table["Keys"] } else { table };
        items.as_array_mut().map(std::mem::take).unwrap_or_default()
    };
    let put = |table: &mut Value, items: Vec<Value>| {
        *(if is_read { &mut table["Keys"] } else { table }) = items.into();
    };
    let mut processed = 0;
    for (name, table) in left.as_object_mut().into_iter().flatten() {
        let mut done = items(table);
        let rest = done.split_off(done.len() / 2);
        processed += done.len();
        put(table, rest);
        put(&mut first["RequestItems"][name.as_str()], done);
    }
    let field = if is_read {
        "UnprocessedKeys"
    } else {
        "UnprocessedItems"
    };
    ((processed > 0).then_some(first), json!({ field: left }))
}

/// The answer to a batch of which this is left.
pub(super) fn unprocessed(answer: Option<&HttpResponse>, left: Value) -> HttpResponse {
    let bytes = answer.and_then(|answer| answer.body().bytes());
    let body = bytes.and_then(|bytes| serde_json::from_slice(bytes).ok());
    let mut body: Value = body.unwrap_or_else(|| json!({"Responses": {}}));
    if let (Some(body), Value::Object(left)) = (body.as_object_mut(), left) {
        body.extend(left);
    }
    let status = StatusCode::try_from(200).expect("a status");
    HttpResponse::new(status, SdkBody::from(body.to_string()))
}
