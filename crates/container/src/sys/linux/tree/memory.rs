//! Memory of a tree, counted from outside.
//!
//! Counted are the private memory of every process, and what they share: files in memory (the
//! scratch, and memory files by the descriptors that hold them) or shared mappings, whichever is
//! more, since most of either is the other. Not counted is what the kernel holds for them, such as
//! buffers of sockets and pipes, and what of a file on disk can be read again.
//!
//! The sum of what the processes map is quick to have and counts twice what a fork shares. Where it
//! passes the limit, each process's share is asked for instead.

use std::collections::BTreeMap;
use std::fs;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use super::super::raw;
use super::walk::Process;

/// A look at descriptors, or at shares, takes the kernel time that grows with what a hostile cell
/// makes; so it is followed by a pause of so many times its length.
const PAUSE: u32 = 10;

/// Shortest such pause. Beside a limit, what a program can write to a memory file in that time is
/// little.
const LEAST_PAUSE: Duration = Duration::from_millis(60);

#[derive(Debug)]
pub(super) struct Memory {
    /// Anything in the file system of the scratch.
    scratch: Option<OwnedFd>,
    limit: u64,
    memory_files: Paused,
    shares: Paused,
}

/// A figure that is not taken at each look.
#[derive(Debug, Default)]
struct Paused {
    bytes: u64,
    until: Option<Instant>,
}

/// Bytes that one process holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Held {
    private: u64,
    shared: u64,
}

impl Memory {
    pub(super) fn new(scratch: Option<OwnedFd>, limit: u64) -> Self {
        Self { scratch, limit, memory_files: Paused::default(), shares: Paused::default() }
    }

    /// There is another limit from now on.
    pub(super) fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
    }

    /// Whether nothing more can be written to the scratch.
    pub(super) fn is_scratch_full(&self) -> bool {
        // A file system without a limit of one kind counts none of it.
        let none = |all: u64, left: u64| all > 0 && left == 0;
        let now = self.scratch.as_ref().and_then(|scratch| rustix::fs::fstatvfs(scratch).ok());
        now.is_some_and(|now| none(now.f_blocks, now.f_bavail) || none(now.f_files, now.f_favail))
    }

    /// Bytes of the whole tree.
    pub(super) fn take(&mut self, processes: &[Process]) -> u64 {
        let files = self.scratch.as_ref().map_or(0, used)
            + self.memory_files.take(|| memory_files(processes));
        let mapped = sum(processes, mapped);
        let most = mapped.private + mapped.shared.max(files);
        if most <= self.limit {
            return most;
        }
        // Asked again as soon as may be when it matters again.
        let exact = self.shares.take(|| {
            let shares = sum(&unshared(processes), share);
            shares.private + shares.shared.max(files)
        });
        exact.min(most)
    }
}

impl Paused {
    fn take(&mut self, ask: impl FnOnce() -> u64) -> u64 {
        let begin = Instant::now();
        if self.until.is_none_or(|until| until <= begin) {
            self.bytes = ask();
            let end = Instant::now();
            self.until = Some(end + ((end - begin) * PAUSE).max(LEAST_PAUSE));
        }
        self.bytes
    }
}

fn sum(processes: &[Process], of: impl Fn(i32) -> Held) -> Held {
    processes.iter().map(|process| of(process.pid)).fold(Held::default(), |sum, one| Held {
        private: sum.private + one.private,
        shared: sum.shared + one.shared,
    })
}

/// Without those that use their parent's memory, as between vfork(2) and exec.
fn unshared(processes: &[Process]) -> Vec<Process> {
    let shares = |one: &&Process| {
        processes.iter().any(|other| other.pid == one.parent)
            && raw::share_memory(one.pid, one.parent)
    };
    processes.iter().filter(|process| !shares(process)).copied().collect()
}

/// What a process maps, the swapped part too; `/proc/PID/status` of proc(5).
fn mapped(pid: i32) -> Held {
    let text = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let of = |name| kilobytes(&text, name);
    Held { private: of("RssAnon:") + of("VmSwap:"), shared: of("RssShmem:") }
}

/// A process's share of what it maps; `/proc/PID/smaps_rollup` of proc(5). What cannot be had is
/// what it maps.
fn share(pid: i32) -> Held {
    let text = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    if !text.contains("Pss_Anon:") {
        return mapped(pid);
    }
    let of = |name| kilobytes(&text, name);
    Held { private: of("Pss_Anon:") + of("SwapPss:"), shared: of("Pss_Shmem:") }
}

/// In bytes.
fn kilobytes(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    number.unwrap_or(0) << 10
}

/// Bytes in use in the file system of a descriptor.
fn used(within: &OwnedFd) -> u64 {
    rustix::fs::fstatvfs(within)
        .map_or(0, |system| (system.f_blocks - system.f_bfree).saturating_mul(system.f_frsize))
}

/// Bytes of the memory files that the processes have open, each file once.
fn memory_files(processes: &[Process]) -> u64 {
    let mut files = BTreeMap::new();
    for process in processes {
        let folder = format!("/proc/{}/fd", process.pid);
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if fs::read_link(&path)
                .is_ok_and(|target| target.as_os_str().as_encoded_bytes().starts_with(b"/memfd:"))
                && let Ok(meta) = fs::metadata(&path)
            {
                files.insert((meta.dev(), meta.ino()), meta.blocks() * 512);
            }
        }
    }
    files.values().sum()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::walk::read;
    use super::*;

    const STATUS: &str =
        "Name:\tx\nVmSwap:\t       4 kB\nRssAnon:\t     100 kB\nRssShmem:\t       8 kB\n";

    #[test]
    fn figures_are_read_by_name_and_a_missing_one_is_none() {
        assert_eq!(kilobytes(STATUS, "RssAnon:"), 100 << 10);
        assert_eq!(kilobytes(STATUS, "RssFile:"), 0);
        assert_eq!(kilobytes("RssAnon: x kB", "RssAnon:"), 0);
    }

    #[test]
    fn this_process_holds_memory_and_its_share_is_no_more() {
        let me = std::process::id() as i32;
        let (mapped, share) = (mapped(me), share(me));
        assert!(mapped.private > 0 && share.private > 0);
        assert_eq!(super::mapped(i32::MAX), Held::default());
        assert_eq!(super::share(i32::MAX), Held::default());
    }

    #[test]
    fn a_memory_file_counts_once_however_often_it_is_open() {
        let me = [read(std::process::id() as i32).unwrap()];
        let before = memory_files(&me);
        let descriptor = rustix::fs::memfd_create("test", rustix::fs::MemfdFlags::CLOEXEC).unwrap();
        let mut file = std::fs::File::from(descriptor);
        file.write_all(&vec![1; 4 << 20]).unwrap();
        let again = file.try_clone().unwrap();
        let grown = memory_files(&[me[0], me[0]]) - before;
        // Other tests of this program may have some open too.
        assert!((4 << 20..8 << 20).contains(&grown), "{grown}");
        drop((file, again));
    }

    #[test]
    fn a_pause_follows_and_the_figure_stays_meanwhile() {
        let mut paused = Paused::default();
        assert_eq!(paused.take(|| 7), 7);
        assert_eq!(paused.take(|| unreachable!("within the pause")), 7);
        paused.until = Some(Instant::now());
        assert_eq!(paused.take(|| 9), 9);
    }

    #[test]
    fn processes_with_memory_of_their_own_are_told_apart() {
        let mut child = std::process::Command::new("sleep").arg("30").spawn().unwrap();
        let both = [read(std::process::id() as i32).unwrap(), read(child.id() as i32).unwrap()];
        assert_eq!(unshared(&both).len(), 2);
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
