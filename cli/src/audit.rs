//! `muster audit`: what happened in a directory, and who did it.

use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use directory::{AuditEntry, AuditQuery, AuditResult, DirectoryId, UserId, read_duration};
use jiff::Timestamp;
use serde_json::Value;

use crate::directory::find;
use crate::error::CliError;
use crate::output::{NONE, table};
use crate::resources::Seen;
use crate::store::Access;
use crate::user;

/// Entries that are read at once.
const PAGE: usize = 500;

/// Which entries.
#[derive(Args)]
pub(crate) struct Options {
    /// The directory: organization/name, or its id.
    directory: String,
    /// About this user alone: the id or, of a user who is there, the userName.
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// From this time on: as 2026-11-20T08:00:00Z, or as 24h or 7d ago. Entries are kept for 90 days.
    #[arg(long, value_name = "TIME", default_value = "7d")]
    since: Since,
}

/// A time, or how long ago it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Since {
    Time(Timestamp),
    Ago(Duration),
}

impl FromStr for Since {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(ago) = read_duration(text) {
            return Ok(Self::Ago(ago));
        }
        let time = text.parse().map(Self::Time);
        time.map_err(|_| "write it as 2026-11-20T08:00:00Z, 24h or 7d")
    }
}

impl Since {
    fn time(self, now: Timestamp) -> Timestamp {
        match self {
            Self::Time(time) => time,
            Self::Ago(ago) => now.checked_sub(ago).unwrap_or(Timestamp::MIN),
        }
    }
}

pub(crate) async fn run(options: Options, access: &Access) -> Result<(), CliError> {
    let directory = find(&access.administration(), &options.directory).await?.id;
    let user = match options.user {
        Some(user) if UserId::parse(&user).is_none() => {
            let seen = Seen::find(access, &options.directory).await?;
            let user = user::find(access, &seen, &user).await?;
            Some(user::id(&user).to_owned())
        }
        other => other,
    };
    let now = access.store.environment().now();
    let entries = read(access, directory, options.since.time(now), user).await?;
    let json: Value = entries.iter().map(AuditEntry::to_json).collect();
    access.output.show(&json, || {
        let rows: Vec<_> = entries.iter().map(row).collect();
        table(
            &["TIME", "WHO", "WHAT", "RESOURCE", "RESULT", "ATTRIBUTES"],
            &rows,
        )
    })
}

async fn read(
    access: &Access,
    directory: DirectoryId,
    since: Timestamp,
    resource: Option<String>,
) -> Result<Vec<AuditEntry>, CliError> {
    let mut query = AuditQuery {
        since: Some(since),
        resource,
        after: None,
        limit: PAGE,
    };
    let mut entries = Vec::new();
    loop {
        let page = access.store.audit(directory, &query).await?;
        entries.extend(page.entries);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(entries),
        }
    }
}

fn row(entry: &AuditEntry) -> Vec<String> {
    let resource = entry.resource.as_ref();
    let resource = resource.map(|resource| format!("{} {}", resource.kind.name(), resource.id));
    let result = match &entry.result {
        AuditResult::Done => "done".to_owned(),
        AuditResult::Ignored => "ignored".to_owned(),
        AuditResult::Refused { status, scim_type } => {
            let scim_type = scim_type.as_ref().map(|scim_type| format!(" {scim_type}"));
            format!("{status}{}", scim_type.unwrap_or_default())
        }
    };
    vec![
        entry.at.strftime("%Y-%m-%d %H:%M:%S").to_string(),
        entry.author.to_string(),
        entry.operation.clone(),
        resource.unwrap_or(NONE.to_owned()),
        result,
        if entry.attributes.is_empty() {
            NONE.to_owned()
        } else {
            entry.attributes.join(", ")
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_absolute_or_ago() {
        let now: Timestamp = "2026-11-20T08:00:00Z".parse().unwrap();
        let check = |text: &str, expected: Timestamp| {
            assert_eq!(text.parse::<Since>().unwrap().time(now), expected, "{text}");
        };
        check("24h", "2026-11-19T08:00:00Z".parse().unwrap());
        check("7d", "2026-11-13T08:00:00Z".parse().unwrap());
        check(
            "2026-11-01T00:00:00+02:00",
            "2026-10-31T22:00:00Z".parse().unwrap(),
        );
        check("99999999999d", Timestamp::MIN);
        assert!("yesterday".parse::<Since>().is_err());
        assert!("2026-11-01".parse::<Since>().is_err());
    }
}
