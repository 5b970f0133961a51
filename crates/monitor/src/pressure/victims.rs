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
    /// Bytes of memory that it has: what there would be more of without it.
    pub memory: u64,
    /// The same as a share of its limit.
    pub of_limit: f64,
    /// When it was last active.
    pub last_active: Duration,
    /// Whether a call is open: somebody waits for its answer.
    pub busy: bool,
}

/// From this share of its limit on a cell has much of what it may have. Limits hold, so that no cell
/// has more.
const MUCH: f64 = 0.75;

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
        (Tier::Scarce, Priority::Normal) if candidate.of_limit >= MUCH => Some(Answer::Throttle),
        (Tier::Critical, Priority::Normal) => Some(Answer::Throttle),
        _ => None,
    }
}

/// Low priority before high; much memory before little; long idle before active.
fn least_missed<Id>(one: &Candidate<Id>, other: &Candidate<Id>) -> std::cmp::Ordering {
    let priority = one.priority.cmp(&other.priority);
    let memory = magnitude(other.memory).cmp(&magnitude(one.memory));
    let busy = one.busy.cmp(&other.busy);
    let idle = one.last_active.cmp(&other.last_active);
    priority.then(memory).then(busy).then(idle)
}

/// By powers of two: else the order would change with each look.
fn magnitude(memory: u64) -> u32 {
    memory.checked_ilog2().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LIMIT: u64 = 256;

    fn candidate(id: u32, priority: Priority, megabytes: u32, seconds: u64) -> Candidate<u32> {
        let last_active = Duration::from_secs(seconds);
        let of_limit = f64::from(megabytes) / LIMIT as f64;
        let memory = u64::from(megabytes) << 20;
        Candidate { id, priority, memory, of_limit, last_active, busy: false }
    }

    #[test]
    fn the_order_is_priority_then_memory_then_idleness() {
        let candidates = [
            candidate(1, Priority::High, 250, 0),
            candidate(2, Priority::Low, 70, 90),
            candidate(3, Priority::Low, 80, 10),
            candidate(4, Priority::Low, 140, 99),
            candidate(5, Priority::Normal, 250, 1),
            candidate(6, Priority::Normal, 100, 0),
        ];
        let ids =
            |tier| victims(&candidates, tier).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert_eq!(ids(Tier::Calm), [0; 0]);
        assert_eq!(ids(Tier::Tight), [4, 3, 2]);
        assert_eq!(ids(Tier::Scarce), [4, 3, 2, 5], "6 has little of what it may have");
        assert_eq!(ids(Tier::Critical), [4, 3, 2, 5, 6]);
        assert_eq!(victims(&candidates, Tier::Critical)[0], (4, Answer::Stop));
    }

    #[test]
    fn a_little_more_memory_does_not_change_who_is_first() {
        let first = |megabytes| {
            let candidates = [
                candidate(1, Priority::Normal, 100, 5),
                candidate(2, Priority::Normal, megabytes, 9),
            ];
            victims(&candidates, Tier::Critical)[0].0
        };
        assert_eq!([first(99), first(101), first(127)], [1, 1, 1]);
        assert_eq!(first(200), 2);
    }

    #[test]
    fn an_empty_machine_has_no_victims() {
        assert!(victims::<u32>(&[], Tier::Critical).is_empty());
    }

    fn any_candidate() -> impl Strategy<Value = Candidate<u32>> {
        let priority = prop::sample::select(vec![Priority::Low, Priority::Normal, Priority::High]);
        let memory = (any::<u64>(), any::<f64>());
        (any::<u32>(), priority, memory, any::<u64>(), any::<bool>()).prop_map(
            |(id, priority, (memory, of_limit), last_active, busy)| Candidate {
                id,
                priority,
                memory,
                of_limit,
                last_active: Duration::from_secs(last_active),
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
