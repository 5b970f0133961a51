#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ptr::null;

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "limit-others",
    tries: "Reads the limits of a process of the same user, by the call that sets them.",
    row: Row::Scheduling,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let mut limit = [0u64; 2];
    let resource = u64::from(libc::RLIMIT_CORE);
    let arguments = [scene.victim as u64, resource, at(null::<u8>()), at(limit.as_mut_ptr())];
    // SAFETY: prlimit(2) writes one live `struct rlimit64` and reads none.
    unsafe { call(libc::SYS_prlimit64, arguments) }.at_step("asking")?;
    bites("may set another's limits")
}
