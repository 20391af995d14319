use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::try_join_all;

use super::failure::{Failure, sort};
use super::{Item, MOST_ATTEMPTS, Table, text};
use crate::{Error, Result};

/// Parts of the table that are read at the same time.
const SEGMENTS: i32 = 4;

/// A walk over the whole table, each item as it is when the walk comes by. It costs what the table is large, whatever is
/// kept of it.
pub(crate) struct Scan<'a> {
    table: &'a Table,
    /// What stands before the partition keys of the items that are wanted.
    prefix: String,
    attributes: &'static [&'static str],
    /// Where each segment goes on; none where it has ended.
    segments: Vec<Option<Position>>,
}

type Position = Option<HashMap<String, AttributeValue>>;

impl Table {
    /// The items whose partition key starts so, with these attributes and their keys.
    pub fn scan(&self, prefix: String, attributes: &'static [&'static str]) -> Scan<'_> {
        Scan {
            table: self,
            prefix,
            attributes,
            segments: vec![Some(None); SEGMENTS as usize],
        }
    }
}

impl Scan<'_> {
    /// The next items, in any order: those of one page, at most 1 MB, of each segment. None at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Item>>> {
        let open = self.segments.iter().zip(0..);
        let open = open.filter_map(|(position, segment)| Some((segment, position.clone()?)));
        let open: Vec<_> = open.collect();
        if open.is_empty() {
            return Ok(None);
        }
        let pages = open
            .into_iter()
            .map(|(segment, from)| self.page(segment, from));
        let mut items = Vec::new();
        for (segment, page, next) in try_join_all(pages).await? {
            items.extend(page);
            self.segments[segment] = next.map(Some);
        }
        Ok(Some(items))
    }

    async fn page(&self, segment: i32, from: Position) -> Result<(usize, Vec<Item>, Position)> {
        let names = ["pk", "sk"].iter().chain(self.attributes);
        let names = names.map(|name| (format!("#{name}"), (*name).to_owned()));
        let names: HashMap<_, _> = names.collect();
        let projection = names.keys().cloned().collect::<Vec<_>>().join(", ");
        let mut last = Error::Throttled;
        for attempt in 0..MOST_ATTEMPTS {
            let call = self.table.client.scan().table_name(&self.table.name);
            let call = call
                .consistent_read(true)
                .segment(segment)
                .total_segments(SEGMENTS)
                .set_exclusive_start_key(from.clone())
                .filter_expression("begins_with(#pk, :prefix)")
                .projection_expression(&projection)
                .set_expression_attribute_names(Some(names.clone()))
                .expression_attribute_values(":prefix", text(self.prefix.as_str()));
            match call.send().await {
                Ok(answer) => {
                    let items = answer.items.unwrap_or_default().into_iter().map(Item);
                    let segment = usize::try_from(segment).unwrap_or_default();
                    return Ok((segment, items.collect(), answer.last_evaluated_key));
                }
                Err(error) => match sort(error) {
                    Failure::Final(error) => return Err(error),
                    Failure::Throttled => last = Error::Throttled,
                    Failure::Unknown(error) => last = error,
                },
            }
            self.table.back_off(attempt).await;
        }
        Err(last)
    }
}
