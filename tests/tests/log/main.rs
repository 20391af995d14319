//! What the functions write into the log, as they write it in AWS.

mod privacy;
mod requests;

use std::io::{self, Write};
use std::sync::{Mutex, Once};

use serde_json::Value;
use tokio::sync::MutexGuard;

/// What this process has logged.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// From here on this process logs; what it logged before is forgotten. One test at a time: request ids are the same in each.
async fn begin() -> MutexGuard<'static, ()> {
    static TURN: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
    static BEGUN: Once = Once::new();
    let turn = TURN.lock().await;
    BEGUN
        .call_once(|| edge::start_logging_to("info".parse().unwrap(), "Muster".to_owned(), || Log));
    LOG.lock().unwrap().clear();
    turn
}

fn text() -> String {
    String::from_utf8(LOG.lock().unwrap().clone()).unwrap()
}

/// The lines of which a field is this text.
fn lines(field: &str, value: &str) -> Vec<Value> {
    let text = text();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    lines.filter(|line: &Value| line[field] == value).collect()
}
