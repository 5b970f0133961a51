#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, HERE, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "read-link",
    tries: "Reads where the own executable is, a path of the host.",
    source: "readlinkat(2), proc(5)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["readlinkat"]),
};

fn attempt(_: &Scene) -> Outcome {
    let (path, mut target) = (c"/proc/self/exe", [0u8; 256]);
    let to = [HERE, at(path.as_ptr()), at(target.as_mut_ptr()), 256];
    // SAFETY: readlinkat(2) reads the path and writes at most 256 bytes to a live array of as many.
    let length = unsafe { call(libc::SYS_readlinkat, to) }?;
    bites(format!("{} bytes of a host path", target[..length as usize].len()))
}
