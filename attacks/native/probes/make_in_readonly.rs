use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;

use rustix::fs::{CWD, FileType, Mode, mknodat};

use crate::errors::While;
use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "make-in-readonly",
    tries: "Makes a folder, a link, a pipe and a socket in a folder that is granted for reading.",
    row: Row::Files,
    needs: &[],
    expect: Expect::Denied,
    judged: Judged::Files,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let path = |name: &str| format!("{}/{name}", scene.readonly());
    let pipe = mknodat(CWD, path("pipe"), FileType::Fifo, Mode::RUSR, 0);
    any([
        fs::create_dir(path("folder")).at_step("a folder"),
        symlink("data.txt", path("symbolic")).at_step("a link"),
        fs::hard_link(path("data.txt"), path("hard")).at_step("a hard link"),
        pipe.at_step("a pipe"),
        UnixListener::bind(path("listener")).map(drop).at_step("a socket"),
    ]
    .map(|made| made.and_then(|()| bites("made something in a folder for reading"))))
}
