use std::collections::HashMap;

use aws_sdk_dynamodb::operation::transact_get_items::TransactGetItemsError;
use aws_sdk_dynamodb::types::{AttributeValue, Get, KeysAndAttributes, TransactGetItem};
use futures_util::future::try_join_all;
use tokio::task::unconstrained;

use super::failure::{Failure, sort};
use super::{Item, MOST_ATTEMPTS, Table, patience, text};
use crate::keys::Key;
use crate::{Error, Result};

/// Keys of one batch (DynamoDB's limit).
pub(crate) const BATCH: usize = 100;
/// Batches under way at once: the 20,000 users of a large change are looked at in one step.
pub(crate) const BATCHES_AT_ONCE: usize = 200;

impl Table {
    /// One item, strongly consistent.
    pub async fn get(&self, key: &Key) -> Result<Option<Item>> {
        let call = self
            .client
            .get_item()
            .table_name(&self.name)
            .set_key(Some(key.to_attributes()))
            .consistent_read(true);
        let answer = call
            .send()
            .await
            .map_err(|error| Error::from(sort(error)))?;
        answer.item.map(Item::stored).transpose()
    }

    /// All items of a partition whose sort key starts so, in order.
    pub async fn query_prefix(&self, partition: &str, prefix: &str) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut from = None;
        loop {
            let mut call = self
                .client
                .query()
                .table_name(&self.name)
                .consistent_read(true)
                .expression_attribute_values(":pk", text(partition))
                .set_exclusive_start_key(from);
            call = if prefix.is_empty() {
                call.key_condition_expression("pk = :pk")
            } else {
                call.key_condition_expression("pk = :pk AND begins_with(sk, :prefix)")
                    .expression_attribute_values(":prefix", text(prefix))
            };
            let answer = call
                .send()
                .await
                .map_err(|error| Error::from(sort(error)))?;
            for item in answer.items.unwrap_or_default() {
                items.push(Item::stored(item)?);
            }
            from = answer.last_evaluated_key;
            if from.is_none() {
                return Ok(items);
            }
        }
    }

    /// All items of a partition, in order.
    pub async fn query(&self, partition: &str) -> Result<Vec<Item>> {
        self.query_prefix(partition, "").await
    }

    /// The item of a partition with the highest sort key up to this one.
    pub async fn nearest_up_to(&self, key: &Key) -> Result<Option<Item>> {
        let call = self
            .client
            .query()
            .table_name(&self.name)
            .consistent_read(true)
            .key_condition_expression("pk = :pk AND sk <= :sk")
            .expression_attribute_values(":pk", text(key.pk.as_str()))
            .expression_attribute_values(":sk", text(key.sk.as_str()))
            .scan_index_forward(false)
            .limit(1);
        let answer = call
            .send()
            .await
            .map_err(|error| Error::from(sort(error)))?;
        let item = answer.items.unwrap_or_default().pop();
        item.map(Item::stored).transpose()
    }

    /// Up to `limit` sort keys of a partition after one of them, in order, or before it, in reverse; fewer only at the end.
    pub async fn sort_keys(
        &self,
        partition: &str,
        from: Option<&str>,
        limit: usize,
        forward: bool,
    ) -> Result<Vec<String>> {
        let keys_only = Some("sk".to_owned());
        let items = self.walk(partition, from, limit, forward, keys_only);
        let sort_key = |mut item: Item| match item.0.remove("sk") {
            Some(AttributeValue::S(sk)) => Some(sk),
            _ => None,
        };
        Ok(items.await?.into_iter().filter_map(sort_key).collect())
    }

    /// Up to `limit` items of a partition after one of its sort keys, in order; fewer only at the end.
    pub async fn items_after(
        &self,
        partition: &str,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Item>> {
        self.walk(partition, after, limit, true, None).await
    }

    async fn walk(
        &self,
        partition: &str,
        from: Option<&str>,
        limit: usize,
        forward: bool,
        projection: Option<String>,
    ) -> Result<Vec<Item>> {
        let mut items = Vec::new();
        let mut from = from.map(|sk| {
            Key {
                pk: partition.to_owned(),
                sk: sk.to_owned(),
            }
            .to_attributes()
        });
        while items.len() < limit {
            let call = self
                .client
                .query()
                .table_name(&self.name)
                .consistent_read(true)
                .key_condition_expression("pk = :pk")
                .expression_attribute_values(":pk", text(partition))
                .set_projection_expression(projection.clone())
                .scan_index_forward(forward)
                .set_exclusive_start_key(from)
                .limit(i32::try_from(limit - items.len()).unwrap_or(i32::MAX));
            let answer = call
                .send()
                .await
                .map_err(|error| Error::from(sort(error)))?;
            for item in answer.items.unwrap_or_default() {
                items.push(Item::stored(item)?);
            }
            from = answer.last_evaluated_key;
            if from.is_none() {
                break;
            }
        }
        Ok(items)
    }

    /// The items of these keys that exist, each strongly consistent, in any order; whole, or these attributes of them.
    /// Keys must differ.
    pub async fn batch_get(&self, keys: &[Key], attributes: &[&str]) -> Result<Vec<Item>> {
        let mut items = Vec::with_capacity(keys.len());
        let batches: Vec<_> = keys.chunks(BATCH).collect();
        for at_once in batches.chunks(BATCHES_AT_ONCE) {
            let read = at_once
                .iter()
                .map(|batch| self.one_batch(batch, attributes));
            // Without tokio's budget: it would let the first be answered before the last is asked.
            let answers = unconstrained(try_join_all(read)).await?;
            items.extend(answers.into_iter().flatten());
        }
        Ok(items)
    }

    async fn one_batch(&self, keys: &[Key], attributes: &[&str]) -> Result<Vec<Item>> {
        let names: HashMap<_, _> = attributes
            .iter()
            .map(|&name| (format!("#{name}"), name.to_owned()))
            .collect();
        let (projection, names) = if names.is_empty() {
            (None, None)
        } else {
            let mut placeholders: Vec<_> = names.keys().map(String::as_str).collect();
            placeholders.sort_unstable();
            (Some(placeholders.join(", ")), Some(names))
        };
        let mut wanted: Vec<_> = keys.iter().map(Key::to_attributes).collect();
        let mut items = Vec::with_capacity(keys.len());
        for attempt in 0..MOST_ATTEMPTS {
            let request = KeysAndAttributes::builder()
                .set_keys(Some(wanted))
                .set_projection_expression(projection.clone())
                .set_expression_attribute_names(names.clone())
                .consistent_read(true)
                .build();
            let request = request.map_err(|error| Error::Refused(Box::new(error)))?;
            let answer = self
                .client
                .batch_get_item()
                .request_items(&self.name, request)
                .send()
                .await;
            let answer = answer.map_err(|error| Error::from(sort(error)))?;
            for item in answer.responses.unwrap_or_default().into_values().flatten() {
                items.push(Item::stored(item)?);
            }
            let left = answer
                .unprocessed_keys
                .unwrap_or_default()
                .into_values()
                .next();
            match left {
                Some(left) if !left.keys.is_empty() => wanted = left.keys,
                _ => return Ok(items),
            }
            self.back_off(attempt).await;
        }
        Err(Error::Throttled)
    }

    /// These items at one moment; at most 100. The first is one whose `version` rises with each change of the others.
    ///
    /// A transaction reads them; where too many writes get in its way, they are read one after another, until the first is
    /// the same before and after the others.
    pub async fn read_together(&self, keys: &[Key], version: &str) -> Result<Vec<Option<Item>>> {
        if let Some(items) = self.at_one_moment(keys).await? {
            return Ok(items);
        }
        let Some((first, others)) = keys.split_first() else {
            return Ok(Vec::new());
        };
        let mut before = self.get(first).await?;
        for attempt in 0..MOST_ATTEMPTS {
            let items = self.batch_get(others, &[]).await?;
            let after = self.get(first).await?;
            let version = |item: &Option<Item>| item.as_ref()?.0.get(version).cloned();
            if version(&before) == version(&after) {
                return Ok(in_order(keys, after.into_iter().chain(items)));
            }
            before = after;
            self.back_off(attempt).await;
        }
        Err(Error::Contended)
    }

    /// These items at one moment; at most 100. None if a write of one of them was under way again and again.
    pub async fn at_one_moment(&self, keys: &[Key]) -> Result<Option<Vec<Option<Item>>>> {
        const TRANSACTIONS: u32 = 5;
        for attempt in 0..TRANSACTIONS {
            if let Some(items) = self.transact_get(keys).await? {
                return Ok(Some(items));
            }
            self.back_off(attempt).await;
        }
        Ok(None)
    }

    /// None if a write of one of them was under way.
    async fn transact_get(&self, keys: &[Key]) -> Result<Option<Vec<Option<Item>>>> {
        let mut call = self.client.transact_get_items();
        for key in keys {
            let get = Get::builder()
                .table_name(&self.name)
                .set_key(Some(key.to_attributes()))
                .build();
            let get = get.map_err(|error| Error::Refused(Box::new(error)))?;
            call = call.transact_items(TransactGetItem::builder().get(get).build());
        }
        let mut call = call.customize();
        if let Some(patience) = patience(keys.len()) {
            call = call.config_override(patience);
        }
        let error = match call.send().await {
            Ok(answer) => {
                let items = answer.responses.unwrap_or_default().into_iter();
                let items = items.map(|response| {
                    let item = response.item.filter(|item| !item.is_empty());
                    item.map(Item::stored).transpose()
                });
                return Ok(Some(items.collect::<Result<_>>()?));
            }
            Err(error) => error,
        };
        let canceled = error
            .as_service_error()
            .is_some_and(TransactGetItemsError::is_transaction_canceled_exception);
        match sort(error) {
            _ if canceled => Ok(None),
            Failure::Throttled => Ok(None),
            failure => Err(failure.into()),
        }
    }
}

fn in_order(keys: &[Key], items: impl Iterator<Item = Item>) -> Vec<Option<Item>> {
    let key = |item: &Item| {
        let text = |name| item.optional_text(name).unwrap_or_default().to_owned();
        Key {
            pk: text("pk"),
            sk: text("sk"),
        }
    };
    let mut items: HashMap<_, _> = items.map(|item| (key(&item), item)).collect();
    keys.iter().map(|key| items.remove(key)).collect()
}
