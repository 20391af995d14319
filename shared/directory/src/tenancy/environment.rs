use std::net::IpAddr;

use jiff::Timestamp;
use scim::shown;

use super::{Administration, EnvironmentSlug, conflict, not_found};
use crate::store::stamp;
use crate::table::{Found, Item, Outcome, Write, number, text};
use crate::{Result, keys};

/// An environment: production, staging.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnvironmentRecord {
    /// Its name.
    pub slug: EnvironmentSlug,
    /// Where its identity providers reach it, if that was told.
    pub base_url: Option<String>,
    /// How many organizations it has.
    pub organizations: usize,
    /// When it was created.
    pub created: Timestamp,
}

impl Administration<'_> {
    /// Creates an environment. Error: 409 if there is one of this name.
    pub async fn create_environment(&self, slug: &EnvironmentSlug) -> Result<()> {
        let by = self.by("create environment", &[]);
        let item = Item::new(keys::environment(slug), "environment")
            .with("organizations", number(0))
            .with("created", text(stamp(by.at)));
        match self
            .table()
            .update(&Write::put(by.mark(item)).when_absent())
            .await?
        {
            Outcome::Done => {
                self.log("create environment", slug);
                Ok(())
            }
            Outcome::Refused(_) => Err(conflict(format!(
                "There is an environment `{slug}` already."
            ))),
        }
    }

    /// All environments.
    pub async fn environments(&self) -> Result<Vec<EnvironmentRecord>> {
        let items = self
            .table()
            .query_prefix(keys::ENVIRONMENTS, keys::ENVIRONMENT_PREFIX)
            .await?;
        items.iter().map(EnvironmentRecord::from_item).collect()
    }

    /// One of them. Error: 404.
    pub async fn environment(&self, slug: &EnvironmentSlug) -> Result<EnvironmentRecord> {
        let item = self.table().get(&keys::environment(slug)).await?;
        let item = item.ok_or_else(|| not_found("Environment", slug))?;
        EnvironmentRecord::from_item(&item)
    }

    /// Says where identity providers reach an environment; nothing for nowhere. Errors: 404, 400 `invalidValue`.
    pub async fn set_base_url(&self, slug: &EnvironmentSlug, base_url: &str) -> Result<()> {
        let by = self.by("change environment", &["base_url".to_owned()]);
        let update = by.mark_update(Write::update(keys::environment(slug)).when_present());
        let update = if base_url.is_empty() {
            update.clause("REMOVE #base_url")
        } else {
            check_base_url(base_url)?;
            update
                .clause("SET #base_url = :base_url")
                .value(":base_url", text(base_url))
        };
        match self.table().update(&update).await? {
            Outcome::Done => {
                self.log("change environment", slug);
                Ok(())
            }
            Outcome::Refused(_) => Err(not_found("Environment", slug)),
        }
    }

    /// Deletes an environment without organizations. Errors: 404, 409.
    pub async fn delete_environment(&self, slug: &EnvironmentSlug) -> Result<()> {
        let delete = Write::delete(keys::environment(slug)).when("#organizations = :none");
        match self
            .table()
            .update(&delete.value(":none", number(0)))
            .await?
        {
            Outcome::Done => {
                self.log("delete environment", slug);
                Ok(())
            }
            Outcome::Refused(found)
                if found.iter().flatten().any(|found| found.item().is_some()) =>
            {
                Err(conflict(format!(
                    "Environment `{slug}` has organizations: delete them first."
                )))
            }
            Outcome::Refused(_) => Err(not_found("Environment", slug)),
        }
    }
}

impl EnvironmentRecord {
    fn from_item(item: &Item) -> Result<Self> {
        let slug = item.text("sk")?.strip_prefix(keys::ENVIRONMENT_PREFIX);
        let slug = slug.and_then(|slug| EnvironmentSlug::parse(slug).ok());
        Ok(Self {
            slug: slug.ok_or(crate::Error::Corrupt("sk"))?,
            base_url: item.optional_text("base_url").map(str::to_owned),
            organizations: item.number("organizations")?,
            created: item.time("created")?,
        })
    }
}

/// Whether a condition failed because nothing is there.
pub(super) fn is_missing(refused: &[Option<Found>], index: usize) -> bool {
    matches!(refused.get(index), Some(Some(Found::Nothing)))
}

/// Whether identity providers can be given this base URL. Error: 400 `invalidValue`.
pub fn check_base_url(base_url: &str) -> Result<(), scim::Error> {
    const LONGEST: usize = 1_000;
    let is_plain = base_url
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && !b"?#\"<>".contains(&byte));
    // A token in clear goes no further than this machine.
    let has_scheme = base_url.starts_with("https://")
        || base_url
            .strip_prefix("http://")
            .is_some_and(|rest| is_loopback(rest.split('/').next().unwrap_or_default()));
    if base_url.len() <= LONGEST && is_plain && has_scheme && base_url.ends_with("/scim/v2") {
        return Ok(());
    }
    let detail = format!(
        "`{}` is no base URL: it begins with https:// and ends in /scim/v2.",
        shown(base_url)
    );
    Err(scim::Error::invalid_value(detail))
}

/// Whether a host, with or without a port, names this machine itself.
pub fn is_loopback(domain: &str) -> bool {
    let host = match domain.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => domain,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || host
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_https_but_on_this_machine() {
        for base_url in [
            "https://scim.example.com/scim/v2",
            "https://abc.execute-api.eu-central-1.amazonaws.com/prod/scim/v2",
            "http://127.0.0.1:8080/scim/v2",
            "http://localhost/scim/v2",
            "http://[::1]:8080/scim/v2",
        ] {
            assert!(check_base_url(base_url).is_ok(), "{base_url}");
        }
        for junk in [
            "http://scim.example.com/scim/v2",
            "http://127.0.0.1.example.com/scim/v2",
            "http://localhost@example.com/scim/v2",
            "https://scim.example.com",
            "https://scim.example.com/scim/v2?x=/scim/v2",
            "scim.example.com/scim/v2",
        ] {
            assert!(check_base_url(junk).is_err(), "{junk}");
        }
    }
}
