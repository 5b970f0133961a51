#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "make-node",
    tries: "Makes a device node of its own.",
    source: "mknodat(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["mknodat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let path = scene.scratch();
    // The null device.
    let null = libc::makedev(1, 3);
    let mode = u64::from(libc::S_IFCHR | 0o600);
    // SAFETY: mknodat(2) reads a path, a live C string.
    unsafe { call(libc::SYS_mknodat, [HERE, at(path.as_ptr()), mode, null]) }?;
    let removed = std::fs::remove_file(path.to_str().unwrap_or_default());
    bites(format!("made a node; removed: {}", removed.is_ok()))
}
