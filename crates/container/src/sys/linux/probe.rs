//! What this machine can enforce, for `aether doctor`: each protection tried, not guessed.

use std::collections::BTreeSet;

use super::launch::launch;
use crate::{LaunchError, Limits, Line, Posture, Program, Protection, Recipe, State, Workload};

/// Launches a cell with every protection optional, looks at what it got, and ends it.
///
/// # Errors
/// [`LaunchError`] when not even that starts.
pub fn probe(program: Program) -> Result<Posture, LaunchError> {
    let recipe = Recipe {
        program,
        limits: Limits { memory: 64 << 20, cpu_millis: 500, open_files: 16 },
        optional: BTreeSet::from_iter(Protection::ALL.iter().copied()),
        workload: Workload::Engine,
        confine: true,
    };
    let cell = launch(&recipe)?;
    let mut posture = cell.posture().clone();
    for &protection in Protection::ALL.iter().filter(|protection| protection.applies(false)) {
        if posture.get(protection).is_none() {
            let line =
                Line { protection, state: State::Refused, detail: "not reported".to_owned() };
            posture.set(line.protection, line.state, line.detail);
        }
    }
    Ok(posture)
}
