#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "io-uring",
    tries: "Makes a ring by which calls are made that no filter sees.",
    row: Row::Rings,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // `struct io_uring_params`, 120 bytes.
    let mut parameters = [0u64; 15];
    // SAFETY: io_uring_setup(2) reads and writes one live `struct io_uring_params`.
    unsafe { call(libc::SYS_io_uring_setup, [1, at(parameters.as_mut_ptr())]) }
        .at_step("io_uring_setup")?;
    bites("has a ring")
}
