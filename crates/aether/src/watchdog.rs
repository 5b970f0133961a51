//! The last word on deadlines.
//!
//! A driver looks at its cell's deadlines between two lines. If the host itself hangs within one,
//! such as in a read from a network file system that does not answer, nobody would look; this
//! thread does, for all cells of the process, and kills by a descriptor of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, Once, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use aether_container::Killer;

/// How long after a deadline the driver has for its own, better told, end.
pub(crate) const LAST_GRACE: Duration = Duration::from_secs(1);

/// How often the deadlines are looked at.
const PERIOD: Duration = Duration::from_millis(200);

/// No deadline.
const NEVER: u64 = u64::MAX;

/// One cell, watched as long as this lives.
#[derive(Debug)]
pub(crate) struct Watch {
    killer: Killer,
    /// Milliseconds since [`epoch`].
    until: AtomicU64,
}

impl Watch {
    /// Watches a cell; without a deadline at first.
    pub(crate) fn new(killer: Killer) -> Arc<Self> {
        static STARTED: Once = Once::new();
        STARTED.call_once(|| {
            let thread = std::thread::Builder::new().name("aether-watchdog".to_owned());
            // Without it the drivers' own deadlines still stand.
            drop(thread.spawn(watch));
        });
        let watch = Arc::new(Self { killer, until: AtomicU64::new(NEVER) });
        all().push(Arc::downgrade(&watch));
        watch
    }

    /// Sets the time after which the cell is killed, or that there is none.
    pub(crate) fn set(&self, deadline: Option<Instant>) {
        let until = deadline.map_or(NEVER, |deadline| millis(deadline + LAST_GRACE));
        self.until.store(until, Ordering::Relaxed);
    }
}

fn watch() {
    loop {
        std::thread::sleep(PERIOD);
        let now = millis(Instant::now());
        all().retain(|watch| {
            let Some(watch) = watch.upgrade() else { return false };
            if now >= watch.until.load(Ordering::Relaxed) {
                watch.killer.kill();
            }
            true
        });
    }
}

fn all() -> std::sync::MutexGuard<'static, Vec<Weak<Watch>>> {
    static ALL: Mutex<Vec<Weak<Watch>>> = Mutex::new(Vec::new());
    // A list of weak references is whole at every moment.
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

fn millis(time: Instant) -> u64 {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    let epoch = *EPOCH.get_or_init(Instant::now);
    u64::try_from(time.saturating_duration_since(epoch).as_millis()).unwrap_or(NEVER)
}
