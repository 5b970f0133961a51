#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use crate::{Attack, Need, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "steal-descriptor",
    tries: "Takes a copy of another cell's gateway.",
    source: "pidfd_getfd(2)",
    needs: &[Need::Victim],
    attempt,
    refused: Refused::Syscalls(&["pidfd_getfd"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let process = scene.prepare("a handle", || {
        let pid =
            rustix::process::Pid::from_raw(scene.victim.pid).ok_or(rustix::io::Errno::SRCH)?;
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())
    })?;
    let process = process.as_ref().map_or(3, AsRawFd::as_raw_fd) as u64;
    // SAFETY: pidfd_getfd(2) takes integers.
    unsafe { call(libc::SYS_pidfd_getfd, [process, 3]) }?;
    bites("holds another's gateway")
}
