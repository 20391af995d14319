//! Tells the build which commit it is of.

#![expect(
    clippy::disallowed_methods,
    reason = "what cargo tells a build script is in its environment"
)]

use std::env;
use std::process::Command;

fn main() {
    println!("cargo::rerun-if-env-changed=MUSTER_COMMIT");
    let commit = commit();
    println!("cargo::rustc-env=MUSTER_COMMIT={commit}");
    println!(
        "cargo::rustc-env=MUSTER_VERSION={} ({commit})",
        env!("CARGO_PKG_VERSION")
    );
}

/// As the builder says; else what git says, `-dirty` if there is more than was committed. A build that is not for release is
/// made too often to ask.
fn commit() -> String {
    if let Ok(commit) = env::var("MUSTER_COMMIT") {
        return commit;
    }
    if env::var("PROFILE").is_ok_and(|profile| profile == "debug") {
        return "development".to_owned();
    }
    for file in ["HEAD", "index", "logs/HEAD"] {
        if let Some(path) = git(&["rev-parse", "--git-path", file]) {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    git(&[
        "describe",
        "--always",
        "--dirty",
        "--abbrev=12",
        "--exclude=*",
    ])
    .unwrap_or_else(|| "unknown".to_owned())
}

/// What git answers, if there is a git and a repository.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !text.trim().is_empty()).then(|| text.trim().to_owned())
}
