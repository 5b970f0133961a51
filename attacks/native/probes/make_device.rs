use std::fs;

use rustix::fs::OFlags;
use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;
use crate::scratch::Scratch;

pub(super) const PROBE: Probe = Probe {
    name: "make-device",
    tries: "Makes a device node and opens it.",
    row: Row::Machine,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(scene: &Scene) -> Outcome {
    let scratch = Scratch::new(scene)?;
    let path = scratch.join("device");
    // 1:3 is /dev/null, so that opening it is harmless; the right is the same as for the disk's.
    mknodat(CWD, &path, FileType::CharacterDevice, Mode::RUSR, makedev(1, 3)).at_step("mknod")?;
    let opened = reach::open(&path, OFlags::RDONLY);
    fs::remove_file(&path).needed("removing it")?;
    opened?;
    bites("made a device and opened it")
}
