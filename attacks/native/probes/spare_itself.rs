use std::fs;

use crate::errors::While;
use crate::probe::{Expect, Judged, Need, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "spare-itself",
    tries: "Puts itself behind others for when memory runs out.",
    row: Row::Scheduling,
    needs: &[Need::Root],
    expect: Expect::Denied,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let path = "/proc/self/oom_score_adj";
    let present = fs::read_to_string(path).at_step("asking")?;
    fs::write(path, "-999").at_step("setting")?;
    fs::write(path, present.trim()).needed("going back")?;
    bites("is spared when memory runs out")
}
