#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "raise-io-privilege",
    tries: "Asks for a port of the hardware.",
    row: Row::Kernel,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // The port of diagnosis cards, which is not used either.
    // SAFETY: ioperm(2) takes integers; the right goes with the program.
    unsafe { call(libc::SYS_ioperm, [0x80, 1, 1]) }.at_step("ioperm")?;
    bites("may use a port of the hardware")
}
