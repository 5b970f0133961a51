use rustix::mount::{MountFlags, UnmountFlags, mount, unmount};

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "mount-over",
    tries: "Mounts a file system over a folder.",
    row: Row::Mounts,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    // Without mounts of its own, what it mounts it unmounts.
    let _ = apart::own_mounts();
    mount("none", scratch.path(), "tmpfs", MountFlags::empty(), None).at_step("mounting")?;
    unmount(scratch.path(), UnmountFlags::DETACH).needed("unmounting")?;
    bites("mounted a file system")
}
