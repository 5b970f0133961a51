use rustix::mount::mount_bind_recursive;
use rustix::process::{chdir, pivot_root};

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row, bites};
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
    apart::own_mounts();
    let path = scratch.path().to_owned();
    // Where it cannot even bind, pivot_root is asked all the same.
    let bound = mount_bind_recursive(&path, &path);
    chdir(&path).needed("the folder")?;
    let outcome = match pivot_root(".", ".").at_step("pivot_root") {
        Ok(()) => bites("changed the root"),
        Err(miss) if bound.is_err() => Err(miss.means(libc::EINVAL, Kind::Denied)),
        // The root is one that cannot be left, as that of the first boot.
        Err(miss) => Err(miss),
    };
    // It is a mount of its own by now, or out of sight.
    std::mem::forget(scratch);
    outcome
}
