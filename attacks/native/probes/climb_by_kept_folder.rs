use rustix::fs::OFlags;
use rustix::process::{chroot, fchdir};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "climb-by-kept-folder",
    tries: "Keeps a descriptor of the root while it changes the root, and returns by it.",
    row: Row::Descriptors,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    let kept = reach::open("/", OFlags::PATH | OFlags::DIRECTORY).needed("the root")?;
    chroot(scratch.path()).at_step("changing the root")?;
    fchdir(&kept).at_step("returning by the descriptor")?;
    for _ in 0..16 {
        rustix::process::chdir("..").at_step("climbing")?;
    }
    reach::read(scene.secret().trim_start_matches('/'))
}
