//! What a cell's figures were, for lines and for what happens in a second.

use std::collections::VecDeque;
use std::time::Duration;

use crate::overview::Cell;

/// Measurements that are kept: as wide as a terminal.
const KEPT: usize = 240;

/// The eighths that a line is drawn with.
const STEPS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// A cell's figures over time.
#[derive(Clone, Debug, Default)]
pub(crate) struct History {
    cores: VecDeque<f64>,
    memory: VecDeque<f64>,
    /// When it was looked at last, and its calls, bytes in and bytes out by then.
    last: Option<(Duration, [u64; 3])>,
    /// What happens in a second.
    pub(crate) calls: f64,
    pub(crate) bytes_in: f64,
    pub(crate) bytes_out: f64,
}

impl History {
    pub(crate) fn take(&mut self, cell: &Cell, now: Duration) {
        if let Some((at, [calls, bytes_in, bytes_out])) = self.last {
            let seconds = now.saturating_sub(at).as_secs_f64().max(0.001);
            let each = |now: u64, before: u64| now.saturating_sub(before) as f64 / seconds;
            self.calls = each(cell.calls, calls);
            self.bytes_in = each(cell.bytes_in, bytes_in);
            self.bytes_out = each(cell.bytes_out, bytes_out);
        }
        keep(&mut self.cores, cell.cores);
        keep(&mut self.memory, cell.memory as f64);
        self.last = Some((now, [cell.calls, cell.bytes_in, cell.bytes_out]));
    }

    /// The processor as a line of this width; full is one core or more.
    pub(crate) fn cores(&self, width: usize) -> String {
        line(&self.cores, width, 1.0)
    }

    /// Memory likewise; full is a little more than it ever had here.
    pub(crate) fn memory(&self, width: usize) -> String {
        let most = self.memory.iter().copied().fold(0.0, f64::max);
        line(&self.memory, width, most * 1.1)
    }
}

fn keep(series: &mut VecDeque<f64>, value: f64) {
    if series.len() >= KEPT {
        series.pop_front();
    }
    series.push_back(value);
}

/// The last values, the newest on the right.
fn line(series: &VecDeque<f64>, width: usize, full: f64) -> String {
    let most = series.iter().copied().fold(full, f64::max);
    let shown = series.len().min(width);
    let values = series.iter().skip(series.len() - shown);
    let step = |value: &f64| {
        let share = if most > 0.0 { value / most } else { 0.0 };
        let index = (share * (STEPS.len() - 1) as f64).round() as usize;
        STEPS.get(index).copied().unwrap_or('█')
    };
    " ".repeat(width - shown) + &values.map(step).collect::<String>()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rates_are_differences_over_time() {
        let mut history = History::default();
        history.take(&Cell { calls: 10, ..Cell::default() }, Duration::ZERO);
        history.take(&Cell { calls: 30, bytes_in: 5, ..Cell::default() }, Duration::from_secs(2));
        assert_eq!((history.calls, history.bytes_in, history.bytes_out), (10.0, 2.5, 0.0));
        history.take(&Cell::default(), Duration::from_secs(3));
        assert_eq!(history.calls, 0.0, "a cell of another run");
    }

    #[test]
    fn a_line_shows_the_newest_on_the_right() {
        let mut history = History::default();
        for cores in [0.0, 0.5, 1.0, 2.0] {
            history.take(&Cell { cores, ..Cell::default() }, Duration::ZERO);
        }
        assert_eq!(history.cores(6), "  ▁▃▅█");
        assert_eq!(history.cores(2), "▅█");
        assert_eq!(history.cores(0), "");
    }

    proptest! {
        #[test]
        fn a_line_has_its_width(values in proptest::collection::vec(0.0..1e300_f64, 0..500), width in 0..300_usize) {
            let mut history = History::default();
            for cores in values {
                history.take(&Cell { cores, memory: cores as u64, ..Cell::default() }, Duration::ZERO);
            }
            prop_assert_eq!(history.cores(width).chars().count(), width);
            prop_assert_eq!(history.memory(width).chars().count(), width);
        }
    }
}
