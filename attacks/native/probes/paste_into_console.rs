#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use aether_attacks::{at, call};
use rustix::fs::OFlags;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "paste-into-console",
    tries: "Asks a console by TIOCLINUX, by which one pastes; here only for the shift keys.",
    row: Row::Terminal,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    /// `TIOCL_GETSHIFTSTATE`.
    const SHIFT_STATE: u8 = 6;
    any(["/dev/tty0", "/dev/tty1", "/dev/console"].map(|path| {
        let console = reach::open(path, OFlags::RDWR)?;
        let mut state = SHIFT_STATE;
        let arguments = [console.as_raw_fd() as u64, libc::TIOCLINUX, at(&raw mut state)];
        // SAFETY: this TIOCLINUX reads and writes one live byte.
        match unsafe { call(libc::SYS_ioctl, arguments) }.at_step("TIOCLINUX") {
            Ok(_) => bites(format!("may paste into {path}")),
            Err(miss) => Err(miss.means(libc::ENOTTY, Kind::Absent)),
        }
    }))
}
