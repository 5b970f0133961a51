#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ptr::null;

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "add-key",
    tries: "Puts a key into a ring of its own, which the kernel keeps.",
    row: Row::Kernel,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    /// `KEY_SPEC_PROCESS_KEYRING`, which goes with the process.
    const PROCESS: u64 = -2i64 as u64;
    let arguments = [at(c"keyring".as_ptr()), at(c"aether".as_ptr()), at(null::<u8>()), 0, PROCESS];
    // SAFETY: add_key(2) reads two live texts.
    unsafe { call(libc::SYS_add_key, arguments) }.at_step("add_key")?;
    bites("has a key")
}
