#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{HERE, at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "watch-all-files",
    tries: "Asks to be told of every file that is used on a mount.",
    row: Row::Files,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

/// `FAN_MARK_ADD | FAN_MARK_MOUNT`, and `FAN_OPEN`.
const MOUNT: u64 = 0x11;
const OPEN: u64 = 0x20;

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: fanotify_init(2) takes integers.
    let watcher = unsafe { call(libc::SYS_fanotify_init, [0, 0]) }.at_step("fanotify_init")?;
    let arguments = [watcher, MOUNT, OPEN, HERE, at(c"/".as_ptr())];
    // SAFETY: fanotify_mark(2) reads a live path; the mark goes with the program.
    unsafe { call(libc::SYS_fanotify_mark, arguments) }.at_step("fanotify_mark")?;
    bites("watches all files of a mount")
}
