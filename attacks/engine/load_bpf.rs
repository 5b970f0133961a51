#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "load-bpf",
    tries: "Makes a map for programs that run in the kernel.",
    source: "bpf(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["bpf"]),
};

fn attempt(_: &Scene) -> Outcome {
    /// `BPF_MAP_CREATE`.
    const CREATE: u64 = 0;
    // `union bpf_attr`: an array with one entry of 4 bytes.
    let mut what = [0u32; 18];
    what[..4].copy_from_slice(&[2, 4, 4, 1]);
    // SAFETY: bpf(2) reads as many bytes as it is told, from a live array of as many; the map goes
    // with its descriptor.
    unsafe { call(libc::SYS_bpf, [CREATE, at(what.as_ptr()), size_of_val(&what) as u64]) }?;
    bites("has a map")
}
