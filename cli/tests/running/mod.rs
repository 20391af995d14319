//! A running `muster dev`, and requests to it.
#![allow(dead_code, reason = "not every test that has this needs all of it")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

/// A folder for one test, empty.
pub fn folder(test: &str) -> PathBuf {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{test}", env!("CARGO_CRATE_NAME")));
    if folder.exists() {
        fs::remove_dir_all(&folder).unwrap();
    }
    fs::create_dir_all(&folder).unwrap();
    folder
}

pub fn muster_dev(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_muster"));
    command.arg("dev").args(arguments).stdin(Stdio::null());
    command
}

pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A `muster dev` that has said that it is ready.
pub struct Dev {
    process: Child,
    /// Where it prints.
    stdout: Option<BufReader<ChildStdout>>,
    /// What it prints after the greeting.
    rest: Option<JoinHandle<String>>,
    pub greeting: String,
}

impl Dev {
    pub fn start(arguments: &[&str]) -> Self {
        let mut dev = Self::start_unread(arguments);
        let mut stdout = dev.stdout.take().unwrap();
        dev.rest = Some(thread::spawn(move || {
            let mut rest = String::new();
            stdout.read_to_string(&mut rest).unwrap();
            rest
        }));
        dev
    }

    /// One of which nobody reads what it prints after the greeting.
    pub fn start_unread(arguments: &[&str]) -> Self {
        let mut process = muster_dev(arguments)
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(process.stdout.take().unwrap());
        let mut greeting = String::new();
        while !greeting.contains("Requests:") {
            let read = stdout.read_line(&mut greeting).unwrap();
            assert_ne!(read, 0, "it ended: {greeting}");
        }
        Self {
            process,
            stdout: Some(stdout),
            rest: None,
            greeting,
        }
    }

    /// As Ctrl-C or `kill` does; what it printed since.
    pub fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let process = self.process.id().to_string();
        let kill = format!("kill -{signal} {process}");
        let killed = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(killed.success());
        let rest = self.rest.take().map(|rest| rest.join().unwrap());
        (
            self.process.wait().unwrap().code(),
            rest.unwrap_or_default(),
        )
    }
}

/// A failed test leaves no process behind.
impl Drop for Dev {
    fn drop(&mut self) {
        self.process.kill().ok();
        self.process.wait().ok();
    }
}

pub fn credentials(file: &Path) -> Value {
    serde_json::from_slice(&fs::read(file).unwrap()).unwrap()
}

/// Status and body of one request.
pub fn send(
    base_url: &str,
    method: &str,
    path: &str,
    authorization: &str,
    body: &str,
) -> (u16, Value) {
    let (host, base_path) = base_url
        .strip_prefix("http://")
        .unwrap()
        .split_once('/')
        .unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    write!(
        stream,
        "{method} /{base_path}{path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/scim+json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap_or_default())
}
