#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::BorrowedFd;

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "inherited-file",
    tries: "Reads a file by a descriptor that its launcher left open.",
    row: Row::Descriptors,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: nothing here closes descriptors; one that is not open gives EBADF.
    let file = unsafe { BorrowedFd::borrow_raw(scene.file) };
    let mut bytes = [0; 64];
    let length = rustix::io::pread(file, &mut bytes, 0)
        .at_step("reading the descriptor")
        .map_err(|miss| miss.means(libc::EBADF, Kind::Absent))?;
    reach::shows_secret(&bytes[..length], "by a descriptor of the launcher")
}
