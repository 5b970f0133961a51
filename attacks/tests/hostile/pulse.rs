//! How late this machine is by itself: a shared one stops for seconds now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// How often it is looked.
const BEAT: Duration = Duration::from_millis(10);

/// Most that the machine is forgiven. An attack that stops more than its cell would be forgiven
/// otherwise.
const MOST: Duration = Duration::from_secs(4);

/// A thread that only sleeps, and sees how late it wakes.
#[derive(Debug)]
pub(super) struct Pulse {
    stop: Arc<AtomicBool>,
    worst: Arc<AtomicU64>,
    thread: Option<JoinHandle<()>>,
}

impl Pulse {
    pub(super) fn start() -> Self {
        let (stop, worst) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
        let (stopped, found) = (Arc::clone(&stop), Arc::clone(&worst));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let due = Instant::now() + BEAT;
                std::thread::sleep(BEAT);
                let late = Instant::now().saturating_duration_since(due).as_millis();
                found.fetch_max(u64::try_from(late).unwrap_or(u64::MAX), Ordering::Relaxed);
            }
        });
        Self { stop, worst, thread: Some(thread) }
    }

    /// How late anything may be beyond its own bound: an answer waits for a few threads in a row.
    pub(super) fn allowance(&self) -> Duration {
        (Duration::from_millis(self.worst.load(Ordering::Relaxed)) * 2).min(MOST)
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
    }
}
