#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "ask-kernel-log",
    tries: "Asks for the kernel's messages.",
    source: "syslog(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["syslog"]),
};

fn attempt(_: &Scene) -> Outcome {
    /// `SYSLOG_ACTION_SIZE_BUFFER`: only the size.
    const SIZE: u64 = 10;
    // SAFETY: this action uses no buffer.
    let bytes = unsafe { call(libc::SYS_syslog, [SIZE]) }?;
    bites(format!("the log holds {bytes} bytes"))
}
