#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "compare-with-host",
    tries: "Compares its memory with another process's, by which addresses of the kernel are sorted.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let me = u64::from(std::process::id());
    // SAFETY: kcmp(2) takes integers for this comparison, KCMP_VM.
    unsafe { call(libc::SYS_kcmp, [me, scene.victim as u64, 1, 0, 0]) }.at_step("comparing")?;
    bites("compared itself with another process")
}
