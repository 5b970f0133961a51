#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "ask-semaphore",
    tries: "Reads a semaphore of the machine.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: semctl(2) passes no memory for GETVAL.
    unsafe { call(libc::SYS_semctl, [scene.semaphore as u64, 0, libc::GETVAL as u64, 0]) }
        .at_step("asking the semaphore")
        .map_err(|miss| miss.means(libc::EINVAL, Kind::Absent))?;
    bites("read a semaphore of the machine")
}
