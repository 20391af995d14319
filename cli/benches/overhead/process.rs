use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Ticks of a process's time a second, as Linux shows them to programs.
const TICKS: u64 = 100;

/// A server that has said where it is.
pub struct Process {
    child: Child,
    /// What it said first.
    pub printed: String,
}

impl Process {
    /// This very program in another part.
    pub fn of_this(arguments: &[&str]) -> Self {
        let this = std::env::current_exe().expect("this program has a path");
        let mut command = Command::new(this);
        command.args(arguments);
        Self::start(command, |line| !line.is_empty())
    }

    /// `muster dev` on a DynamoDB.
    pub fn muster_dev(dynamodb: &str, credentials: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
        command.args(["dev", "--listen", "127.0.0.1:0", "--dynamodb", dynamodb]);
        command.args(["--credentials", credentials]);
        Self::start(command, |line| line.starts_with("Muster is ready"))
    }

    fn start(mut command: Command, is_ready: impl Fn(&str) -> bool) -> Self {
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut child = child.expect("the program starts");
        let stdout = child.stdout.take().expect("it has a standard output");
        let mut stdout = BufReader::new(stdout);
        let mut printed = String::new();
        while !is_ready(printed.trim()) {
            printed.clear();
            let read = stdout.read_line(&mut printed).expect("it prints text");
            assert_ne!(read, 0, "it ended before it was ready");
        }
        thread::spawn(move || discard(stdout));
        Self {
            child,
            printed: printed.trim().to_owned(),
        }
    }

    /// The processor time that it took so far, in user and kernel.
    pub fn cpu(&self) -> Duration {
        let path = format!("/proc/{}/stat", self.child.id());
        let stat = fs::read_to_string(path).expect("the process runs");
        // After the name, which may have spaces, in brackets: state is the third field, utime the 14th, stime the 15th.
        let (_, fields) = stat.rsplit_once(") ").expect("fields");
        let ticks = fields.split(' ').skip(11).take(2);
        let ticks: u64 = ticks.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
        Duration::from_millis(ticks * 1_000 / TICKS)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// A pipe that nobody reads would stop who writes.
fn discard(mut stdout: BufReader<ChildStdout>) {
    let mut buffer = [0; 4096];
    while stdout.read(&mut buffer).is_ok_and(|read| read > 0) {}
}

/// What `muster bench` reports.
pub fn bench(base_url: &str, token: &str, options: &[&str]) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.args(["bench", base_url, "--json"]).args(options);
    let output = command.env("MUSTER_TOKEN", token).output();
    let output = output.expect("the program starts");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}
