#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "become-realtime",
    tries: "Runs before everybody else, for a moment.",
    row: Row::Scheduling,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let (urgent, none) = (1i32, 0i32);
    // SAFETY: sched_setscheduler(2) reads one int, live.
    unsafe {
        call(libc::SYS_sched_setscheduler, [0, libc::SCHED_FIFO as u64, at(&raw const urgent)])
            .at_step("a realtime class")?;
        call(libc::SYS_sched_setscheduler, [0, libc::SCHED_OTHER as u64, at(&raw const none)])
            .needed("going back")?;
    }
    bites("ran before everybody else")
}
