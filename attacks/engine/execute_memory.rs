#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;

use rustix::fs::{MemfdFlags, memfd_create};

use crate::{Attack, Outcome, Refused, Scene, at, call};

pub(super) const ATTACK: Attack = Attack {
    name: "execute-memory",
    tries: "Becomes a program that is no file, only memory.",
    source: "execveat(2), memfd_create(2); OpenShell denies it by name",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["execveat"]),
};

fn attempt(scene: &Scene) -> Outcome {
    // Making the file is allowed; it must end at executing it.
    let file = memfd_create(c"attack", MemfdFlags::empty()).map_err(|e| e.raw_os_error())?;
    let mut file = File::from(file);
    scene.prepare("a copy of the shell", || {
        std::fs::read("/bin/sh").and_then(|program| file.write_all(&program))
    })?;
    let arguments = [c"sh".as_ptr(), c"-c".as_ptr(), c"exit 42".as_ptr(), std::ptr::null()];
    let (from, name) = (file.as_raw_fd() as u64, at(c"".as_ptr()));
    let to = [from, name, at(arguments.as_ptr()), 0, libc::AT_EMPTY_PATH as u64];
    scene.executes(|| {
        // SAFETY: execveat(2) reads a path and a null-ended list of C strings, all live, and allows
        // a null environment.
        unsafe { call(libc::SYS_execveat, to) }
    })
}
