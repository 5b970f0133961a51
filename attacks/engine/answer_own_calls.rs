#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::{FromRawFd, OwnedFd};

use crate::{Attack, Miss, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "answer-own-calls",
    tries: "Looks for the listener that tells of its calls, to let them pass itself.",
    source: "seccomp_unotify(2): who holds the listener can let calls through",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["ioctl"]),
};

/// Asks a listener whether a call waits: gives `ENOENT` from a listener, `EBADF` or `ENOTTY` else.
const ID_VALID: u64 = libc::SECCOMP_IOCTL_NOTIF_ID_VALID;

fn attempt(scene: &Scene) -> Outcome {
    let _listener = scene.prepare("a listener", listener)?;
    let answers: Vec<_> = (0..32)
        .map(|descriptor| {
            let id = 1u64;
            // SAFETY: this request reads one live u64; on other descriptors it is unknown.
            unsafe { call(libc::SYS_ioctl, [descriptor, ID_VALID, at(&raw const id)]) }
        })
        .collect();
    if answers.contains(&Err(libc::ENOENT)) {
        return bites("found a listener");
    }
    if answers.iter().all(|answer| *answer == Err(libc::EPERM)) {
        return Err(Miss::Refused(libc::EPERM));
    }
    Err(Miss::Nothing)
}

fn listener() -> std::io::Result<OwnedFd> {
    rustix::thread::set_no_new_privs(true)?;
    let mut pass = libc::sock_filter { code: 6, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let program = libc::sock_fprog { len: 1, filter: &raw mut pass };
    let flags = libc::SECCOMP_FILTER_FLAG_NEW_LISTENER;
    // SAFETY: seccomp(2) reads a program of one instruction, both live.
    let listener = unsafe {
        libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, flags, &raw const program)
    };
    if listener < 0 {
        return Err(std::io::Error::last_os_error());
    }
    // SAFETY: the descriptor is new and nobody else's.
    Ok(unsafe { OwnedFd::from_raw_fd(listener as i32) })
}
