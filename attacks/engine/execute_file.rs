#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, call};

pub(super) const ATTACK: Attack = Attack {
    name: "execute-file",
    tries: "Becomes another program.",
    source: "execve(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["execve"]),
};

fn attempt(scene: &Scene) -> Outcome {
    let program = c"/bin/sh";
    let arguments = [program.as_ptr(), c"-c".as_ptr(), c"exit 42".as_ptr(), std::ptr::null()];
    let to = [at(program.as_ptr()), at(arguments.as_ptr()), 0];
    scene.executes(|| {
        // SAFETY: execve(2) reads a path and a null-ended list of C strings, all live, and allows a
        // null environment.
        unsafe { call(libc::SYS_execve, to) }
    })
}
