//! Okta's test plan for integrations, case by case: which transcript plays it, or why it does not reach this server.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Where a case is covered.
enum Case {
    /// In these transcripts, which name the case.
    Played(&'static [&'static str]),
    /// Nowhere: this is why there is nothing for a SCIM server to do.
    Elsewhere(&'static str),
}

use Case::{Elsewhere, Played};

const SIGN_ON: &str = "sign-on does not touch provisioning";
const IN_OKTA: &str = "done in Okta, which sends nothing";
const PAUSED: &str = "Okta stops sending: what was pushed stays as it is";

/// The published plan, in its order.
#[rustfmt::skip]
const PLAN: &[(&str, &str, Case)] = &[
    ("C9296", "Add people", Elsewhere(IN_OKTA)),
    ("C9297", "Add group", Elsewhere(IN_OKTA)),
    ("C9298", "Set up the SCIM app", Played(&["okta-credentials", "okta-catalog-app"])),
    ("C9308", "Add people to a group", Played(&["okta-push-groups"])),
    ("C9313", "Rename app groups: enabled", Played(&["okta-push-groups"])),
    ("C9314", "Rename app groups: disabled", Elsewhere("a setting of Okta; what is sent under it is C9330")),
    ("C21902", "OAuth with redirect URIs that are not allowed", Elsewhere("tokens and Basic authentication only: there is no redirect")),
    ("C9306", "Enable provisioning", Played(&["okta-credentials", "okta-catalog-app"])),
    ("C9339", "Disable provisioning", Elsewhere(IN_OKTA)),
    ("C9340", "Enable provisioning with wrong credentials", Played(&["okta-credentials"])),
    ("C9341", "Update the credentials", Played(&["okta-credentials"])),
    ("C9342", "Log in by SWA", Elsewhere(SIGN_ON)),
    ("C9343", "Log in by SAML", Elsewhere(SIGN_ON)),
    ("C9289", "Attribute types in the profile editor", Elsewhere(IN_OKTA)),
    ("C9344", "Basic attributes", Elsewhere(IN_OKTA)),
    ("C9345", "Attributes and mapping", Played(&["okta-custom-attributes"])),
    ("C9299", "Configuration guide", Elsewhere("a document")),
    ("C9290", "Assign a new user", Played(&["okta-catalog-app"])),
    ("C9293", "Reactivate a user", Played(&["okta-catalog-app", "okta-wizard-app"])),
    ("C9300", "Unsuspend a user", Elsewhere(IN_OKTA)),
    ("C9307", "Assign a group", Played(&["okta-push-groups"])),
    ("C9334", "Assign a user with all attributes", Played(&["okta-wizard-app"])),
    ("C9335", "Assign a user who exists", Played(&["okta-catalog-app", "okta-import"])),
    ("C9336", "Assign a user with a user name and e-mail of her own", Played(&["okta-catalog-app"])),
    ("C9291", "Update attributes", Played(&["okta-catalog-app", "okta-wizard-app"])),
    ("C9309", "Update group attributes", Played(&["okta-custom-attributes"])),
    ("C9310", "Update from the user profile", Played(&["okta-catalog-app"])),
    ("C9337", "Push empty values", Played(&["okta-catalog-app"])),
    ("C9292", "Deactivate a user", Played(&["okta-catalog-app", "okta-wizard-app"])),
    ("C9294", "Remove a user's assignment", Played(&["okta-catalog-app"])),
    ("C9295", "Suspend a user", Elsewhere(IN_OKTA)),
    ("C9311", "Remove a group's assignment", Played(&["okta-push-groups"])),
    ("C9301", "Sync the password", Played(&["okta-catalog-app"])),
    ("C9302", "Sync another password", Played(&["okta-catalog-app"])),
    ("C9303", "Import users", Played(&["okta-import"])),
    ("C9304", "Import users: scanned", Played(&["okta-import"])),
    ("C9305", "Import users: update", Played(&["okta-import", "okta-catalog-app"])),
    ("C9338", "Import groups", Played(&["okta-import"])),
    ("C9312", "Push a group: create", Played(&["okta-push-groups"])),
    ("C9315", "Push a group: link and rename", Played(&["okta-push-groups"])),
    ("C9316", "Push now", Played(&["okta-push-groups"])),
    ("C9317", "Push an empty group", Played(&["okta-push-groups"])),
    ("C9318", "Unlink and delete", Played(&["okta-push-groups"])),
    ("C9319", "Deactivate group push", Elsewhere(PAUSED)),
    ("C9320", "Activate group push", Played(&["okta-push-groups"])),
    ("C9321", "Unlink and leave", Played(&["okta-push-groups"])),
    ("C9322", "Link the group that was left", Played(&["okta-push-groups"])),
    ("C9323", "Push groups by rule", Played(&["okta-push-groups"])),
    ("C9324", "Deactivate a rule", Elsewhere(PAUSED)),
    ("C9325", "Delete a rule and its groups", Played(&["okta-push-groups"])),
    ("C9326", "Delete a rule and leave its groups", Played(&["okta-push-groups"])),
    ("C9327", "Bulk edit: delete", Played(&["okta-push-groups"])),
    ("C9328", "Bulk edit: deactivate", Elsewhere(PAUSED)),
    ("C9329", "Bulk edit: activate", Played(&["okta-push-groups"])),
    ("C9330", "Link without renaming", Played(&["okta-push-groups"])),
    ("C9331", "Bulk edit: delete and leave", Played(&["okta-push-groups"])),
    ("C9332", "Add members", Played(&["okta-push-groups"])),
    ("C9333", "Remove members", Played(&["okta-push-groups", "okta-wizard-app"])),
    ("C9359", "Enable profile sourcing", Elsewhere(IN_OKTA)),
    ("C9360", "Profile sourcing: a user's profile", Played(&["okta-import"])),
    ("C9361", "Profile sourcing: deactivate", Played(&["okta-import"])),
];

/// The ids of the published plan, for the table above to be complete.
const PUBLISHED: &str = "
    C9296 C9297 C9298 C9308 C9313 C9314 C21902 C9306 C9339 C9340 C9341 C9342 C9343 C9289 C9344 C9345 C9299 C9290 C9293
    C9300 C9307 C9334 C9335 C9336 C9291 C9309 C9310 C9337 C9292 C9294 C9295 C9311 C9301 C9302 C9303 C9304 C9305 C9338
    C9312 C9315 C9316 C9317 C9318 C9319 C9320 C9321 C9322 C9323 C9324 C9325 C9326 C9327 C9328 C9329 C9330 C9331 C9332
    C9333 C9359 C9360 C9361";

fn transcript(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts")
        .join(format!("{name}.http"));
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The cases that a transcript's comments name.
fn named(transcript: &str) -> BTreeSet<String> {
    let comments = transcript.lines().filter(|line| line.starts_with('#'));
    let words =
        comments.flat_map(|line| line.split(|letter: char| !letter.is_ascii_alphanumeric()));
    let is_case = |word: &&str| {
        word.strip_prefix('C')
            .is_some_and(|number| number.len() > 3 && number.parse::<u32>().is_ok())
    };
    words.filter(is_case).map(str::to_owned).collect()
}

#[test]
fn the_table_is_the_published_plan() {
    let ids: Vec<_> = PLAN.iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, PUBLISHED.split_whitespace().collect::<Vec<_>>());
}

#[test]
fn every_case_is_played_or_has_a_reason_not_to_be() {
    for (id, title, case) in PLAN {
        match case {
            Played(transcripts) => {
                assert!(!transcripts.is_empty(), "{id} {title}");
                for name in *transcripts {
                    assert!(
                        named(&transcript(name)).contains(*id),
                        "{name} does not play {id} {title}"
                    );
                }
            }
            Elsewhere(reason) => assert!(!reason.is_empty(), "{id} {title}"),
        }
    }
}

#[test]
fn no_transcript_plays_a_case_that_the_table_has_elsewhere() {
    for entry in Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/transcripts")
        .read_dir()
        .unwrap()
    {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "http") {
            continue;
        }
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        for id in named(&transcript(&name)) {
            let plays = PLAN.iter().any(|(known, _, case)| {
                *known == id && matches!(case, Played(names) if names.contains(&name.as_str()))
            });
            assert!(plays, "{name} names {id}, and the table does not say so");
        }
    }
}
