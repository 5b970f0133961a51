use rustix::fs::OFlags;

use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-kernel-memory",
    tries: "Opens the memory of the kernel in /proc and /dev.",
    row: Row::Masks,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    any(["/proc/kcore", "/dev/mem", "/dev/port"].map(|path| {
        reach::open(path, OFlags::RDONLY)?;
        bites(format!("may read {path}"))
    }))
}
