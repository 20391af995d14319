use std::cell::Cell;
use std::time::{Duration, Instant};

use directory::{CheckProgress, CheckReport, Directory, Finding, Remedy, Repair};
use serde_json::{Value, json};

use super::find;
use crate::error::CliError;
use crate::output::{NONE, note, table};
use crate::store::Access;

/// After so long it is told how it is going.
const ONE_STEP: Duration = Duration::from_secs(5);

/// Checks that everything in a directory agrees, and repairs it if that is asked for. Error: something is left as it
/// should not be.
pub(super) async fn run(access: &Access, reference: &str, repair: bool) -> Result<(), CliError> {
    let administration = access.administration();
    let directory = find(&administration, reference).await?;
    let told = Cell::new(Instant::now());
    let watch = |progress| {
        if told.get().elapsed() >= ONE_STEP {
            told.set(Instant::now());
            note(&how_it_goes(progress));
        }
    };
    let repair = if repair { Repair::Yes } else { Repair::No };
    let checked = administration.check_directory(directory.id, repair, watch);
    let report = checked.await?;
    access.output.show(&to_json(&directory, &report), || {
        to_text(&directory, &report)
    })?;
    conclude(&directory, &report)
}

fn how_it_goes(progress: CheckProgress) -> String {
    match progress {
        CheckProgress::Resources(looked_at) => format!(
            "Reading: users {}, groups {}, memberships {}.",
            looked_at.users, looked_at.groups, looked_at.memberships
        ),
        CheckProgress::Items(looked_at) => {
            format!("Walking over the table: items {}.", looked_at.items)
        }
        CheckProgress::Totals => "Counting.".to_owned(),
    }
}

fn to_json(directory: &Directory, report: &CheckReport) -> Value {
    let finding = |finding: &Finding| {
        let resource = finding.resource.as_ref();
        json!({
            "resource": resource.map(|resource| json!({"type": resource.kind.name(), "id": resource.id})),
            "damage": finding.damage.keyword(),
            "finding": finding.damage.to_string(),
            "result": finding.remedy.keyword(),
            "remedy": finding.damage.remedy()
        })
    };
    let looked_at = report.looked_at;
    json!({
        "directory": directory.name.to_string(),
        "looked_at": {
            "users": looked_at.users, "groups": looked_at.groups, "memberships": looked_at.memberships, "items": looked_at.items
        },
        "findings": report.findings.iter().map(finding).collect::<Value>(),
        "found": report.found, "repaired": report.repaired, "pending": report.pending, "undecided": report.undecided
    })
}

fn to_text(directory: &Directory, report: &CheckReport) -> String {
    let looked_at = report.looked_at;
    let mut lines = vec![format!(
        "Looked at {}: users {}, groups {}, memberships {}, items {}.",
        directory.name, looked_at.users, looked_at.groups, looked_at.memberships, looked_at.items
    )];
    if report.found == 0 {
        lines.push("Nothing is wrong.".to_owned());
    } else {
        lines.push(findings(report));
    }
    if report.pending > 0 {
        lines.push(format!(
            "Pending: {}, of large changes that are not through yet.",
            report.pending
        ));
    }
    if report.undecided > 0 {
        lines.push(format!(
            "Undecided: {}, changed each time it was looked at; check again when it is quieter.",
            report.undecided
        ));
    }
    lines.join("\n")
}

fn findings(report: &CheckReport) -> String {
    let row = |finding: &Finding| {
        let resource = finding.resource.as_ref();
        let resource = resource.map(|it| format!("{} {}", it.kind.name(), it.id));
        vec![
            finding.remedy.keyword().to_owned(),
            resource.unwrap_or(NONE.to_owned()),
            finding.damage.to_string(),
            finding.damage.remedy().to_owned(),
        ]
    };
    let rows: Vec<_> = report.findings.iter().map(row).collect();
    let text = table(&["RESULT", "RESOURCE", "FINDING", "REMEDY"], &rows);
    if report.found > rows.len() {
        return format!("{text}These are the first of {}.", report.found);
    }
    text.trim_end().to_owned()
}

/// Error: something is left.
fn conclude(directory: &Directory, report: &CheckReport) -> Result<(), CliError> {
    let left = report.found - report.repaired;
    if left == 0 {
        return Ok(());
    }
    let is_repairable = |finding: &&Finding| finding.remedy == Remedy::Repairable;
    let advice = if report
        .findings
        .iter()
        .any(|finding| is_repairable(&finding))
    {
        format!(
            "`muster directory check {} --repair` repairs what is repairable",
            directory.name
        )
    } else {
        "what is left has to be done by hand".to_owned()
    };
    Err(CliError::Failed(format!(
        "not everything in {} is as it has to be, {left} left: {advice}",
        directory.name
    )))
}
