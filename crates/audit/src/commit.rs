//! One sync for all who ask for one at the same time.

use std::sync::{Condvar, Mutex};

use crate::LogError;

/// How far the log lasts. Whoever asks for more than that either syncs, or waits for the one who is
/// at it and then looks again: of all who wait, one syncs for the rest.
#[derive(Default)]
pub(crate) struct Commit {
    state: Mutex<State>,
    turned: Condvar,
}

#[derive(Default)]
struct State {
    /// How many records are known to be on the disk.
    lasting: u64,
    /// Whether somebody is syncing.
    busy: bool,
}

impl Commit {
    /// Returns when `wanted` records last. `sync` makes all that there are at its beginning last,
    /// and says how many.
    pub(crate) fn reach(
        &self,
        wanted: u64,
        sync: impl FnOnce() -> Result<u64, LogError>,
    ) -> Result<(), LogError> {
        let poisoned = || LogError::Poisoned;
        let mut state = self.state.lock().map_err(|_| poisoned())?;
        while state.busy && state.lasting < wanted {
            state = self.turned.wait(state).map_err(|_| poisoned())?;
        }
        if state.lasting >= wanted {
            return Ok(());
        }
        state.busy = true;
        drop(state);
        let mut turn = Turn { commit: self, lasting: 0 };
        turn.lasting = sync()?;
        Ok(())
    }
}

/// Somebody's turn to sync. Its end wakes the others, however it ends.
struct Turn<'a> {
    commit: &'a Commit,
    lasting: u64,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Ok(mut state) = self.commit.state.lock() {
            state.busy = false;
            state.lasting = state.lasting.max(self.lasting);
        }
        self.commit.turned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_sync_serves_all_who_waited_for_it() {
        let (commit, accepted, syncs) = (Commit::default(), AtomicU64::new(0), AtomicU64::new(0));
        let on_disk = AtomicU64::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..10 {
                        let wanted = accepted.fetch_add(1, Ordering::SeqCst) + 1;
                        let sync = || {
                            syncs.fetch_add(1, Ordering::SeqCst);
                            let upto = accepted.load(Ordering::SeqCst);
                            std::thread::sleep(Duration::from_millis(2));
                            on_disk.fetch_max(upto, Ordering::SeqCst);
                            Ok(upto)
                        };
                        commit.reach(wanted, sync).unwrap();
                        assert!(on_disk.load(Ordering::SeqCst) >= wanted);
                    }
                });
            }
        });
        let syncs = syncs.load(Ordering::SeqCst);
        assert!((10..60).contains(&syncs), "{syncs} for 80");
    }

    #[test]
    fn a_failure_is_for_who_met_it_and_the_next_tries_again() {
        let commit = Commit::default();
        let failed = commit.reach(1, || Err(LogError::Poisoned));
        assert!(matches!(failed, Err(LogError::Poisoned)));
        commit.reach(1, || Ok(1)).unwrap();
        commit.reach(1, || panic!("it lasts already")).unwrap();
    }
}
