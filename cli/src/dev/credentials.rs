//! The credentials file: what scripts read, and the only place where `muster dev` keeps a secret.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use directory::DirectoryId;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::DevError;
use super::directories::{Access, Directories};

/// The whole file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Credentials {
    pub base_url: String,
    pub directory: String,
    #[serde(serialize_with = "expose")]
    pub token: SecretString,
    pub basic: Basic,
    #[serde(serialize_with = "expose")]
    pub application_token: SecretString,
    pub other: Other,
    pub dynamodb: String,
}

/// Username and password.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Basic {
    pub username: String,
    #[serde(serialize_with = "expose")]
    pub password: SecretString,
}

/// A directory of another organization.
#[derive(Serialize, Deserialize)]
pub(crate) struct Other {
    pub base_url: String,
    pub directory: String,
    #[serde(serialize_with = "expose")]
    pub token: SecretString,
}

/// Here, and here alone, a secret is meant to be written.
fn expose<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

impl Credentials {
    pub fn new(base_url: &str, dynamodb: &str, directories: &Directories) -> Self {
        let id = |directory: DirectoryId| directory.to_string();
        let Access { token, basic } = &directories.provisioner;
        Self {
            base_url: base_url.to_owned(),
            directory: id(directories.directory),
            token: token.clone(),
            basic: basic.clone(),
            application_token: directories.application.clone(),
            other: Other {
                base_url: base_url.to_owned(),
                directory: id(directories.other),
                token: directories.other_token.clone(),
            },
            dynamodb: dynamodb.to_owned(),
        }
    }
}

/// What an earlier run left; none if there is no file. A file of another kind is not overwritten.
pub(crate) fn read(path: &Path) -> Result<Option<Credentials>, DevError> {
    let failed = |source| DevError::Credentials {
        path: path.to_owned(),
        done: "read",
        source,
    };
    match fs::read(path) {
        Ok(text) if text.is_empty() => Ok(None),
        Ok(text) => serde_json::from_slice(&text).map(Some).map_err(|error| {
            failed(io::Error::other(format!(
                "it is not a credentials file ({error})"
            )))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Replaces the file by rename: a reader sees the old one or the new one, whole.
pub(crate) fn write(path: &Path, credentials: &Credentials) -> Result<(), DevError> {
    let failed = |source| DevError::Credentials {
        path: path.to_owned(),
        done: "written",
        source,
    };
    let text = serde_json::to_string_pretty(credentials).map_err(|error| failed(error.into()))?;
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    // What an earlier process of this number may have left.
    let _ = fs::remove_file(&beside);
    let written = create_private(&beside).and_then(|mut file| {
        writeln!(file, "{text}")?;
        file.sync_all()?;
        fs::rename(&beside, path)
    });
    written.map_err(failed)
}

fn create_private(path: &Path) -> io::Result<fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
