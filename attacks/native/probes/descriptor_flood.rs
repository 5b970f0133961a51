use std::os::fd::OwnedFd;

use rustix::fs::OFlags;
use rustix::process::{Resource, getrlimit, setrlimit};

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "descriptor-flood",
    tries: "Opens as many descriptors as it can, up to two thousand.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MOST: usize = 2_000;

fn attempt(_: &Scene) -> Outcome {
    let limit = getrlimit(Resource::Nofile);
    let raised = rustix::process::Rlimit { current: limit.maximum, ..limit };
    setrlimit(Resource::Nofile, raised).at_step("raising its soft limit")?;
    let mut held: Vec<OwnedFd> = Vec::new();
    while held.len() < MOST {
        held.push(reach::open("/proc/self/stat", OFlags::RDONLY)?);
    }
    bites(format!("held {MOST} descriptors"))
}
