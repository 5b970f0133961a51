//! What an attack may not leave behind.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the kernel may take to bury what has ended.
const BURIAL: Duration = Duration::from_secs(2);

/// Deepest level of the control group tree that is looked at; containers nest a few.
const CGROUP_DEPTH: u32 = 8;

/// The machine's state, as far as attacks aim at it.
#[derive(Debug)]
pub(super) struct Traces {
    host_name: String,
    mounts: BTreeSet<String>,
    temporary: BTreeSet<String>,
    /// The processes whose end is awaited; each leads a session of its own.
    leaders: BTreeSet<i32>,
}

impl Traces {
    pub(super) fn now() -> Self {
        Self {
            host_name: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            mounts: our_mounts(),
            temporary: our_files(),
            leaders: BTreeSet::new(),
        }
    }

    /// Awaits that process's end, and that of everything in its session.
    pub(super) fn watch(&mut self, pid: i32) {
        self.leaders.insert(pid);
    }

    /// Everything as it was, and every watched process gone.
    pub(super) fn nothing_new(&self) -> Result<(), String> {
        let until = Instant::now() + BURIAL;
        while let Some(left) = self.left_process() {
            if Instant::now() > until {
                return Err(format!("a process is left: {left}"));
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let now = Self::now();
        if now.host_name != self.host_name {
            return Err(format!("the machine is now named {}", now.host_name));
        }
        if let Some(mount) = now.mounts.difference(&self.mounts).next() {
            return Err(format!("a mount is left: {mount}"));
        }
        if let Some(file) = now.temporary.difference(&self.temporary).next() {
            return Err(format!("a file is left: {file}"));
        }
        match our_cgroup(Path::new("/sys/fs/cgroup"), CGROUP_DEPTH) {
            Some(group) => Err(format!("a control group is left: {group}")),
            None => Ok(()),
        }
    }

    fn left_process(&self) -> Option<String> {
        fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
            let pid: i32 = entry.file_name().to_str()?.parse().ok()?;
            let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
            // proc(5): after the name in parentheses: state, parent, group, session.
            let session = stat[stat.rfind(')')? + 1..].split_ascii_whitespace().nth(3)?;
            let ours = self.leaders.contains(&pid) || self.leaders.contains(&session.parse().ok()?);
            ours.then_some(stat)
        })
    }
}

/// Mounts that we or an attack made; others of the machine come and go.
fn our_mounts() -> BTreeSet<String> {
    let mounts = fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
    mounts.lines().filter(|line| line.contains("aether")).map(str::to_owned).collect()
}

fn our_files() -> BTreeSet<String> {
    let names = fs::read_dir("/tmp").into_iter().flatten().flatten();
    let names = names.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| name.starts_with("aether-engine-attack-")).collect()
}

/// A control group with this host's name, which exists only while one of its cells does.
fn our_cgroup(folder: &Path, depth: u32) -> Option<String> {
    let prefix = format!("aether-{}-", std::process::id());
    for entry in fs::read_dir(folder).ok()?.flatten() {
        if !entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            continue;
        }
        if entry.file_name().to_string_lossy().starts_with(&prefix) {
            return Some(entry.path().display().to_string());
        }
        if let Some(found) = depth.checked_sub(1).and_then(|less| our_cgroup(&entry.path(), less)) {
            return Some(found);
        }
    }
    None
}
