use std::os::fd::AsRawFd;

use rustix::fs::OFlags;

use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "reopen-for-writing",
    tries: "Opens a file that is granted for reading, and again by its descriptor for writing.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let file = reach::open(format!("{}/data.txt", scene.readonly()), OFlags::RDONLY)?;
    let path = reach::open(format!("{}/data.txt", scene.readonly()), OFlags::PATH)?;
    any([&file, &path].map(|held| reach::writable(format!("/proc/self/fd/{}", held.as_raw_fd()))))
}
