#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "account",
    tries: "Asks to write an account of all processes into a file that does not exist.",
    row: Row::Kernel,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: acct(2) reads a live text.
    match unsafe { call(libc::SYS_acct, [at(c"/aether/none".as_ptr())]) }.at_step("the call") {
        // Past the check of its rights, the kernel looked at the arguments.
        Err(Miss { errno: Some(libc::ENOENT), .. }) => bites("was refused only for its arguments"),
        other => other.map(|_| "it was done".to_owned()),
    }
}
