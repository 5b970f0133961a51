#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "load-module",
    tries: "Asks to load a module, from a descriptor that is not open.",
    row: Row::Kernel,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: finit_module(2) reads a live text.
    match unsafe { call(libc::SYS_finit_module, [9999, at(c"".as_ptr()), 0]) }.at_step("the call") {
        // Past the check of its rights, the kernel looked at the arguments.
        Err(Miss { errno: Some(libc::EBADF), .. }) => bites("was refused only for its arguments"),
        other => other.map(|_| "it was done".to_owned()),
    }
}
