#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "raise-io-priority",
    tries: "Puts its disk access before everybody's.",
    row: Row::Scheduling,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    /// Class realtime, and back to none.
    const REALTIME: u64 = 1 << 13;
    // SAFETY: ioprio_set(2) takes integers; 1 names this process.
    unsafe {
        call(libc::SYS_ioprio_set, [1, 0, REALTIME]).at_step("raising")?;
        call(libc::SYS_ioprio_set, [1, 0, 0]).needed("going back")?;
    }
    bites("took precedence at the disk")
}
