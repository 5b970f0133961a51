#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "socket-rare",
    tries: "Makes sockets of families that few use and fewer have looked at.",
    row: Row::Network,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    use libc::{SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM};
    const KINDS: &[(&str, i32, i32, i32)] = &[
        ("keys", libc::AF_KEY, SOCK_RAW, 2),
        ("express data", libc::AF_XDP, SOCK_RAW, 0),
        ("tipc", libc::AF_TIPC, SOCK_SEQPACKET, 0),
        ("rds", libc::AF_RDS, SOCK_SEQPACKET, 0),
        ("can", libc::AF_CAN, SOCK_RAW, 1),
        ("bluetooth", libc::AF_BLUETOOTH, SOCK_RAW, 1),
        ("smc", 43, SOCK_STREAM, 0),
        ("kcm", 41, SOCK_DGRAM, 0),
        ("sctp", libc::AF_INET, SOCK_STREAM, libc::IPPROTO_SCTP),
        ("dccp", libc::AF_INET, 6, libc::IPPROTO_DCCP),
    ];
    any(KINDS.iter().map(|(name, family, kind, protocol)| {
        // SAFETY: socket(2) takes integers.
        unsafe { call(libc::SYS_socket, [*family as u64, *kind as u64, *protocol as u64]) }
            .at_step(name)?;
        bites(format!("has a socket: {name}"))
    }))
}
