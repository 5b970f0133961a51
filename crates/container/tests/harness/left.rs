//! What cells find on the machine, and what they could leave there.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// A folder that a cell's user may read, removed at the end.
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("native-").tempdir_in("/var/tmp");
        let folder = folder.expect("a folder");
        // A root host's cells are users of their own.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).expect("its rights");
        Self(folder)
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.0.path().canonicalize().expect("its path")
    }

    pub(crate) fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, text).expect("a file");
        path
    }
}

/// Seconds that nobody else sleeps for, so that a process is known by them.
pub(crate) fn a_time_of_its_own(test: u32) -> String {
    format!("{test}{:07}", std::process::id())
}

/// How many processes sleep for this time.
pub(crate) fn count_sleeping(time: &str) -> usize {
    let all = fs::read_dir("/proc").expect("/proc").flatten();
    all.filter(|entry| {
        let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        line.starts_with("sleep") && line.contains(time)
    })
    .count()
}

/// Waits until something is true.
#[track_caller]
pub(crate) fn becomes(what: &str, mut check: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !check() {
        assert!(Instant::now() < until, "never: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The control groups of Aether's that a process is in. Other tests' cells come and go meanwhile,
/// with groups of their own.
pub(crate) fn groups_with(pid: i32) -> Vec<PathBuf> {
    let number = pid.to_string();
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                continue;
            }
            let group = entry.path();
            if entry.file_name().to_string_lossy().starts_with("aether-") {
                let inside = fs::read_to_string(group.join("cgroup.procs")).unwrap_or_default();
                found.extend(inside.lines().any(|line| line == number).then(|| group.clone()));
            }
            folders.push(group);
        }
    }
    found
}
