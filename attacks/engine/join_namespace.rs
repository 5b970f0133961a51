#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::{AsRawFd, OwnedFd};

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "join-namespace",
    tries: "Joins a namespace that it has a descriptor of.",
    source: "setns(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setns"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWUTS)?;
    let namespace = scene
        .prepare("a namespace", || std::fs::File::open("/proc/self/ns/uts").map(OwnedFd::from))?;
    let namespace = namespace.as_ref().map_or(3, OwnedFd::as_raw_fd) as u64;
    // SAFETY: setns(2) takes a descriptor and flags.
    unsafe { call(libc::SYS_setns, [namespace, libc::CLONE_NEWUTS as u64]) }?;
    bites("joined a namespace")
}
