#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "pivot-root",
    tries: "Swaps the root for another.",
    source: "pivot_root(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["pivot_root"]),
};

fn attempt(scene: &Scene) -> Outcome {
    scene.own_namespaces(libc::CLONE_NEWNS)?;
    let flags = rustix::mount::MountFlags::empty();
    scene.prepare("a mount", || {
        rustix::mount::mount("aether-attack", "/tmp", "tmpfs", flags, None)
    })?;
    scene.prepare("its folder", || rustix::process::chdir("/tmp"))?;
    let dot = at(c".".as_ptr());
    // SAFETY: pivot_root(2) reads two paths, here static C strings.
    unsafe { call(libc::SYS_pivot_root, [dot, dot]) }?;
    bites("swapped its root")
}
