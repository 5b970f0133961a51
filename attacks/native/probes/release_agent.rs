use std::fs;

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "release-agent",
    tries: "Opens the file that names a program which the kernel runs as root.",
    row: Row::Cgroups,
    needs: &[Need::Root],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let groups = fs::read_dir("/sys/fs/cgroup").at_step("the control groups")?;
    any(groups.flatten().map(|entry| reach::writable(entry.path().join("release_agent"))))
}
