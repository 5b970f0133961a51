use rustix::fs::inotify;

use crate::errors::While;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "watch-secret",
    tries: "Asks to be told when a file outside is used.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let watcher = inotify::init(inotify::CreateFlags::CLOEXEC).at_step("a watcher")?;
    inotify::add_watch(&watcher, scene.secret(), inotify::WatchFlags::ACCESS)
        .at_step("watching")?;
    bites("watches a file outside")
}
