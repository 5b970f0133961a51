use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Miss, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "read-kernel-addresses",
    tries: "Reads where the kernel keeps its functions.",
    row: Row::Masks,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let text = fs::read_to_string("/proc/kallsyms").at_step("/proc/kallsyms")?;
    // Zeros are shown to those who may not know.
    if text.lines().next().is_some_and(|line| !line.starts_with("0000000000000000")) {
        bites("read addresses of the kernel")
    } else {
        Err(Miss::denied("the addresses are zero"))
    }
}
