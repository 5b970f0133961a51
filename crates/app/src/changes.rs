//! What ended cells would change, and what becomes of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use aether::audit::{Event as Record, Kind, Verdict};
use aether::overlay::{
    ApplyReport, Change as Pending, Changeset, DiffBody, Outcome, apply, diff as diff_of,
};
use aether::path::VirtualPath;
use aether::report::CellRecord;

use crate::app::Inner;
use crate::model::{Applied, AppliedOutcome, Change};
use crate::{App, Error, lock};

/// Records of cells that the host has forgotten. The oldest go first.
const PAST: usize = 200;

/// Changes that are kept of each.
const PAST_CHANGES: usize = 100;

/// Changes of one ended cell, some of which may have been made.
#[derive(Clone, Debug)]
pub(crate) struct Waiting {
    pub(crate) cell: u32,
    pub(crate) plugin: String,
    changes: Changeset,
    made: BTreeSet<VirtualPath>,
}

impl Waiting {
    fn waits(&self, change: &Pending) -> bool {
        !self.made.contains(&change.path)
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.changes.changes().iter().filter(|change| self.waits(change)).count()
    }
}

impl App {
    /// What a plugin's ended cells would change: nothing of it is made before a person says so.
    ///
    /// # Errors
    /// `unknown-plugin`.
    pub fn changes(&self, name: &str) -> Result<Vec<Change>, Error> {
        self.known(name)?;
        Ok(self.pending_of(name).iter().flat_map(shown).collect())
    }

    /// Makes a plugin's changes, those at these paths or else all of them. What the host is not as the
    /// plugin saw it is left, and waits on.
    ///
    /// # Errors
    /// `unknown-plugin`; `audit` where that a person said so cannot be recorded, and nothing is made then,
    /// or where what became of a change cannot.
    pub fn apply(&self, name: &str, paths: Option<&[String]>) -> Result<Vec<Applied>, Error> {
        self.known(name)?;
        let inner: &Inner = &self.0;
        let _alone = lock(&inner.applying);
        inner.record(name, "apply", "")?;
        let mut all = Vec::new();
        for waiting in self.pending_of(name) {
            let named = |change: &Pending| {
                paths.is_none_or(|paths| paths.iter().any(|path| path == change.path.as_str()))
            };
            let report = apply(&waiting.changes, |change| waiting.waits(change) && named(change));
            let recorded = self.keep_report(waiting.cell, &report);
            inner.deal(waiting.cell, made(&report));
            all.extend(report.changes.iter().filter_map(applied));
            recorded?;
        }
        Ok(all)
    }

    /// Throws a plugin's changes away. Gives how many there were.
    ///
    /// # Errors
    /// `audit`, and nothing is thrown away then.
    pub fn discard(&self, name: &str) -> Result<usize, Error> {
        if !self.pending_of(name).is_empty() {
            self.0.record(name, "discard", "")?;
        }
        Ok(self.throw_away(name))
    }

    pub(crate) fn throw_away(&self, name: &str) -> usize {
        let inner: &Inner = &self.0;
        let _alone = lock(&inner.applying);
        let all = self.pending_of(name);
        let count = all.iter().map(Waiting::count).sum();
        for waiting in all {
            let paths = waiting.changes.changes().iter().map(|change| change.path.clone());
            inner.deal(waiting.cell, paths.collect());
        }
        count
    }

    /// What waits, by cell.
    pub(crate) fn pending(&self) -> Vec<Waiting> {
        let inner: &Inner = &self.0;
        let dealt = lock(&inner.dealt).clone();
        let of = |(cell, changes): (u32, Changeset)| {
            let plugin = inner.hub.feed.plugin_of(cell)?;
            let made = dealt.get(&cell).cloned().unwrap_or_default();
            let waiting = Waiting { cell, plugin, changes, made };
            (waiting.count() > 0).then_some(waiting)
        };
        inner.host.changes().into_iter().filter_map(of).collect()
    }

    /// What the changes that wait take in memory, about.
    pub(crate) fn waiting_bytes(&self) -> u64 {
        let each = self.pending().into_iter().map(|waiting| waiting.changes.in_memory());
        each.fold(0, u64::saturating_add)
    }

    fn pending_of(&self, name: &str) -> Vec<Waiting> {
        self.pending().into_iter().filter(|waiting| waiting.plugin == name).collect()
    }

    fn keep_report(&self, cell: u32, report: &ApplyReport) -> Result<(), Error> {
        for change in &report.changes {
            let (verdict, why) = match &change.outcome {
                Outcome::Applied | Outcome::AlreadyThere => (Verdict::Allowed, None),
                Outcome::Skipped => continue,
                other => (Verdict::Failed, Some(words(other))),
            };
            let record = Record::new(Kind::Apply, change.kind.word(), verdict).cell(cell);
            let record = record.object(change.path.as_str());
            let record = match &why {
                Some(why) => record.detail("why", why.as_str()),
                None => record,
            };
            self.0.host.log().record(&record)?;
        }
        Ok(())
    }
}

impl Inner {
    /// Notes what was made or thrown away of a cell's changes. Where that is all, the host keeps them
    /// no more.
    fn deal(&self, cell: u32, paths: BTreeSet<VirtualPath>) {
        let mut dealt = lock(&self.dealt);
        let gone = dealt.entry(cell).or_default();
        gone.extend(paths);
        let changes = self.host.changes().into_iter().find(|(number, _)| *number == cell);
        let is_all = changes.is_none_or(|(_, changes)| {
            changes.changes().iter().all(|change| gone.contains(&change.path))
        });
        if is_all {
            dealt.remove(&cell);
            drop(dealt);
            self.forget(cell);
        }
    }

    /// Has the host forget a cell, and keeps its record for reports.
    pub(crate) fn forget(&self, cell: u32) {
        let record = self.host.cell_record(cell).map(|record| CellRecord {
            // What it would change is told in full while it waits.
            changes: record.changes.into_iter().take(PAST_CHANGES).collect(),
            ..record
        });
        let mut past = lock(&self.past);
        past.extend(record);
        let over = past.len().saturating_sub(PAST);
        past.drain(..over);
        drop(past);
        self.host.forget(cell);
    }
}

fn made(report: &ApplyReport) -> BTreeSet<VirtualPath> {
    let done = |outcome: &Outcome| matches!(outcome, Outcome::Applied | Outcome::AlreadyThere);
    let made = report.changes.iter().filter(|change| done(&change.outcome));
    made.map(|change| change.path.clone()).collect()
}

fn applied(change: &aether::overlay::Applied) -> Option<Applied> {
    let (outcome, detail) = match &change.outcome {
        Outcome::Applied | Outcome::AlreadyThere => (AppliedOutcome::Applied, None),
        Outcome::Skipped => return None,
        other @ (Outcome::Conflict(_) | Outcome::Blocked(_)) => {
            (AppliedOutcome::Conflict, Some(words(other)))
        }
        other @ Outcome::Failed(_) => (AppliedOutcome::Failed, Some(words(other))),
    };
    Some(Applied { path: change.path.as_str().to_owned(), outcome, detail })
}

fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied => "made".to_owned(),
        Outcome::AlreadyThere => "already there".to_owned(),
        Outcome::Skipped => "not selected".to_owned(),
        Outcome::Conflict(conflict) => conflict.to_string(),
        Outcome::Blocked(path) => format!("it waits for the change at {path}, which was not made"),
        Outcome::Failed(problem) => problem.to_string(),
    }
}

fn shown(waiting: &Waiting) -> Vec<Change> {
    let (cell, changes) = (waiting.cell, &waiting.changes);
    let diffs = diff_of(changes);
    let of = |(change, diff): (&Pending, aether::overlay::FileDiff)| Change {
        cell,
        path: change.path.as_str().to_owned(),
        kind: change.kind.word().to_owned(),
        host: Some(change.host.display().to_string()),
        diff: match diff.body {
            DiffBody::Text(text) => Some(text),
            _ => None,
        },
        bytes: change.after.as_ref().map(|after| after.len),
    };
    let all = changes.changes().iter().zip(diffs);
    all.filter(|(change, _)| waiting.waits(change)).map(of).collect()
}

/// Whatever an app does with [`Arc`]s of this, threads may share it.
const _: fn() = || {
    const fn shared<T: Send + Sync>() {}
    shared::<Arc<Inner>>();
};
