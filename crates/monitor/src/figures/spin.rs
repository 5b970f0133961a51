//! A busy loop: a core is used up, and nothing comes of it.

use std::time::Duration;

use super::metric::Figures;
use crate::finding::{Finding, Layer};
use crate::text;

/// It takes from the others; it harms nobody.
const SPIN: f64 = 34.0;

/// So much of one core is a whole one.
const CORE: f64 = 0.9;

/// So long without a call, a byte or an open call.
const LASTS: Duration = Duration::from_millis(1_500);

/// Since when the cell spins.
#[derive(Clone, Debug, Default)]
pub(super) struct Spin {
    since: Option<Duration>,
}

impl Spin {
    pub(super) fn look(&mut self, figures: &Figures, open_calls: usize) -> Option<Finding> {
        if open_calls > 0 || figures.useful || figures.processor() < CORE {
            self.since = None;
            return None;
        }
        let since = *self.since.get_or_insert(figures.from);
        let span = figures.at.saturating_sub(since);
        (span >= LASTS).then(|| found(figures, since, span))
    }
}

fn found(figures: &Figures, since: Duration, span: Duration) -> Finding {
    let span = text::time(span);
    let seen =
        format!("{:.1} cores for {span}, no call, nothing read or written", figures.processor());
    Finding::new("busy-loop", Layer::Series, "", figures.at)
        .since(since)
        .seen(seen, "idle: nobody has asked it for anything")
        .sure(90)
        .says(format!("It has used a whole core for {span}, though no call is open."))
        .risks(SPIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(cores: f64, useful: bool, open_calls: usize) -> Option<Duration> {
        let mut spin = Spin::default();
        (1..40).map(|tick| Duration::from_millis(250 * tick)).find(|at| {
            let mut values = [0.0; 9];
            values[0] = cores;
            let from = *at - Duration::from_millis(250);
            let figures = Figures { at: *at, from, values, useful };
            spin.look(&figures, open_calls).is_some()
        })
    }

    #[test]
    fn a_core_used_up_for_nothing_is_found_within_two_seconds() {
        assert_eq!(run(0.98, false, 0), Some(LASTS));
    }

    #[test]
    fn work_is_left_alone() {
        assert_eq!(run(1.0, false, 1), None);
        assert_eq!(run(1.0, true, 0), None);
        assert_eq!(run(0.5, false, 0), None);
    }
}
