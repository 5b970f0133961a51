#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "userfaultfd",
    tries: "Handles its own page faults, to halt the kernel in the middle of its work.",
    row: Row::Kernel,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    /// `UFFD_USER_MODE_ONLY`, which needs no right.
    const USER_MODE_ONLY: u64 = 1;
    // SAFETY: userfaultfd(2) takes flags.
    unsafe { call(libc::SYS_userfaultfd, [USER_MODE_ONLY]) }.at_step("userfaultfd")?;
    bites("may handle page faults")
}
