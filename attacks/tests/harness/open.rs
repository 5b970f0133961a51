//! Holes that are known and not yet closed. Each is said aloud, and its entry must go on the day
//! that the attack is refused: the trial fails then.

use aether_attacks::Attack;

use super::drive::cells_have_a_cgroup;

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
