#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "clone3-user",
    tries: "Starts a process in a user namespace by the call whose arguments no filter reads.",
    row: Row::Namespaces,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // `struct clone_args`: flags, four addresses, the signal at the end.
    let mut arguments = [0u64; 8];
    arguments[0] = libc::CLONE_NEWUSER as u64;
    arguments[4] = libc::SIGCHLD as u64;
    // SAFETY: clone3(2) reads 64 live bytes; without CLONE_VM it returns twice, like fork.
    let made = unsafe { call(libc::SYS_clone3, [at(arguments.as_ptr()), 64]) }
        .at_step("cloning")
        .map_err(|miss| miss.means(libc::ENOSPC, Kind::Denied))?;
    if made == 0 {
        parts::end();
    }
    bites("a child was root of a user namespace")
}
