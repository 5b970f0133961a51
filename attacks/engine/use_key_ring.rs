#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "use-key-ring",
    tries: "Opens a ring of the kernel's keys.",
    source: "keyctl(2), CVE-2016-0728; allowed in codex, srt, bwrap and nsjail (measured)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["keyctl"]),
};

/// `KEY_SPEC_PROCESS_KEYRING`: goes with the process.
const OWN_RING: u64 = -2i64 as u64;

/// `KEYCTL_GET_KEYRING_ID`, creating it.
const GET_RING: [u64; 3] = [0, OWN_RING, 1];

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: KEYCTL_GET_KEYRING_ID takes integers.
    unsafe { call(libc::SYS_keyctl, GET_RING) }?;
    bites("has a key ring")
}
