use directory::{CredentialState, Directory, DirectoryState};

use super::Report;
use crate::store::Access;

pub(super) fn check(directory: &Directory, access: &Access, report: &mut Report) {
    let name = &directory.name;
    match directory.state {
        DirectoryState::Enabled => report.ok("directory", format!("{name} is enabled")),
        DirectoryState::Disabled(_) => report.failed(
            "directory",
            format!("{name} is disabled: `muster directory enable {name}`"),
        ),
        DirectoryState::Deleting => report.failed(
            "directory",
            format!("{name} is being deleted: `muster directory delete {name}` goes on with it"),
        ),
    }
    let now = access.store.environment().now();
    let mut urgent = Vec::new();
    for credential in directory.credentials.values() {
        let (id, on) = (&credential.id, credential.expires.strftime("%Y-%m-%d"));
        match credential.state(now) {
            CredentialState::Expired => urgent.push(format!("`{id}` expired on {on}")),
            CredentialState::ExpiresSoon => urgent.push(format!("`{id}` expires on {on}")),
            CredentialState::Valid | CredentialState::Suspended => {}
        }
    }
    match directory.credentials.len() {
        0 => report.failed(
            "credentials",
            format!("there is none: `muster credential issue {name}`"),
        ),
        _ if !urgent.is_empty() => report.failed(
            "credentials",
            format!(
                "{}: `muster credential rotate {name} ID`, or `revoke` what nobody uses",
                urgent.join(", ")
            ),
        ),
        count => report.ok(
            "credentials",
            format!("{count}, and none expires within 30 days"),
        ),
    }
}
