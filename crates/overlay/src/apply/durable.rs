//! Making changed names survive a crash.

use std::collections::{BTreeMap, BTreeSet};

use aether_path::VirtualPath;

use super::jobs::Job;
use super::stage::is_synced_singly;
use super::undo::there;
use crate::error::HostProblem;

/// Syncs every folder in which a name of these jobs was changed, a temporary one too; many of them
/// together with their file systems.
pub(super) fn sync(jobs: &[Job<'_>]) -> Result<(), HostProblem> {
    let folders = folders(jobs);
    let singly = is_synced_singly(folders.len());
    let mut synced = BTreeSet::new();
    for (job, inside) in folders.into_values() {
        // It may itself have been removed, or never have been there.
        let Some((folder, _)) = there(job.anchors.parent(inside))? else { continue };
        if singly {
            folder.sync()?;
        } else if synced.insert(folder.identity()?.0) {
            folder.sync_file_system()?;
        }
    }
    Ok(())
}

/// By changeset and folder, a path in it.
fn folders<'j, 'c>(
    jobs: &'j [Job<'c>],
) -> BTreeMap<(usize, Option<VirtualPath>), (&'j Job<'c>, &'j VirtualPath)> {
    let mut folders = BTreeMap::new();
    for (job, layout) in jobs.iter().filter_map(|job| Some((job, job.layout.as_ref()?))) {
        let temporary = layout.gone.iter().chain([&layout.new]).map(|spot| &spot.beside);
        for path in job.paths().chain(temporary) {
            folders.entry((job.set, path.parent())).or_insert((job, path));
        }
    }
    folders
}
