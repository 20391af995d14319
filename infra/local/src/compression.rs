//! Payload compression: what a client sent packed is unpacked, what a function answers is packed.
//!
//! API Gateway developer guide, "Payload compression for REST APIs". Where its pages differ or are silent:
//! - Requests are unpacked at any size, with or without `MinimumCompressionSize`. The guide has it so "by default", and
//!   has failures "before your API and stage are identified", so before that size is known. Another page says that to
//!   smaller payloads no "decompression" is applied; only a deployment can tell.
//! - The function still sees the Content-Encoding of the body that was unpacked; functions in AWS were reported to.
//! - Several codings on top of each other are refused.
//! - Only functions' answers are packed: all conditions the guide names are conditions of an "integration response".

use std::borrow::Cow;
use std::io::{self, Read};

use ::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING};
use ::http::request::Parts;
use ::http::{HeaderMap, HeaderValue, Method, Response, StatusCode};
use bytes::Bytes;
use flate2::Compression;
use flate2::bufread::{GzEncoder, MultiGzDecoder, ZlibDecoder, ZlibEncoder};

use crate::event::text;
use crate::gateway_responses::ResponseType;

/// The body of a request without its content coding.
///
/// Never more than one byte past `limit` is unpacked: what is packed may be a thousand times smaller.
pub(crate) fn unpack(
    headers: &HeaderMap,
    body: Bytes,
    limit: usize,
) -> Result<Bytes, ResponseType> {
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let coding = match (encodings.next(), encodings.next()) {
        (None, _) => Some(Coding::Identity),
        (Some(name), None) => Coding::named(&text(name)),
        (Some(_), Some(_)) => None,
    };
    match coding.ok_or(ResponseType::UnsupportedMediaType)? {
        Coding::Identity => Ok(body),
        _ if body.is_empty() => Ok(body),
        Coding::Gzip => inflate(&mut MultiGzDecoder::new(&*body), limit),
        Coding::Deflate => {
            let mut decoder = ZlibDecoder::new(&*body);
            let unpacked = inflate(&mut decoder, limit)?;
            let is_whole = decoder.into_inner().is_empty();
            is_whole
                .then_some(unpacked)
                .ok_or(ResponseType::UnsupportedMediaType)
        }
    }
}

/// Packs the answer to a request if the client asked for it by name and the body has at least `minimum` bytes.
pub(crate) fn pack(response: &mut Response<Bytes>, request: &Parts, minimum: usize) {
    let (status, body) = (response.status(), response.body());
    let has_body = !body.is_empty()
        && request.method != Method::HEAD
        && !matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if !has_body || body.len() < minimum || response.headers().contains_key(CONTENT_ENCODING) {
        return;
    }
    let level = Compression::default();
    let (coding, packed) = match preferred(&request.headers) {
        Some(Coding::Gzip) => ("gzip", read(GzEncoder::new(&**body, level))),
        Some(Coding::Deflate) => ("deflate", read(ZlibEncoder::new(&**body, level))),
        Some(Coding::Identity) | None => return,
    };
    // Reading from memory does not fail; if it did, the answer would be right as it is.
    if let Ok(packed) = packed {
        *response.body_mut() = packed.into();
        response
            .headers_mut()
            .insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
}

/// The content codings that API Gateway supports.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Coding {
    Gzip,
    /// The zlib format (RFC 9110 §8.4.1.2).
    Deflate,
    Identity,
}

impl Coding {
    fn named(name: &str) -> Option<Self> {
        let is = |coding| name.eq_ignore_ascii_case(coding);
        match () {
            () if is("gzip") => Some(Self::Gzip),
            () if is("deflate") => Some(Self::Deflate),
            () if is("identity") => Some(Self::Identity),
            () => None,
        }
    }
}

fn inflate(decoder: &mut impl Read, limit: usize) -> Result<Bytes, ResponseType> {
    let bounded = decoder.take((limit as u64).saturating_add(1));
    let unpacked = read(bounded).map_err(|_| ResponseType::UnsupportedMediaType)?;
    if unpacked.len() > limit {
        return Err(ResponseType::RequestTooLarge);
    }
    Ok(unpacked.into())
}

fn read(mut reader: impl Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The coding in which a client wants its answer, of several with one weight the first of `Coding`.
///
/// "The highest-priority content encoding must be one supported by API Gateway", and it must be named: `*` is not enough.
fn preferred(headers: &HeaderMap) -> Option<Coding> {
    let values: Vec<Cow<'_, str>> = headers.get_all(ACCEPT_ENCODING).iter().map(text).collect();
    let acceptable: Vec<(&str, u16)> = values
        .iter()
        .flat_map(|value| value.split(','))
        .filter_map(weighted)
        .filter(|(_, weight)| *weight > 0)
        .collect();
    let highest = acceptable.iter().map(|(_, weight)| *weight).max()?;
    [Coding::Gzip, Coding::Deflate, Coding::Identity]
        .into_iter()
        .find(|coding| {
            acceptable
                .iter()
                .any(|(name, weight)| *weight == highest && Coding::named(name) == Some(*coding))
        })
}

/// A coding's name and its weight in thousandths; `None` where the grammar of RFC 9110 §12.5.3 is broken.
fn weighted(element: &str) -> Option<(&str, u16)> {
    let Some((name, weight)) = element.split_once(';') else {
        return Some((element.trim(), 1000));
    };
    let (q, value) = weight.trim().split_at_checked(2)?;
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let is_fraction = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    if !q.eq_ignore_ascii_case("q=") || !is_fraction {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse().ok()?;
    match (whole, thousandths) {
        ("0", thousandths) => Some((name.trim(), thousandths)),
        ("1", 0) => Some((name.trim(), 1000)),
        _ => None,
    }
}

#[cfg(test)]
#[path = "compression_tests.rs"]
mod tests;
