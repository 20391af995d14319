//! Cursors (RFC 9865 §2): where the next page of a query begins, as a text that the client keeps and only its directory
//! can have written.
//!
//! A cursor is authenticated together with what it belongs to: another query's, another directory's or a forged one is
//! refused in the same words. Nothing is kept for it on this side. It is not a secret from its client: it has the id
//! and, of a sorted list, the compared value of a resource on the page that came with it.

use std::fmt;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::{Error, ScimType, SortKey};

/// How long a cursor is good for, in seconds.
pub const CURSOR_TIMEOUT: u32 = 3_600;
/// Longest cursor that is looked at, in bytes; ours are shorter, even if their value is written in escapes only.
const LONGEST: usize = 10_240;
/// Bytes of the authentication code that a cursor carries.
const TAG: usize = 16;

/// The key of a directory: 32 random bytes.
#[derive(Clone, Copy)]
pub struct CursorKey(pub [u8; 32]);

impl fmt::Debug for CursorKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CursorKey")
    }
}

/// Where a page begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Cursor {
    /// The way from the position.
    pub direction: Direction,
    /// The page begins after it or, backward, ends before it; none at the beginning of the list.
    pub position: Option<Position>,
    /// How many resources there were in all when the first page was read.
    pub total: Option<usize>,
    /// The `count` of the first page.
    pub count: usize,
    /// From when on it is refused, in seconds since 1970.
    pub expires: i64,
}

/// Which way a list is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Direction {
    Forward,
    Backward,
}

/// A place in a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Position {
    /// The resource type's place among those that are searched.
    pub section: usize,
    /// Id of the resource.
    pub id: String,
    /// What is compared of it, in a sorted list.
    pub key: Option<SortKey>,
}

/// As it is written: whether backward, position, total, count, expiry.
#[derive(Serialize, Deserialize)]
struct Written(bool, Option<Position>, Option<usize>, usize, i64);

impl Cursor {
    /// The text: letters, digits, `-` and `_`. `query` is everything that the cursor belongs to.
    pub fn write(&self, key: &CursorKey, query: &[&str]) -> String {
        let written = Written(
            self.direction == Direction::Backward,
            self.position.clone(),
            self.total,
            self.count,
            self.expires,
        );
        // Numbers and texts: there is nothing in it that cannot be written.
        let mut bytes = serde_json::to_vec(&written).unwrap_or_default();
        let tag = authentication(key, query, &bytes).finalize().into_bytes();
        bytes.extend_from_slice(&tag[..TAG]);
        BASE64_URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a cursor of this query; `now` in seconds since 1970.
    ///
    /// Errors, all 400: `invalidCursor` if it is another query's or forged, which of them is not told; `expiredCursor`;
    /// `invalidCount` if `count` is not that of the first page.
    pub fn read(
        text: &str,
        key: &CursorKey,
        query: &[&str],
        count: usize,
        now: i64,
    ) -> Result<Self, Error> {
        if text.len() > LONGEST {
            return Err(invalid());
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|_| invalid())?;
        let (payload, tag) = bytes.split_last_chunk::<TAG>().ok_or_else(invalid)?;
        let authentication = authentication(key, query, payload);
        authentication
            .verify_truncated_left(tag)
            .map_err(|_| invalid())?;
        let Written(backward, position, total, first_count, expires) =
            serde_json::from_slice(payload).map_err(|_| invalid())?;
        if expires <= now {
            return Err(Error::bad_request(
                ScimType::ExpiredCursor,
                format!(
                    "The cursor is older than {} minutes: begin again with an empty `cursor`.",
                    CURSOR_TIMEOUT / 60
                ),
            ));
        }
        if first_count != count {
            return Err(Error::bad_request(
                ScimType::InvalidCount,
                format!("`count` must be {first_count}, as on the first page."),
            ));
        }
        Ok(Self {
            direction: if backward {
                Direction::Backward
            } else {
                Direction::Forward
            },
            position,
            total,
            count,
            expires,
        })
    }
}

/// Over the query and the payload, each with its length: no part can be taken for the end of another.
fn authentication(key: &CursorKey, query: &[&str], payload: &[u8]) -> Hmac<Sha256> {
    // HMAC pads a key with zeros to a block of the hash (RFC 2104 §2).
    let mut block = [0; 64];
    block[..key.0.len()].copy_from_slice(&key.0);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in query.iter().map(|part| part.as_bytes()).chain([payload]) {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac
}

fn invalid() -> Error {
    Error::bad_request(
        ScimType::InvalidCursor,
        "The cursor is not one of this query: begin again with an empty `cursor`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: CursorKey = CursorKey([7; 32]);
    const QUERY: [&str; 2] = ["directory", "userName pr"];

    fn cursor() -> Cursor {
        Cursor {
            direction: Direction::Backward,
            position: Some(Position {
                section: 1,
                id: "0197c3f0".into(),
                key: Some(SortKey::Text("é".into())),
            }),
            total: Some(12),
            count: 10,
            expires: 100,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = cursor().write(&KEY, &QUERY);
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        assert!(text.bytes().all(unreserved), "{text}");
        assert_eq!(Cursor::read(&text, &KEY, &QUERY, 10, 99).unwrap(), cursor());
    }

    #[test]
    fn what_is_not_ours_is_refused_in_the_same_words() {
        let text = cursor().write(&KEY, &QUERY);
        let mut changed = text.clone().into_bytes();
        changed[3] = if changed[3] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        let refused = |text: &str, key: &CursorKey, query: &[&str]| {
            let error = Cursor::read(text, key, query, 10, 99).unwrap_err();
            assert_eq!(error.scim_type, Some(ScimType::InvalidCursor));
            assert_eq!(error.detail, invalid().detail);
        };
        refused(&changed, &KEY, &QUERY);
        refused(&text[1..], &KEY, &QUERY);
        refused("", &KEY, &QUERY);
        refused("not base64!", &KEY, &QUERY);
        refused(&"A".repeat(11_000), &KEY, &QUERY);
        refused(&text, &CursorKey([8; 32]), &QUERY);
        refused(&text, &KEY, &["directory", "userName pr or title pr"]);
        refused(&text, &KEY, &["directoryu", "serName pr"]);
    }

    #[test]
    fn the_longest_value_fits_however_it_is_written() {
        let mut long = cursor();
        for letter in ["\u{1}", "\"", "é", "x"] {
            let text = letter.repeat(crate::sort::LONGEST_TEXT / letter.len());
            long.position.as_mut().unwrap().key = Some(SortKey::Text(text));
            let text = long.write(&KEY, &QUERY);
            assert_eq!(Cursor::read(&text, &KEY, &QUERY, 10, 99).unwrap(), long);
        }
    }

    #[test]
    fn an_hour_and_a_count() {
        let text = cursor().write(&KEY, &QUERY);
        let keyword = |count, now| {
            let error = Cursor::read(&text, &KEY, &QUERY, count, now).unwrap_err();
            error.scim_type.map(ScimType::keyword)
        };
        assert_eq!(keyword(10, 100), Some("expiredCursor"));
        assert_eq!(keyword(11, 99), Some("invalidCount"));
    }
}
