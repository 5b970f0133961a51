use rustix::mount::{MountFlags, mount};
use rustix::thread::UnshareFlags;

use crate::apart;
use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "mount-fresh-proc",
    tries: "Mounts a /proc without masks in namespaces of its own.",
    row: Row::Masks,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    apart::enter(UnshareFlags::NEWUSER | UnshareFlags::NEWPID | UnshareFlags::NEWNS)?;
    // Only a member of the new process namespace may mount its /proc.
    parts::in_child(|| {
        mount("proc", scratch.path(), "proc", MountFlags::empty(), None)
            .at_step("mounting proc")?;
        bites("mounted a /proc of its own")
    })
}
