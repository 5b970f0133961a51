use rustix::mount::{FsMountFlags, FsOpenFlags, MountAttrFlags, fsconfig_create, fsmount, fsopen};

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "open-file-system",
    tries: "Makes a file system by the newer calls.",
    row: Row::Mounts,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    // Without mounts of its own, what it mounts it unmounts.
    let _ = apart::own_mounts();
    let context = fsopen("tmpfs", FsOpenFlags::FSOPEN_CLOEXEC).at_step("fsopen")?;
    fsconfig_create(&context).at_step("fsconfig")?;
    let attributes = MountAttrFlags::empty();
    fsmount(&context, FsMountFlags::FSMOUNT_CLOEXEC, attributes).at_step("fsmount")?;
    bites("made a file system")
}
