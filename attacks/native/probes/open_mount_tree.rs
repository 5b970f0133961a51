use rustix::fs::CWD;
use rustix::mount::{MoveMountFlags, OpenTreeFlags, UnmountFlags, move_mount, open_tree, unmount};

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "open-mount-tree",
    tries: "Copies the tree of mounts as a descriptor and puts it elsewhere.",
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
    let flags = OpenTreeFlags::OPEN_TREE_CLONE | OpenTreeFlags::OPEN_TREE_CLOEXEC;
    let tree = open_tree(CWD, scene.granted(), flags | OpenTreeFlags::AT_RECURSIVE)
        .at_step("open_tree")?;
    let empty = MoveMountFlags::MOVE_MOUNT_F_EMPTY_PATH;
    move_mount(&tree, "", CWD, scratch.path(), empty).at_step("move_mount")?;
    unmount(scratch.path(), UnmountFlags::DETACH).needed("unmounting")?;
    bites("moved a mount")
}
