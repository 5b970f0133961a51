//! The machine's state, as far as attacks aim at it, and putting it back.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::scene::Scene;

/// How long the kernel may take to bury what has ended.
const BURIAL: Duration = Duration::from_secs(1);

/// What of a file would be noticed.
type Look = (u32, u32, u64, i64, i64, u64, bool);

/// The state of the machine at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Traces {
    host: String,
    mounts: BTreeSet<String>,
    /// Files of the scene, and those elsewhere with the run's name.
    files: BTreeMap<PathBuf, Look>,
}

impl Traces {
    pub(super) fn now(scene: &Scene) -> Self {
        let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let mut files = BTreeMap::new();
        collect(Path::new(&scene.folder), &mut files);
        for folder in ["/tmp", "/dev/shm", "/var/tmp", "/run"] {
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                let path = entry.path();
                let ours = entry.file_name().to_string_lossy().contains(&scene.id);
                if ours && path != Path::new(&scene.folder) {
                    look(&path).map(|look| files.insert(path, look));
                }
            }
        }
        Self {
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            // Others of the machine come and go.
            mounts: mounts
                .lines()
                .filter(|line| line.contains(&scene.id))
                .map(str::to_owned)
                .collect(),
            files,
        }
    }

    /// What differs of the machine itself.
    pub(super) fn machine_since(&self, before: &Self) -> Vec<String> {
        let mut found: Vec<String> =
            self.mounts.difference(&before.mounts).map(|mount| format!("mount {mount}")).collect();
        if self.host != before.host {
            found.push(format!("the machine's name is {}", self.host));
        }
        found
    }

    /// Files that are new, gone or different.
    pub(super) fn files_since(&self, before: &Self) -> Vec<PathBuf> {
        let all: BTreeSet<&PathBuf> = self.files.keys().chain(before.files.keys()).collect();
        let differs = |path: &&&PathBuf| self.files.get(**path) != before.files.get(**path);
        all.iter().filter(differs).map(|path| (*path).clone()).collect()
    }
}

fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Look>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        // These are the judge's own: the link that is swapped, and what programs say.
        if ["link", "link.next", "output", "errors", "neighbour-output", "neighbour-errors"]
            .iter()
            .any(|name| entry.file_name() == *name)
        {
            continue;
        }
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            collect(&path, files);
        }
        if let Some(look) = look(&path) {
            files.insert(path, look);
        }
    }
}

fn look(path: &Path) -> Option<Look> {
    let data = fs::symlink_metadata(path).ok()?;
    let mut names = [0u8; 256];
    let length = rustix::fs::llistxattr(path, &mut names).unwrap_or(0);
    let marked = names[..length].windows(11).any(|window| window == b"user.aether");
    let (mode, user) = (data.mode(), data.uid());
    if data.is_dir() {
        // The rest changes with what is in it.
        return Some((mode, user, 0, 0, 0, 0, marked));
    }
    Some((mode, user, data.len(), data.mtime(), data.mtime_nsec(), data.nlink(), marked))
}

/// Processes of the run that are left, after a time in which they may end: by their command lines,
/// which name the scene, and by the session of the launcher.
pub(super) fn left(scene: &Scene, session: i32, spared: &[i32], wait: bool) -> Vec<(i32, String)> {
    let until = Instant::now() + if wait { BURIAL } else { Duration::from_millis(100) };
    let mut none = 0;
    loop {
        let found = running(scene, session, spared);
        none = if found.is_empty() { none + 1 } else { 0 };
        // One look can miss a process that is made, under a higher number, while its parent ends.
        // Outside one is expected to stay, which is seen at the end of the time.
        if wait && none > 1 || Instant::now() > until {
            return found;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn running(scene: &Scene, session: i32, spared: &[i32]) -> Vec<(i32, String)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    let pids = pids.filter(|pid| *pid != scene.host && !spared.contains(pid));
    pids.filter_map(|pid| {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        // proc(5): after the name in parentheses: state, parent, group, session.
        let fields: Vec<&str> = stat[stat.rfind(')')? + 1..].split_ascii_whitespace().collect();
        let dead = matches!(fields.first(), Some(&"Z" | &"X"));
        let line = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let ours = line.contains(&scene.id) || fields.get(3)?.parse() == Ok(session);
        let words: String = line.chars().take(60).collect();
        (ours && !dead).then(|| (pid, format!("{pid} {words}")))
    })
    .collect()
}

/// Ends these processes, each by its number.
pub(super) fn end(processes: &[(i32, String)]) {
    for (pid, _) in processes {
        if let Some(pid) = Pid::from_raw(*pid) {
            // Gone already, where another of them took it along.
            let _gone = kill_process(pid, Signal::KILL);
        }
    }
}

/// Removes what is new.
pub(super) fn remove(path: &Path) {
    // A file that a program made and left; a folder has nothing of the scene in it.
    let _gone = fs::remove_file(path).or_else(|_| fs::remove_dir_all(path));
}

/// Sets a mode.
pub(super) fn set_mode(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
