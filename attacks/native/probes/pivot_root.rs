use rustix::mount::mount_bind_recursive;
use rustix::process::{chdir, pivot_root};

use crate::apart;
use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "pivot-root",
    tries: "Changes the root of all by pivot_root.",
    row: Row::Mounts,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    // In a child, so that the folder can still be removed by its path.
    parts::in_child(|| {
        if !apart::own_mounts() {
            return match pivot_root("/", "/").at_step("pivot_root") {
                // Past the check of its rights, the kernel saw that this is the root already.
                Err(Miss { errno: Some(libc::EBUSY | libc::EINVAL), .. }) => {
                    bites("was refused only for its arguments")
                }
                other => other.map(|()| "changed the root".to_owned()),
            };
        }
        mount_bind_recursive(scratch.path(), scratch.path()).at_step("binding the new root")?;
        chdir(scratch.path()).needed("the new root")?;
        pivot_root(".", ".").at_step("pivot_root")?;
        bites("changed the root")
    })
}
