#![allow(unsafe_code, reason = "the attack is a raw system call")]

use std::os::fd::AsRawFd;

use aether_attacks::call;
use rustix::fs::OFlags;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Kind, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "join-namespaces",
    tries: "Joins the namespaces of a process of the machine, and of the first it sees.",
    row: Row::Namespaces,
    needs: &[Need::Victim],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let names = ["mnt", "net", "user", "ipc", "uts", "pid"];
    any([scene.victim, 1].into_iter().flat_map(|pid| {
        names.map(|name| {
            let file = reach::open(format!("/proc/{pid}/ns/{name}"), OFlags::RDONLY)?;
            // SAFETY: setns(2) takes integers.
            match unsafe { call(libc::SYS_setns, [file.as_raw_fd() as u64, 0]) }.at_step(name) {
                // One's own user namespace, or one that is not above: as good as refused.
                Err(miss) => Err(miss.means(libc::EINVAL, Kind::Denied)),
                Ok(_) => bites(format!("joined {name} of process {pid}")),
            }
        })
    }))
}
