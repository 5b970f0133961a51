#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "ask-system-name",
    tries: "Asks for the machine's name and kernel.",
    source: "uname(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["uname"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: all-zero is a valid value of this struct of integers.
    let mut name: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: uname(2) writes one live `struct utsname`.
    unsafe { call(libc::SYS_uname, [at(&raw mut name)]) }?;
    bites(format!("knows the machine's name: {}", name.nodename[0] != 0))
}
