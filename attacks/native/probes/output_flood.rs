use std::io::Write;

use crate::errors::While;
use crate::parts;
use crate::probe::{Expect, Judged, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "output-flood",
    tries: "Writes sixteen megabytes to its output.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Output,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let line = [b"x".repeat(1023), b"\n".to_vec()].concat();
    let mut output = std::io::stdout().lock();
    for _ in 0..parts::FLOOD / 1024 {
        output.write_all(&line).at_step("writing")?;
    }
    output.flush().at_step("writing")?;
    bites("wrote all of it")
}
