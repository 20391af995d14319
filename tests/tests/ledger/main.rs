//! The cost ledger: what each operation asks of DynamoDB, measured through the gateway and the functions at any number of users.
//!
//! [`operations::BUDGET`] says how many calls an operation may make, and how many of them may wait for one another. What was
//! measured stands in docs/data-model.md; `UPDATE_EXPECT=1` writes it there. It is the same at every number of users, or the test fails:
//! 1,000 of them, or as many as `MUSTER_LEDGER_USERS` says.

mod operations;
mod table;

use std::fmt;

use end_to_end::Api;
use end_to_end::instrument::{Call, depth};

/// What an operation was seen to cost.
struct Cost {
    operation: &'static str,
    calls: Vec<Call>,
}

impl Cost {
    fn depth(&self) -> usize {
        depth(&self.calls)
    }

    fn count(&self, writes: bool) -> usize {
        let counted = self.calls.iter().filter(|call| call.is_write() == writes);
        counted.count()
    }

    /// Capacity units: of reading, and of writing.
    fn units(&self, writes: bool) -> f64 {
        let counted = self.calls.iter().filter(|call| call.is_write() == writes);
        counted.fold(0.0, |sum, call| sum + call.capacity)
    }
}

impl fmt::Display for Cost {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&table::steps(&self.calls))
    }
}

#[tokio::test]
async fn every_operation_costs_what_it_may_at_any_number_of_users() {
    let users = table::users();
    let api = Api::start().await;
    api.fill(users).await;
    let costs = operations::measure(&api, users).await;
    for (cost, &(operation, depth, reads, writes)) in costs.iter().zip(operations::BUDGET) {
        let measured = (cost.depth(), cost.count(false), cost.count(true));
        assert_eq!(measured, (depth, reads, writes), "{operation}: {cost}");
    }
    let not_measured = usize::from(users < operations::MANY);
    assert_eq!(costs.len() + not_measured, operations::BUDGET.len());
    table::check(users, &costs);
}
