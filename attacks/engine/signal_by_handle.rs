#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "signal-by-handle",
    tries: "Signals its host by a handle.",
    source: "pidfd_send_signal(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["pidfd_send_signal"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let process = scene.prepare("a handle", || {
        let pid = rustix::process::Pid::from_raw(scene.host).ok_or(rustix::io::Errno::SRCH)?;
        rustix::process::pidfd_open(pid, rustix::process::PidfdFlags::empty())
    })?;
    let process = process.as_ref().map_or(3, AsRawFd::as_raw_fd) as u64;
    // SAFETY: pidfd_send_signal(2) allows a null `siginfo_t`; signal 0 is only checked.
    unsafe { call(libc::SYS_pidfd_send_signal, [process, 0]) }?;
    bites("may signal its host")
}
