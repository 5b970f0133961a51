#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "filter-itself",
    tries: "Adds a filter of its own, with a listener that would answer before the host.",
    source: "seccomp(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["seccomp"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // Lets everything pass.
    let mut pass = libc::sock_filter { code: 6, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let program = libc::sock_fprog { len: 1, filter: &raw mut pass };
    scene.prepare("no new privileges", || rustix::thread::set_no_new_privs(true))?;
    let how = [libc::SECCOMP_SET_MODE_FILTER.into(), libc::SECCOMP_FILTER_FLAG_NEW_LISTENER];
    // SAFETY: seccomp(2) reads a program of one instruction, both live.
    unsafe { call(libc::SYS_seccomp, [how[0], how[1], at(&raw const program)]) }?;
    bites("listens to its own calls")
}
