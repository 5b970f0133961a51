use std::fs;

use rustix::mount::{MountFlags, mount_remount};

use crate::apart;
use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "remount-writable",
    tries: "Makes a folder writable again that was mounted for reading.",
    row: Row::Mounts,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    if !apart::own_mounts() {
        let scratch = Scratch::new(scene)?;
        // Refused for its rights first, and then because no mount is there.
        return match mount_remount(scratch.path(), MountFlags::BIND, "").at_step("remounting") {
            Err(Miss { errno: Some(libc::EINVAL), .. }) => {
                bites("was refused only for its arguments")
            }
            other => other.map(|()| "remounted a folder".to_owned()),
        };
    }
    let mounts = fs::read_to_string("/proc/self/mountinfo").at_step("the mounts")?;
    // Last first: those of the sandbox.
    let points = mounts.lines().rev().filter_map(|line| line.split(' ').nth(4));
    let points = points.filter(|point| {
        ["/proc/sys", "/usr", "/lib", "/bin", &scene.readonly(), "/"].contains(point)
    });
    any(points.map(|point| {
        let bind = MountFlags::BIND;
        // With its other flags dropped too, so that one locked of them refuses it.
        mount_remount(point, bind | MountFlags::NOSUID | MountFlags::NODEV, "").at_step(point)?;
        bites(format!("made {point} writable"))
    }))
}
