#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "io-uring-enter",
    tries: "Enters a ring that it may have been handed.",
    row: Row::Rings,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: without a ring nothing is read.
    match unsafe { call(libc::SYS_io_uring_enter, [9999, 0, 0, 0, 0, 0]) }.at_step("the call") {
        // So far a filter lets nobody come.
        Err(Miss { errno: Some(libc::EBADF | libc::EINVAL), .. }) => bites("reached the kernel"),
        other => other.map(|_| "used a ring".to_owned()),
    }
}
