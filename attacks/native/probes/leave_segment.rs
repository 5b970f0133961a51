#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "leave-segment",
    tries: "Leaves a shared segment, which outlives its processes.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Segment,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // The judge looks for this key, and removes the segment.
    let flags = (libc::IPC_CREAT | 0o600) as u64;
    // SAFETY: shmget(2) takes integers.
    unsafe { call(libc::SYS_shmget, [scene.key() as u64, 4096, flags]) }.at_step("a segment")?;
    bites("left a segment")
}
