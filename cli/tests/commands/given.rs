use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::time::Duration;

use directory::{
    CredentialKind, Directory, Environment, IssuedCredential, NewCredential, Refusal, Store,
    SystemEnvironment,
};
use jiff::Timestamp;
use local::DynamoDb;
use serde_json::Value;

use crate::running::folder;

/// `muster` on one table.
pub struct Muster {
    pub folder: PathBuf,
    place: [String; 2],
}

/// What came of a command.
pub struct Ran {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Muster {
    /// On a data file that is not there yet.
    pub fn on_a_file(test: &str) -> Self {
        let folder = folder(test);
        let file = folder.join("table").to_str().unwrap().to_owned();
        Self {
            folder,
            place: ["--data".to_owned(), file],
        }
    }

    /// On a file with a directory acme/okta.
    pub fn with_a_directory(test: &str) -> Self {
        let muster = Self::on_a_file(test);
        muster.ok(&["organization", "create", "acme"]);
        muster.ok(&["directory", "create", "acme/okta"]);
        muster
    }

    /// Beside a running stack.
    pub fn beside(test: &str, dynamodb: &Value) -> Self {
        Self {
            folder: folder(test),
            place: [
                "--dynamodb".to_owned(),
                dynamodb.as_str().unwrap().to_owned(),
            ],
        }
    }

    pub fn data(&self) -> &Path {
        Path::new(&self.place[1])
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = muster(arguments);
        command.args(&self.place).current_dir(&self.folder);
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.command(arguments).output().unwrap().into()
    }

    /// Standard output of a command that succeeds.
    #[track_caller]
    pub fn ok(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.code, Some(0), "{arguments:?}: {}", ran.stderr);
        ran.stdout
    }

    /// The same with `--json`.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> Value {
        let stdout = self.ok(&[arguments, &["--json"]].concat());
        serde_json::from_str(&stdout).expect(&stdout)
    }

    /// A command that fails with this exit code and this sentence, and prints nothing else.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str], code: i32, sentence: &str) {
        self.run(arguments).check_refused(code, sentence);
    }

    /// What a command reads from standard input.
    #[track_caller]
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut process = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        process
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        process.wait_with_output().unwrap().into()
    }

    /// Writes a file into the folder in which commands run.
    pub fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.join(name), text).unwrap();
    }

    /// Uses the file itself, as it was so long ago.
    pub fn ago<T>(&self, ago: Duration, work: impl AsyncFnOnce(&Store) -> T) -> T {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let any_port = "127.0.0.1:0".parse().unwrap();
            let dynamodb = DynamoDb::embedded(Some(self.data()), any_port)
                .await
                .unwrap();
            let store = dynamodb.store(Arc::new(Ago(ago)));
            let done = work(&store).await;
            dynamodb.stop().await;
            done
        })
    }

    /// The directory as it is stored.
    pub fn directory(&self, name: &str) -> Directory {
        self.ago(Duration::ZERO, async |store| {
            store
                .administration("test", "test")
                .find_directory(name)
                .await
                .unwrap()
        })
    }

    /// A credential that was issued so long ago.
    pub fn issue_ago(&self, ago: Duration) -> IssuedCredential {
        self.ago(ago, async |store| {
            let administration = store.administration("test", "test");
            let directory = administration.find_directory("acme/okta").await.unwrap();
            let new = NewCredential::of(CredentialKind::Provisioner);
            administration
                .issue_credential(directory.id, new)
                .await
                .unwrap()
        })
    }

    /// Whether an authorization is accepted.
    pub fn verify(&self, authorization: &str) -> Result<(), Refusal> {
        let claim = directory::Claim::from_authorization(authorization).unwrap();
        let verified = self.ago(Duration::ZERO, async |store| {
            store.verify(&claim).await.unwrap()
        });
        verified.map(|_| ())
    }
}

impl Ran {
    #[track_caller]
    pub fn check_refused(&self, code: i32, sentence: &str) {
        let stderr = &self.stderr;
        assert_eq!(self.code, Some(code), "{stderr}");
        assert!(
            stderr.starts_with("muster: ") && stderr.contains(sentence),
            "{stderr}"
        );
        assert_eq!(stderr.lines().count(), 1, "{stderr}");
        assert_eq!(self.stdout, "");
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// The binary, with nothing of this machine's environment.
pub fn muster(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command
        .args(arguments)
        .env_clear()
        .env("USER", "tester")
        .stdin(Stdio::null());
    command
}

/// A clock that is late.
struct Ago(Duration);

impl Environment for Ago {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now() - self.0
    }

    fn fill(&self, bytes: &mut [u8]) {
        SystemEnvironment.fill(bytes);
    }
}

/// What differs from run to run, in as many letters: times, and ids of directories, users and groups.
pub fn redact(text: &str) -> String {
    let mut redacted = String::new();
    for word in text.split_inclusive([' ', '\n']) {
        let end = word.trim_end_matches([' ', '\n']).len();
        let (word, space) = word.split_at(end);
        redacted.push_str(match word.len() {
            32 if word.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                "d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1"
            }
            36 if word
                .bytes()
                .all(|byte| byte.is_ascii_hexdigit() || byte == b'-') =>
            {
                "00000000-0000-7000-8000-000000000000"
            }
            10 if word.starts_with("20") && word.as_bytes()[4] == b'-' => "YYYY-MM-DD",
            5 if word.as_bytes()[2] == b':' => "hh:mm",
            8 if word.as_bytes()[2] == b':' => "hh:mm:ss",
            24 if word.starts_with("20") && word.ends_with('Z') => "YYYY-MM-DDThh:mm:ss.sssZ",
            _ => word,
        });
        redacted.push_str(space);
    }
    redacted
}
