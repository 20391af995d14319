use directory::TableDescription;

use super::Report;
use crate::error::CliError;
use crate::store::Access;

/// A clock that is further off than this makes signatures fail, and tokens expire too early or too late.
const MOST_SECONDS_OFF: i64 = 60;

/// Whether the table is there; only then can anything else be looked at.
pub(super) async fn check(access: &Access, report: &mut Report) -> bool {
    let table = match access.store.describe_table().await {
        Ok(Some(table)) => table,
        Ok(None) => {
            report.failed("table", "there is no such table in this account and region: name the output TableName of the stack with --table");
            return false;
        }
        Err(error) => {
            report.failed("table", CliError::from(error).to_string());
            return false;
        }
    };
    if table.active {
        report.ok("table", format!("`{}` is there", table.name));
    } else {
        report.failed(
            "table",
            format!(
                "`{}` is not active: wait until the stack's deployment is done",
                table.name
            ),
        );
    }
    check_stream(&table, report);
    check_expiry(&table, report);
    if !access.is_local() {
        check_recovery(access, report).await;
    }
    check_clock(&table, access, report);
    true
}

fn check_stream(table: &TableDescription, report: &mut Report) {
    const WANTED: &str = "NEW_AND_OLD_IMAGES";
    match table.stream.as_deref() {
        Some(WANTED) => report.ok("stream", WANTED),
        other => report.failed(
            "stream",
            format!(
                "the audit trail needs {WANTED}, and the table has {}: deploy template.yaml again, or start `muster dev` once",
                other.unwrap_or("no stream")
            ),
        ),
    }
}

fn check_expiry(table: &TableDescription, report: &mut Report) {
    const WANTED: &str = "expires";
    match table.expiry.as_deref() {
        Some(WANTED) => report.ok("expiry", "items expire by `expires`"),
        _ => report.failed("expiry", "old items stay for ever: deploy template.yaml again, which has the time to live on `expires`"),
    }
}

async fn check_recovery(access: &Access, report: &mut Report) {
    match access.store.has_point_in_time_recovery().await {
        Ok(true) => report.ok("recovery", "point-in-time recovery is on"),
        Ok(false) => report.failed(
            "recovery",
            "point-in-time recovery is off: deploy template.yaml again",
        ),
        Err(error) => report.failed("recovery", CliError::from(error).to_string()),
    }
}

fn check_clock(table: &TableDescription, access: &Access, report: &mut Report) {
    let now = access.store.environment().now();
    let Some(theirs) = table.time else {
        report.failed("clock", "DynamoDB did not say what time it is");
        return;
    };
    let seconds = now.as_second() - theirs.as_second();
    if seconds.abs() <= MOST_SECONDS_OFF {
        report.ok("clock", "within a minute of DynamoDB's");
    } else {
        report.failed(
            "clock",
            format!(
                "this machine's clock is {} s from DynamoDB's: set it",
                seconds.abs()
            ),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn described(stream: Option<&str>, expiry: Option<&str>) -> Report {
        let table = TableDescription {
            name: "muster".to_owned(),
            active: true,
            stream: stream.map(str::to_owned),
            expiry: expiry.map(str::to_owned),
            time: None,
        };
        let mut report = Report::default();
        check_stream(&table, &mut report);
        check_expiry(&table, &mut report);
        report
    }

    #[test]
    fn a_table_that_was_made_by_hand_is_found_out() {
        let ok = |report: Report| {
            report
                .0
                .iter()
                .map(|check| check.result == crate::doctor::CheckResult::Ok)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            ok(described(Some("NEW_AND_OLD_IMAGES"), Some("expires"))),
            [true, true]
        );
        assert_eq!(
            ok(described(Some("KEYS_ONLY"), Some("expires"))),
            [false, true]
        );
        assert_eq!(ok(described(None, Some("ttl"))), [false, false]);
        assert_eq!(ok(described(None, None)), [false, false]);
    }
}
