//! Asking a person for a single operation beyond a grant.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use aether_gateway::Question;

use super::{Host, lock};

/// What a plugin wants to do beyond its grant. Its reason is its own words: escape them where they
/// are shown.
#[derive(Clone, Debug)]
pub struct ElevationQuestion {
    /// The plugin's name.
    pub plugin: String,
    /// The cell's number in this run.
    pub cell: u32,
    /// The kind of right, such as `host-write`.
    pub right: &'static str,
    /// What for, such as `host-write below /workspace/out`.
    pub want: String,
    /// How often it could be done.
    pub uses: u32,
    /// Within which time.
    pub lifetime: Duration,
    /// Why, in the plugin's words.
    pub reason: String,
    /// The line of the policy that would allow it without asking.
    pub policy_line: String,
    wanted: Arc<AtomicBool>,
}

impl ElevationQuestion {
    /// Whether an answer still counts. The question is over when its time is, or when the call or
    /// the cell that it is for has ended; a window with it may be closed then.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.wanted.load(Ordering::SeqCst)
    }
}

pub(super) type AskElevation = dyn Fn(&ElevationQuestion) -> bool + Send + Sync;

/// One question after the other: nobody can read two.
#[derive(Default)]
pub(super) struct Turns {
    /// The thread whose turn it is.
    taken: Mutex<Option<ThreadId>>,
    left: Condvar,
}

/// Nobody else is asked while this lives; nothing where it was this thread's turn before: whoever is
/// asked may start something that has to ask as well.
pub(super) struct Turn<'a>(Option<&'a Turns>);

impl Turns {
    /// How often whoever waits looks whether its question is still wanted.
    const LOOK: Duration = Duration::from_millis(50);

    /// Waits until nobody else is asked, as long as it is wanted.
    pub(super) fn wait(&self, is_wanted: impl Fn() -> bool) -> Option<Turn<'_>> {
        let own = thread::current().id();
        let mut taken = lock(&self.taken);
        loop {
            if !is_wanted() {
                return None;
            }
            match *taken {
                None => {
                    *taken = Some(own);
                    return Some(Turn(Some(self)));
                }
                Some(other) if other == own => return Some(Turn(None)),
                Some(_) => {}
            }
            let waited = self.left.wait_timeout(taken, Self::LOOK);
            taken = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if let Some(turns) = self.0 {
            *lock(&turns.taken) = None;
            turns.left.notify_one();
        }
    }
}

impl Host {
    /// Whether a person agrees; nothing when nobody was asked. One that is not `wanted` any more when
    /// its turn comes is not put.
    pub(crate) fn elevate(
        &self,
        plugin: &str,
        cell: u32,
        question: &Question,
        wanted: &Arc<AtomicBool>,
    ) -> Option<bool> {
        let ask = self.0.ask_elevation.as_ref()?;
        let is_wanted = || !self.is_interrupted() && wanted.load(Ordering::SeqCst);
        let _turn = self.0.asking.wait(is_wanted)?;
        let agreed = ask(&ElevationQuestion {
            plugin: plugin.to_owned(),
            cell,
            right: question.want.right().as_str(),
            want: question.want.to_string(),
            uses: question.uses,
            lifetime: question.lifetime,
            reason: question.reason.clone(),
            policy_line: question.policy_line.clone(),
            wanted: Arc::clone(wanted),
        });
        // Nobody's answer counts any more.
        (!self.is_interrupted()).then_some(agreed)
    }
}
