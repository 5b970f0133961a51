//! What a host may not have left when its cells have ended.

use std::fs;
use std::time::{Duration, Instant};

/// How long the kernel may take to bury what has ended.
const BURIAL: Duration = Duration::from_secs(2);

/// Most that an attack may make its host grow by, in bytes: the largest payload as it is read, copied
/// and taken apart into as many values as it may have.
const GROWTH: u64 = 112 << 20;

/// This process's memory before an attack.
#[derive(Debug)]
pub(super) struct Memory {
    before: u64,
}

impl Memory {
    /// Notes what is resident now, and forgets the peak so far.
    pub(super) fn now() -> Result<Self, String> {
        // proc(5): 5 sets the peak back to what is resident.
        fs::write("/proc/self/clear_refs", "5").map_err(|error| error.to_string())?;
        Ok(Self { before: status("VmRSS:")? })
    }

    /// How much more was resident at most since then; the error when it was too much.
    pub(super) fn growth(&self) -> Result<u64, String> {
        let growth = status("VmHWM:")?.saturating_sub(self.before);
        if growth > GROWTH {
            return Err(format!("the host grew by {} MiB", growth >> 20));
        }
        Ok(growth)
    }
}

fn status(field: &str) -> Result<u64, String> {
    let text = fs::read_to_string("/proc/self/status").map_err(|error| error.to_string())?;
    let line = text.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<u64>().ok());
    kib.map(|kib| kib << 10).ok_or_else(|| format!("no {field} in /proc/self/status"))
}

/// No child of this process is left, and none of the given processes.
pub(super) fn nobody_left(pids: &[i64]) -> Result<(), String> {
    let until = Instant::now() + BURIAL;
    while let Some(left) = anybody(pids) {
        if Instant::now() > until {
            return Err(format!("a process is left: {left}"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}

fn anybody(pids: &[i64]) -> Option<String> {
    let threads = fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let children =
        threads.filter_map(|thread| fs::read_to_string(thread.path().join("children")).ok());
    let children = children
        .flat_map(|text| text.split_ascii_whitespace().map(str::to_owned).collect::<Vec<_>>());
    children
        .chain(pids.iter().map(ToString::to_string))
        .find_map(|pid| fs::read_to_string(format!("/proc/{pid}/stat")).ok())
}

/// Descriptors that this process has open.
pub(super) fn descriptors() -> usize {
    fs::read_dir("/proc/self/fd").map_or(0, Iterator::count)
}
