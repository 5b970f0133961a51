use rustix::thread::UnshareFlags;

use crate::apart;
use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "unshare-all",
    tries: "Takes every other namespace for itself.",
    row: Row::Namespaces,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    any([
        ("a network", UnshareFlags::NEWNET),
        ("mounts", UnshareFlags::NEWNS),
        ("processes", UnshareFlags::NEWPID),
        ("queues", UnshareFlags::NEWIPC),
        ("a name", UnshareFlags::NEWUTS),
        ("control groups", UnshareFlags::NEWCGROUP),
    ]
    .map(|(name, flag)| {
        apart::enter(flag)?;
        bites(format!("has {name} of its own"))
    }))
}
