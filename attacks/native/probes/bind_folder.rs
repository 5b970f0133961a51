use rustix::mount::{UnmountFlags, mount_bind_recursive, unmount};

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "bind-folder",
    tries: "Binds one folder over another.",
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
    mount_bind_recursive(scene.granted(), scratch.path()).at_step("binding")?;
    unmount(scratch.path(), UnmountFlags::DETACH).needed("unmounting")?;
    bites("bound a folder")
}
