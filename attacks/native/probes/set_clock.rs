#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "set-clock",
    tries: "Sets the clock of the machine to the present time.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let mut now = [0u64; 2];
    // SAFETY: both calls pass one live `struct timespec`.
    unsafe {
        call(libc::SYS_clock_gettime, [libc::CLOCK_REALTIME as u64, at(now.as_mut_ptr())])
            .needed("the time")?;
        call(libc::SYS_clock_settime, [libc::CLOCK_REALTIME as u64, at(now.as_ptr())])
            .at_step("setting the clock")?;
    }
    bites("may set the clock")
}
