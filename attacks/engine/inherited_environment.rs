use crate::{Attack, Miss, Need, Outcome, Refused, Scene, bites};

pub(super) const ATTACK: Attack = Attack {
    name: "inherited-environment",
    tries: "Looks for variables that its host left in the environment.",
    source: "environ(7); codex, srt, bwrap and firejail passed a planted secret on (measured)",
    needs: &[Need::Inheritance],
    attempt,
    refused: Refused::Absent,
};

fn attempt(_: &Scene) -> Outcome {
    // V8's cells say themselves that there is no other time zone.
    let is_ours = |(name, value): &(_, _)| name == "TZ" && value == "UTC";
    match std::env::vars_os().filter(|one| !is_ours(one)).count() {
        0 => Err(Miss::Nothing),
        count => bites(format!("has {count} variables")),
    }
}
