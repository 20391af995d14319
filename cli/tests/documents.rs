//! docs/cli.md, and README.md's three commands, tell the truth: each shell block is run, and prints what the block after it
//! shows.
#![cfg(unix)]

mod running;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use running::{Dev, credentials, folder, send, text};

const END_OF_BLOCK: &str = "\u{1e}";

/// A shell block, and what it prints if that is shown.
struct Block {
    script: String,
    printed: Option<String>,
}

fn blocks(document: &str) -> Vec<Block> {
    let mut fences = document.split("\n```").skip(1);
    let mut blocks: Vec<Block> = Vec::new();
    // Of a shell block, that nothing but an empty line is between it and the next one.
    let mut follows = false;
    while let Some(fence) = fences.next() {
        let (language, body) = fence.split_once('\n').unwrap();
        match language {
            "sh" => {
                blocks.push(Block {
                    script: body.to_owned(),
                    printed: None,
                });
            }
            "text" if follows => blocks.last_mut().unwrap().printed = Some(body.to_owned()),
            _ => {}
        }
        let between = fences.next().unwrap_or_default();
        follows = language == "sh" && between.trim().is_empty();
    }
    blocks
}

/// A stack that is running.
#[derive(Default)]
struct Running {
    dynamodb: String,
    base_url: String,
    token: String,
}

/// Runs the blocks in one shell, in this folder. `muster` is the binary, on the file `table` there, but for what needs a stack
/// that is running.
fn check(folder: &Path, running: &Running, blocks: &[Block]) {
    let mut script = format!(
        "muster() {{ case \"$1\" in doctor) {binary} \"$@\" --dynamodb {beside} ;; bench) {binary} \"$@\" ;; *) {binary} \"$@\" --data table ;; esac; }}\n",
        binary = env!("CARGO_BIN_EXE_muster"),
        beside = running.dynamodb
    );
    for block in blocks {
        script.push_str(&block.script);
        script.extend(["\nprintf '", END_OF_BLOCK, "'\n"]);
    }
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &script])
        .current_dir(folder)
        .env("USER", "alice")
        .env("MUSTER_BASE_URL", &running.base_url)
        .env("MUSTER_TOKEN", &running.token)
        .stdin(Stdio::null())
        .output()
        .expect("the documents' blocks need `bash` on this machine");
    let printed = String::from_utf8(output.stdout).unwrap();
    let complaint = String::from_utf8(output.stderr).unwrap();
    let printed: Vec<_> = printed.split(END_OF_BLOCK).collect();
    assert!(
        output.status.success(),
        "this block failed:\n{}\n{}\n{complaint}",
        blocks[printed.len() - 1].script,
        printed.last().unwrap()
    );
    for (block, printed) in blocks.iter().zip(printed) {
        if let Some(shown) = &block.printed {
            let shown: Vec<_> = shown.lines().filter(|line| !line.is_empty()).collect();
            let lines: Vec<_> = printed.lines().filter(|line| !line.is_empty()).collect();
            let fits = shown.len() == lines.len()
                && shown
                    .iter()
                    .zip(&lines)
                    .all(|(shown, line)| fits(shown, line));
            assert!(
                fits,
                "this block prints something else than is shown:\n{}\n{printed}",
                block.script
            );
        }
    }
}

/// Whether a line is as shown, word by word. What differs from run to run is shown as it once was: times, ids; and secrets
/// and credentials' ids as a word that ends in `…`.
fn fits(shown: &str, line: &str) -> bool {
    let shown: Vec<_> = shown.split_whitespace().collect();
    let line: Vec<_> = line.split_whitespace().collect();
    shown.len() == line.len()
        && shown
            .iter()
            .zip(&line)
            .all(|(shown, word)| shown.ends_with('…') || shape(shown) == shape(word))
}

/// A time, an id or a measured figure as what it is, anything else as it stands.
fn shape(word: &str) -> String {
    let is_hex = word
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    let is_time = word.starts_with("20") || word.as_bytes().get(2) == Some(&b':');
    let is_figure = word.contains('.') && word.parse::<f64>().is_ok();
    let is_digit_or_sign = |byte: u8| byte.is_ascii_digit() || b"-:.TZ\",".contains(&byte);
    if is_hex && (word.len() == 32 || word.len() == 36) {
        format!("an id of {} letters", word.len())
    } else if is_figure {
        "a figure".to_owned()
    } else if is_time && word.bytes().all(is_digit_or_sign) {
        format!("a time of {} letters", word.len())
    } else if word.starts_with("http://127.0.0.1:") {
        "the base URL".to_owned()
    } else {
        word.to_owned()
    }
}

fn document(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(path).unwrap()
}

#[test]
fn from_nothing_to_okta_in_three_commands() {
    let readme = document("README.md");
    let start = readme
        .find("\n## From nothing to Okta in three commands\n")
        .unwrap();
    let section = readme[start + 1..].split("\n## ").next().unwrap();
    let blocks = blocks(section);
    let commands: usize = blocks
        .iter()
        .map(|block| {
            block
                .script
                .lines()
                .filter(|line| line.starts_with("muster "))
                .count()
        })
        .sum();
    assert_eq!(commands, 3);
    assert!(blocks.iter().any(|block| block.printed.is_some()));
    let folder = folder("readme");
    let running = Running {
        base_url: "https://scim.example.com/scim/v2".to_owned(),
        ..Running::default()
    };
    check(&folder, &running, &blocks);
}

#[test]
fn the_page_of_the_command_line_shows_what_is_printed() {
    let folder = folder("cli");
    let (table, file) = (folder.join("table"), folder.join("credentials.json"));
    let start = |data: &[&str]| {
        Dev::start(&[&["--users", "3", "--credentials", text(&file)], data].concat())
    };
    let dev = start(&["--data", text(&table)]);
    let word = |name: &str| credentials(&file)[name].as_str().unwrap().to_owned();
    let group =
        r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Group"],"displayName":"Support"}"#;
    let application = format!("Bearer {}", word("application_token"));
    assert_eq!(
        send(&word("base_url"), "POST", "/Groups", &application, group).0,
        201
    );
    assert_eq!(dev.stop("INT").0, Some(0));
    fs::remove_file(&file).unwrap();
    let _dev = start(&[]);
    let blocks = blocks(&document("docs/cli.md"));
    assert!(blocks.len() >= 18);
    let running = Running {
        dynamodb: word("dynamodb"),
        base_url: word("base_url"),
        token: word("token"),
    };
    check(&folder, &running, &blocks);
}

#[test]
fn a_line_that_differs_is_noticed() {
    assert!(fits(
        "Created  2026-11-26 14:38",
        "Created      2027-01-01 00:00"
    ));
    assert!(fits("Token  mst_…", "Token  mst_1_2"));
    assert!(fits("get  100  0  812.4", "get  100  0  20.34"));
    assert!(!fits("get  100  0  812.4", "get  99  1  812.4"));
    assert!(!fits("State  enabled", "State  disabled"));
    assert!(!fits("Created  2026-11-26", "Created  -"));
    assert!(!fits("State  enabled", "State  enabled since"));
}
