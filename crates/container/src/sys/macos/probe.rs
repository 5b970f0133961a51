//! What this machine can enforce, for `aether doctor`: each protection tried, not guessed.

use super::super::lenient;
use super::launch::launch;
use crate::{LaunchError, Posture, Program, Workload};

/// Launches a cell with every protection optional, looks at what it got, and ends it.
///
/// # Errors
/// [`LaunchError`] when it does not start even then.
pub fn probe(program: Program, workload: Workload) -> Result<Posture, LaunchError> {
    let native = matches!(workload, Workload::Native(_));
    let recipe = lenient::recipe(program, workload);
    Ok(lenient::complete(launch(&recipe)?.posture().clone(), native, "not reported"))
}
