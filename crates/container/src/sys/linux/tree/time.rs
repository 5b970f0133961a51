//! Processor time of a tree whose processes come and go.
//!
//! A process's time moves to its parent when that waits for it, so the sum over those that live
//! holds what was waited for. It does not hold the time of one whose parent lets the kernel bury it
//! (`SIGCHLD` ignored); that is found out by its absence, and kept here. What such a process used
//! after the last look stays uncounted.

use std::collections::BTreeMap;

use super::walk::{Known, Process};

/// Clock ticks, from look to look.
#[derive(Debug, Default)]
pub(super) struct Time {
    last: BTreeMap<i32, Process>,
    /// Of processes that are gone and were counted for nobody.
    lost: u64,
    /// Of processes that are gone since the last look: their parents may have been read before.
    owed: u64,
    /// Most that was told; time does not run backwards.
    most: u64,
}

impl Time {
    pub(super) fn seen(&self) -> Known {
        self.last.iter().map(|(&pid, process)| (pid, process.start)).collect()
    }

    /// Takes a look in; gives the ticks so far.
    pub(super) fn take(&mut self, processes: &[Process]) -> u64 {
        let now: BTreeMap<i32, Process> =
            processes.iter().map(|process| (process.pid, *process)).collect();
        let same = |map: &BTreeMap<i32, Process>, one: &Process| {
            map.get(&one.pid).filter(|other| other.start == one.start).copied()
        };
        let gone: u64 = (self.last.values())
            .filter(|process| same(&now, process).is_none())
            .map(|process| process.own + process.reaped)
            .sum();
        let waited_for: u64 = (now.values())
            .map(|process| {
                let before = same(&self.last, process).map_or(0, |before| before.reaped);
                process.reaped.saturating_sub(before)
            })
            .sum();
        // Those that were owed at the last look have been counted by now, or never will be.
        self.lost += self.owed.saturating_sub(waited_for);
        self.owed = gone.saturating_sub(waited_for.saturating_sub(self.owed));
        self.last = now;
        let alive: u64 = self.last.values().map(|process| process.own + process.reaped).sum();
        self.most = self.most.max(alive + self.lost + self.owed);
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Processes as number, own time, time of those waited for.
    type Seen<'a> = &'a [(i32, u64, u64)];

    #[track_caller]
    fn check(looks: &[(Seen<'_>, u64)]) {
        let mut time = Time::default();
        for (number, (look, expect)) in looks.iter().enumerate() {
            let processes: Vec<Process> = (look.iter())
                .map(|&(pid, own, reaped)| Process {
                    pid,
                    parent: 1,
                    state: b'R',
                    threads: 1,
                    own,
                    reaped,
                    start: 0,
                })
                .collect();
            assert_eq!(time.take(&processes), *expect, "look {number}");
        }
    }

    #[test]
    fn a_process_that_is_waited_for_counts_once() {
        check(&[
            (&[(1, 0, 0), (2, 5, 0), (3, 100, 0)], 105),
            (&[(1, 0, 0), (2, 6, 120)], 126),
            (&[(1, 0, 126)], 126),
        ]);
    }

    #[test]
    fn one_whose_parent_was_read_too_early_counts_once() {
        check(&[
            (&[(1, 0, 0), (2, 5, 0), (3, 100, 0)], 105),
            // It was there when its parent was read and gone when it was looked at itself.
            (&[(1, 0, 0), (2, 5, 0)], 105),
            (&[(1, 0, 0), (2, 5, 110)], 115),
            (&[(1, 0, 0), (2, 5, 110)], 115),
        ]);
    }

    #[test]
    fn one_that_nobody_waits_for_is_not_forgotten() {
        check(&[
            (&[(1, 0, 0), (2, 5, 0), (3, 100, 0), (4, 50, 0)], 155),
            (&[(1, 0, 0), (2, 6, 0), (4, 51, 0)], 157),
            (&[(1, 0, 0), (2, 7, 0)], 158),
            (&[(1, 0, 0), (2, 9, 0)], 160),
        ]);
    }

    #[test]
    fn a_number_that_comes_again_is_another_process() {
        let mut time = Time::default();
        let one =
            Process { pid: 9, parent: 1, state: b'R', threads: 1, own: 40, reaped: 0, start: 1 };
        assert_eq!(time.take(&[one]), 40);
        assert_eq!(time.take(&[Process { own: 3, start: 2, ..one }]), 43);
        assert_eq!(time.take(&[Process { own: 4, start: 2, ..one }]), 44);
    }

    #[test]
    fn time_does_not_run_backwards() {
        check(&[(&[(1, 10, 0), (2, 90, 0)], 100), (&[(1, 10, 40)], 100), (&[(1, 8, 40)], 100)]);
    }
}
