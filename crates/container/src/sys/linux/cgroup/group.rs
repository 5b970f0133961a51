//! One group: a folder that is made, written to, read from and removed.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Removing a group right after its last process ended may find it busy for a moment.
const REMOVE_TRIES: u32 = 50;

/// Which interface a hierarchy has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    One,
    Two,
}

/// A group of ours; removed when dropped.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) path: PathBuf,
    pub(super) version: Version,
}

impl Group {
    pub(super) fn make(parent: &Path, name: &str, version: Version) -> Result<Self, String> {
        sweep(parent);
        let path = parent.join(name);
        fs::create_dir(&path)
            .map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        Ok(Self { path, version })
    }

    pub(super) fn write(&self, file: &str, text: &str) -> Result<(), String> {
        fs::write(self.path.join(file), text).map_err(|error| format!("{file}: {error}"))
    }

    pub(super) fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.path.join(file)).ok()
    }

    /// The number that is all of a file.
    pub(super) fn number(&self, file: &str) -> Option<u64> {
        self.read(file)?.trim().parse().ok()
    }

    /// The number behind a word, in a file with one such pair on each line.
    pub(super) fn keyed(&self, file: &str, key: &str) -> Option<u64> {
        keyed(&self.read(file)?, key)
    }
}

/// Counts the processes of a group that were killed for want of memory. Kept open, since it is
/// looked at all the time.
#[derive(Debug)]
pub(super) struct Killed(File);

impl Killed {
    pub(super) fn of(group: &Group) -> Option<Self> {
        let file = match group.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        File::open(group.path.join(file)).ok().map(Self)
    }

    pub(super) fn any(&self) -> bool {
        let mut buffer = [0u8; 1024];
        let length = self.0.read_at(&mut buffer, 0).unwrap_or(0);
        let text = String::from_utf8_lossy(&buffer[..length]);
        keyed(&text, "oom_kill").is_some_and(|count| count > 0)
    }
}

fn keyed(text: &str, key: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix(' ')?.trim().parse().ok())
}

impl Drop for Group {
    fn drop(&mut self) {
        for _ in 0..REMOVE_TRIES {
            match fs::remove_dir(&self.path) {
                Err(error) if error.raw_os_error() == Some(libc::EBUSY) => {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // Gone, or not removable; `sweep` of a later run tries again.
                _ => return,
            }
        }
    }
}

/// A name that no other group has: the host's number and a count.
pub(super) fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("aether-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// Removes groups that a host killed in mid-run has left, once per folder and process.
fn sweep(parent: &Path) {
    static SWEPT: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());
    let mut swept = SWEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if !swept.insert(parent.to_owned()) {
        return;
    }
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let owner = name
            .to_str()
            .and_then(|n| n.strip_prefix("aether-")?.split('-').next()?.parse::<u32>().ok());
        if owner.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
            // Fails while a process is inside, as it must.
            let _busy = fs::remove_dir(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_of_hosts_that_are_gone_are_swept_and_no_others() {
        let parent = tempfile::tempdir().unwrap();
        let at = |name: &str| parent.path().join(name);
        let mine = format!("aether-{}-77", std::process::id());
        // No process has a number beyond the kernel's largest, 2^22.
        for name in ["aether-4194305-0", "aether-x-0", "other", mine.as_str()] {
            fs::create_dir(at(name)).unwrap();
        }
        let made = Group::make(parent.path(), "aether-new", Version::Two).unwrap();
        assert!(!at("aether-4194305-0").exists());
        for name in ["aether-x-0", "other", mine.as_str(), "aether-new"] {
            assert!(at(name).exists(), "{name}");
        }
        drop(made);
        assert!(!at("aether-new").exists());
    }

    #[test]
    fn pairs_are_read_by_their_whole_word() {
        let folder = tempfile::tempdir().unwrap();
        let group = Group::make(folder.path(), "one", Version::Two).unwrap();
        group.write("memory.events", "low 0\noom_kill_other 7\noom_kill 0\noom 3\n").unwrap();
        let killed = Killed::of(&group).unwrap();
        assert!(!killed.any());
        group.write("memory.events", "low 0\noom_kill_other 7\noom_kill 2\noom 3\n").unwrap();
        assert!(killed.any(), "what is in the file now");
        assert_eq!(group.keyed("memory.events", "oom"), Some(3));
        assert_eq!(group.keyed("memory.events", "high"), None);
        assert_eq!(group.number("memory.events"), None);
        fs::remove_file(folder.path().join("one/memory.events")).unwrap();
    }
}
