#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ffi::CString;

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "search-keyring",
    tries: "Searches the key ring of its launcher's session for a secret, and reads it.",
    row: Row::Kernel,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    /// `KEYCTL_SEARCH`, `KEYCTL_READ` and `KEY_SPEC_SESSION_KEYRING`.
    const SEARCH: u64 = 10;
    const READ: u64 = 11;
    const SESSION: u64 = -3i64 as u64;
    let name = CString::new(scene.shared_name()).needed("the name")?;
    let arguments = [SEARCH, SESSION, at(c"user".as_ptr()), at(name.as_ptr()), 0];
    // SAFETY: this keyctl(2) reads two live texts.
    let key = unsafe { call(libc::SYS_keyctl, arguments) }.at_step("searching")?;
    let mut bytes = [0u8; 64];
    // SAFETY: this keyctl(2) writes at most 64 live bytes.
    unsafe { call(libc::SYS_keyctl, [READ, key, at(bytes.as_mut_ptr()), 64]) }
        .at_step("reading")?;
    reach::shows_secret(&bytes, "in the key ring of the session")
}
