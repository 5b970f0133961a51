#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "filter-itself-by-prctl",
    tries: "Adds a filter of its own by the older call for it.",
    source: "prctl(2), PR_SET_SECCOMP",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["prctl"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // Lets everything pass.
    let mut pass = libc::sock_filter { code: 6, jt: 0, jf: 0, k: libc::SECCOMP_RET_ALLOW };
    let program = libc::sock_fprog { len: 1, filter: &raw mut pass };
    scene.prepare("no new privileges", || rustix::thread::set_no_new_privs(true))?;
    let how = [libc::PR_SET_SECCOMP as u64, libc::SECCOMP_MODE_FILTER.into()];
    // SAFETY: PR_SET_SECCOMP reads a program of one instruction, both live.
    unsafe { call(libc::SYS_prctl, [how[0], how[1], at(&raw const program)]) }?;
    bites("has a filter of its own")
}
