#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "socket-raw",
    tries: "Makes a socket for packets of its own making.",
    row: Row::Network,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    const KINDS: &[(&str, i32, i32, i32)] = &[
        ("raw", libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_RAW),
        ("raw messages", libc::AF_INET, libc::SOCK_RAW, libc::IPPROTO_ICMP),
        ("raw IPv6", libc::AF_INET6, libc::SOCK_RAW, libc::IPPROTO_RAW),
    ];
    any(KINDS.iter().map(|(name, family, kind, protocol)| {
        // SAFETY: socket(2) takes integers.
        unsafe { call(libc::SYS_socket, [*family as u64, *kind as u64, *protocol as u64]) }
            .at_step(name)?;
        bites(format!("has a socket: {name}"))
    }))
}
