//! The record as the sections of a page see it.

use std::collections::HashMap;

use crate::tally::{Tally, places};
use crate::{CellRecord, RunRecord};

/// A record, and what is looked up in it again and again.
pub(super) struct View<'a> {
    pub(super) record: &'a RunRecord,
    pub(super) tally: Tally,
    places: HashMap<u32, usize>,
}

impl<'a> View<'a> {
    pub(super) fn of(record: &'a RunRecord) -> View<'a> {
        View { record, tally: Tally::of(record), places: places(record) }
    }

    /// The place of the cell with a number: of the first, where a record has more than one.
    pub(super) fn place_of(&self, id: u32) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// The cell at a place.
    pub(super) fn cell(&self, at: usize) -> Option<&'a CellRecord> {
        self.record.cells.get(at)
    }

    /// The end of the time that is drawn: that of the run, but never 0.
    pub(super) fn end_ms(&self) -> u64 {
        self.record.duration_ms.max(1)
    }

    /// How far into the run a time is, from 0 to 1.
    pub(super) fn share(&self, at_ms: u64) -> f64 {
        (at_ms as f64 / self.end_ms() as f64).clamp(0.0, 1.0)
    }
}
