use std::collections::HashMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{
    AttributeValue, CancellationReason, ConditionCheck, Delete, DeleteRequest, Put, PutRequest,
    ReturnValuesOnConditionCheckFailure, TransactWriteItem, Update, WriteRequest,
};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use futures_util::future::try_join_all;

use super::failure::{Failure, sort};
use super::{Item, MOST_ATTEMPTS, Table, patience};
use crate::keys::Key;
use crate::{Error, Result};

/// One write of an item, alone or in a transaction. A refusal comes with the item as it is.
#[derive(Clone, Debug)]
pub(crate) struct Write {
    action: Action,
    conditions: Vec<String>,
    values: HashMap<String, AttributeValue>,
}

#[derive(Clone, Debug)]
enum Action {
    Put(Item),
    Delete(Key),
    Update(Key, Vec<String>),
    Check(Key),
}

/// What came of a write.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All of it.
    Done,
    /// Nothing: for each write whose condition failed, what was found there.
    Refused(Vec<Option<Found>>),
}

/// What a failed condition found.
#[derive(Clone, Debug)]
pub(crate) enum Found {
    /// No item.
    Nothing,
    /// This item.
    Item(Item),
}

impl Found {
    /// Error: [`Error::Later`].
    fn new(item: Option<HashMap<String, AttributeValue>>) -> Result<Self> {
        Ok(match item {
            Some(item) if !item.is_empty() => Self::Item(Item::stored(item)?),
            _ => Self::Nothing,
        })
    }

    /// The item, if there is one.
    pub fn item(&self) -> Option<&Item> {
        match self {
            Self::Nothing => None,
            Self::Item(item) => Some(item),
        }
    }
}

impl Write {
    pub fn put(item: Item) -> Self {
        Self::of(Action::Put(item))
    }

    pub fn delete(key: Key) -> Self {
        Self::of(Action::Delete(key))
    }

    /// An update; its clauses (`SET #a = :a`, `ADD #b :b`) are given with [`Write::clause`].
    pub fn update(key: Key) -> Self {
        Self::of(Action::Update(key, Vec::new()))
    }

    /// Writes nothing: the conditions must hold for the other writes of the transaction.
    pub fn check(key: Key) -> Self {
        Self::of(Action::Check(key))
    }

    fn of(action: Action) -> Self {
        Self {
            action,
            conditions: Vec::new(),
            values: HashMap::new(),
        }
    }

    pub fn clause(mut self, clause: impl Into<String>) -> Self {
        if let Action::Update(_, clauses) = &mut self.action {
            clauses.push(clause.into());
        }
        self
    }

    /// A condition that must hold beside the others.
    pub fn when(mut self, condition: impl Into<String>) -> Self {
        self.conditions.push(condition.into());
        self
    }

    /// Nothing is there yet.
    pub fn when_absent(self) -> Self {
        self.when("attribute_not_exists(pk)")
    }

    /// The item is there.
    pub fn when_present(self) -> Self {
        self.when("attribute_exists(pk)")
    }

    pub fn value(mut self, name: impl Into<String>, value: AttributeValue) -> Self {
        self.values.insert(name.into(), value);
        self
    }

    fn condition(&self) -> Option<String> {
        let all: Vec<_> = self
            .conditions
            .iter()
            .map(|condition| format!("({condition})"))
            .collect();
        (!all.is_empty()).then(|| all.join(" AND "))
    }

    /// The attribute names behind the placeholders: `#name` stands for `name`, so that no reserved word is met.
    fn names(&self) -> Option<HashMap<String, String>> {
        let clauses = match &self.action {
            Action::Update(_, clauses) => clauses.as_slice(),
            Action::Put(_) | Action::Delete(_) | Action::Check(_) => &[],
        };
        let texts = self.conditions.iter().chain(clauses);
        let placeholders = texts.flat_map(|text| text.split('#').skip(1)).map(|rest| {
            let end =
                rest.find(|character: char| !character.is_ascii_alphanumeric() && character != '_');
            &rest[..end.unwrap_or(rest.len())]
        });
        let names: HashMap<_, _> = placeholders
            .map(|name| (format!("#{name}"), name.to_owned()))
            .collect();
        (!names.is_empty()).then_some(names)
    }

    fn values(&self) -> Option<HashMap<String, AttributeValue>> {
        (!self.values.is_empty()).then(|| self.values.clone())
    }

    fn for_transaction(&self, table: &str) -> std::result::Result<TransactWriteItem, BuildError> {
        let old = ReturnValuesOnConditionCheckFailure::AllOld;
        let item = TransactWriteItem::builder();
        let item = match &self.action {
            Action::Put(put) => item.put(
                Put::builder()
                    .table_name(table)
                    .set_item(Some(put.0.clone()))
                    .set_condition_expression(self.condition())
                    .set_expression_attribute_names(self.names())
                    .set_expression_attribute_values(self.values())
                    .return_values_on_condition_check_failure(old)
                    .build()?,
            ),
            Action::Delete(key) => item.delete(
                Delete::builder()
                    .table_name(table)
                    .set_key(Some(key.to_attributes()))
                    .set_condition_expression(self.condition())
                    .set_expression_attribute_names(self.names())
                    .set_expression_attribute_values(self.values())
                    .return_values_on_condition_check_failure(old)
                    .build()?,
            ),
            Action::Update(key, clauses) => item.update(
                Update::builder()
                    .table_name(table)
                    .set_key(Some(key.to_attributes()))
                    .update_expression(expression(clauses))
                    .set_condition_expression(self.condition())
                    .set_expression_attribute_names(self.names())
                    .set_expression_attribute_values(self.values())
                    .return_values_on_condition_check_failure(old)
                    .build()?,
            ),
            Action::Check(key) => item.condition_check(
                ConditionCheck::builder()
                    .table_name(table)
                    .set_key(Some(key.to_attributes()))
                    .set_condition_expression(self.condition())
                    .set_expression_attribute_names(self.names())
                    .set_expression_attribute_values(self.values())
                    .return_values_on_condition_check_failure(old)
                    .build()?,
            ),
        };
        Ok(item.build())
    }
}

/// Clauses of the same kind (`SET`, `ADD`, `REMOVE`, `DELETE`) are joined: each may stand once in an expression.
fn expression(clauses: &[String]) -> String {
    let mut kinds: Vec<(&str, Vec<&str>)> = Vec::new();
    for clause in clauses {
        let (kind, rest) = clause.split_once(' ').unwrap_or((clause, ""));
        match kinds.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, parts)) => parts.push(rest),
            None => kinds.push((kind, vec![rest])),
        }
    }
    let kinds: Vec<_> = kinds
        .into_iter()
        .map(|(kind, parts)| format!("{kind} {}", parts.join(", ")))
        .collect();
    kinds.join(" ")
}

impl Table {
    /// Puts an item, whatever is there.
    pub async fn put(&self, item: Item) -> Result<()> {
        let call = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item.0));
        call.send()
            .await
            .map_err(|error| Error::from(sort(error)))?;
        Ok(())
    }

    /// Updates one item, without a transaction. The SDK repeats what was not answered, so a refusal can be the echo of
    /// a success: the caller tells by the `write` in the item.
    pub async fn update(&self, write: &Write) -> Result<Outcome> {
        let Action::Update(key, clauses) = &write.action else {
            return self.transact(std::slice::from_ref(write)).await;
        };
        let call = self
            .client
            .update_item()
            .table_name(&self.name)
            .set_key(Some(key.to_attributes()));
        let call = call.update_expression(expression(clauses));
        let call = call
            .set_condition_expression(write.condition())
            .set_expression_attribute_names(write.names());
        let call = call.set_expression_attribute_values(write.values());
        let call = call
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
        for attempt in 0..MOST_ATTEMPTS {
            let Err(error) = call.clone().send().await else {
                return Ok(Outcome::Done);
            };
            match error.as_service_error() {
                Some(UpdateItemError::ConditionalCheckFailedException(failed)) => {
                    let found = Found::new(failed.item.clone())?;
                    return Ok(Outcome::Refused(vec![Some(found)]));
                }
                // A transaction has the item: nothing happened, and the condition decides again.
                Some(UpdateItemError::TransactionConflictException(_)) => {}
                _ => return Err(sort(error).into()),
            }
            self.back_off(attempt).await;
        }
        Err(Error::Contended)
    }

    /// Puts many items, whatever is there, in batches. For filling a new table only: it is not all or nothing.
    pub async fn put_all(&self, items: Vec<Item>) -> Result<()> {
        let put = |item: Item| {
            let put = PutRequest::builder().set_item(Some(item.0)).build()?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        self.write_all(items.into_iter().map(put)).await
    }

    /// Deletes many items, if they are there, in batches: it is not all or nothing. Keys must differ.
    pub async fn delete_all(&self, keys: &[Key]) -> Result<()> {
        let delete = |key: &Key| {
            let delete = DeleteRequest::builder()
                .set_key(Some(key.to_attributes()))
                .build()?;
            Ok(WriteRequest::builder().delete_request(delete).build())
        };
        self.write_all(keys.iter().map(delete)).await
    }

    async fn write_all(
        &self,
        requests: impl Iterator<Item = std::result::Result<WriteRequest, BuildError>>,
    ) -> Result<()> {
        const BATCH: usize = 25;
        const BATCHES_AT_ONCE: usize = 8;
        let requests = requests.collect::<std::result::Result<Vec<_>, _>>();
        let requests = requests.map_err(|error| Error::Refused(Box::new(error)))?;
        let batches: Vec<_> = requests.chunks(BATCH).collect();
        for at_once in batches.chunks(BATCHES_AT_ONCE) {
            try_join_all(at_once.iter().map(|batch| self.write_batch(batch.to_vec()))).await?;
        }
        Ok(())
    }

    async fn write_batch(&self, mut requests: Vec<WriteRequest>) -> Result<()> {
        for attempt in 0..MOST_ATTEMPTS {
            let answer = self
                .client
                .batch_write_item()
                .request_items(&self.name, requests)
                .send()
                .await;
            let answer = answer.map_err(|error| Error::from(sort(error)))?;
            requests = answer
                .unprocessed_items
                .unwrap_or_default()
                .into_values()
                .flatten()
                .collect();
            if requests.is_empty() {
                return Ok(());
            }
            self.back_off(attempt).await;
        }
        Err(Error::Throttled)
    }

    /// Writes all of these or none; at most 100, each of another item.
    ///
    /// Until DynamoDB's answer is definite the call is repeated byte for byte with its token. A conflict with another
    /// transaction is definite: nothing happened, and the conditions decide again.
    pub async fn transact(&self, writes: &[Write]) -> Result<Outcome> {
        let items = writes
            .iter()
            .map(|write| write.for_transaction(&self.name))
            .collect::<std::result::Result<Vec<_>, _>>();
        let items = items.map_err(|error| Error::Refused(Box::new(error)))?;
        let mut token = self.token();
        let mut last = Error::Contended;
        for attempt in 0..MOST_ATTEMPTS {
            let call = self
                .client
                .transact_write_items()
                .set_transact_items(Some(items.clone()));
            let mut call = call.client_request_token(&token).customize();
            if let Some(patience) = patience(items.len()) {
                call = call.config_override(patience);
            }
            let Err(error) = call.send().await else {
                return Ok(Outcome::Done);
            };
            if let Some(TransactWriteItemsError::TransactionCanceledException(canceled)) =
                error.as_service_error()
            {
                let reasons = canceled.cancellation_reasons.as_deref().unwrap_or_default();
                match verdict(reasons) {
                    Verdict::Refused(refused) => return Ok(Outcome::Refused(refused?)),
                    Verdict::Throttled => last = Error::Throttled,
                    Verdict::Conflict => last = Error::Contended,
                    Verdict::Other => return Err(Error::Refused(Box::new(error))),
                }
                token = self.token();
            } else {
                match sort(error) {
                    Failure::Final(error) => return Err(error),
                    Failure::Throttled => last = Error::Throttled,
                    Failure::Unknown(error) => last = error,
                }
            }
            self.back_off(attempt).await;
        }
        Err(last)
    }

    fn token(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.random::<16>())
    }
}

enum Verdict {
    Refused(Result<Vec<Option<Found>>>),
    Conflict,
    Throttled,
    Other,
}

fn verdict(reasons: &[CancellationReason]) -> Verdict {
    let has = |code: &str| reasons.iter().any(|reason| reason.code() == Some(code));
    // Of what was in conflict it is not known whether its condition holds: that is asked again.
    if has("TransactionConflict") {
        Verdict::Conflict
    } else if has("ConditionalCheckFailed") {
        let failed = |reason: &CancellationReason| {
            let failed = reason.code() == Some("ConditionalCheckFailed");
            failed.then(|| Found::new(reason.item.clone())).transpose()
        };
        Verdict::Refused(reasons.iter().map(failed).collect())
    } else if has("ThrottlingError") || has("ProvisionedThroughputExceeded") {
        Verdict::Throttled
    } else {
        Verdict::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_of_a_kind_are_joined() {
        let clauses = ["SET a = :a", "ADD n :one", "SET b = :b", "REMOVE c"].map(str::to_owned);
        assert_eq!(
            expression(&clauses),
            "SET a = :a, b = :b ADD n :one REMOVE c"
        );
    }
}
