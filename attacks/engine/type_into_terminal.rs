#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "type-into-terminal",
    tries: "Types into the host's terminal, also with high bits that fool a filter.",
    source: "ioctl_tty(2), TIOCSTI: CVE-2017-5226; high bits: CVE-2019-7303, CVE-2019-10063",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["ioctl"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let terminal = scene.prepare("a terminal of its own", || {
        let controller = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY)?;
        unlockpt(&controller)?;
        // Without NOCTTY it becomes the terminal of this session.
        let terminal = ioctl_tiocgptpeer(&controller, OpenptFlags::RDWR)?;
        // Stays open until this process ends: closing it would hang up on the session.
        std::mem::forget(controller);
        Ok::<_, rustix::io::Errno>(terminal)
    })?;
    let terminal = terminal.as_ref().map_or(0, AsRawFd::as_raw_fd) as u64;
    let type_by = |request: u64| {
        // SAFETY: TIOCSTI reads one live byte.
        unsafe { call(libc::SYS_ioctl, [terminal, request, at(b"\n".as_ptr())]) }
    };
    let plain = type_by(libc::TIOCSTI);
    let disguised = type_by(libc::TIOCSTI | 1 << 32);
    if plain.is_err() && disguised.is_err() {
        plain?;
    }
    bites("typed into a terminal")
}
