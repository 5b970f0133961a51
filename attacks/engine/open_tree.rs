#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-tree",
    tries: "Takes a copy of the whole tree of mounts, without what is mounted over it.",
    source: "open_tree(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["open_tree"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWNS)?;
    let flags = u64::from(libc::OPEN_TREE_CLONE | libc::AT_RECURSIVE as u32);
    // SAFETY: open_tree(2) reads a path, here a static C string.
    unsafe { call(libc::SYS_open_tree, [HERE, at(c"/".as_ptr()), flags]) }?;
    bites("holds a copy of the tree")
}
