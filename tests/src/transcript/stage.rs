use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use directory::{CredentialId, CredentialKind, DirectoryId, NewCredential, Settings};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::Value;

use super::layout::lay_out;
use super::pattern::Known;
use super::script::{Entry, Step};
use super::venue::Venue;
use crate::client::percent_encoded;
use crate::{Client, Response};

/// What Okta's client sends with every request.
const OKTA: [(&str, &str); 4] = [
    ("User-Agent", "Okta SCIM Client 1.0.0"),
    ("Accept", "application/scim+json"),
    ("Accept-Charset", "utf-8"),
    ("Content-Type", "application/scim+json; charset=utf-8"),
];

/// The venue of one transcript, and who speaks there.
pub(super) struct Stage {
    venue: Venue,
    /// The credentials that were issued, by their names in the transcript.
    credentials: BTreeMap<String, Credential>,
    client: Client,
    headers: Vec<(String, String)>,
    /// Whether queries are percent-encoded in the file already.
    encoded: bool,
    known: Known,
}

struct Credential {
    directory: DirectoryId,
    id: CredentialId,
    authorization: String,
}

/// An answer beside what was expected.
pub(super) struct Compared {
    /// The answer as a transcript shows it.
    pub shown: String,
    pub as_expected: bool,
}

impl Stage {
    pub async fn set(script: &[Entry]) -> Self {
        let settings = script.iter().find_map(|entry| match entry {
            Entry::Directive { name, value } if name == "settings" => Some(settings(value)),
            _ => None,
        });
        let venue = Venue::find(settings.unwrap_or_default()).await;
        let client = venue.client_with(None);
        let known = Known {
            base_url: venue.base_url(),
            ..Known::default()
        };
        let headers = OKTA
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec();
        let mut stage = Self {
            venue,
            credentials: BTreeMap::new(),
            client,
            headers,
            encoded: false,
            known,
        };
        stage.client = stage.client_of("provisioner").await;
        stage
    }

    /// Does what a line between the requests says.
    pub async fn direct(&mut self, name: &str, value: &str) {
        match name {
            "settings" => {}
            "as" => self.client = self.client_of(value).await,
            "issue" => self.issue(value, false).await,
            "revoke" => {
                let credential = &self.credentials[value];
                let administration = self.venue.store().administration("test", "test");
                let revoked =
                    administration.revoke_credential(credential.directory, &credential.id);
                revoked.await.expect("the credential is revoked");
            }
            "later" => {
                let by: SignedDuration = value.parse().expect("a duration: 36h");
                self.venue
                    .advance(Duration::try_from(by).expect("a positive duration"));
            }
            "always" => {
                let (name, value) = value.split_once(": ").expect("a header");
                self.headers
                    .retain(|(known, _)| !known.eq_ignore_ascii_case(name));
                self.headers.push((name.to_owned(), value.to_owned()));
            }
            "queries" => {
                self.encoded = match value {
                    "encoded" => true,
                    "plain" => false,
                    _ => panic!("queries are `encoded` or `plain`, not `{value}`"),
                }
            }
            _ => panic!("there is no directive `{name}`"),
        }
    }

    /// Sends a request, a second after the one before.
    pub async fn perform(&mut self, step: &Step) -> Response {
        self.venue.tick();
        self.known.sent = self.venue.now();
        let target = self.known.fill(&step.target);
        assert!(
            !target.contains('{'),
            "line {}: a name in `{target}` is not known",
            step.line
        );
        let own = step
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), self.known.fill(value)));
        let own: Vec<_> = own.collect();
        let is_own = |name: &str| {
            own.iter()
                .any(|(known, _)| known.eq_ignore_ascii_case(name))
        };
        let usual = self.headers.iter().filter(|(name, _)| !is_own(name));
        let headers: Vec<_> = usual
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(own.iter().map(|(name, value)| (*name, value.as_str())))
            .collect();
        let body = step.body.as_ref().map(|body| self.known.fill(body));
        let target = if self.encoded {
            target
        } else {
            encoded(&target)
        };
        let answer = self
            .client
            .send(&step.method, &target, &headers, body)
            .await;
        self.known.answered = self.venue.now();
        answer
    }

    /// Compares an answer with what the step expects.
    pub fn compare(&mut self, step: &Step, answer: &Response) -> Compared {
        let expected = step.expected.as_ref();
        // The body first: it gives the names.
        let (body, matches) = self
            .known
            .compare(expected.map(|expected| &expected.body), &answer.body);
        let mut as_expected =
            matches && expected.is_some_and(|expected| expected.status == answer.status);
        let mut shown = format!("{}\n", answer.status);
        for (name, pattern) in expected.map_or(&[][..], |expected| &expected.headers) {
            let (value, matches) = self.known.compare_text(Some(pattern), answer.header(name));
            as_expected &= matches;
            let _ = writeln!(shown, "{name}: {value}");
        }
        if body != Value::Null {
            let _ = writeln!(shown, "{}", lay_out(&body));
        }
        Compared { shown, as_expected }
    }

    async fn client_of(&mut self, name: &str) -> Client {
        if name == "nobody" {
            return self.venue.client_with(None);
        }
        let is_literal =
            name.contains(' ') && name.starts_with(|first: char| first.is_ascii_uppercase());
        if is_literal {
            return self.venue.client_with(Some(name));
        }
        if !self.credentials.contains_key(name) {
            assert!(
                [
                    "provisioner",
                    "basic",
                    "bare token",
                    "application",
                    "other directory"
                ]
                .contains(&name),
                "`{name}` was not issued"
            );
            self.issue(name, name == "other directory").await;
        }
        self.venue
            .client_with(Some(&self.credentials[name].authorization))
    }

    async fn issue(&mut self, name: &str, elsewhere: bool) {
        let directory = if elsewhere {
            self.venue.other_directory().await
        } else {
            self.venue.directory()
        };
        let kind = match name {
            "application" => CredentialKind::Application,
            _ => CredentialKind::Provisioner,
        };
        let administration = self.venue.store().administration("test", "test");
        let issued = administration
            .issue_credential(directory, NewCredential::of(kind))
            .await;
        let issued = issued.expect("a credential is issued");
        let authorization = match name {
            "basic" => {
                let pair = format!("{}:{}", issued.username, issued.password.expose_secret());
                format!("Basic {}", BASE64_STANDARD.encode(pair))
            }
            "bare token" => issued.token.expose_secret().to_owned(),
            _ => format!("Bearer {}", issued.token.expose_secret()),
        };
        self.credentials.insert(
            name.to_owned(),
            Credential {
                directory,
                id: issued.id,
                authorization,
            },
        );
    }
}

fn settings(text: &str) -> Settings {
    let mut settings = Settings::default();
    for setting in text.split(", ") {
        let (name, value) = setting.split_once('=').expect("name=value");
        let set = settings.set(name, &value.into());
        set.unwrap_or_else(|error| panic!("{setting}: {error}"));
    }
    settings
}

/// The target with the values of its query percent-encoded.
fn encoded(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else {
        return target.to_owned();
    };
    let parameters = query
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((name, value)) => format!("{name}={}", percent_encoded(value)),
            None => parameter.to_owned(),
        });
    format!("{path}?{}", parameters.collect::<Vec<_>>().join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_values_of_a_query_are_encoded() {
        assert_eq!(
            encoded("/Users?filter=userName eq \"b+c@x\"&aadOptscim062020&count=1"),
            "/Users?filter=userName%20eq%20%22b%2Bc%40x%22&aadOptscim062020&count=1"
        );
        assert_eq!(encoded("/Users/1"), "/Users/1");
    }
}
