//! A launch that may lack everything: what a machine can enforce is seen by trying it.

use crate::{Code, Limits, Posture, Program, Protection, Recipe, State, Workload};

/// A recipe of which every protection is optional.
pub(super) fn recipe(program: Program, workload: Workload) -> Recipe {
    Recipe {
        program,
        limits: Limits {
            memory: 64 << 20,
            cpu_millis: 500,
            open_files: 16,
            addresses: true,
            raisable: false,
        },
        optional: Protection::ALL.iter().copied().collect(),
        code: Code::None,
        aside: false,
        workload,
        confine: true,
    }
}

/// The posture with a line for each protection: those that were not told of are refused, for this reason.
pub(super) fn complete(mut posture: Posture, native: bool, why: &str) -> Posture {
    for &protection in Protection::ALL.iter().filter(|protection| protection.applies(native)) {
        if posture.get(protection).is_none() {
            posture.set(protection, State::Refused, why);
        }
    }
    posture
}
