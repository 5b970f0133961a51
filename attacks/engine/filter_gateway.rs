#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "filter-gateway",
    tries: "Attaches a program for the kernel's own machine to the gateway.",
    source: "socket(7), SO_ATTACH_FILTER; eBPF's old sibling, CVE-2014-3144",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setsockopt"]),
};

fn attempt(_: &Scene) -> Outcome {
    // Lets everything pass.
    let mut pass = libc::sock_filter { code: 6, jt: 0, jf: 0, k: u32::MAX };
    let program = libc::sock_fprog { len: 1, filter: &raw mut pass };
    let option = [libc::SOL_SOCKET as u64, libc::SO_ATTACH_FILTER as u64];
    let what = [3, option[0], option[1], at(&raw const program), size_of_val(&program) as u64];
    // SAFETY: setsockopt(2) reads a program of one instruction, both live.
    unsafe { call(libc::SYS_setsockopt, what) }?;
    bites("has a program in the kernel")
}
