#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "open-memory-device",
    tries: "Opens the machine's memory.",
    source: "mem(4)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["openat"]),
};

fn attempt(_: &Scene) -> Outcome {
    let path = c"/dev/mem";
    // SAFETY: openat(2) reads a path, here a static C string; nothing is read from the device.
    unsafe { call(libc::SYS_openat, [HERE, at(path.as_ptr()), libc::O_RDONLY as u64]) }?;
    bites("opened /dev/mem")
}
