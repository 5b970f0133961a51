#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "change-priority",
    tries: "Changes its priority, here downward.",
    source: "setpriority(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["setpriority"]),
};

fn attempt(_: &Scene) -> Outcome {
    // SAFETY: setpriority(2) takes integers; this process, lowest priority.
    unsafe { call(libc::SYS_setpriority, [0, 0, 19]) }?;
    bites("changed its priority")
}
