#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "socket-vsock",
    tries: "Makes a socket to the virtual machine's host, which no namespace holds.",
    row: Row::Network,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    const KINDS: &[(&str, i32, i32, i32)] = &[("vsock", libc::AF_VSOCK, libc::SOCK_STREAM, 0)];
    any(KINDS.iter().map(|(name, family, kind, protocol)| {
        // SAFETY: socket(2) takes integers.
        unsafe { call(libc::SYS_socket, [*family as u64, *kind as u64, *protocol as u64]) }
            .at_step(name)?;
        bites(format!("has a socket: {name}"))
    }))
}
