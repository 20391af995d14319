//! What identity providers send and what they are answered, request by request: the files in `transcripts/`.

use std::collections::BTreeSet;
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

#[test]
fn every_transcript_is_played() {
    let files = directory()
        .read_dir()
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> = files
        .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    let played: BTreeSet<String> = NAMES.iter().map(|name| name.replace('_', "-")).collect();
    assert_eq!(files, played);
}
