#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "load-bpf",
    tries: "Asks the kernel to run a program of its own, here by calls without one.",
    row: Row::Kernel,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // BPF_MAP_CREATE, array, keys of 4 bytes, values of 8, one entry.
    let attributes = [2u32, 4, 8, 1, 0, 0, 0, 0, 0, 0, 0, 0];
    // SAFETY: bpf(2) reads as many live bytes as it is told.
    match unsafe { call(libc::SYS_bpf, [0, at(attributes.as_ptr()), 48]) }.at_step("bpf") {
        Err(Miss { errno: Some(libc::EINVAL), .. }) => bites("reached the kernel"),
        other => other.map(|_| "has a map".to_owned()),
    }
}
