//! `muster doctor`: whether everything is as it has to be, and what to do where it is not.

mod directory;
mod round;
mod table;

use ::directory::DirectoryState;
use clap::Args;
use serde_json::{Value, json};

use crate::base_url::BaseUrl;
use crate::directory::find;
use crate::error::CliError;
use crate::output::{Output, table as columns};
use crate::store::{Access, Common};

/// What to look at.
#[derive(Args)]
pub(crate) struct Options {
    /// A directory too, organization/name or its id: its state, its credentials and, with a base URL, whether it works.
    directory: Option<String>,
    #[command(flatten)]
    base_url: BaseUrl,
}

/// What was looked at, and what was found.
#[derive(Default)]
struct Report(Vec<Check>);

struct Check {
    name: &'static str,
    result: CheckResult,
    finding: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum CheckResult {
    Ok,
    Failed,
    /// It could not be tried without a change of what is there.
    NotTried,
}

impl CheckResult {
    fn shown(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Failed => "failed",
            Self::NotTried => "not tried",
        }
    }
}

impl Report {
    fn ok(&mut self, name: &'static str, finding: impl Into<String>) {
        self.note(name, CheckResult::Ok, finding.into());
    }

    /// `finding` says what to do.
    fn failed(&mut self, name: &'static str, finding: impl Into<String>) {
        self.note(name, CheckResult::Failed, finding.into());
    }

    /// `finding` says why, and what would let it be tried.
    fn not_tried(&mut self, name: &'static str, finding: impl Into<String>) {
        self.note(name, CheckResult::NotTried, finding.into());
    }

    fn note(&mut self, name: &'static str, result: CheckResult, finding: String) {
        self.0.push(Check {
            name,
            result,
            finding,
        });
    }

    /// Prints it. Error: some of it failed.
    fn conclude(self, output: Output) -> Result<(), CliError> {
        let result = |check: &Check| check.result.shown();
        let json: Value = self
            .0
            .iter()
            .map(|check| json!({"check": check.name, "result": result(check), "finding": check.finding}))
            .collect();
        output.show(&json, || {
            let row = |check: &Check| {
                vec![
                    result(check).to_owned(),
                    check.name.to_owned(),
                    check.finding.clone(),
                ]
            };
            let rows: Vec<_> = self.0.iter().map(row).collect();
            columns(&["RESULT", "CHECK", "FINDING"], &rows)
        })?;
        let has_failed = |check: &&Check| check.result == CheckResult::Failed;
        match self.0.iter().filter(has_failed).count() {
            0 => Ok(()),
            failed => Err(CliError::Failed(format!(
                "{failed} of {} checks failed",
                self.0.len()
            ))),
        }
    }
}

pub(crate) async fn run(options: Options, common: Common) -> Result<(), CliError> {
    let output = common.output();
    let mut report = Report::default();
    match Access::open(common, false).await {
        Ok(access) => {
            let checked = check(options, &access, &mut report).await;
            access.close().await;
            checked?;
        }
        Err(error) => report.failed("access", error.to_string()),
    }
    report.conclude(output)
}

/// Error: the directory that was named cannot be found.
async fn check(options: Options, access: &Access, report: &mut Report) -> Result<(), CliError> {
    report.ok("access", format!("as {}", access.administrator()));
    if !table::check(access, report).await {
        return Ok(());
    }
    let Some(reference) = &options.directory else {
        return Ok(());
    };
    let directory = find(&access.administration(), reference).await?;
    directory::check(&directory, access, report);
    if directory.state != DirectoryState::Enabled {
        return Ok(());
    }
    let organization = &directory.name.organization;
    match options.base_url.of(access, &directory).await? {
        Some(base_url) => round::check(&directory, &base_url, access, report).await,
        None => report.failed(
            "round",
            format!(
                "where it is reached is not known: add --base-url, or say it once with `muster environment set {} base_url=URL`",
                access.administration().organization(organization).await?.environment
            ),
        ),
    }
    Ok(())
}
