//! What identity providers send and what they are answered, request by request: the files in `transcripts/`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use end_to_end::transcript::play;

/// A test for each transcript, and their names.
macro_rules! transcripts {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];

        $(
            #[tokio::test]
            async fn $name() {
                play(&directory().join(format!("{}.http", stringify!($name).replace('_', "-")))).await;
            }
        )*
    };
}

transcripts! {
    okta_catalog_app
    okta_wizard_app
    okta_push_groups
    okta_import
    okta_credentials
    okta_custom_attributes
    okta_lookups
    okta_entitlements
    okta_spec_test
    guide_alloy
    guide_axis
    guide_moxion
    guide_scaleflex
    guide_scim_setup
    entra
    entra_attributes
    entra_aadoptscim062020
    onelogin
    jumpcloud
    ping
    cyberark
    rippling
    google
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

/// The names of the transcripts that are there.
fn files() -> BTreeSet<String> {
    let files = directory()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    files
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "http")
        })
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_transcript_is_played() {
    let played: BTreeSet<String> = NAMES.iter().map(|name| name.replace('_', "-")).collect();
    assert_eq!(files(), played);
}

/// What the table of shapes names is there, and what is there has its place in the table.
#[test]
fn the_table_of_shapes_names_every_transcript_and_no_other() {
    let readme = fs::read_to_string(directory().join("README.md")).unwrap();
    let named: BTreeSet<String> = last_column(&readme)
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect();
    assert_eq!(named, files());
}

/// A shape that no transcript plays says why.
#[test]
fn every_shape_has_a_transcript_or_a_reason() {
    let readme = fs::read_to_string(directory().join("README.md")).unwrap();
    let cells: Vec<_> = last_column(&readme).collect();
    assert!(cells.len() > 100, "the table has {} rows", cells.len());
    for (row, cell) in cells.iter().enumerate() {
        let is_named = cell.contains('`') || cell.starts_with("none: ");
        assert!(is_named, "row {}: {cell}", row + 1);
    }
}

/// The last cell of each row of the tables in a document; headings are not among them.
fn last_column(document: &str) -> impl Iterator<Item = &str> {
    let rows = document.lines().filter(|line| line.starts_with("| "));
    rows.map(|row| {
        let row = row.trim_end().trim_end_matches('|');
        row.rsplit_once(" | ").unwrap().1.trim()
    })
    .filter(|cell| *cell != "transcripts" && !cell.starts_with("---"))
}
