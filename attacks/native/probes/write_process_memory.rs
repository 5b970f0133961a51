#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::{SECRET, Scene};

pub(super) const PROBE: Probe = Probe {
    name: "write-process-memory",
    tries: "Writes into the memory of a process of the same user what is there already.",
    row: Row::Processes,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let mut byte = SECRET.as_bytes()[0];
    let local = libc::iovec { iov_base: (&raw mut byte).cast(), iov_len: 1 };
    let remote = libc::iovec { iov_base: scene.address as *mut _, iov_len: 1 };
    let arguments = [scene.victim as u64, at(&raw const local), 1, at(&raw const remote), 1, 0];
    // SAFETY: process_vm_writev(2) reads one live byte; what it writes is not memory of this process.
    unsafe { call(libc::SYS_process_vm_writev, arguments) }.at_step("writing")?;
    bites("wrote into another's memory")
}
