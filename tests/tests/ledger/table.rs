//! The table in docs/data-model.md.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use end_to_end::instrument::Call;

use crate::Cost;

const BEGIN: &str = "<!-- What follows is written by the test `ledger`. -->\n\n";
const END: &str = "\n<!-- Until here. -->";

/// How many users there are to be.
pub fn users() -> usize {
    end_to_end::how_many("MUSTER_LEDGER_USERS", 1_000)
}

/// Compares what was measured with the document, or writes it there.
pub fn check(users: usize, costs: &[Cost]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/data-model.md");
    let document = fs::read_to_string(&path).expect("docs/data-model.md is there");
    let (before, rest) = document.split_once(BEGIN).expect("the table begins");
    let (there, after) = rest.split_once(END).expect("the table ends");
    let mut measured = table(costs);
    // What this number of users does not suffice for stays as it is.
    let rows = measured.lines().count();
    measured.extend(there.split_inclusive('\n').skip(rows));
    if there == measured {
        return;
    }
    assert!(
        is_update(),
        "with {users} users it costs something else than docs/data-model.md says (UPDATE_EXPECT=1 writes it there):\n{measured}"
    );
    let updated = format!("{before}{BEGIN}{measured}{END}{after}");
    fs::write(&path, updated).expect("docs/data-model.md can be written");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the switch of the crate expect-test, for a file that has more in it"
)]
fn is_update() -> bool {
    std::env::var("UPDATE_EXPECT").is_ok()
}

fn table(costs: &[Cost]) -> String {
    let mut table = String::from(
        "| operation | depth | calls | step by step | read units | write units |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for cost in costs {
        let (reads, writes) = (cost.units(false), cost.units(true));
        let _ = writeln!(
            table,
            "| {} | {} | {} | {} | {reads} | {writes} |",
            cost.operation,
            cost.depth(),
            cost.calls.len(),
            cost,
        );
    }
    table
}

/// What waited for nothing, what waited for that, and so on.
pub fn steps(calls: &[Call]) -> String {
    let mut steps = Vec::new();
    let mut rest: Vec<&Call> = calls.iter().collect();
    while !rest.is_empty() {
        let waits = |call: &&Call| rest.iter().any(|other| call.waited_for(other));
        let (later, now): (Vec<_>, Vec<_>) = rest.iter().copied().partition(waits);
        let now: Vec<_> = now.into_iter().map(shown).collect();
        steps.push(now.join("; "));
        rest = later;
    }
    steps.join(" → ")
}

/// What is asked, in words, and of what: of several items of a kind how many.
fn shown(call: &Call) -> String {
    let verb = match call.operation.as_str() {
        "GetItem" | "Query" => "",
        "BatchGetItem" => "batch: ",
        "TransactGetItems" => "at one moment: ",
        "TransactWriteItems" => "transaction: ",
        _ => "write: ",
    };
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for item in &call.items {
        match kinds.iter_mut().find(|(kind, _)| kind == item) {
            Some((_, count)) => *count += 1,
            None => kinds.push((item, 1)),
        }
    }
    let kinds = kinds.iter().map(|(kind, count)| match count {
        1 => (*kind).to_owned(),
        _ => format!("{count} × {kind}"),
    });
    format!("{verb}{}", kinds.collect::<Vec<_>>().join(", "))
}
