//! What the process has in memory.

use std::fs;

pub(crate) const MIB: u64 = 1 << 20;

/// Bytes that everything else may take meanwhile.
const BESIDE: u64 = 16 * MIB;

/// What is in memory now.
pub(crate) fn now() -> u64 {
    figure("VmRSS:")
}

/// The same; the peak begins there anew.
pub(crate) fn forget_peak() -> u64 {
    fs::write("/proc/self/clear_refs", "5").expect("proc(5): the peak is reset");
    now()
}

pub(crate) fn check_now(what: &str, before: u64, charged: u64) {
    let taken = now().saturating_sub(before);
    assert!(taken < charged + BESIDE, "{what} takes {} MiB", taken / MIB);
}

pub(crate) fn check_peak(what: &str, before: u64, charged: u64) {
    let taken = figure("VmHWM:").saturating_sub(before);
    assert!(taken < charged + BESIDE, "{what} took {} MiB", taken / MIB);
}

fn figure(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("proc(5)");
    let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the figure");
    let kilobytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number");
    kilobytes << 10
}
