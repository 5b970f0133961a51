use std::env;

use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::reach;
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "inherited-environment",
    tries: "Reads a secret from its environment.",
    row: Row::Environment,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let holds = env::vars_os().any(|(_, value)| reach::holds_secret(value.as_encoded_bytes()));
    if holds { bites("inherited a secret") } else { Err(Miss::absent("no secret")) }
}
