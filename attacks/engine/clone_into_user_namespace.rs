#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call, child};

pub(super) const ATTACK: Attack = Attack {
    name: "clone-into-user-namespace",
    tries: "Starts a process in a user namespace of its own.",
    source: "clone(2), user_namespaces(7)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["clone"]),
};

fn attempt(_: &Scene) -> Outcome {
    let flags = (libc::CLONE_NEWUSER | libc::SIGCHLD) as u64;
    // SAFETY: clone(2) without CLONE_VM and with a null stack returns twice, like fork; `child`
    // ends the copy.
    child(unsafe { call(libc::SYS_clone, [flags]) })?;
    bites("a child was root of a namespace")
}
