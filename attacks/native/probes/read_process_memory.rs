#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-process-memory",
    tries: "Reads the memory of a process of the same user.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let mut bytes = [0u8; 32];
    let local = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let remote = libc::iovec { iov_base: scene.address as *mut _, iov_len: bytes.len() };
    let arguments = [scene.victim as u64, at(&raw const local), 1, at(&raw const remote), 1, 0];
    // SAFETY: process_vm_readv(2) writes to the live bytes only.
    unsafe { call(libc::SYS_process_vm_readv, arguments) }.at_step("reading")?;
    reach::shows_secret(&bytes, "in another's memory")
}
