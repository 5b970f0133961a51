#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ffi::CString;

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "open-queue",
    tries: "Opens a named message queue of the machine.",
    row: Row::Processes,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let name = CString::new(scene.shared_name()).needed("the name")?;
    // SAFETY: mq_open(2) reads a live name.
    unsafe { call(libc::SYS_mq_open, [at(name.as_ptr()), libc::O_RDONLY as u64, 0, 0]) }
        .at_step("opening the queue")?;
    bites("opened a queue of the machine")
}
