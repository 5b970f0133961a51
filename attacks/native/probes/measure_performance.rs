#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "measure-performance",
    tries: "Counts its own instructions, by which much of the kernel is reached.",
    row: Row::Kernel,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // `struct perf_event_attr`: software, 64 bytes, task clock, not of the kernel.
    let mut attributes = [0u64; 8];
    attributes[0] = 1 | 64 << 32;
    attributes[1] = 1;
    attributes[5] = 1 << 5 | 1 << 6;
    let arguments = [at(attributes.as_ptr()), 0, u64::MAX, u64::MAX, 0];
    // SAFETY: perf_event_open(2) reads the live bytes that the structure says.
    unsafe { call(libc::SYS_perf_event_open, arguments) }.at_step("perf_event_open")?;
    bites("has a counter")
}
