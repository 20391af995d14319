//! What implementers of SCIM 2.0 most often get wrong: 48 lines, each with a test over HTTP that is named after it and
//! checks the claims of it.
//!
//! The directory speaks the tolerant dialect unless a test says otherwise; where that dialect departs from the RFC for the
//! sake of an identity provider, the test asks a strict directory too.

mod conditions;
mod create;
mod deletion;
mod discovery;
mod errors;
mod filters;
mod given;
mod groups;
mod limits;
mod lists;
mod names;
mod patch;
mod patch_refused;
mod patch_targets;
mod replace;
mod several_values;
mod shown;
mod sorting;

/// Every file with tests.
const MODULES: [&str; 17] = [
    include_str!("conditions.rs"),
    include_str!("create.rs"),
    include_str!("deletion.rs"),
    include_str!("discovery.rs"),
    include_str!("errors.rs"),
    include_str!("filters.rs"),
    include_str!("groups.rs"),
    include_str!("limits.rs"),
    include_str!("lists.rs"),
    include_str!("names.rs"),
    include_str!("patch.rs"),
    include_str!("patch_refused.rs"),
    include_str!("patch_targets.rs"),
    include_str!("replace.rs"),
    include_str!("several_values.rs"),
    include_str!("shown.rs"),
    include_str!("sorting.rs"),
];

#[test]
fn every_line_has_its_test() {
    let source = MODULES.concat();
    let tests = |line: usize| {
        source
            .matches(&format!("#[tokio::test]\nasync fn c{line:02}_"))
            .count()
    };
    let wrong: Vec<_> = (1..=48)
        .map(|line| (line, tests(line)))
        .filter(|&(_, tests)| tests != 1)
        .collect();
    assert!(wrong.is_empty(), "(line, tests): {wrong:?}");
}
