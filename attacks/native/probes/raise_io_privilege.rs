#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "raise-io-privilege",
    tries: "Asks for the ports of the hardware, none of them.",
    row: Row::Kernel,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: ioperm(2) takes integers; an empty range is refused.
    match unsafe { call(libc::SYS_ioperm, [0, 0, 1]) }.at_step("the call") {
        // Past the check of its rights, the kernel looked at the arguments.
        Err(Miss { errno: Some(libc::EINVAL), .. }) => bites("was refused only for its arguments"),
        other => other.map(|_| "it was done".to_owned()),
    }
}
