#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ffi::CString;

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "truncate-readonly",
    tries: "Cuts a file that is granted for reading, by the call that opens nothing.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let path = CString::new(format!("{}/data.txt", scene.readonly())).needed("a path")?;
    // SAFETY: truncate(2) reads a live path.
    unsafe { call(libc::SYS_truncate, [at(path.as_ptr()), 0]) }.at_step("truncating")?;
    bites("cut a file that is granted for reading")
}
