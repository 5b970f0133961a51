#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "quota",
    tries: "Talks to the disk quota of the machine.",
    source: "quotactl(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["quotactl"]),
};

/// `QCMD(Q_SYNC, USRQUOTA)`: writes what is pending, changes nothing.
const SYNC: u64 = 0x80_0001 << 8;

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: with Q_SYNC quotactl(2) allows a null device and uses no other pointer.
    unsafe { call(libc::SYS_quotactl, [SYNC]) }?;
    bites("the quota answered")
}
