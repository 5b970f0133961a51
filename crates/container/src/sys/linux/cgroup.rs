//! Control groups, version 2 or 1, for the limits that resource limits hold less well.
//!
//! Only groups below the host's own are made, each named after the host process, and each is
//! removed when its cell has ended. cgroups(7), and the kernel's admin guide for either version.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::Limits;

/// The period over which a processor quota is counted, microseconds; the kernel's default.
const CPU_PERIOD_US: u64 = 100_000;

/// Removing a group right after its last process ended may find it busy for a moment.
const REMOVE_TRIES: u32 = 50;

/// The groups of one cell.
#[derive(Debug)]
pub(super) struct Cgroup {
    memory: Option<Group>,
    cpu: Option<Group>,
}

#[derive(Debug)]
struct Group {
    path: PathBuf,
    version: Version,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Version {
    One,
    Two,
}

impl Cgroup {
    /// Makes groups with the limits and moves a process in. Says why when no memory group can be
    /// had; resource limits stand alone then.
    pub(super) fn around(pid: i32, limits: &Limits) -> Result<Self, String> {
        let places = Places::of_this_process().map_err(|error| format!("not readable: {error}"))?;
        let name = fresh_name();
        let memory = places.memory()?;
        sweep(&memory.path);
        let memory = memory.make(&name)?;
        let mut made = Self { memory: Some(memory), cpu: None };
        made.limit_memory(limits)?;
        // One thread cannot exceed one core, so only lower limits need a quota.
        if limits.cpu_millis < 1000 {
            made.limit_cpu(&places, &name, limits);
        }
        for group in [&made.memory, &made.cpu].into_iter().flatten() {
            write(&group.path, "cgroup.procs", &pid.to_string())?;
        }
        Ok(made)
    }

    pub(super) fn describe(&self) -> &'static str {
        match self.memory.as_ref().map(|group| group.version) {
            Some(Version::One) => "cgroup v1",
            Some(Version::Two) => "cgroup v2",
            None => "no cgroup",
        }
    }

    pub(super) fn limits_cpu(&self) -> bool {
        self.cpu.is_some()
    }

    /// Whether the kernel ended a process of the group for want of memory.
    pub(super) fn ran_out_of_memory(&self) -> bool {
        let Some(group) = &self.memory else { return false };
        let file = match group.version {
            Version::One => "memory.oom_control",
            Version::Two => "memory.events",
        };
        let text = fs::read_to_string(group.path.join(file)).unwrap_or_default();
        text.lines()
            .filter_map(|line| line.strip_prefix("oom_kill "))
            .any(|count| count.trim() != "0")
    }

    /// Most memory that the group has held, bytes.
    pub(super) fn peak(&self) -> Option<u64> {
        let group = self.memory.as_ref()?;
        let file = match group.version {
            Version::One => "memory.max_usage_in_bytes",
            Version::Two => "memory.peak",
        };
        fs::read_to_string(group.path.join(file)).ok()?.trim().parse().ok()
    }

    fn limit_memory(&mut self, limits: &Limits) -> Result<(), String> {
        let Some(group) = &self.memory else { return Ok(()) };
        let bytes = limits.memory.to_string();
        match group.version {
            Version::One => {
                write(&group.path, "memory.limit_in_bytes", &bytes)?;
                // Absent where swap is not accounted; then memory is what can be limited.
                let _no_swap = write(&group.path, "memory.memsw.limit_in_bytes", &bytes);
                Ok(())
            }
            Version::Two => {
                let _no_swap = write(&group.path, "memory.swap.max", "0");
                write(&group.path, "memory.max", &bytes)
            }
        }
    }

    /// Without a group for it, the host stops and continues the cell instead.
    fn limit_cpu(&mut self, places: &Places, name: &str, limits: &Limits) {
        let quota = CPU_PERIOD_US * u64::from(limits.cpu_millis) / 1000;
        let place = match (&self.memory, places) {
            (Some(memory), _) if memory.version == Version::Two => {
                Some(Group { path: memory.path.clone(), version: Version::Two })
            }
            _ => places.cpu().and_then(|group| {
                sweep(&group.path);
                group.make(name).ok()
            }),
        };
        let Some(group) = place else { return };
        let written = match group.version {
            Version::One => write(&group.path, "cpu.cfs_period_us", &CPU_PERIOD_US.to_string())
                .and_then(|()| write(&group.path, "cpu.cfs_quota_us", &quota.to_string())),
            Version::Two => write(&group.path, "cpu.max", &format!("{quota} {CPU_PERIOD_US}")),
        };
        if written.is_ok() {
            self.cpu = Some(group);
        }
    }
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

impl Group {
    fn make(self, name: &str) -> Result<Self, String> {
        let path = self.path.join(name);
        let version = self.version;
        // The parent's handle must not be removed when dropped.
        std::mem::forget(self);
        fs::create_dir(&path)
            .map_err(|error| format!("{} cannot be made: {error}", path.display()))?;
        Ok(Self { path, version })
    }
}

fn fresh_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("aether-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

fn write(folder: &Path, file: &str, text: &str) -> Result<(), String> {
    fs::write(folder.join(file), text).map_err(|error| format!("{file}: {error}"))
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

/// Where this process stands in each hierarchy.
#[derive(Debug)]
struct Places {
    /// Version 1: controller and folder.
    one: Vec<(String, PathBuf)>,
    /// Version 2: folder.
    two: Option<PathBuf>,
}

impl Places {
    fn of_this_process() -> io::Result<Self> {
        Ok(Self::parse(
            &fs::read_to_string("/proc/self/cgroup")?,
            &fs::read_to_string("/proc/self/mountinfo")?,
        ))
    }

    /// From the texts of `/proc/self/cgroup` (cgroups(7)) and `/proc/self/mountinfo` (proc(5)).
    fn parse(cgroup: &str, mounts: &str) -> Self {
        let mut places = Self { one: Vec::new(), two: None };
        for line in cgroup.lines() {
            let mut parts = line.splitn(3, ':');
            let (Some(_), Some(controllers), Some(path)) =
                (parts.next(), parts.next(), parts.next())
            else {
                continue;
            };
            if controllers.is_empty() {
                places.two = mounted(mounts, "cgroup2", None, path);
            }
            for controller in controllers.split(',').filter(|name| !name.is_empty()) {
                if let Some(folder) = mounted(mounts, "cgroup", Some(controller), path) {
                    places.one.push((controller.to_owned(), folder));
                }
            }
        }
        places
    }

    fn one(&self, controller: &str) -> Option<Group> {
        let (_, folder) = self.one.iter().find(|(name, _)| name == controller)?;
        Some(Group { path: folder.clone(), version: Version::One })
    }

    /// A version 2 folder in which groups with these controllers can be made: the own one if it
    /// is the root (no-internal-process rule), else its parent when that was delegated to us.
    fn two(&self) -> Option<Group> {
        let own = self.two.as_ref()?;
        [own.as_path(), own.parent()?].into_iter().find_map(|folder| {
            let enabled = fs::read_to_string(folder.join("cgroup.subtree_control")).ok()?;
            let has = |name| enabled.split_ascii_whitespace().any(|controller| controller == name);
            (has("memory") && has("cpu"))
                .then(|| Group { path: folder.to_owned(), version: Version::Two })
        })
    }

    fn memory(&self) -> Result<Group, String> {
        self.one("memory")
            .or_else(|| self.two())
            .ok_or_else(|| "no memory controller is delegated".to_owned())
    }

    fn cpu(&self) -> Option<Group> {
        self.one("cpu")
    }
}

/// The folder of `path` in the mounted hierarchy of a type (and controller).
fn mounted(mounts: &str, kind: &str, controller: Option<&str>, path: &str) -> Option<PathBuf> {
    mounts.lines().find_map(|line| {
        let (left, right) = line.split_once(" - ")?;
        let mut right = right.split(' ');
        if right.next()? != kind {
            return None;
        }
        let options = right.nth(1)?;
        if controller.is_some_and(|name| !options.split(',').any(|option| option == name)) {
            return None;
        }
        let mut left = left.split(' ');
        let root = left.nth(3)?;
        let point = left.next()?;
        let below = path.strip_prefix(root.trim_end_matches('/'))?;
        Some(Path::new(point).join(below.trim_start_matches('/')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &str = "\
30 25 0:26 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
31 25 0:27 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
32 25 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
33 25 0:29 /docker/abc /sys/fs/cgroup/pids rw,relatime - cgroup cgroup rw,pids
";

    #[test]
    fn version_one_places() {
        let places =
            Places::parse("5:memory:/user/me\n4:cpu,cpuacct:/\n3:pids:/docker/abc/x\n", MOUNTS);
        let of = |name: &str| {
            places.one.iter().find(|(n, _)| n == name).map(|(_, p)| p.display().to_string())
        };
        assert_eq!(of("memory").as_deref(), Some("/sys/fs/cgroup/memory/user/me"));
        assert_eq!(of("cpu").as_deref(), Some("/sys/fs/cgroup/cpu/"));
        assert_eq!(of("pids").as_deref(), Some("/sys/fs/cgroup/pids/x"));
    }

    #[test]
    fn version_two_place() {
        let places = Places::parse("0::/user.slice/session\n", MOUNTS);
        assert_eq!(
            places.two.as_deref(),
            Some(Path::new("/sys/fs/cgroup/unified/user.slice/session"))
        );
        assert!(places.one.is_empty());
    }

    #[test]
    fn nonsense_gives_nothing() {
        let places = Places::parse("x\n::\n9:memory", "garbage\n - - -\n");
        assert!(places.one.is_empty() && places.two.is_none());
    }
}
