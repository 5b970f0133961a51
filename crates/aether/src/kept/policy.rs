//! How often a plugin that fails is started again.

use std::time::Duration;

/// How long a plugin rests after its first failure. Starting a cell takes some tens of
/// milliseconds: one that fails at once costs its host less than half of a processor.
const FIRST: Duration = Duration::from_millis(100);

/// By how much each rest is longer than the one before.
pub(super) const FACTOR: u32 = 2;

/// The longest rest. Longer ones spare nothing that can be measured, and keep callers waiting for
/// a plugin that is well again.
const MOST: Duration = Duration::from_secs(30);

/// Failures within [`WINDOW`] after which a plugin is not tried any more for a while: by then
/// chance is no explanation.
const FAILURES: u32 = 5;

/// For how long a failure counts.
const WINDOW: Duration = Duration::from_secs(60);

/// How long a plugin that fails again and again is left alone. As long as the window, so that no
/// window has more starts than failures are allowed.
const REST: Duration = Duration::from_secs(60);

/// When a plugin that has failed is started again.
///
/// It rests for `first`, then for twice as long after each further failure, up to `most`. After a
/// call that was answered the next rest is `first` again. After `failures` within `window` the
/// *breaker* opens: for `rest` nothing is started. Then one call is let through to try it. If that
/// is answered, everything is as at the beginning; if the cell ends, the breaker opens again. So in
/// no time shorter than `window` and `rest` there are more than `failures` starts of a plugin that
/// fails.
///
/// Nothing about it is random, as it would be where many machines call one: a plugin is called by
/// its own host alone, starts one cell at a time, and does so when it is called, not when its rest
/// is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartPolicy {
    /// The rest after a first failure.
    pub first: Duration,
    /// The longest rest.
    pub most: Duration,
    /// Failures that open the breaker; 0 counts as 1.
    pub failures: u32,
    /// For how long a failure counts.
    pub window: Duration,
    /// How long the breaker stays open.
    pub rest: Duration,
}

impl Default for RestartPolicy {
    fn default() -> Self {
        Self { first: FIRST, most: MOST, failures: FAILURES, window: WINDOW, rest: REST }
    }
}
