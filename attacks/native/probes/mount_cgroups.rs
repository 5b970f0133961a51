use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};
use rustix::thread::UnshareFlags;

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "mount-cgroups",
    tries: "Mounts the control groups, to be where they are not shown.",
    row: Row::Cgroups,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    // Without mounts of its own, what it mounts it unmounts.
    let _ = apart::own_mounts();
    // With a namespace of control groups this takes no more right than other mounts.
    let _without = apart::enter(UnshareFlags::NEWCGROUP);
    mount("none", scratch.path(), "cgroup2", MountFlags::empty(), None).at_step("mounting")?;
    unmount(scratch.path(), UnmountFlags::DETACH).needed("unmounting")?;
    bites("mounted the control groups")
}
