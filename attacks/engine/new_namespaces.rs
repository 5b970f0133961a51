#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "new-namespaces",
    tries: "Makes each other kind of namespace.",
    source: "unshare(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["unshare"]),
};

fn attempt(_: &Scene) -> Outcome {
    let kinds = [
        libc::CLONE_NEWNS,
        libc::CLONE_NEWPID,
        libc::CLONE_NEWNET,
        libc::CLONE_NEWIPC,
        libc::CLONE_NEWUTS,
        libc::CLONE_NEWCGROUP,
    ];
    let made = kinds.map(|kind| {
        // SAFETY: unshare(2) takes flags; CLONE_FILES is not among them.
        unsafe { call(libc::SYS_unshare, [kind as u64]) }
    });
    let made: Vec<u64> = made.into_iter().filter_map(Result::ok).collect();
    if made.is_empty() {
        Err(Miss::Refused(libc::EPERM))
    } else {
        bites(format!("made {}", made.len()))
    }
}
