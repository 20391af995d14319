use std::io::{self, IsTerminal};
use std::time::Duration;

use directory::{Deletion, Directory, DirectoryState};
use serde_json::json;

use super::find;
use crate::error::CliError;
use crate::output::note;
use crate::store::Access;

/// After so long it is told how it is going.
const ONE_STEP: Duration = Duration::from_secs(20);

/// Deletes a directory: disables it, waits until no request is under way, and removes everything. Interrupted, it goes on
/// when it is called again.
pub(super) async fn run(access: &Access, reference: &str, yes: bool) -> Result<(), CliError> {
    let administration = access.administration();
    let mut directory = find(&administration, reference).await?;
    let organization = administration
        .organization(&directory.name.organization)
        .await?;
    if organization.primary == Some(directory.id) && organization.directories > 1 {
        // The store says so too, but only when the directory has been disabled for a minute.
        return Err(CliError::Refused(format!(
            "directory `{}` is the primary one of its organization: make another one primary first, with `muster directory make-primary`",
            directory.name
        )));
    }
    if !yes {
        confirm(&directory)?;
    }
    if directory.state == DirectoryState::Enabled {
        directory = administration.disable_directory(directory.id).await?;
        note(&format!("Disabled {}.", directory.name));
    }
    wait(|| directory.settles_in(access.store.environment().now())).await;
    loop {
        let deleted = administration
            .delete_directory(directory.id, ONE_STEP)
            .await;
        match deleted.map_err(CliError::from) {
            Ok(Deletion::Unfinished) => {
                note("Deleting; it can be interrupted, and goes on when it is called again.");
            }
            // Somebody else deletes it too, and was faster.
            Ok(Deletion::Done) | Err(CliError::NotFound(_)) => break,
            Err(error) => return Err(error),
        }
    }
    let name = directory.name.to_string();
    access.output.show(&json!({"deleted": name}), || {
        format!("Deleted directory {name}.")
    })
}

/// Has the name typed. Errors: refused, also where nobody can type it.
fn confirm(directory: &Directory) -> Result<(), CliError> {
    let name = directory.name.to_string();
    if !io::stdin().is_terminal() {
        return Err(CliError::Refused(format!(
            "nothing was deleted: to delete `{name}` without a terminal, add --yes"
        )));
    }
    note(&format!(
        "This deletes {name} with all of its users, groups and credentials. Type its name to go on:"
    ));
    let mut typed = String::new();
    let read = io::stdin().read_line(&mut typed);
    if read.is_ok() && typed.trim() == name {
        return Ok(());
    }
    Err(CliError::Refused(format!(
        "nothing was deleted: what was typed is not `{name}`"
    )))
}

/// Returns when it is settled, and not a moment before: whoever waits is told.
async fn wait(settles_in: impl Fn() -> Duration) {
    loop {
        let wait = settles_in();
        if wait.is_zero() {
            return;
        }
        note(&format!(
            "Waiting {} s for requests that are under way.",
            wait.as_secs().max(1)
        ));
        tokio::time::sleep(wait).await;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[tokio::test]
    async fn it_is_waited_until_it_is_settled() {
        let (began, minute) = (Instant::now(), Duration::from_millis(10));
        wait(|| minute.saturating_sub(began.elapsed())).await;
        assert!(began.elapsed() >= minute);
    }
}
