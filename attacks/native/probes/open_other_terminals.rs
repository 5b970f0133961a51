use std::fs;

use rustix::fs::OFlags;

use crate::errors::any;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "open-other-terminals",
    tries: "Opens terminals of others, and the consoles of the machine.",
    row: Row::Terminal,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let known = ["/dev/ttyS0", "/dev/hvc0", "/dev/tty1", "/dev/console"].map(str::to_owned);
    let others = fs::read_dir("/dev/pts").into_iter().flatten().flatten();
    // Making a terminal of one's own is no attack.
    let others = others.filter(|entry| entry.file_name() != "ptmx");
    let others = others.map(|entry| entry.path().display().to_string());
    any(known.into_iter().chain(others).map(|path| {
        reach::open(&path, OFlags::RDWR)?;
        bites(format!("opened {path}"))
    }))
}
