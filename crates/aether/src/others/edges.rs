//! Who called whom, counted for the record of the run.

use std::collections::BTreeMap;

use aether_report::Edge;

/// Pairs of cells and methods that are counted one by one. Stops two plugins that fail again and
/// again, each time in a new cell, from filling the record.
const KEPT: usize = 1024;

/// Calls between cells, by caller, called cell, and what was called.
#[derive(Debug, Default)]
pub(crate) struct EdgeTotals(BTreeMap<(u32, u32, String), (u64, u64)>);

impl EdgeTotals {
    /// Counts a call with so many bytes of input and result.
    pub(crate) fn add(&mut self, from: u32, to: u32, via: &str, bytes: u64) {
        let key = (from, to, via.to_owned());
        if self.0.len() >= KEPT && !self.0.contains_key(&key) {
            return;
        }
        let (calls, all) = self.0.entry(key).or_default();
        *calls += 1;
        *all = all.saturating_add(bytes);
    }

    /// What was counted.
    pub(crate) fn edges(&self) -> impl Iterator<Item = Edge> + '_ {
        self.0.iter().map(|((from, to, via), (calls, bytes))| Edge {
            from: *from,
            to: *to,
            via: via.clone(),
            calls: *calls,
            bytes: *bytes,
            refused: 0,
        })
    }
}
