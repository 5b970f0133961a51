use rustix::process::{chdir, chroot};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "climb-from-new-root",
    tries: "Changes the root to a folder below and climbs out of it, as old as chroot(2).",
    row: Row::Descriptors,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    // The working folder stays above the new root, so that dots lead up to the real one.
    chdir("/").needed("the root")?;
    chroot(scratch.path()).at_step("changing the root")?;
    for _ in 0..16 {
        chdir("..").at_step("climbing")?;
    }
    chroot(".").at_step("changing the root back")?;
    reach::read(scene.secret())
}
