#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "socket-netlink",
    tries: "Makes sockets to the kernel's firewall, audit, transformations and more.",
    row: Row::Network,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    use libc::{AF_NETLINK, SOCK_RAW};
    const KINDS: &[(&str, i32, i32, i32)] = &[
        ("netfilter", AF_NETLINK, SOCK_RAW, libc::NETLINK_NETFILTER),
        ("xfrm", AF_NETLINK, SOCK_RAW, libc::NETLINK_XFRM),
        ("audit", AF_NETLINK, SOCK_RAW, libc::NETLINK_AUDIT),
        ("device events", AF_NETLINK, SOCK_RAW, libc::NETLINK_KOBJECT_UEVENT),
        ("socket diagnosis", AF_NETLINK, SOCK_RAW, libc::NETLINK_INET_DIAG),
        ("generic", AF_NETLINK, SOCK_RAW, libc::NETLINK_GENERIC),
    ];
    any(KINDS.iter().map(|(name, family, kind, protocol)| {
        // SAFETY: socket(2) takes integers.
        unsafe { call(libc::SYS_socket, [*family as u64, *kind as u64, *protocol as u64]) }
            .at_step(name)?;
        bites(format!("has a socket: {name}"))
    }))
}
