#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "choose-processors",
    tries: "Sets the processors of a process of the same user, to its present ones.",
    row: Row::Scheduling,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let mut set = [0u64; 16];
    let arguments = [scene.victim as u64, 128, at(set.as_mut_ptr())];
    // SAFETY: sched_getaffinity(2) writes at most 128 live bytes.
    let length = unsafe { call(libc::SYS_sched_getaffinity, arguments) }.at_step("asking")?;
    let arguments = [scene.victim as u64, length, at(set.as_ptr())];
    // SAFETY: sched_setaffinity(2) reads as many live bytes.
    unsafe { call(libc::SYS_sched_setaffinity, arguments) }.at_step("setting")?;
    bites("may choose another's processors")
}
