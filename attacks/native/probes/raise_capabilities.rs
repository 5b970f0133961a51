#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "raise-capabilities",
    tries: "Becomes another user and root again, by identities that it kept.",
    row: Row::Setuid,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // In a child's stead: the program ends after this anyway.
    // SAFETY: setresuid(2) and setresgid(2) take integers.
    unsafe {
        call(libc::SYS_setresgid, [0, 0, 0]).at_step("group 0")?;
        call(libc::SYS_setresuid, [0, 1, 0]).at_step("user 1")?;
        call(libc::SYS_setresuid, [0, 0, 0]).at_step("user 0")?;
    }
    bites("may be several users")
}
