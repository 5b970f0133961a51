#![allow(unsafe_code, reason = "the attack is a raw system call")]

use aether_attacks::call;
use rustix::thread::UnshareFlags;

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "reach-firewall",
    tries: "Becomes root of a network of its own, to reach the kernel's firewall.",
    row: Row::Namespaces,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    apart::enter(UnshareFlags::NEWUSER | UnshareFlags::NEWNET)?;
    let [family, kind, protocol] = [libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_NETFILTER];
    // SAFETY: socket(2) takes integers.
    unsafe { call(libc::SYS_socket, [family as u64, kind as u64, protocol as u64]) }
        .at_step("a socket of the firewall")?;
    bites("commands a firewall of its own")
}
