//! The thread that calls the plugin, one call after the other: a plugin's progress does not say of
//! which call it is, and a call that is given up takes the cell with it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use aether::{Session, SessionError, Violation};
use rmcp::model::ProgressToken;
use serde_json::Value;
use tokio::sync::oneshot;

use super::news::News;

/// Most calls that wait. Each holds its input.
const MAX_WAITING: usize = 16;

/// A call to be made.
struct Job {
    method: String,
    input: Value,
    progress: Option<ProgressToken>,
    unwanted: Arc<AtomicBool>,
    answer: oneshot::Sender<Result<Value, SessionError>>,
}

/// A call handed in. Dropped, the call is given up.
pub(super) struct Handed {
    unwanted: Arc<AtomicBool>,
    waiting: Arc<AtomicUsize>,
    answer: oneshot::Receiver<Result<Value, SessionError>>,
}

impl Handed {
    /// The result; nothing when the worker is gone.
    pub(super) async fn result(&mut self) -> Option<Result<Value, SessionError>> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Where calls are handed in.
#[derive(Clone)]
pub(super) struct Desk {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
}

impl Desk {
    /// Hands a call in; nothing comes of it where too many wait.
    pub(super) fn hand_in(
        &self,
        method: String,
        input: Value,
        progress: Option<ProgressToken>,
    ) -> Option<Handed> {
        let (unwanted, waiting) = (Arc::new(AtomicBool::new(false)), Arc::clone(&self.waiting));
        let (send, answer) = oneshot::channel();
        let others = waiting.fetch_add(1, Ordering::Relaxed);
        let handed = Handed { unwanted: Arc::clone(&unwanted), waiting, answer };
        if others >= MAX_WAITING {
            return None;
        }
        // Without a worker the answer's sender is dropped.
        drop(self.jobs.send(Job { method, input, progress, unwanted, answer: send }));
        Some(handed)
    }
}

/// The thread.
pub(super) struct Worker {
    jobs: Sender<Job>,
    thread: JoinHandle<Option<Violation>>,
}

impl Worker {
    pub(super) fn start(session: Session, news: News, limit: Duration) -> io::Result<Self> {
        let (jobs, waiting) = channel();
        let thread = thread::Builder::new()
            .name("aether-mcp-calls".to_owned())
            .spawn(move || work(session, &waiting, &news, limit))?;
        Ok(Self { jobs, thread })
    }

    pub(super) fn desk(&self) -> Desk {
        Desk { jobs: self.jobs.clone(), waiting: Arc::default() }
    }

    /// Ends the plugin when every desk is gone; gives the violation that it was ended for.
    pub(super) fn end(self) -> Option<Violation> {
        drop(self.jobs);
        // A thread that panicked has said so, and the cell is gone with it.
        self.thread.join().unwrap_or_default()
    }
}

fn work(
    mut session: Session,
    jobs: &Receiver<Job>,
    news: &News,
    limit: Duration,
) -> Option<Violation> {
    for job in jobs {
        let is_wanted = || !job.unwanted.load(Ordering::Relaxed);
        if !is_wanted() {
            continue;
        }
        news.begin(job.progress);
        let result = session.call(&job.method, job.input, limit, is_wanted);
        news.end();
        // Nobody may be waiting any more.
        drop(job.answer.send(result));
    }
    session.stop()
}
