use directory::{AuditEntry, AuditQuery};
use edge::Answer;
use jiff::Timestamp;
use scim::{Error, shown};
use serde_json::json;

use crate::call::Call;

/// Most entries of one answer, and as many as there are without `limit`.
const MOST_ENTRIES: usize = 500;
const ENTRIES: usize = 100;

/// GET /directories/{directory}/audit: a page of the audit trail, the oldest entry first.
pub(crate) async fn list(call: &Call<'_>) -> Result<Answer, Error> {
    let [since, resource, from, limit] = call.query(["since", "resource", "from", "limit"])?;
    let query = AuditQuery {
        since: since.map(time).transpose()?,
        resource: resource.map(str::to_owned),
        after: from.map(position).transpose()?,
        limit: limit.map_or(Ok(ENTRIES), number)?,
    };
    let directory = call.directory().await?;
    let page = call.app.store.audit(directory.id, &query).await?;
    let entries: Vec<_> = page.entries.iter().map(AuditEntry::to_json).collect();
    Ok(Answer::ok(
        &json!({ "entries": entries, "next": page.next }),
    ))
}

fn time(text: &str) -> Result<Timestamp, Error> {
    text.parse().map_err(|_| {
        let text = shown(text);
        let detail =
            format!("`since` is a time such as `2026-11-20T08:00:00Z`, and `{text}` is none.");
        Error::invalid_value(detail)
    })
}

/// The id of an entry, whether it is still there or not.
fn position(text: &str) -> Result<String, Error> {
    let is_id = text.len() == 36
        && text
            .bytes()
            .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if is_id {
        return Ok(text.to_owned());
    }
    let detail = "`from` is the `next` of the page before.";
    Err(Error::invalid_value(detail))
}

fn number(text: &str) -> Result<usize, Error> {
    let number = text.parse().ok();
    number
        .filter(|number| (1..=MOST_ENTRIES).contains(number))
        .ok_or_else(|| {
            let detail = format!("`limit` is a number from 1 to {MOST_ENTRIES}.");
            Error::invalid_value(detail)
        })
}
