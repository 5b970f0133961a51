use rustix::process::{chdir, chroot};
use rustix::thread::UnshareFlags;

use crate::apart;
use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "climb-in-user-namespace",
    tries: "Becomes root of a user namespace to change its root and to climb out of that.",
    row: Row::Descriptors,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    apart::enter(UnshareFlags::NEWUSER)?;
    chdir("/").needed("the root")?;
    chroot(scratch.path()).at_step("changing the root")?;
    for _ in 0..16 {
        chdir("..").at_step("climbing")?;
    }
    reach::read(scene.secret().trim_start_matches('/'))
}
