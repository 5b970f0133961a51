#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "queue-signal",
    tries: "Sends its host a signal with a forged sender.",
    source: "rt_sigqueueinfo(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["rt_sigqueueinfo"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // `siginfo_t`, 128 bytes: signal, errno, code SI_QUEUE.
    let mut info = [0i32; 32];
    info[2] = libc::SI_QUEUE;
    // SAFETY: rt_sigqueueinfo(2) reads one live `siginfo_t`; signal 0 is only checked.
    unsafe { call(libc::SYS_rt_sigqueueinfo, [scene.host as u64, 0, at(info.as_ptr())]) }?;
    bites("may signal its host")
}
