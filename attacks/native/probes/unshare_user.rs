use rustix::thread::UnshareFlags;

use crate::apart;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "unshare-user",
    tries: "Becomes root of a user namespace.",
    row: Row::Namespaces,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    apart::enter(UnshareFlags::NEWUSER)?;
    bites("is root of a user namespace")
}
