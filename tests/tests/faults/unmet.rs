//! What a write expects may be otherwise by the time it is written. Each of its conditions is made not to hold while the call is held
//! back: it has no effect then. When the table is again what it was, the request goes on, and is done or not.

use std::collections::HashSet;
use std::pin::pin;

use end_to_end::Response;
use end_to_end::instrument::{Condition, Laid};
use futures_util::future::{Either, select};
use serde_json::{Value, json};

use crate::operations::Performed;
use crate::world::World;
use crate::{Cases, Subject};

/// Conditions whose refusal says all that is to be known, so that nobody looks again: a user is protected, gone, a member already or no
/// longer; a group or directory is gone; others have done what was left to do. What was made so stays so.
const TELLING: [&str; 7] = [
    "user's groups if attribute_not_exists(#protected) OR #protected = :false",
    "take from user's groups if attribute_exists(pk)",
    "add to members if NOT contains(#ids, :id{n})",
    "take from members if contains(#ids, :id{n})",
    "changes: update group if attribute_exists(pk)",
    "changes: update to do if attribute_exists(pk)",
    "delete directory if attribute_exists(pk)",
];

/// A condition that does not hold, of a call that is held back.
struct Unmet<'a> {
    world: &'a World,
    condition: Condition,
    /// The item of which it is, as it was.
    before: Option<Value>,
    /// The items that the call is about, as they are now.
    keys: Vec<Value>,
    items: Vec<Option<Value>>,
}

impl<'a> Unmet<'a> {
    async fn make(world: &'a World, held: &Laid) -> Self {
        let condition = held.condition().expect("it is held back for one");
        let before = world.item(&condition.key).await;
        let now = condition.broken(before.clone());
        world.put_back(&condition.key, now.as_ref()).await;
        let keys = keys(&held.asked());
        let items = world.items_of(&keys).await;
        Self {
            world,
            condition,
            before,
            keys,
            items,
        }
    }

    /// Whether it stays so.
    fn stays(&self) -> bool {
        let name = &self.condition.name;
        TELLING.iter().any(|telling| name.ends_with(telling))
    }

    /// When the call has been answered: whether it had an effect. What was made not to be so becomes what it was, unless it stays.
    async fn end(&self) -> Result<(), String> {
        let items = self.world.items_of(&self.keys).await;
        if !self.stays() {
            let before = self.before.as_ref();
            self.world.put_back(&self.condition.key, before).await;
        }
        if items == self.items {
            Ok(())
        } else {
            Err(format!("it is written all the same: {items:?}"))
        }
    }
}

/// The keys of the items that a call writes or checks.
fn keys(asked: &Value) -> Vec<Value> {
    let single = [json!({ "of one": asked })];
    let parts = asked["TransactItems"].as_array();
    let parts = parts.map_or(single.as_slice(), Vec::as_slice);
    let writes = parts.iter().filter_map(Value::as_object);
    let writes = writes.flat_map(|part| part.values());
    let key = |write: &Value| {
        let item = write.get("Key").unwrap_or(&write["Item"]);
        json!({"pk": item["pk"], "sk": item["sk"]})
    };
    writes.map(key).collect()
}

impl Subject<'_> {
    /// Performs it once for each condition.
    pub async fn check_conditions(&self, cases: &mut Cases) {
        let (world, mut known) = (&self.world, HashSet::new());
        loop {
            let tried = known.clone();
            let is_new = move |it: &Condition| !tried.contains(&it.name);
            let held = world.api.calls.hold_for(is_new);
            let request = (self.operation.perform)(world);
            match select(request, pin!(held.reached())).await {
                Either::Left((answer, _)) => {
                    cases.note(self.operation.name, self.judge(&answer, false).await);
                    world.restore().await;
                    return;
                }
                Either::Right(((), request)) => {
                    let unmet = Unmet::make(world, &held).await;
                    let outcome = self.go_on(&held, &unmet, request).await;
                    cases.note(&self.case(&unmet), outcome);
                    known.insert(unmet.condition.name);
                }
            }
            world.restore().await;
        }
    }

    async fn go_on(
        &self,
        held: &Laid,
        unmet: &Unmet<'_>,
        request: Performed<'_>,
    ) -> Result<(), String> {
        let next = self.world.api.calls.hold(|_| true);
        held.release();
        let (outcome, answer) = match select(request, pin!(next.reached())).await {
            Either::Left((answer, _)) => (unmet.end().await, answer),
            Either::Right(((), request)) => {
                let outcome = unmet.end().await;
                next.release();
                (outcome, request.await)
            }
        };
        let judged = self.judge(&answer, unmet.stays()).await;
        outcome.and(judged)
    }

    /// Whether the directory is what the answer says, unless something stays that is as nobody would have made it.
    async fn judge(&self, answer: &Response, has_changed: bool) -> Result<(), String> {
        let state = self.world.contents().await;
        let expected = match answer.status {
            status if status == self.operation.status => &self.after,
            400..500 | 503 => &self.before,
            _ => return Err(format!("{answer:?}")),
        };
        if has_changed || state? == *expected {
            Ok(())
        } else {
            Err(format!("{} {}", answer.status, answer.body))
        }
    }

    /// Performs it once for each condition of what follows from it.
    pub async fn check_conditions_of_what_follows(&self, cases: &mut Cases) {
        let (world, mut known) = (&self.world, HashSet::new());
        loop {
            let tried = known.clone();
            let is_new = move |it: &Condition| !tried.contains(&it.name);
            let held = world.api.changes.hold_for(is_new);
            let answer = (self.operation.perform)(world).await;
            let settled = pin!(world.api.settled());
            let Either::Right(((), settled)) = select(settled, pin!(held.reached())).await else {
                cases.note(self.operation.name, self.judge(&answer, false).await);
                world.restore().await;
                return;
            };
            let unmet = Unmet::make(world, &held).await;
            let next = world.api.changes.hold(|_| true);
            held.release();
            let outcome = match select(settled, pin!(next.reached())).await {
                Either::Left(_) => unmet.end().await,
                Either::Right(((), settled)) => {
                    let outcome = unmet.end().await;
                    next.release();
                    settled.await;
                    outcome
                }
            };
            let judged = self.judge(&answer, unmet.stays()).await;
            cases.note(&self.case(&unmet), outcome.and(judged));
            known.insert(unmet.condition.name);
            world.restore().await;
        }
    }

    fn case(&self, unmet: &Unmet<'_>) -> String {
        let (name, condition) = (self.operation.name, &unmet.condition.name);
        format!("{name}, when this does not hold: {condition}")
    }
}
