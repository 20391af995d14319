//! What Muster costs beyond what nobody could leave out: the AWS client and its calls.
//!
//! `cargo bench -p muster --bench overhead` starts, each as a process of its own, the embedded DynamoDB, `muster dev` on it, and
//! [`reference`] on it, and lets `muster bench` ask them the same, one after the other, several times. It prints for each
//! operation requests per second, and the processor time that a request took in the process that answered.
#![cfg(target_os = "linux")]

mod process;
mod reference;

use std::fs;
use std::time::Duration;

use process::Process;
use reference::Calls;
use serde_json::Value;

/// Users of 2 KB in the directory.
const USERS: &str = "1000";
/// Rounds of which the median is shown.
const ROUNDS: usize = 5;
/// Requests of a measurement that is subtracted: what a run of `muster bench` asks besides.
const FEW: &str = "16";

/// What is measured of one server with one operation.
#[derive(Clone, Copy, Default)]
struct Measured {
    per_second: f64,
    cpu: Duration,
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["dynamodb"] => reference::run_dynamodb(),
        ["reference", dynamodb, directory, calls] => {
            reference::run(dynamodb, directory, Calls::named(calls));
        }
        _ => {
            // `--bench` and the time of a phase in seconds.
            let seconds = arguments.iter().find_map(|argument| argument.parse().ok());
            compare(seconds.unwrap_or(5));
        }
    }
}

fn compare(seconds: u64) {
    let dynamodb = Process::of_this(&["dynamodb"]);
    let file = format!("{}/overhead-credentials.json", env!("CARGO_TARGET_TMPDIR"));
    fs::remove_file(&file).ok();
    let muster = Process::muster_dev(&dynamodb.printed, &file);
    let text = fs::read(&file).expect("the credentials file is written before the greeting");
    let credentials: Value = serde_json::from_slice(&text).expect("it is JSON");
    let word = |name: &str| credentials[name].as_str().expect(name).to_owned();
    let (token, directory) = (word("token"), word("directory"));
    let base_url = word("base_url");
    process::bench(
        &base_url,
        &token,
        &["--users", USERS, "--phases", "get", "--requests", "1"],
    );
    let reference =
        |calls: &str| Process::of_this(&["reference", &dynamodb.printed, &directory, calls]);
    let (listener, with_calls) = (reference("once"), reference("always"));
    let servers = [
        (&listener, listener.printed.clone()),
        (&with_calls, with_calls.printed.clone()),
        (&muster, base_url),
    ];
    println!("REQUEST     ANSWERED BY                 PER SECOND  CPU MICROSECONDS");
    for phase in ["get", "match", "patch"] {
        let mut rounds = vec![[Measured::default(); 3]; ROUNDS];
        for round in &mut rounds {
            for (measured, (process, url)) in round.iter_mut().zip(&servers) {
                *measured = measure(process, url, &token, phase, seconds);
            }
        }
        print(phase, &rounds);
    }
}

/// Processor time per request, without that of the requests by which `muster bench` begins.
fn measure(process: &Process, url: &str, token: &str, phase: &str, seconds: u64) -> Measured {
    let timed = |limit: [&str; 2]| {
        let before = process.cpu();
        let report = process::bench(url, token, &["--phases", phase, limit[0], limit[1]]);
        (report, process.cpu().saturating_sub(before))
    };
    let (_, beginning) = timed(["--requests", FEW]);
    let (report, whole) = timed(["--duration", &format!("{seconds}s")]);
    let figures = &report["phases"][0];
    assert_eq!(figures["errors"], 0, "{figures:#}");
    let requests = figures["requests"].as_u64().unwrap_or_default();
    Measured {
        per_second: figures["per_second"].as_f64().unwrap_or_default(),
        cpu: whole.saturating_sub(beginning) / u32::try_from(requests).unwrap_or(u32::MAX).max(1),
    }
}

fn print(phase: &str, rounds: &[[Measured; 3]]) {
    let median = |figure: &dyn Fn(&[Measured; 3]) -> f64| {
        let mut figures: Vec<_> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    let cpu = |measured: &Measured| measured.cpu.as_secs_f64() * 1e6;
    let names = ["the bare listener", "the listener and its calls", "Muster"];
    for (index, name) in names.into_iter().enumerate() {
        let per_second = median(&|round| round[index].per_second);
        let cpu = median(&|round| cpu(&round[index]));
        println!("{phase:<10}  {name:<26}  {per_second:>10.0}  {cpu:>16.0}");
    }
    let of_reference = median(&|[_, calls, muster]| muster.per_second / calls.per_second * 100.0);
    let own = median(&|[listener, calls, muster]| cpu(muster) - (cpu(calls) - cpu(listener)));
    println!(
        "{phase:<10}  Muster reaches {of_reference:.0} % of the listener's requests per second with the same calls;"
    );
    println!("{:<10}  it spends {own:.0} µs outside the AWS client.", "");
}
