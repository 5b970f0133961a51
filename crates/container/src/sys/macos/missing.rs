//! What macOS has no means for, or none that was proven: said before anything is started.

use std::num::NonZero;

use crate::{LaunchError, Posture, Protection as P, Recipe, State, Workload};

/// Sets a line for each protection that cannot be had.
///
/// # Errors
/// [`LaunchError::Protection`] for the first that was not named as optional, with the lines of all.
pub(super) fn settle(recipe: &Recipe, posture: &mut Posture) -> Result<(), LaunchError> {
    let native = matches!(recipe.workload, Workload::Native(_));
    let mut refused = None;
    for (protection, reason) in missing(recipe) {
        if !protection.applies(native) {
            continue;
        }
        let state = if recipe.is_optional(protection) { State::Degraded } else { State::Refused };
        posture.set(protection, state, reason.clone());
        if state == State::Refused {
            refused.get_or_insert((protection, reason));
        }
    }
    if has_all_processors(recipe.limits.cpu_millis) {
        posture.set(P::Cpu, State::Enforced, "the machine has no more");
    }
    match refused {
        None => Ok(()),
        Some((protection, reason)) => {
            Err(LaunchError::Protection { protection, reason, posture: posture.clone() })
        }
    }
}

fn missing(recipe: &Recipe) -> Vec<(P, String)> {
    let limits = &recipe.limits;
    let mut lines = vec![
        (
            P::Memory,
            format!(
                "no limit of the system's; the host looks at it and ends what has more than {} MB",
                limits.memory >> 20
            ),
        ),
        (P::NonDumpable, "no core dump; debuggers of the same user are the system's affair".into()),
        (P::WriteXorExecute, "nothing keeps it from asking for memory of its own code".into()),
        (P::Seccomp, "system calls are not filtered; Seatbelt judges what they are to do".into()),
        (P::SyscallRecord, "refusals are in the system's log, and not told to the host".into()),
    ];
    if !has_all_processors(limits.cpu_millis) {
        lines.push((P::Cpu, "no quota of the system's".into()));
    }
    if let Workload::Native(native) = &recipe.workload {
        let each = native.scratch >> 20;
        let how = "no layers: a private folder on disk and nothing else";
        lines.push((P::Writes, format!("{how}, {each} MB for each file, all of it unbounded")));
    }
    lines
}

/// Whether the machine has no more of processors than the limit.
fn has_all_processors(millis: u32) -> bool {
    let cores = std::thread::available_parallelism().map_or(usize::MAX, NonZero::get);
    u32::try_from(cores).is_ok_and(|cores| cores.saturating_mul(1000) <= millis)
}

#[cfg(test)]
mod tests {
    use super::super::super::lenient;
    use super::*;
    use crate::{Program, Workload};

    fn engine(cpu_millis: u32, optional: &[P]) -> Recipe {
        let mut recipe = lenient::recipe(Program::Itself, Workload::Engine);
        recipe.limits.cpu_millis = cpu_millis;
        recipe.optional = optional.iter().copied().collect();
        recipe
    }

    #[test]
    fn what_macos_cannot_do_is_refused_with_all_of_it_listed() {
        let mut posture = Posture::default();
        let optional = [P::Memory, P::Seccomp];
        let error = settle(&engine(1, &optional), &mut posture).unwrap_err();
        let LaunchError::Protection { protection, posture, .. } = error else {
            panic!("{error}");
        };
        assert_eq!(posture.get(protection).unwrap().state, State::Refused);
        assert_eq!(posture.get(P::Memory).unwrap().state, State::Degraded);
        for missing in [P::Cpu, P::NonDumpable, P::WriteXorExecute, P::SyscallRecord] {
            assert_eq!(posture.get(missing).unwrap().state, State::Refused, "{missing}");
        }
    }

    #[test]
    fn what_was_named_as_optional_is_degraded_and_never_enforced_on_macos() {
        let mut posture = Posture::default();
        let all: Vec<P> = P::ALL.to_vec();
        settle(&engine(1, &all), &mut posture).unwrap();
        assert!(posture.get(P::Writes).is_none(), "an engine writes nothing");
        assert!(posture.lines.len() >= 6);
        assert!(posture.lines.iter().all(|line| line.state == State::Degraded), "{posture:?}");
    }

    #[test]
    fn a_limit_that_no_machine_reaches_is_held_by_macos() {
        let mut posture = Posture::default();
        let all: Vec<P> = P::ALL.to_vec();
        settle(&engine(u32::MAX, &all), &mut posture).unwrap();
        assert_eq!(posture.get(P::Cpu).unwrap().state, State::Enforced);
    }
}
