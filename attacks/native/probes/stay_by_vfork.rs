#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-by-vfork",
    tries: "Leaves a child that was made to share its memory.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let flags = (libc::CLONE_FILES | libc::CLONE_FS | libc::SIGCHLD) as u64;
    // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice, like fork.
    if unsafe { call(libc::SYS_clone, [flags, 0, 0, 0, 0]) }.at_step("cloning")? == 0 {
        parts::stay();
    }
    bites("left a child with its descriptors")
}
