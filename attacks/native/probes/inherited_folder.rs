#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::BorrowedFd;

use rustix::fs::Mode;
use rustix::fs::OFlags;

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "inherited-folder",
    tries: "Opens a file below a folder whose descriptor its launcher left open.",
    row: Row::Descriptors,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    // SAFETY: nothing here closes descriptors; one that is not open gives EBADF.
    let folder = unsafe { BorrowedFd::borrow_raw(scene.directory) };
    let file = rustix::fs::openat(folder, "secret.txt", OFlags::RDONLY, Mode::empty())
        .at_step("opening below the descriptor")
        .map_err(|miss| miss.means(libc::EBADF, Kind::Absent))?;
    reach::hear(std::fs::File::from(file), "below a folder of the launcher")
}
