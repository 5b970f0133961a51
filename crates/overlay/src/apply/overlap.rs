//! Changesets that are applied together and change the same.
//!
//! Each was made on a host without the others' changes, so what they would be together nobody has
//! seen: of two that change the same path, the later one is refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::jobs::{Job, by_set};
use super::{Conflict, Outcome};

/// Settles each job that changes what a job of an earlier changeset changes. Both may make one
/// folder.
pub(super) fn refuse_overlaps(jobs: &mut [Job<'_>]) {
    let mut earlier = Touched::default();
    for jobs in by_set(jobs) {
        let mut own = Vec::new();
        for job in jobs.iter_mut().filter(|job| job.outcome != Some(Outcome::Skipped)) {
            let paths: Vec<PathBuf> = job.paths().map(|path| job.anchors.host_of(path)).collect();
            if job.is_pending() && paths.iter().any(|path| earlier.has(path, job.is_folder_added()))
            {
                job.outcome = Some(Outcome::Conflict(Conflict::Overlap));
            }
            own.extend(paths.into_iter().map(|path| (path, job.is_folder_added())));
        }
        own.into_iter().for_each(|(path, only_folder)| earlier.add(path, only_folder));
    }
}

/// Host paths that are changed, and whether only by a folder that is made.
#[derive(Default)]
struct Touched(BTreeMap<PathBuf, bool>);

impl Touched {
    fn add(&mut self, path: PathBuf, only_folder: bool) {
        let known = self.0.entry(path).or_insert(true);
        *known &= only_folder;
    }

    /// Whether the path, one around it or one below it is changed, in a way in which a change of
    /// this one is another.
    fn has(&self, path: &Path, only_folder: bool) -> bool {
        let here = self.0.get(path).is_some_and(|folder| !(*folder && only_folder));
        let around = || path.ancestors().skip(1).any(|at| self.0.get(at) == Some(&false));
        let below = || {
            let after = self.0.range(path.to_path_buf()..).map(|(at, _)| at);
            !only_folder
                && after.skip_while(|at| *at == path).take(1).any(|at| at.starts_with(path))
        };
        here || around() || below()
    }
}
