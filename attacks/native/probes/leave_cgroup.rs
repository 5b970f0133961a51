use std::fs;
use std::path::{Path, PathBuf};

use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "leave-cgroup",
    tries: "Opens the lists of processes of other control groups for writing.",
    row: Row::Cgroups,
    needs: &[Need::Root],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

/// Groups that are looked at.
const MOST: usize = 200;

fn attempt(_: &Scene) -> Outcome {
    let mut found = Vec::new();
    collect(Path::new("/sys/fs/cgroup"), 4, &mut found);
    any(found.into_iter().map(reach::writable))
}

fn collect(folder: &Path, depth: u32, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if found.len() >= MOST {
            return;
        }
        let path = entry.path();
        if entry.file_name() == "cgroup.procs" {
            found.push(path);
        } else if depth > 0 && entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&path, depth - 1, found);
        }
    }
}
