//! The machine, as far as it explains the figures.

use std::fs;

use serde::Serialize;

/// What is told of the machine. No names, no dates: figures are compared across machines.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) processors: usize,
    pub(crate) kernel: String,
    pub(crate) architecture: &'static str,
    pub(crate) memory_mib: u64,
    /// Whether cells are started by root or by an ordinary user, which takes other ways.
    pub(crate) user: &'static str,
    /// Version 1 or 2 of the memory control groups, or none that this process may use.
    pub(crate) memory_limits: String,
    /// Average number of running processes in the last minute, before and after: above the number
    /// of processors, medians tell more of the neighbours than of Aether.
    pub(crate) load_before: f64,
    pub(crate) load_after: f64,
}

impl Machine {
    pub(crate) fn look() -> Self {
        let load = load();
        Self {
            processors: std::thread::available_parallelism().map_or(0, usize::from),
            kernel: text("/proc/sys/kernel/osrelease"),
            architecture: std::env::consts::ARCH,
            memory_mib: field("/proc/meminfo", "MemTotal:").unwrap_or(0) >> 10,
            user: if is_root() { "root" } else { "ordinary user" },
            memory_limits: memory_limits(),
            load_before: load,
            load_after: load,
        }
    }

    /// Looks at the load again.
    pub(crate) fn look_again(&mut self) {
        self.load_after = load();
    }
}

/// Whether other users' processes can be looked into.
pub(crate) fn is_root() -> bool {
    // The effective user is the second number.
    field("/proc/self/status", "Uid:").is_some()
        && fs::read_to_string("/proc/self/status")
            .unwrap_or_default()
            .lines()
            .find_map(|line| line.strip_prefix("Uid:"))
            .and_then(|ids| ids.split_ascii_whitespace().nth(1).map(|id| id == "0"))
            .unwrap_or(false)
}

/// The first number after a name in a file of `name number` lines, proc(5).
pub(crate) fn field(path: &str, name: &str) -> Option<u64> {
    let text = fs::read_to_string(path).ok()?;
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}

/// As a launch tells it: the posture's line on memory.
fn memory_limits() -> String {
    let posture = aether::probe();
    let line = posture.as_ref().ok().and_then(|posture| posture.get(aether::Protection::Memory));
    line.map_or_else(|| "unknown".to_owned(), |line| line.detail.clone())
}

fn load() -> f64 {
    let text = text("/proc/loadavg");
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

fn text(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}
