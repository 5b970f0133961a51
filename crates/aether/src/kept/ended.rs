//! What a host keeps of the ended cells of a kept plugin, or of the policy's commands, so that it does
//! not grow with each of them.

use std::collections::{BTreeSet, VecDeque};

use crate::Host;

/// Ended cells, and starts that failed, that stay in the record of the run although they would change
/// nothing. A plugin that ends at each call must not fill its host's memory.
const IDLE: usize = 100;

/// Most that the changes of ended cells take, in bytes. They wait in memory until somebody deals with
/// them: a plugin that writes and ends at each call must not fill it either.
const MOST: u64 = 256 << 20;

/// What is counted for a cell with changes beside what they take: about what keeping it takes.
const CELL: u64 = 64 << 10;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Ended {
    /// Without changes; the oldest first.
    idle: VecDeque<u32>,
    /// With changes, and what each takes.
    waiting: Vec<(u32, u64)>,
}

impl Ended {
    /// Notes an ended cell, and what its changes take if it has any. Gives one to be forgotten.
    pub(crate) fn add(&mut self, cell: u32, takes: Option<u64>) -> Option<u32> {
        match takes {
            Some(bytes) => self.waiting.push((cell, bytes)),
            None => self.idle.push_back(cell),
        }
        (self.idle.len() > IDLE).then(|| self.idle.pop_front()).flatten()
    }

    /// What the changes take, if that is so much that no other cell may begin. Those of cells that
    /// are not remembered any more are dealt with.
    pub(crate) fn too_much(&mut self, remembered: impl FnOnce() -> BTreeSet<u32>) -> Option<u64> {
        if self.takes() > MOST {
            let remembered = remembered();
            self.waiting.retain(|(cell, _)| remembered.contains(cell));
        }
        Some(self.takes()).filter(|bytes| *bytes > MOST)
    }

    fn takes(&self) -> u64 {
        self.waiting.iter().fold(0, |sum, (_, bytes)| sum.saturating_add(*bytes))
    }
}

impl Host {
    /// What keeping the changes of an ended cell takes, about; none where it would change nothing.
    pub(crate) fn changes_take(&self, cell: u32) -> Option<u64> {
        let takes = self.of_ended(cell, |changes| {
            (!changes.is_empty()).then(|| changes.in_memory().saturating_add(CELL))
        });
        takes.flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_cells_without_changes_the_last_are_kept() {
        let mut ended = Ended::default();
        let forgotten: Vec<u32> = (1..=250).filter_map(|cell| ended.add(cell, None)).collect();
        assert_eq!(forgotten, (1..=150).collect::<Vec<u32>>());
        assert_eq!(ended.too_much(|| unreachable!("nothing waits")), None);
    }

    #[test]
    fn changes_are_bounded_until_they_are_dealt_with() {
        let mut ended = Ended::default();
        assert_eq!(ended.add(1, Some(MOST)), None);
        let all = || BTreeSet::from([1, 2, 3]);
        assert_eq!(ended.too_much(all), None);
        ended.add(2, Some(1));
        assert_eq!(ended.too_much(all), Some(MOST + 1));
        assert_eq!(ended.too_much(|| BTreeSet::from([2])), None);
        ended.add(3, Some(u64::MAX));
        assert_eq!(ended.too_much(all), Some(u64::MAX));
    }
}
