//! What an invocation asks of DynamoDB, told by the client itself: nothing that calls can forget to count.

use aws_sdk_dynamodb::config::interceptors::{
    AfterDeserializationInterceptorContextRef, BeforeSerializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_sdk_dynamodb::config::{
    Builder, ConfigBag, Intercept, RuntimeComponents, SharedInterceptor,
};
use aws_sdk_dynamodb::error::BoxError;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::batch_write_item::{BatchWriteItemInput, BatchWriteItemOutput};
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::transact_get_items::{
    TransactGetItemsInput, TransactGetItemsOutput,
};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

use crate::Invocation;
use crate::invocation::Consumed;

/// The same client, counting what each [`Invocation`] asks of it.
pub fn metered(mut config: Builder) -> Builder {
    config.push_interceptor(SharedInterceptor::permanent(Meter));
    config
}

#[derive(Debug)]
struct Meter;

/// Runs the expression for the first of the types that `$any` is, as `$it`.
macro_rules! of_type {
    ($any:expr, $downcast:ident, $($type:ty)|+, $it:ident => $do:expr) => {
        $(if let Some($it) = $any.$downcast::<$type>() { $do } else)+ {}
    };
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let input = context.input_mut();
        of_type!(
            input, downcast_mut,
            GetItemInput | TransactWriteItemsInput | TransactGetItemsInput | QueryInput | BatchGetItemInput
                | PutItemInput | UpdateItemInput | DeleteItemInput | BatchWriteItemInput,
            it => it.return_consumed_capacity = Some(ReturnConsumedCapacity::Total)
        );
        Ok(())
    }

    fn read_before_transmit(
        &self,
        _: &BeforeTransmitInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        Invocation::with_current(|it| it.consume(|consumed| consumed.calls += 1));
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let answer = context.response();
        if answer.status().as_u16() == 400
            && is_throttled(answer.body().bytes().unwrap_or_default())
        {
            Invocation::with_current(|it| it.consume(|consumed| consumed.throttles += 1));
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let Some(Ok(output)) = context.output_or_error() else {
            return Ok(());
        };
        Invocation::with_current(|invocation| {
            invocation.consume(|consumed| {
                of_type!(
                    output, downcast_ref, GetItemOutput | QueryOutput,
                    it => consumed.read(it.consumed_capacity())
                );
                of_type!(
                    output, downcast_ref, BatchGetItemOutput | TransactGetItemsOutput,
                    it => consumed.read(it.consumed_capacity())
                );
                of_type!(
                    output, downcast_ref, PutItemOutput | UpdateItemOutput | DeleteItemOutput,
                    it => consumed.wrote(it.consumed_capacity())
                );
                of_type!(
                    output, downcast_ref, TransactWriteItemsOutput | BatchWriteItemOutput,
                    it => consumed.wrote(it.consumed_capacity())
                );
            });
        });
        Ok(())
    }
}

impl Consumed {
    fn read<'a>(&mut self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.read_units += units(capacity);
    }

    fn wrote<'a>(&mut self, capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        self.write_units += units(capacity);
    }
}

fn units<'a>(capacity: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    let units = capacity.into_iter().filter_map(|it| it.capacity_units);
    units.sum()
}

/// Whether an error's body is one of those by which DynamoDB says "too fast": of the call, or of an item of a transaction.
fn is_throttled(body: &[u8]) -> bool {
    const CODES: [&str; 4] = [
        "ThrottlingException",
        "ProvisionedThroughputExceeded",
        "RequestLimitExceeded",
        "ThrottlingError",
    ];
    let body = String::from_utf8_lossy(body);
    CODES.iter().any(|code| body.contains(code))
}
