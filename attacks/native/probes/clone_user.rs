#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "clone-user",
    tries: "Starts a process in a user namespace.",
    row: Row::Namespaces,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let flags = (libc::CLONE_NEWUSER | libc::SIGCHLD) as u64;
    // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice, like fork.
    let made = unsafe { call(libc::SYS_clone, [flags, 0, 0, 0, 0]) }
        .at_step("cloning")
        .map_err(|miss| miss.means(libc::ENOSPC, Kind::Denied))?;
    if made == 0 {
        parts::end();
    }
    bites("a child was root of a user namespace")
}
