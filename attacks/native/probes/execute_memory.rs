#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::fs;
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::ptr::null;

use aether_attacks::{at, call};
use rustix::fs::{MemfdFlags, memfd_create};

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "execute-memory",
    tries: "Executes a program from memory by its descriptor alone.",
    row: Row::AnonymousPrograms,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let program = fs::read("/proc/self/exe").at_step("reading its program")?;
    let memory = memfd_create("program", MemfdFlags::CLOEXEC).at_step("a file in memory")?;
    fs::File::from(memory.try_clone().needed("its descriptor")?)
        .write_all(&program)
        .at_step("filling it")?;
    let execute = move || {
        let words = [at(c"program".as_ptr()), at(c"proof".as_ptr()), at(null::<u8>())];
        let none = [at(null::<u8>())];
        let empty = libc::AT_EMPTY_PATH as u64;
        let arguments = [
            memory.as_raw_fd() as u64,
            at(c"".as_ptr()),
            at(words.as_ptr()),
            at(none.as_ptr()),
            empty,
        ];
        // SAFETY: execveat(2) reads live texts and lists that end with null.
        let failed = unsafe { call(libc::SYS_execveat, arguments) };
        Err(std::io::Error::from_raw_os_error(failed.err().unwrap_or(0)))
    };
    // A name that does not exist: only the call before can execute something.
    let mut command = Command::new("/aether/none");
    // SAFETY: between fork and execution only a system call is made.
    unsafe { command.pre_exec(execute) };
    parts::runs(&mut command, "a file in memory")
}
