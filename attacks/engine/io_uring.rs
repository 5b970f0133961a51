#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "io-uring",
    tries: "Makes a ring by which calls are made that no filter sees.",
    source: "io_uring(7); open in bwrap, nsjail and firejail (measured)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["io_uring_setup"]),
};

fn attempt(_: &Scene) -> Outcome {
    // `struct io_uring_params`.
    let mut parameters = [0u64; 15];
    // SAFETY: io_uring_setup(2) reads and writes one `struct io_uring_params`, 120 bytes, live.
    unsafe { call(libc::SYS_io_uring_setup, [1, at(parameters.as_mut_ptr())]) }?;
    bites(format!("has a ring of {} bytes of parameters", size_of_val(&parameters)))
}
