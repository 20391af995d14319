//! What `muster dev` prints of requests, by a thread of its own: that nobody reads it holds up no request.

use std::fmt::Display;
use std::io::{self, Write};
use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use directory::Environment;
use local::http::Finished;

/// Lines that wait to be written; those that come while so many wait are only counted.
const MOST_WAITING: usize = 1_000;
/// How long lines gather after those that were written: to wake the thread for each costs a request more than its line.
const PAUSE: Duration = Duration::from_millis(20);
/// How long the last lines may take.
const GRACE: Duration = Duration::from_secs(1);

/// Where requests are told of.
#[derive(Clone)]
pub(crate) struct Log {
    lines: SyncSender<Line>,
    left_out: Arc<AtomicU64>,
}

enum Line {
    Text(String),
    /// The last one; who waits for it is told.
    End(SyncSender<()>),
}

impl Log {
    /// Error: the system gives no thread.
    pub fn start() -> io::Result<Self> {
        let (lines, waiting) = mpsc::sync_channel(MOST_WAITING);
        let left_out = Arc::default();
        let log = Self {
            lines,
            left_out: Arc::clone(&left_out),
        };
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(&waiting, &left_out))?;
        Ok(log)
    }

    /// One line a request, without the query: it can name people.
    pub fn request(&self, environment: &dyn Environment, request: &Finished) {
        let time = environment.now().strftime("%H:%M:%S");
        let (status, method, path) = (request.status.as_u16(), &request.method, &request.path);
        let milliseconds = request.duration.as_secs_f64() * 1_000.0;
        self.line(format!(
            "{time}  {status} {method}  {path}  {milliseconds:.1} ms"
        ));
    }

    pub fn line(&self, line: String) {
        if self.lines.try_send(Line::Text(line)).is_err() {
            self.left_out.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all is written, if somebody reads it.
    pub fn end(self) {
        let (end, ended) = mpsc::sync_channel(1);
        if self.lines.try_send(Line::End(end)).is_ok() {
            ended.recv_timeout(GRACE).ok();
        }
    }
}

fn write(waiting: &Receiver<Line>, left_out: &AtomicU64) {
    while let Ok(first) = waiting.recv() {
        let mut text = match left_out.swap(0, Ordering::Relaxed) {
            0 => String::new(),
            left_out => format!(
                "          {left_out} more: they are told of only as fast as somebody reads\n"
            ),
        };
        let mut ended = None;
        let others = waiting.try_iter().take(MOST_WAITING);
        for line in iter::once(first).chain(others) {
            match line {
                Line::Text(line) => text.extend([&line, "\n"]),
                Line::End(end) => ended = Some(end),
            }
        }
        // That nobody looks is no error.
        let _ = io::stdout().write_all(text.as_bytes());
        if let Some(end) = ended {
            end.send(()).unwrap_or_default();
        }
        thread::sleep(PAUSE);
    }
}

/// A line for whoever looks; that nobody does, as when a pipe is closed, is no error.
pub(crate) fn print(line: impl Display) {
    let _ = writeln!(io::stdout(), "{line}");
}
