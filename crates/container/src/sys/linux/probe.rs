//! What this machine can enforce, for `aether doctor`: each protection tried, not guessed.

use std::collections::BTreeSet;

use super::launch::launch;
use crate::{LaunchError, Limits, Posture, Program, Protection, Recipe, State, Workload};

/// Launches a cell with every protection optional, looks at what it got, and ends it.
///
/// What a native program cannot do without is refused in the posture that comes back, and what
/// would have been tried after it stands as not tried.
///
/// # Errors
/// [`LaunchError`] when not even an unprotected engine starts, or not for want of a protection.
pub fn probe(program: Program, workload: Workload) -> Result<Posture, LaunchError> {
    let native = matches!(workload, Workload::Native(_));
    let mut recipe = Recipe {
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
    let mut launched = launch(&recipe);
    if matches!(launched, Err(LaunchError::Rootless { .. }))
        && let Workload::Native(native) = &mut recipe.workload
    {
        // On the host's own tree nothing is laid over anything.
        native.mounts.retain(|mount| !mount.kind.is_layer());
        launched = launch(&recipe);
    }
    let (mut posture, rest) = match launched {
        Ok(cell) => (cell.posture().clone(), "not reported".to_owned()),
        Err(LaunchError::Protection { protection, reason, mut posture }) if native => {
            posture.set(protection, State::Refused, reason);
            (posture, format!("not tried without `{protection}`"))
        }
        Err(error) => return Err(error),
    };
    for &protection in Protection::ALL.iter().filter(|protection| protection.applies(native)) {
        if posture.get(protection).is_none() {
            posture.set(protection, State::Refused, rest.clone());
        }
    }
    Ok(posture)
}
