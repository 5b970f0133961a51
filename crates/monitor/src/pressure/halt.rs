//! How long a victim stands still.

use std::time::Duration;

use super::Answer;

/// Least time that a victim stands still: what it frees shows in the figures of ten seconds.
const FIRST: Duration = Duration::from_secs(15);

/// Each time it is so many times as long …
const LONGER: u32 = 2;

/// … and this at most, well within the time after which who stands still is ended.
const LONGEST: Duration = Duration::from_secs(120);

/// After so long on its feet it begins anew.
const FORGOTTEN: Duration = Duration::from_secs(600);

/// Keeps one cell from being halted and let go on by turns: let go on it may use up at once what its
/// halting had freed. So each time that this happens it stands still for longer.
#[derive(Clone, Copy, Debug, Default)]
pub struct Halt {
    /// Until when it stands still at least, where it does.
    until: Option<Duration>,
    /// When it was last let go on.
    freed: Option<Duration>,
    /// How often it was halted of late.
    times: u32,
}

impl Halt {
    /// What is done to the cell, where the machine's pressure wants this. What is more than halting
    /// happens at once.
    pub fn heed(&mut self, at: Duration, wanted: Option<Answer>) -> Option<Answer> {
        if wanted >= Some(Answer::Pause) {
            if self.until.is_none() {
                self.begin(at);
            }
            return wanted;
        }
        match self.until {
            Some(until) if at < until => Some(Answer::Pause),
            Some(_) => {
                (self.until, self.freed) = (None, Some(at));
                wanted
            }
            None => wanted,
        }
    }

    fn begin(&mut self, at: Duration) {
        if self.freed.is_none_or(|freed| at.saturating_sub(freed) >= FORGOTTEN) {
            self.times = 0;
        }
        let longer = LONGER.saturating_pow(self.times);
        self.until = Some(at + FIRST.saturating_mul(longer).min(LONGEST));
        self.times = self.times.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn second(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    /// How long it stands still each time, where it is wanted to in the first second of each turn
    /// and not after, and each turn begins a second after it was let go on.
    fn turns(count: usize) -> Vec<u64> {
        let mut halt = Halt::default();
        let mut at = 0;
        let mut turn = || {
            let began = at;
            assert_eq!(halt.heed(second(at), Some(Answer::Pause)), Some(Answer::Pause));
            while halt.heed(second(at), None).is_some() {
                at += 1;
            }
            let lasted = at - began;
            at += 1;
            lasted
        };
        (0..count).map(|_| turn()).collect()
    }

    #[test]
    fn each_time_it_stands_still_for_longer_up_to_an_end() {
        assert_eq!(turns(6), [15, 30, 60, 120, 120, 120]);
    }

    #[test]
    fn who_was_left_alone_for_long_begins_anew() {
        let mut halt = Halt::default();
        halt.heed(second(0), Some(Answer::Pause));
        halt.heed(second(15), None);
        halt.heed(second(615), Some(Answer::Pause));
        assert_eq!(halt.heed(second(629), None), Some(Answer::Pause));
        assert_eq!(halt.heed(second(630), None), None);
    }

    #[test]
    fn ending_and_slowing_down_are_not_put_off() {
        let mut halt = Halt::default();
        assert_eq!(halt.heed(second(0), Some(Answer::Throttle)), Some(Answer::Throttle));
        assert_eq!(halt.heed(second(1), None), None);
        halt.heed(second(2), Some(Answer::Pause));
        assert_eq!(halt.heed(second(3), Some(Answer::Throttle)), Some(Answer::Pause));
        assert_eq!(halt.heed(second(4), Some(Answer::Stop)), Some(Answer::Stop));
    }

    proptest! {
        #[test]
        fn whatever_is_wanted_it_changes_seldom(
            wanted in prop::collection::vec(prop::sample::select(
                vec![None, Some(Answer::Throttle), Some(Answer::Pause)],
            ), 600),
        ) {
            let mut halt = Halt::default();
            let stands = |(at, wanted): (usize, &Option<Answer>)| {
                halt.heed(second(at as u64), *wanted) == Some(Answer::Pause)
            };
            let stands: Vec<bool> = wanted.iter().enumerate().map(stands).collect();
            let halted = stands.windows(2).filter(|pair| !pair[0] && pair[1]).count();
            // 15, 30, 60, then 120 seconds each: the eighth begins after 592.
            prop_assert!(halted <= 8, "{halted}");
        }
    }
}
