use std::env;

use crate::probe::{Expect, Judged, Miss, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "inherited-loader-settings",
    tries: "Finds variables by which loaders and interpreters run foreign code.",
    row: Row::Environment,
    needs: &[],
    expect: Expect::Absent,
    judged: Judged::Told,
    attempt,
};

fn attempt(_: &Scene) -> Outcome {
    let dangerous = |name: &String| {
        name.starts_with("LD_") || name.ends_with("_OPTIONS") || name == "PYTHONSTARTUP"
    };
    let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let found: Vec<String> = names.filter(dangerous).collect();
    if found.is_empty() { Err(Miss::absent("no such variable")) } else { bites(found.join(", ")) }
}
