//! Who gives way.

use std::time::Duration;

use super::Tier;

/// How much a plugin matters to its host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Nobody waits for it.
    Low,
    /// As others.
    #[default]
    Normal,
    /// Somebody waits for it.
    High,
}

/// A measure of the host, in the order in which they are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shed {
    /// Caches and pools become smaller.
    Shrink,
    /// Plugins of low priority become slower.
    ThrottleLow,
    /// Plugins of low priority stand still.
    PauseLow,
    /// Nothing new is started.
    RefuseStarts,
    /// Cells are stopped, one after another.
    Stop,
}

/// The measures of a tier, in order. Each tier has those of the tiers below it.
#[must_use]
pub const fn shed(tier: Tier) -> &'static [Shed] {
    match tier {
        Tier::Calm => &[],
        Tier::Tight => &[Shed::Shrink, Shed::ThrottleLow],
        Tier::Scarce => &[Shed::Shrink, Shed::ThrottleLow, Shed::PauseLow, Shed::RefuseStarts],
        Tier::Critical => {
            &[Shed::Shrink, Shed::ThrottleLow, Shed::PauseLow, Shed::RefuseStarts, Shed::Stop]
        }
    }
}

/// What is done to one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Answer {
    /// It gets less.
    Throttle,
    /// It stands still until there is more again.
    Pause,
    /// It is ended.
    Stop,
}

/// A cell that may give way.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate<Id> {
    /// Which.
    pub id: Id,
    /// How much it matters.
    pub priority: Priority,
    /// What it uses, as a share of its quota: above 1 it is over.
    pub over_quota: f64,
    /// When it was last active.
    pub last_active: Duration,
    /// Whether a call is open: somebody waits for its answer.
    pub busy: bool,
}

/// Which cells give way in a tier, and how: the first of the list first. When it is critical, only
/// the first one is stopped: the caller asks again once it has seen what that brought.
#[must_use]
pub fn victims<Id: Copy>(candidates: &[Candidate<Id>], tier: Tier) -> Vec<(Id, Answer)> {
    let mut order: Vec<&Candidate<Id>> = candidates.iter().collect();
    order.sort_by(|one, other| least_missed(one, other));
    let answer = |(place, candidate): (usize, &&Candidate<Id>)| {
        answer(candidate, tier, place == 0).map(|answer| (candidate.id, answer))
    };
    order.iter().enumerate().filter_map(answer).collect()
}

fn answer<Id>(candidate: &Candidate<Id>, tier: Tier, first: bool) -> Option<Answer> {
    match (tier, candidate.priority) {
        (Tier::Calm, _) | (Tier::Tight, Priority::Normal | Priority::High) => None,
        (Tier::Critical, _) if first => Some(Answer::Stop),
        (Tier::Tight, Priority::Low) => Some(Answer::Throttle),
        (Tier::Scarce | Tier::Critical, Priority::Low) => Some(Answer::Pause),
        (Tier::Scarce, Priority::Normal) if candidate.over_quota > 1.0 => Some(Answer::Throttle),
        (Tier::Critical, Priority::Normal) => Some(Answer::Throttle),
        _ => None,
    }
}

/// Low priority before high; far over its quota before within; long idle before active.
fn least_missed<Id>(one: &Candidate<Id>, other: &Candidate<Id>) -> std::cmp::Ordering {
    let priority = one.priority.cmp(&other.priority);
    let over = other.over_quota.max(1.0).total_cmp(&one.over_quota.max(1.0));
    let busy = one.busy.cmp(&other.busy);
    let idle = one.last_active.cmp(&other.last_active);
    priority.then(over).then(busy).then(idle)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn candidate(id: u32, priority: Priority, over_quota: f64, seconds: u64) -> Candidate<u32> {
        let last_active = Duration::from_secs(seconds);
        Candidate { id, priority, over_quota, last_active, busy: false }
    }

    #[test]
    fn the_order_is_priority_then_quota_then_idleness() {
        let candidates = [
            candidate(1, Priority::High, 9.0, 0),
            candidate(2, Priority::Low, 0.5, 90),
            candidate(3, Priority::Low, 0.9, 10),
            candidate(4, Priority::Low, 2.0, 99),
            candidate(5, Priority::Normal, 2.0, 1),
        ];
        let ids =
            |tier| victims(&candidates, tier).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(Tier::Calm), [0; 0]);
        assert_eq!(ids(Tier::Tight), [4, 3, 2]);
        assert_eq!(ids(Tier::Scarce), [4, 3, 2, 5]);
        assert_eq!(victims(&candidates, Tier::Critical)[0], (4, Answer::Stop));
    }

    #[test]
    fn each_tier_has_the_measures_below_it() {
        let tiers = [Tier::Calm, Tier::Tight, Tier::Scarce, Tier::Critical];
        assert!(tiers.windows(2).all(|pair| shed(pair[1]).starts_with(shed(pair[0]))));
        assert!(shed(Tier::Critical).is_sorted());
    }

    fn any_candidate() -> impl Strategy<Value = Candidate<u32>> {
        let priority = prop::sample::select(vec![Priority::Low, Priority::Normal, Priority::High]);
        (any::<u32>(), priority, any::<f64>(), any::<u64>(), any::<bool>()).prop_map(
            |(id, priority, over_quota, seconds, busy)| Candidate {
                id,
                priority,
                over_quota,
                last_active: Duration::from_secs(seconds),
                busy,
            },
        )
    }

    proptest! {
        #[test]
        fn one_is_stopped_at_most_and_the_important_only_as_the_last(
            candidates in prop::collection::vec(any_candidate(), 0..30),
        ) {
            let victims = victims(&candidates, Tier::Critical);
            let stopped = victims.iter().filter(|(_, answer)| *answer == Answer::Stop).count();
            prop_assert_eq!(stopped, usize::from(!candidates.is_empty()));
            let lowest = candidates.iter().map(|candidate| candidate.priority).min();
            if let Some((stopped, _)) = victims.first() {
                let mut of_id = candidates.iter().filter(|candidate| candidate.id == *stopped);
                prop_assert!(of_id.any(|candidate| Some(candidate.priority) == lowest));
            }
        }
    }
}
