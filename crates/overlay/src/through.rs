//! Writing a file of the host at once.

use aether_path::VirtualPath;

use crate::apply::{Outcome, apply};
use crate::blob::MAX_KEPT_IN_MEMORY;
use crate::config::Usage;
use crate::error::{Error, HostProblem, Problem};
use crate::fingerprint::{ContentHash, hash_file};
use crate::overlay::Overlay;
use crate::pool::Pool;
use crate::resolve::Resolved;
use crate::sys::HostFile;
use crate::upper::{Upper, cost};

impl Overlay {
    /// Makes `bytes` the whole content of a file on the host, as [`apply`](crate::apply) would: in
    /// one step, which a crash leaves undone or done. The file is created if it is missing; its
    /// folder must be there. Counts as what was written for good: the quota does not get it back.
    ///
    /// # Errors
    /// As [`Overlay::write`]; [`Problem::Changed`] where the host's file is not as the plugin read
    /// it last, until it reads it again; and [`Problem::Pending`] where a change of the file or of a
    /// folder on the way waits to be applied: the host would not be what the plugin sees. Where the
    /// host could not promise that the file survives a crash, it may have been written.
    pub fn write_through(&mut self, at: &Resolved, bytes: Vec<u8>) -> Result<(), Error> {
        let path = at.path();
        if self.upper.get(path).is_some() || self.upper.above(path).is_some() {
            return Err(Problem::Pending.at(path));
        }
        let written = ContentHash::of(&bytes);
        let spent = cost(path, bytes.len() as u64);
        self.room(spent, Usage::default()).map_err(|problem| problem.at(path))?;
        // Alone in a layer of its own, so that nothing else is applied or in the way.
        let pool = Pool::new(MAX_KEPT_IN_MEMORY, std::env::temp_dir());
        let alone = Upper::new(self.upper.quota(), pool);
        let waiting = std::mem::replace(&mut self.upper, alone);
        let changes = self.write(at, bytes).map(|()| self.changeset());
        self.upper = waiting;
        let report = apply(&changes?, |_| true);
        let failed = report.changes.into_iter().find_map(|applied| problem(applied.outcome));
        if let Some(problem) = failed {
            return Err(problem.at(path));
        }
        self.upper.charge(spent);
        self.remember(path, written);
        match report.not_durable {
            Some(problem) => Err(Problem::from(problem).at(path)),
            None => Ok(()),
        }
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

fn problem(outcome: Outcome) -> Option<Problem> {
    match outcome {
        Outcome::Applied | Outcome::AlreadyThere | Outcome::Skipped => None,
        Outcome::Conflict(_) | Outcome::Blocked(_) => Some(Problem::Changed),
        Outcome::Failed(HostProblem::NotFound) => Some(Problem::NotFound),
        Outcome::Failed(problem) => Some(Problem::from(problem)),
    }
}
