use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::{Claim, Credential};
use crate::table::Item;
use crate::tenancy::Administration;
use crate::{CredentialId, Directory, DirectoryId, Error, Result, keys};

/// What a credential is good for at present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// It is accepted.
    Valid,
    /// It is accepted, and will not be in 30 days.
    ExpiresSoon,
    /// Its time is over: 401.
    Expired,
    /// Its rights are taken away for the time being: 403.
    Suspended,
}

impl CredentialState {
    /// `valid`, `expires soon`, `expired` or `suspended`.
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ExpiresSoon => "expires soon",
            Self::Expired => "expired",
            Self::Suspended => "suspended",
        }
    }
}

impl Credential {
    /// What it is good for at this time.
    pub fn state(&self, now: Timestamp) -> CredentialState {
        const SOON: Duration = Duration::from_hours(30 * 24);
        if now >= self.expires {
            CredentialState::Expired
        } else if self.suspended {
            CredentialState::Suspended
        } else if now + SOON >= self.expires {
            CredentialState::ExpiresSoon
        } else {
            CredentialState::Valid
        }
    }
}

impl Administration<'_> {
    /// When the credentials of a directory were last used, to the hour.
    pub async fn last_used(
        &self,
        directory: DirectoryId,
    ) -> Result<BTreeMap<CredentialId, Timestamp>> {
        let items = self
            .table()
            .query(&keys::last_used_partition(directory))
            .await?;
        let used = |item: &Item| {
            let credential = CredentialId::parse(item.text("sk")?).ok_or(Error::Corrupt("sk"))?;
            Ok((credential, item.time("at")?))
        };
        items.iter().map(used).collect()
    }

    /// The directory and the credential that a token, or username and password, is. None if it is none: junk, revoked, or
    /// of a deleted directory.
    pub async fn identify(&self, claim: &Claim) -> Result<Option<(Directory, Credential)>> {
        let directory = self.store().directory(claim.directory()).await?;
        Ok(directory
            .filter(|directory| directory.knows(claim))
            .and_then(|directory| {
                let credential = directory.credentials.get(claim.credential())?.clone();
                Some((directory, credential))
            }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{CredentialKind, Rights};

    #[test]
    fn a_credential_expires_soon_in_its_last_thirty_days() {
        let check = |time: &str, suspended: bool, expected: CredentialState| {
            let credential = Credential {
                id: CredentialId::parse("Cred000001").unwrap(),
                kind: CredentialKind::Provisioner,
                rights: Rights::Read,
                label: None,
                created: "2026-01-01T00:00:00Z".parse().unwrap(),
                expires: "2027-01-31T00:00:00Z".parse().unwrap(),
                suspended,
                hash: [0; 32],
            };
            assert_eq!(credential.state(time.parse().unwrap()), expected, "{time}");
        };
        check("2026-12-31T23:59:59Z", false, CredentialState::Valid);
        check("2027-01-01T00:00:00Z", false, CredentialState::ExpiresSoon);
        check("2027-01-01T00:00:00Z", true, CredentialState::Suspended);
        check("2027-01-30T23:59:59Z", false, CredentialState::ExpiresSoon);
        check("2027-01-31T00:00:00Z", false, CredentialState::Expired);
        check("2027-01-31T00:00:00Z", true, CredentialState::Expired);
    }
}
