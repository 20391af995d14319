//! The Host header.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether the header is one API Gateway would let through: a name or an address, and perhaps a port.
///
/// This matters beyond fidelity: `lambda_http` builds a URL from the header and panics where it cannot. So it is
/// narrower than RFC 3986 §3.2.2: only letters, digits, `-`, `_` and dots; a last label beginning with a digit must
/// belong to an IPv4 address; no punycode, which may not decode.
pub(crate) fn is_acceptable(host: &str) -> bool {
    if let Some(rest) = host.strip_prefix('[') {
        let Some((address, port)) = rest.split_once(']') else {
            return false;
        };
        return address.parse::<Ipv6Addr>().is_ok()
            && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    match host.split_once(':') {
        Some((name, port)) => is_name(name) && is_port(port),
        None => is_name(host),
    }
}

fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok()
}

fn is_name(name: &str) -> bool {
    if name
        .rsplit('.')
        .next()
        .is_some_and(|label| label.starts_with(|first: char| first.is_ascii_digit()))
    {
        return name.parse::<Ipv4Addr>().is_ok();
    }
    name.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let punycode = label
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("xn--"));
    !label.is_empty()
        && !punycode
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, expected: bool) {
        assert_eq!(is_acceptable(host), expected, "{host}");
        if expected {
            let event = format!(
                r#"{{"path":"/a","httpMethod":"GET","headers":{{"host":"{host}"}},"requestContext":{{"httpMethod":"GET"}}}}"#
            );
            let request = lambda_http::request::from_str(&event).unwrap();
            assert!(request.uri().host().is_some(), "{host}");
        }
    }

    #[test]
    fn what_passes_never_makes_the_url_panic() {
        for host in [
            "localhost",
            "localhost:8080",
            "a.example.com",
            "A_b-c.d",
            "127.0.0.1",
            "127.0.0.1:65535",
            "[::1]",
            "[::1]:8080",
            "1a.b",
        ] {
            check(host, true);
        }
        for host in [
            "",
            ":",
            ":80",
            "a:",
            "a:b",
            "a:65536",
            "a:+1",
            "a:1:2",
            "a b",
            "a/b",
            "a?b",
            "a#b",
            "a@b",
            "a{b",
            "a`b",
            "a%41",
            "a..b",
            "a.",
            "1.2.3.999",
            "1.2.3.4.5",
            "a.1",
            "a.0x1",
            "0x7f000001",
            "xn--a",
            "b.XN--0",
            "[::1",
            "::1",
            "[::1]a",
            "[::1]:x",
            "[]",
            "ä",
        ] {
            check(host, false);
        }
    }
}
