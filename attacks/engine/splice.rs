#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "splice",
    tries: "Moves a page of the kernel from one pipe to another.",
    source: "splice(2), CVE-2022-0847 (Dirty Pipe)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["splice"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let pipes = scene.prepare("pipes", || {
        let (from, fill) = rustix::pipe::pipe()?;
        rustix::io::write(&fill, b"x")?;
        Ok::<_, rustix::io::Errno>((from, fill, rustix::pipe::pipe()?))
    })?;
    let (from, to) = match &pipes {
        Some((from, _, (_, to))) => (from.as_raw_fd(), to.as_raw_fd()),
        None => (0, 1),
    };
    // SAFETY: splice(2) allows null offsets and takes integers else.
    unsafe { call(libc::SYS_splice, [from as u64, 0, to as u64, 0, 1]) }?;
    bites("moved a page")
}
