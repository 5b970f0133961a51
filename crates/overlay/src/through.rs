//! Changing the host at once.

use aether_path::VirtualPath;

use crate::apply::{Conflict, Outcome, apply_together};
use crate::blob::MAX_KEPT_IN_MEMORY;
use crate::changeset::{Change, ChangeKind};
use crate::config::Usage;
use crate::error::{Error, HostProblem, Problem};
use crate::fingerprint::{ContentHash, hash_file};
use crate::overlay::Overlay;
use crate::pool::Pool;
use crate::resolve::Resolved;
use crate::sys::HostFile;
use crate::upper::{Upper, add, cost};

impl Overlay {
    /// Makes `bytes` the whole content of a file on the host, as [`Overlay::at_once`] does. The file is
    /// created if it is missing; its folder must be there.
    ///
    /// # Errors
    /// As [`Overlay::write`] and [`Overlay::at_once`].
    pub fn write_through(&mut self, at: &Resolved, bytes: Vec<u8>) -> Result<(), Error> {
        self.at_once(&[at.path()], |overlay| overlay.write(at, bytes))?.result
    }

    /// Does to the host what `work` does to the overlay, as [`apply`](crate::apply) would: all of it or,
    /// where the host has changed, none. `paths` are those that `work` changes, with what is below them.
    /// It sees the host as it is, and nothing that waits to be applied. By what the host's files grow
    /// the quota shrinks for good.
    ///
    /// There is no journal: a crash leaves a single file undone or done, and of several perhaps some
    /// done, and names that begin with `.aether-`.
    ///
    /// # Errors
    /// Those of `work`; [`Problem::Changed`] where a file of the host's is not as the plugin read it
    /// last, until it reads it again; and [`Problem::Pending`] where a change of a path, of what is below
    /// it or of a folder on the way waits to be applied: the host would not be what the plugin sees.
    pub fn at_once<T>(
        &mut self,
        paths: &[&VirtualPath],
        work: impl FnOnce(&mut Self) -> Result<T, Error>,
    ) -> Result<AtOnce<T>, Error> {
        if let Some(path) = paths.iter().find(|path| self.upper.holds(path)) {
            return Err(Problem::Pending.at(path));
        }
        // Alone in a layer of its own, so that nothing else is applied or in the way.
        let pool = Pool::new(MAX_KEPT_IN_MEMORY, std::env::temp_dir());
        let alone = Upper::new(self.upper.quota(), pool);
        let waiting = std::mem::replace(&mut self.upper, alone);
        let done = work(self).map(|done| (done, self.changeset()));
        self.upper = waiting;
        let (done, changeset) = done?;
        let spent = grown(changeset.changes());
        let first = paths.first().map_or_else(VirtualPath::root, |path| (*path).clone());
        self.room(spent, Usage::default()).map_err(|problem| problem.at(&first))?;
        let report = apply_together(&changeset);
        // What could not be taken back is charged and known all the same.
        let made = report.changes.iter().zip(changeset.changes());
        let made = made.filter(|(one, _)| one.outcome == Outcome::Applied);
        let changes: Vec<Change> = made.map(|(_, change)| change.clone()).collect();
        self.upper.charge(grown(&changes));
        for change in changes.iter().filter(|change| !change.is_folder()) {
            let before = change.before.and_then(|before| before.content);
            if let Some(content) = change.after.map(|after| after.content).or(before) {
                self.remember(&change.path, content);
            }
        }
        let failed =
            report.changes.iter().find_map(|one| Some((&one.path, problem(&one.outcome)?)));
        let failed = failed.map(|(path, problem)| problem.at(path));
        let not_durable = report.not_durable.map(|problem| Problem::from(problem).at(&first));
        let result = failed.or(not_durable).map_or(Ok(done), Err);
        Ok(AtOnce { changes, result })
    }

    /// What the plugin has written is what it knows, if it is still there.
    fn remember(&self, path: &VirtualPath, written: ContentHash) {
        let left = self.upper.left();
        let file = self.mounts.open_file(path).ok();
        let as_written =
            |file: &HostFile| hash_file(file) == Ok(written) && file.meta_now() == Ok(*file.meta());
        match file.filter(as_written) {
            Some(file) => self.stamps.note(path, file.meta(), 0, left),
            None => self.stamps.confuse(path, left),
        }
    }
}

/// What became of something that was to be done to the host at once.
#[derive(Clone, Debug)]
pub struct AtOnce<T> {
    /// The changes that were made. Where it failed these are what could not be taken back, if anything.
    pub changes: Vec<Change>,
    /// Why not all was made; or why it may not survive a crash, though it was made.
    pub result: Result<T, Error>,
}

/// How much more the host has to hold for all of them.
fn grown(changes: &[Change]) -> Usage {
    changes.iter().map(growth).fold(Usage::default(), add)
}

/// How much more the host has to hold.
fn growth(change: &Change) -> Usage {
    let before = change.before.map_or(0, |before| before.len);
    let bytes = change.after.map_or(0, |after| after.len.saturating_sub(before));
    let is_new = matches!(
        change.kind,
        ChangeKind::Added | ChangeKind::FolderAdded | ChangeKind::LinkAdded { .. }
    );
    match is_new {
        true => cost(&change.path, bytes),
        false => Usage { bytes, entries: 0 },
    }
}

fn problem(outcome: &Outcome) -> Option<Problem> {
    match outcome {
        Outcome::Applied | Outcome::AlreadyThere | Outcome::Skipped => None,
        Outcome::Failed(HostProblem::NotFound) => Some(Problem::NotFound),
        Outcome::Failed(problem) | Outcome::Conflict(Conflict::NotTakenBack(problem)) => {
            Some(Problem::from(*problem))
        }
        Outcome::Conflict(_) | Outcome::Blocked(_) => Some(Problem::Changed),
    }
}
