#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "measure-performance",
    tries: "Reads the processor's counters, which tell of its neighbours.",
    source: "perf_event_open(2), CVE-2013-2094",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["perf_event_open"]),
};

fn attempt(_: &Scene) -> Outcome {
    /// `PERF_TYPE_SOFTWARE`, `PERF_ATTR_SIZE_VER0` in the upper half; `PERF_COUNT_SW_DUMMY`.
    const SOFTWARE: [u64; 2] = [1 | 64 << 32, 9];
    /// Disabled, without the kernel and the hypervisor: what an ordinary user may ask for.
    const MODEST: u64 = 1 | 1 << 5 | 1 << 6;
    let what = [SOFTWARE[0], SOFTWARE[1], 0, 0, 0, MODEST, 0, 0];
    // This process on any processor, without a group.
    let of = [at(what.as_ptr()), 0, u64::MAX, u64::MAX];
    // SAFETY: perf_event_open(2) reads a `struct perf_event_attr` of the size in it, live.
    unsafe { call(libc::SYS_perf_event_open, of) }?;
    bites("has a counter")
}
