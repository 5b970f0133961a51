#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Miss, Need, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "inherited-descriptors",
    tries: "Looks for descriptors that its host left open.",
    source: "fcntl(2); codex, srt and bwrap showed a planted one (measured), runc CVE-2024-21626",
    needs: &[Need::Inheritance],
    attempt,
    refused: Refused::Absent,
};

fn attempt(_: &Scene) -> Outcome {
    // 0 to 2 are captured output, 3 is the gateway.
    for descriptor in 4..1024 {
        // SAFETY: F_GETFD takes a descriptor and touches no memory.
        match unsafe { call(libc::SYS_fcntl, [descriptor, libc::F_GETFD as u64]) } {
            Err(libc::EBADF) => {}
            Err(errno) => return Err(Miss::Refused(errno)),
            Ok(_) => return bites(format!("holds descriptor {descriptor}")),
        }
    }
    Err(Miss::Nothing)
}
