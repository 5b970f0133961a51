#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::{AsRawFd, OwnedFd};

use aether_attacks::{at, call};
use rustix::fs::OFlags;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "type-with-high-bits",
    tries: "Types into the terminal with bits in the request that fool a filter of 64 bits.",
    row: Row::Terminal,
    needs: &[Need::Terminal],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let terminal: Option<OwnedFd> = reach::open("/dev/tty", OFlags::RDWR).ok();
    // The standard input is it too.
    let candidates = [terminal.as_ref().map_or(0, AsRawFd::as_raw_fd), 0, 1, 2];
    any(candidates.map(|descriptor| {
        let arguments = [descriptor as u64, libc::TIOCSTI | 1 << 32, at(b"#".as_ptr())];
        // SAFETY: TIOCSTI reads one live byte.
        let typed = unsafe { call(libc::SYS_ioctl, arguments) };
        match typed.at_step("TIOCSTI") {
            Ok(_) => bites("typed into the terminal of its launcher"),
            // Not that terminal, or none; EIO where the machine forbids it to all.
            Err(miss) => Err(miss.means(libc::ENOTTY, Kind::Absent).means(libc::EIO, Kind::Denied)),
        }
    }))
}
