use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Notify, mpsc, oneshot};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::Changes;

/// How long what others write to the table waits, as the command line does beside a running stack.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// As in template.yaml.
const SCHEDULE: Duration = Duration::from_hours(1);

/// The function `changes`, running beside the gateway until it is stopped.
#[derive(Debug)]
pub(crate) struct RunningChanges {
    written: Arc<Notify>,
    questions: mpsc::UnboundedSender<oneshot::Sender<()>>,
    running: JoinHandle<()>,
}

impl RunningChanges {
    pub fn start(mut changes: Changes) -> Self {
        let written = Arc::new(Notify::new());
        let (questions, mut asked) = mpsc::unbounded_channel::<oneshot::Sender<()>>();
        let told = Arc::clone(&written);
        let running = tokio::spawn(async move {
            let mut hourly = tokio::time::interval_at(Instant::now() + SCHEDULE, SCHEDULE);
            loop {
                let question = tokio::select! {
                    _ = hourly.tick() => {
                        changes.sweep().await;
                        None
                    }
                    question = asked.recv() => match question {
                        Some(question) => Some(question),
                        None => break,
                    },
                    () = told.notified() => None,
                    () = tokio::time::sleep(LONGEST_WAIT) => None,
                };
                changes.bring_through().await;
                if let Some(question) = question {
                    // Whoever asked may not wait any longer.
                    let _ = question.send(());
                }
            }
            changes.bring_through().await;
        });
        Self {
            written,
            questions,
            running,
        }
    }

    /// What tells it that something may have been written.
    pub fn written(&self) -> Arc<Notify> {
        Arc::clone(&self.written)
    }

    /// Resolves when everything is through that was written before the call.
    pub async fn settled(&self) {
        let (question, answer) = oneshot::channel();
        if self.questions.send(question).is_err() || answer.await.is_err() {
            tracing::error!("the function `changes` does not run any more");
        }
    }

    /// Ends it, when everything is through that was written before the call.
    pub async fn stop(self) {
        drop(self.questions);
        if let Err(error) = self.running.await {
            tracing::error!(%error, "the function `changes` failed");
        }
    }
}
