//! What this machine can enforce, for `aether doctor`: each protection tried, not guessed.

use std::collections::BTreeSet;

use super::launch::launch;
use crate::{LaunchError, Limits, Posture, Program, Protection, Recipe, State, Workload};

/// Launches a cell with every protection optional, looks at what it got, and ends it.
///
/// # Errors
/// [`LaunchError`] when it does not start even then.
pub fn probe(program: Program, workload: Workload) -> Result<Posture, LaunchError> {
    let native = matches!(workload, Workload::Native(_));
    let recipe = Recipe {
        program,
        limits: Limits {
            memory: 64 << 20,
            cpu_millis: 500,
            open_files: 16,
            addresses: true,
            raisable: false,
        },
        optional: BTreeSet::from_iter(Protection::ALL.iter().copied()),
        code: false,
        workload,
        confine: true,
    };
    let mut posture = launch(&recipe)?.posture().clone();
    for &protection in Protection::ALL.iter().filter(|protection| protection.applies(native)) {
        if posture.get(protection).is_none() {
            posture.set(protection, State::Refused, "not reported");
        }
    }
    Ok(posture)
}
