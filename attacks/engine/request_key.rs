#![allow(unsafe_code, reason = "the attack is a raw system call")]

use crate::{Attack, Outcome, Refused, Scene, at, bites, call};

pub(super) const ATTACK: Attack = Attack {
    name: "request-key",
    tries: "Asks the kernel for a key, which can start a program of the host.",
    source: "request_key(2)",
    needs: &[],
    attempt,
    refused: Refused::Syscalls(&["request_key"]),
};

/// `KEY_SPEC_PROCESS_KEYRING`: goes with the process.
const OWN_RING: u64 = -2i64 as u64;

fn attempt(scene: &Scene) -> Outcome {
    let (kind, name) = (c"user".as_ptr(), c"aether-attack".as_ptr());
    scene.prepare("a key", || {
        // SAFETY: add_key(2) reads two C strings and one byte, all static.
        let key =
            unsafe { libc::syscall(libc::SYS_add_key, kind, name, b"x".as_ptr(), 1, OWN_RING) };
        if key < 0 { Err(std::io::Error::last_os_error()) } else { Ok(()) }
    })?;
    // SAFETY: request_key(2) reads two C strings, both static; without further information no
    // program is started.
    unsafe { call(libc::SYS_request_key, [at(kind), at(name)]) }?;
    bites("has the key")
}
