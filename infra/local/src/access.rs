//! What a call of DynamoDB has to be allowed, as IAM sees it.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::batch_get_item::BatchGetItemInput;
use aws_sdk_dynamodb::operation::batch_write_item::BatchWriteItemInput;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemInput;
use aws_sdk_dynamodb::operation::get_item::GetItemInput;
use aws_sdk_dynamodb::operation::put_item::PutItemInput;
use aws_sdk_dynamodb::operation::query::QueryInput;
use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsInput;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsInput;
use aws_sdk_dynamodb::operation::update_item::UpdateItemInput;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem, WriteRequest};
use aws_smithy_runtime_api::client::interceptors::context::Input;

/// An action, and the partitions that one statement has to allow it on: `dynamodb:LeadingKeys`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Access<'a> {
    pub action: &'static str,
    pub partitions: Vec<&'a str>,
}

type Item = HashMap<String, AttributeValue>;

/// What a call asks for; none if it is one that is not known here, such as a scan.
///
/// A batch is one access of its own kind. The items of a transaction are accesses of their own: for these there is no action
/// of the transaction's (Amazon DynamoDB developer guide, "Using IAM with DynamoDB transactions").
pub(crate) fn accesses(input: &Input) -> Option<Vec<Access<'_>>> {
    let one = |action, partition| Some(vec![Access::one(action, partition?)]);
    if let Some(get) = input.downcast_ref::<GetItemInput>() {
        return one("GetItem", partition(get.key.as_ref()?));
    }
    if let Some(put) = input.downcast_ref::<PutItemInput>() {
        return one("PutItem", partition(put.item.as_ref()?));
    }
    if let Some(update) = input.downcast_ref::<UpdateItemInput>() {
        return one("UpdateItem", partition(update.key.as_ref()?));
    }
    if let Some(delete) = input.downcast_ref::<DeleteItemInput>() {
        return one("DeleteItem", partition(delete.key.as_ref()?));
    }
    if let Some(query) = input.downcast_ref::<QueryInput>() {
        let values = query.expression_attribute_values.as_ref()?;
        return one("Query", text(values.get(":pk")?));
    }
    if let Some(batch) = input.downcast_ref::<BatchGetItemInput>() {
        let keys = batch.request_items.as_ref()?.values();
        let keys = keys.flat_map(|table| &table.keys);
        return Some(vec![Access {
            action: "BatchGetItem",
            partitions: keys.map(partition).collect::<Option<_>>()?,
        }]);
    }
    if let Some(batch) = input.downcast_ref::<BatchWriteItemInput>() {
        let writes = batch.request_items.as_ref()?.values().flatten();
        return Some(vec![Access {
            action: "BatchWriteItem",
            partitions: writes.map(written).collect::<Option<_>>()?,
        }]);
    }
    if let Some(transaction) = input.downcast_ref::<TransactGetItemsInput>() {
        let items = transaction.transact_items.as_ref()?.iter();
        let access = items.map(|item| {
            let key = &item.get.as_ref()?.key;
            Some(Access::one("GetItem", partition(key)?))
        });
        return access.collect();
    }
    let transaction = input.downcast_ref::<TransactWriteItemsInput>()?;
    let items = transaction.transact_items.as_ref()?;
    items.iter().map(of_transaction).collect()
}

impl<'a> Access<'a> {
    fn one(action: &'static str, partition: &'a str) -> Self {
        let partitions = vec![partition];
        Self { action, partitions }
    }
}

fn of_transaction(item: &TransactWriteItem) -> Option<Access<'_>> {
    let (action, key) = match item {
        TransactWriteItem { put: Some(it), .. } => ("PutItem", &it.item),
        TransactWriteItem {
            update: Some(it), ..
        } => ("UpdateItem", &it.key),
        TransactWriteItem {
            delete: Some(it), ..
        } => ("DeleteItem", &it.key),
        TransactWriteItem {
            condition_check: Some(it),
            ..
        } => ("ConditionCheckItem", &it.key),
        _ => return None,
    };
    Some(Access::one(action, partition(key)?))
}

fn written(write: &WriteRequest) -> Option<&str> {
    match (&write.put_request, &write.delete_request) {
        (Some(put), _) => partition(&put.item),
        (None, delete) => partition(&delete.as_ref()?.key),
    }
}

fn partition(item: &Item) -> Option<&str> {
    text(item.get("pk")?)
}

fn text(value: &AttributeValue) -> Option<&str> {
    value.as_s().ok().map(String::as_str)
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::operation::scan::ScanInput;
    use aws_sdk_dynamodb::types::{
        ConditionCheck, Delete, DeleteRequest, Get, KeysAndAttributes, Put, PutRequest,
        TransactGetItem, Update,
    };

    use super::*;

    fn item(partition: &str) -> Item {
        let text = |text: &str| AttributeValue::S(text.to_owned());
        let key = [("pk", text(partition)), ("sk", text("x"))];
        key.map(|(name, value)| (name.to_owned(), value)).into()
    }

    fn check<T: std::fmt::Debug + Send + Sync + 'static>(input: T, expected: &str) {
        let input = Input::erase(input);
        let shown = accesses(&input).map_or("unknown".to_owned(), |accesses| {
            let shown = accesses.iter().map(|access| {
                let Access { action, partitions } = access;
                format!("{action} {}", partitions.join(" "))
            });
            shown.collect::<Vec<_>>().join(", ")
        });
        assert_eq!(shown, expected);
    }

    #[test]
    fn calls_of_one_partition() {
        let get = GetItemInput::builder().set_key(Some(item("a"))).build();
        check(get.unwrap(), "GetItem a");
        let put = PutItemInput::builder().set_item(Some(item("a"))).build();
        check(put.unwrap(), "PutItem a");
        let update = UpdateItemInput::builder().set_key(Some(item("a"))).build();
        check(update.unwrap(), "UpdateItem a");
        let delete = DeleteItemInput::builder().set_key(Some(item("a"))).build();
        check(delete.unwrap(), "DeleteItem a");
        let pk = AttributeValue::S("a".to_owned());
        let query = QueryInput::builder().expression_attribute_values(":pk", pk);
        check(query.build().unwrap(), "Query a");
    }

    #[test]
    fn batches_are_one_access() {
        let keys = ["a", "b"].map(item).to_vec();
        let keys = KeysAndAttributes::builder().set_keys(Some(keys)).build();
        let get = BatchGetItemInput::builder().request_items("t", keys.unwrap());
        check(get.build().unwrap(), "BatchGetItem a b");
        let put = PutRequest::builder()
            .set_item(Some(item("a")))
            .build()
            .unwrap();
        let delete = DeleteRequest::builder()
            .set_key(Some(item("b")))
            .build()
            .unwrap();
        let writes = vec![
            WriteRequest::builder().put_request(put).build(),
            WriteRequest::builder().delete_request(delete).build(),
        ];
        let write = BatchWriteItemInput::builder().request_items("t", writes);
        check(write.build().unwrap(), "BatchWriteItem a b");
    }

    #[test]
    fn items_of_transactions_are_accesses_of_their_own() {
        let get = |it| {
            Get::builder()
                .table_name("t")
                .set_key(Some(item(it)))
                .build()
                .unwrap()
        };
        let gets = ["a", "b"].map(|it| TransactGetItem::builder().get(get(it)).build());
        let read = TransactGetItemsInput::builder().set_transact_items(Some(gets.to_vec()));
        check(read.build().unwrap(), "GetItem a, GetItem b");

        let put = Put::builder()
            .table_name("t")
            .set_item(Some(item("a")))
            .build()
            .unwrap();
        let update = Update::builder()
            .table_name("t")
            .set_key(Some(item("b")))
            .update_expression("SET x = :x");
        let delete = Delete::builder()
            .table_name("t")
            .set_key(Some(item("c")))
            .build()
            .unwrap();
        let check_item = ConditionCheck::builder()
            .table_name("t")
            .set_key(Some(item("d")))
            .condition_expression("x");
        let part = TransactWriteItem::builder;
        let parts = vec![
            part().put(put).build(),
            part().update(update.build().unwrap()).build(),
            part().delete(delete).build(),
            part().condition_check(check_item.build().unwrap()).build(),
        ];
        let write = TransactWriteItemsInput::builder().set_transact_items(Some(parts));
        check(
            write.build().unwrap(),
            "PutItem a, UpdateItem b, DeleteItem c, ConditionCheckItem d",
        );
    }

    #[test]
    fn what_names_no_partition_is_not_known() {
        check(ScanInput::builder().build().unwrap(), "unknown");
        check(GetItemInput::builder().build().unwrap(), "unknown");
        check(QueryInput::builder().build().unwrap(), "unknown");
    }
}
