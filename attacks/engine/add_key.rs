#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "add-key",
    tries: "Keeps something in the kernel's keys.",
    source: "add_key(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["add_key"]),
};

/// `KEY_SPEC_PROCESS_KEYRING`: goes with the process.
const OWN_RING: u64 = -2i64 as u64;

fn attempt(_: &Scene) -> Outcome {
    let (kind, name) = (at(c"user".as_ptr()), at(c"aether-attack".as_ptr()));
    // SAFETY: add_key(2) reads two C strings and one byte, all static.
    unsafe { call(libc::SYS_add_key, [kind, name, at(b"x".as_ptr()), 1, OWN_RING]) }?;
    bites("keeps a key")
}
