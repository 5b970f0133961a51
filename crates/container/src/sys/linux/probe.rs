//! What this machine can enforce, for `aether doctor`: each protection tried, not guessed.

use super::super::lenient;
use super::launch::launch;
use crate::{LaunchError, Posture, Program, State, Workload};

/// Launches a cell with every protection optional, looks at what it got, and ends it.
///
/// What a native program cannot do without is refused in the posture that comes back, and what
/// would have been tried after it stands as not tried.
///
/// # Errors
/// [`LaunchError`] when not even an unprotected engine starts, or not for want of a protection.
pub fn probe(program: Program, workload: Workload) -> Result<Posture, LaunchError> {
    let native = matches!(workload, Workload::Native(_));
    let mut recipe = lenient::recipe(program, workload);
    let mut launched = launch(&recipe);
    if matches!(launched, Err(LaunchError::Rootless { .. }))
        && let Workload::Native(native) = &mut recipe.workload
    {
        // On the host's own tree nothing is laid over anything.
        native.mounts.retain(|mount| !mount.kind.is_layer());
        launched = launch(&recipe);
    }
    let (posture, rest) = match launched {
        Ok(cell) => (cell.posture().clone(), "not reported".to_owned()),
        Err(LaunchError::Protection { protection, reason, mut posture }) if native => {
            posture.set(protection, State::Refused, reason);
            (posture, format!("not tried without `{protection}`"))
        }
        Err(error) => return Err(error),
    };
    Ok(lenient::complete(posture, native, &rest))
}
