//! What stands for AWS's own authorization: whoever sits at this machine is its administrator.
//!
//! No signature is verified. A request counts as the administrator's if everything says that it begins on this machine,
//! and nothing that it was passed on. A tunnel, by which an identity provider reaches a local stack, connects from
//! loopback too: it is told by the Host that was asked for, and by the headers that a proxy adds. A page in a browser
//! is told by its Origin. What passes bytes on without looking at them (`ssh -R`) cannot be told.
//!
//! Anybody else is answered as API Gateway answers a request without a signature, the same as for a path that is not
//! there: `MISSING_AUTHENTICATION_TOKEN`. AWS re:Post, "How do I troubleshoot API Gateway REST API endpoint 403
//! 'Missing Authentication Token' errors?": "The API request isn't signed when the API method has IAM authentication
//! turned on."

use ::http::HeaderMap;
use ::http::header::{AUTHORIZATION, FORWARDED, HOST, ORIGIN, VIA};
use ::http::request::Parts;

use crate::gateway::Connection;

/// Whom the functions are told: IAM's form, and no account of AWS.
const LOCAL_USER: &str = "arn:aws:iam::000000000000:user/local";
/// How a signed request begins its Authorization header; a token of SCIM's is no signature.
const SIGNATURE: &str = "AWS4-HMAC-SHA256 ";

/// The ARN of the user who makes a request; `None` if it does not come from this machine.
pub(crate) fn user_arn(parts: &Parts, connection: Connection) -> Option<&'static str> {
    let headers = &parts.headers;
    let begins_here = connection.client.to_canonical().is_loopback()
        && names_this_machine(parts)
        && !is_passed_on(headers)
        && !headers.contains_key(ORIGIN)
        && headers
            .get_all(AUTHORIZATION)
            .iter()
            .all(|value| value.as_bytes().starts_with(SIGNATURE.as_bytes()));
    begins_here.then_some(LOCAL_USER)
}

/// Every name by which the request calls its server.
fn names_this_machine(parts: &Parts) -> bool {
    let mut hosts = parts.headers.get_all(HOST).iter();
    parts
        .uri
        .authority()
        .is_none_or(|authority| directory::is_loopback(authority.as_str()))
        && hosts.all(|host| host.to_str().is_ok_and(directory::is_loopback))
}

fn is_passed_on(headers: &HeaderMap) -> bool {
    let mut names = headers.keys();
    names.any(|name| [FORWARDED, VIA].contains(name) || name.as_str().starts_with("x-forwarded-"))
}

#[cfg(test)]
mod tests {
    use ::http::Request;

    use super::*;

    fn check(client: &str, target: &str, headers: &[(&str, &str)], expected: bool) {
        let mut request = Request::get(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let connection = Connection {
            client: client.parse().unwrap(),
            port: 8080,
        };
        let (parts, ()) = request.body(()).unwrap().into_parts();
        let found = user_arn(&parts, connection);
        assert_eq!(found.is_some(), expected, "{client} {target} {headers:?}");
    }

    const PATH: &str = "/admin/v1/environments";
    const LOCAL: (&str, &str) = ("host", "localhost:8080");

    #[test]
    fn who_sits_at_this_machine_is_its_administrator() {
        for host in [
            "localhost",
            "localhost:8080",
            "127.0.0.1:8080",
            "127.8.9.1",
            "[::1]",
            "[::1]:80",
        ] {
            check("127.0.0.1", PATH, &[("host", host)], true);
        }
        for client in ["127.0.0.1", "127.1.2.3", "::1", "::ffff:127.0.0.1"] {
            check(client, PATH, &[LOCAL], true);
        }
        let signed = (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=local/1/local/execute-api/aws4_request",
        );
        check("127.0.0.1", PATH, &[LOCAL, signed], true);
        check(
            "127.0.0.1",
            "http://localhost:8080/admin/v1/environments",
            &[LOCAL],
            true,
        );
    }

    #[test]
    fn another_machine_is_not() {
        for client in [
            "192.168.1.7",
            "0.0.0.0",
            "10.0.0.1",
            "::2",
            "::ffff:10.0.0.1",
            "fe80::1",
        ] {
            check(client, PATH, &[LOCAL], false);
        }
    }

    #[test]
    fn nor_who_asks_for_another_host() {
        for host in [
            "abc.ngrok.app",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "192.168.1.7:8080",
            "0.0.0.0",
            "[::]",
            "",
        ] {
            check("127.0.0.1", PATH, &[("host", host)], false);
            check("127.0.0.1", PATH, &[LOCAL, ("host", host)], false);
            check("127.0.0.1", PATH, &[("host", host), LOCAL], false);
        }
        check(
            "127.0.0.1",
            "http://abc.ngrok.app/admin/v1/environments",
            &[LOCAL],
            false,
        );
    }

    #[test]
    fn nor_what_was_passed_on() {
        for name in [
            "forwarded",
            "x-forwarded-for",
            "x-forwarded-host",
            "x-forwarded-proto",
            "via",
        ] {
            check("127.0.0.1", PATH, &[LOCAL, (name, "127.0.0.1")], false);
            check("127.0.0.1", PATH, &[LOCAL, (name, "")], false);
        }
    }

    #[test]
    fn nor_a_page_in_a_browser() {
        for origin in ["https://evil.example.com", "http://localhost:8080", "null"] {
            check("127.0.0.1", PATH, &[LOCAL, ("origin", origin)], false);
        }
    }

    #[test]
    fn nor_whoever_shows_a_token() {
        for authorization in [
            "Bearer mst_x",
            "mst_x",
            "Basic eDp5",
            "AWS4-HMAC-SHA256",
            "",
        ] {
            check(
                "127.0.0.1",
                PATH,
                &[LOCAL, ("authorization", authorization)],
                false,
            );
        }
        let signed = ("authorization", "AWS4-HMAC-SHA256 Credential=x");
        check(
            "127.0.0.1",
            PATH,
            &[LOCAL, signed, ("authorization", "Bearer mst_x")],
            false,
        );
    }
}
