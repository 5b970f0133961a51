//! What is kept of every start, for the record of the run.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aether_container::Posture;
use aether_overlay::{Change, Changeset};
use aether_policy::grant::{Decision, Grant, Refused};

use super::{Host, StartOptions, lock};
use crate::mounts::Places;
use crate::record::Final;
use crate::{ExitCode, Plugin};

/// One attempt to start a plugin, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) number: u32,
    pub(crate) step: Option<String>,
    pub(crate) plugin: Plugin,
    pub(crate) at: Duration,
    pub(crate) grant: Option<Arc<Grant>>,
    pub(crate) places: Option<Places>,
    pub(crate) posture: Posture,
    pub(crate) finished: Arc<Mutex<Option<Final>>>,
    /// It only compiles, and has the compiler's limits.
    pub(crate) compiles: bool,
    /// Why what was learned of its behaviour is not used, where there is something.
    pub(crate) model_unused: Option<String>,
    /// Why it did not start, or how its last call failed.
    pub(crate) failure: Option<Failure>,
}

/// A pipeline's step that no cell was made for.
#[derive(Clone, Debug)]
pub(crate) struct Unstarted {
    pub(crate) number: u32,
    pub(crate) step: String,
    /// The plugin's folder, as the pipeline has it.
    pub(crate) plugin: String,
    /// Why.
    pub(crate) text: String,
}

/// What went wrong with a start or a call, for the report.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) text: String,
    pub(crate) refused: Option<Refused>,
}

impl Host {
    /// A start that did not come to be, because the pipeline it belongs to was refused.
    pub(crate) fn note_refused(&self, plugin: &Plugin, options: &StartOptions) {
        let refused = match self.decide(plugin, options) {
            Decision::Refused(refused) => Some(refused),
            _ => None,
        };
        let text = if refused.is_some() {
            "refused before start"
        } else {
            "not started: another step was refused"
        };
        lock(&self.0.starts).push(Started {
            number: self.0.next_cell.fetch_add(1, Ordering::Relaxed) + 1,
            step: options.step.clone(),
            plugin: plugin.clone(),
            at: self.0.started.elapsed(),
            grant: None,
            places: None,
            posture: Posture::default(),
            finished: Arc::new(Mutex::new(None)),
            compiles: false,
            model_unused: None,
            failure: Some(Failure { code: ExitCode::Refused, text: text.to_owned(), refused }),
        });
    }

    /// A step that no cell was made for, because its plugin cannot be loaded or another failed.
    pub(crate) fn note_unstarted(&self, step: &str, plugin: &str, text: String) {
        let number = self.0.next_cell.fetch_add(1, Ordering::Relaxed) + 1;
        let (step, plugin) = (step.to_owned(), plugin.to_owned());
        lock(&self.0.unstarted).push(Unstarted { number, step, plugin, text });
    }

    pub(crate) fn unstarted(&self) -> Vec<Unstarted> {
        lock(&self.0.unstarted).clone()
    }

    pub(crate) fn starts(&self) -> Vec<Started> {
        lock(&self.0.starts).clone()
    }

    pub(super) fn update(&self, number: u32, change: impl FnOnce(&mut Started)) {
        if let Some(started) =
            lock(&self.0.starts).iter_mut().find(|started| started.number == number)
        {
            change(started);
        }
    }

    pub(super) fn note_failure(&self, number: u32, failure: Failure) {
        self.update(number, |started| started.failure = Some(failure));
    }

    /// Forgets a cell that has ended: what it did, and what it would change. Without this a host
    /// keeps everything for the record of its run, the contents of unapplied changes among it; one
    /// that lives long calls it when it has dealt with a cell. The audit log keeps its records.
    pub fn forget(&self, cell: u32) {
        lock(&self.0.starts).retain(|started| {
            started.number != cell || lock(&started.finished).is_none() && started.failure.is_none()
        });
    }

    /// The cells, and the starts that failed, that are on record still.
    pub(crate) fn remembered(&self) -> BTreeSet<u32> {
        lock(&self.0.starts).iter().map(|started| started.number).collect()
    }

    /// The cell of a plugin that was started last, if one is on record.
    pub(crate) fn last_of(&self, plugin: &str) -> Option<u32> {
        let starts = lock(&self.0.starts);
        let of_it = |started: &&Started| started.plugin.identity().name == plugin;
        starts.iter().rev().find(of_it).map(|started| started.number)
    }

    /// What each cell that has ended did, where that is kept ([`crate::Monitoring::traces`]), with its
    /// plugin.
    #[must_use]
    pub fn traces(&self) -> Vec<(Plugin, Vec<String>)> {
        let of = |started: &Started| {
            let trace = lock(&started.finished).as_ref()?.trace.clone();
            Some((started.plugin.clone(), trace))
        };
        self.starts().iter().filter_map(of).collect()
    }

    /// Looks at what an ended cell would change on the host; nothing while it runs, or where it is not on
    /// record.
    pub(crate) fn of_ended<T>(&self, cell: u32, look: impl FnOnce(&Changeset) -> T) -> Option<T> {
        let starts = lock(&self.0.starts);
        let finished = Arc::clone(&starts.iter().find(|started| started.number == cell)?.finished);
        drop(starts);
        lock(&finished).as_ref().map(|kept| look(&kept.changes))
    }

    /// How many changes an ended cell would make on the host; nothing while it runs, or where it is not on
    /// record.
    #[must_use]
    pub fn change_count(&self, cell: u32) -> Option<usize> {
        self.of_ended(cell, |changes| changes.changes().len())
    }

    /// Whether the policy has this change of a cell made on disk as soon as the run has ended well. What
    /// is moved goes from one path to another: the policy names both then. Where writing was taken from the
    /// cell somebody looks at its changes first: of a native program nobody knows which came before that.
    #[must_use]
    pub fn commits(&self, cell: u32, change: &Change) -> bool {
        let starts = lock(&self.0.starts);
        let Some(started) = starts.iter().find(|started| started.number == cell) else {
            return false;
        };
        let had_less = lock(&started.finished).as_ref().is_some_and(|ended| ended.had_less);
        let may = |grant: &Arc<Grant>| change.paths().all(|path| grant.commits(path));
        !had_less && started.grant.as_ref().is_some_and(may)
    }

    /// What each cell that has ended would change on the host.
    #[must_use]
    pub fn changes(&self) -> Vec<(u32, Changeset)> {
        let of = |started: &Started| {
            let kept = lock(&started.finished);
            kept.as_ref().map(|kept| (started.number, kept.changes.clone()))
        };
        self.starts().iter().filter_map(of).collect()
    }
}
