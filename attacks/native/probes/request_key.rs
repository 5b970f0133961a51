#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::ptr::null;

use aether_attacks::{at, call};

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "request-key",
    tries: "Asks for a key that is not there, for which the kernel may start a program.",
    row: Row::Kernel,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // Without information for a program none is started.
    let arguments = [at(c"user".as_ptr()), at(c"aether-none".as_ptr()), at(null::<u8>()), 0];
    // SAFETY: request_key(2) reads two live texts.
    match unsafe { call(libc::SYS_request_key, arguments) }.at_step("request_key") {
        Err(Miss { errno: Some(libc::ENOKEY), .. }) => bites("was told that there is no such key"),
        other => other.map(|key| format!("has key {key}")),
    }
}
