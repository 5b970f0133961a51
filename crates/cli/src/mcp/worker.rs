//! The thread that calls the plugin, one call after the other: a plugin that serves one caller alone
//! need not tell its calls apart.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use aether::{CallError, Canceller, Ending, KeptPlugin, Violation};
use rmcp::model::ProgressToken;
use serde_json::Value;
use tokio::sync::oneshot;

use super::answers::{Answer, answer};
use super::news::News;

/// Most calls that wait. Each holds its input.
const MAX_WAITING: usize = 16;

/// A call to be made.
struct Job {
    method: String,
    input: Value,
    progress: Option<ProgressToken>,
    wish: Arc<Wish>,
    answer: oneshot::Sender<Answer>,
    _place: Place,
}

/// Whether a call is wanted still. Whoever gives it up sets a mark and looks for what cancels it;
/// whoever makes it leaves that there and looks for the mark: one of them sees both.
#[derive(Default)]
pub(super) struct Wish {
    given_up: AtomicBool,
    canceller: OnceLock<Canceller>,
}

impl Wish {
    pub(super) fn holds(&self) -> bool {
        !self.given_up.load(Ordering::SeqCst)
    }

    fn give_up(&self) {
        self.given_up.store(true, Ordering::SeqCst);
        if let Some(canceller) = self.canceller.get() {
            canceller.cancel();
        }
    }

    fn made(&self, canceller: Canceller) {
        let canceller = self.canceller.get_or_init(|| canceller);
        if !self.holds() {
            canceller.cancel();
        }
    }
}

/// A call handed in. Dropped, the call is given up.
pub(super) struct Handed {
    wish: Arc<Wish>,
    answer: oneshot::Receiver<Answer>,
}

impl Handed {
    /// The answer; nothing when the worker is gone.
    pub(super) async fn answer(&mut self) -> Option<Answer> {
        (&mut self.answer).await.ok()
    }
}

impl Drop for Handed {
    fn drop(&mut self) {
        self.wish.give_up();
    }
}

/// That a call is there, given up or not, with all that belongs to it.
struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
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
        let (wish, waiting) = (Arc::<Wish>::default(), Arc::clone(&self.waiting));
        let (send, answer) = oneshot::channel();
        let others = waiting.fetch_add(1, Ordering::Relaxed);
        let place = Place(waiting);
        let handed = Handed { wish: Arc::clone(&wish), answer };
        if others >= MAX_WAITING {
            return None;
        }
        // Without a worker the answer's sender is dropped.
        drop(self.jobs.send(Job { method, input, progress, wish, answer: send, _place: place }));
        Some(handed)
    }
}

/// The thread.
pub(super) struct Worker {
    jobs: Sender<Job>,
    thread: JoinHandle<Option<Violation>>,
}

impl Worker {
    pub(super) fn start(kept: KeptPlugin, news: News, limit: Duration) -> io::Result<Self> {
        let (jobs, waiting) = channel();
        let thread = thread::Builder::new()
            .name("aether-mcp-calls".to_owned())
            .spawn(move || work(kept, &waiting, &news, limit))?;
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

fn work(kept: KeptPlugin, jobs: &Receiver<Job>, news: &News, limit: Duration) -> Option<Violation> {
    for Job { method, input, progress, wish, answer: send, _place } in jobs {
        if !wish.holds() {
            continue;
        }
        news.begin(progress.map(|token| (token, Arc::clone(&wish))));
        let result = kept.begin(&method, input, limit).and_then(|call| {
            wish.made(call.canceller());
            call.wait()
        });
        news.end();
        // Nobody may be waiting any more.
        drop(send.send(answer(result, kept.resting().as_ref())));
    }
    let held = kept.resting().map(|resting| resting.reason);
    match (kept.stop(), held) {
        (Some(Ending::Violation(what)), _)
        | (_, Some(CallError::Ended(Ending::Violation(what)))) => Some(what),
        _ => None,
    }
}
