use rustix::fs::OFlags;

use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "open-terminal",
    tries: "Opens the terminal that it was started from, to read what is typed.",
    row: Row::Terminal,
    needs: &[Need::Terminal],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    reach::open("/dev/tty", OFlags::RDWR)?;
    bites("holds the terminal of its launcher")
}
