//! Holes that are known and not yet closed. Each is said aloud, and its entry must go on the day
//! that the attack is refused: the trial fails then.

use aether_attacks::Attack;

use super::drive::{Around, cells_have_a_cgroup};

struct Hole {
    attack: &'static str,
    why: &'static str,
    /// Closed where a control group holds the cell's memory.
    without_cgroup: bool,
}

#[allow(dead_code, reason = "no hole is known at the moment; the next one is entered with it")]
const fn hole(attack: &'static str, why: &'static str) -> Hole {
    Hole { attack, why, without_cgroup: false }
}

#[allow(dead_code, reason = "no hole is known at the moment; the next one is entered with it")]
const fn without_cgroup(attack: &'static str, why: &'static str) -> Hole {
    Hole { attack, why, without_cgroup: true }
}

const HOLES: &[Hole] = &[];

/// What is said of an entry that must go.
pub(super) const CLOSED: &str = "the hole is closed: take it out of open.rs";

/// Why the attack bites inside too on this machine, if that is known.
pub(super) fn why(attack: &Attack) -> Option<&'static str> {
    let hole = HOLES.iter().find(|hole| hole.attack == attack.name)?;
    (!hole.without_cgroup || !cells_have_a_cgroup()).then_some(hole.why)
}

/// What a cell of V8 has, or lacks, beside the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exception {
    /// The call does not exist for it: V8 asks and goes on without, which is no news.
    Absent,
    /// V8 needs it; why it is no danger.
    Given(&'static str),
}

/// What stands in SECURITY.md of V8's cells: each is checked to be so.
pub(super) fn exception(attack: &Attack, around: Around) -> Option<Exception> {
    let of_v8 = match attack.name {
        _ if !around.is_watched() => return None,
        "adopt-orphans"
        | "ask-bounding-set"
        | "become-dumpable"
        | "filter-itself-by-prctl"
        | "invite-tracer"
        | "outlive-host"
        | "rename-itself" => Exception::Absent,
        "ask-system-name" => {
            Exception::Given("V8 asks which kernel it is; the machine's name is that of the cell")
        }
        "make-executable" | "map-executable" if around == Around::Made => {
            Exception::Given("V8 makes machine code where the owner allows it")
        }
        _ => return None,
    };
    Some(of_v8)
}
