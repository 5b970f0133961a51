#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "stay-as-sibling",
    tries: "Leaves a child that belongs to its launcher.",
    row: Row::Orphans,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Process,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let flags = (libc::CLONE_PARENT | libc::SIGCHLD) as u64;
    // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice, like fork.
    let made = unsafe { call(libc::SYS_clone, [flags, 0, 0, 0, 0]) }.at_step("cloning");
    // The first process of a namespace has no sibling.
    if made.map_err(|miss| miss.means(libc::EINVAL, Kind::Denied))? == 0 {
        parts::stay();
    }
    bites("left a sibling")
}
