//! What is being looked at: the last overview, which cell is chosen, and what a person is asked.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::columns::Column;
use crate::history::History;
use crate::overview::{Cell, Detail, Overview};

/// By what the table is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    #[default]
    Number,
    Risk,
    Processor,
    Memory,
    Name,
}

impl Sort {
    pub(crate) const fn next(self) -> Self {
        match self {
            Self::Number => Self::Risk,
            Self::Risk => Self::Processor,
            Self::Processor => Self::Memory,
            Self::Memory => Self::Name,
            Self::Name => Self::Number,
        }
    }

    /// The column that it goes by.
    pub(crate) const fn column(self) -> Column {
        match self {
            Self::Number => Column::Number,
            Self::Risk => Column::Risk,
            Self::Processor => Column::Processor,
            Self::Memory => Column::Memory,
            Self::Name => Column::Plugin,
        }
    }
}

/// What keys mean just now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    #[default]
    Watch,
    /// The keys are told.
    Help,
    /// Whether this cell is to be ended.
    Confirm(u32),
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub(crate) struct View {
    pub(crate) overview: Overview,
    pub(crate) histories: BTreeMap<u32, History>,
    /// The number of the chosen cell.
    pub(crate) chosen: Option<u32>,
    pub(crate) sort: Sort,
    pub(crate) mode: Mode,
    /// Whether the grants of the chosen cell are shown.
    pub(crate) grants: bool,
    pub(crate) detail: Option<Detail>,
    /// What was said last, by the host or about it.
    pub(crate) message: Option<String>,
    /// Whether the host answers.
    pub(crate) is_connected: bool,
}

impl View {
    /// Takes in what the host told at this time.
    pub(crate) fn take(&mut self, overview: Overview, now: Duration) {
        if overview.run != self.overview.run {
            // Another host: its cells have the same numbers.
            self.histories.clear();
            self.detail = None;
        }
        let mut before = std::mem::take(&mut self.histories);
        for cell in &overview.cells {
            let mut history = before.remove(&cell.number).unwrap_or_default();
            history.take(cell, now);
            self.histories.insert(cell.number, history);
        }
        self.overview = overview;
        self.is_connected = true;
        self.sort_cells();
        let is_there = |chosen| self.overview.cells.iter().any(|cell| cell.number == chosen);
        if !self.chosen.is_some_and(is_there) {
            self.chosen = self.overview.cells.first().map(|cell| cell.number);
        }
    }

    pub(crate) fn sort_by(&mut self, sort: Sort) {
        self.sort = sort;
        self.sort_cells();
    }

    /// The place of the chosen cell in the table.
    pub(crate) fn place(&self) -> usize {
        let mut cells = self.overview.cells.iter();
        cells.position(|cell| Some(cell.number) == self.chosen).unwrap_or_default()
    }

    pub(crate) fn chosen_cell(&self) -> Option<&Cell> {
        self.overview.cells.get(self.place())
    }

    /// Chooses the cell so many places further down, or up.
    pub(crate) fn choose(&mut self, by: isize) {
        let last = self.overview.cells.len().saturating_sub(1);
        let place = self.place().saturating_add_signed(by).min(last);
        self.chosen = self.overview.cells.get(place).map(|cell| cell.number);
    }

    /// What is told of the chosen cell, if it is known.
    pub(crate) fn chosen_detail(&self) -> Option<&Detail> {
        self.detail.as_ref().filter(|detail| Some(detail.number) == self.chosen)
    }

    fn sort_cells(&mut self) {
        let sort = self.sort;
        self.overview.cells.sort_by(|one, other| {
            let order = match sort {
                Sort::Number => std::cmp::Ordering::Equal,
                Sort::Risk => other.risk.total_cmp(&one.risk),
                Sort::Processor => other.cores.total_cmp(&one.cores),
                Sort::Memory => other.memory.cmp(&one.memory),
                Sort::Name => one.plugin.cmp(&other.plugin),
            };
            order.then(one.number.cmp(&other.number))
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(numbers: &[u32]) -> Overview {
        let cell =
            |number: &u32| Cell { number: *number, risk: f64::from(*number), ..Cell::default() };
        Overview { cells: numbers.iter().map(cell).collect(), ..Overview::default() }
    }

    #[test]
    fn the_chosen_cell_stays_chosen_while_it_runs() {
        let mut view = View::default();
        view.choose(1);
        assert_eq!(view.chosen, None);
        view.take(of(&[1, 2, 3]), Duration::ZERO);
        assert_eq!(view.chosen, Some(1));
        view.choose(1);
        view.take(of(&[2, 3, 4]), Duration::from_secs(1));
        assert_eq!((view.chosen, view.place()), (Some(2), 0));
        view.choose(-5);
        assert_eq!(view.chosen, Some(2));
        view.choose(50);
        assert_eq!(view.chosen, Some(4));
        view.take(of(&[2]), Duration::from_secs(2));
        assert_eq!(view.chosen, Some(2));
        assert_eq!(view.histories.len(), 1, "those of ended cells go");
        view.take(of(&[]), Duration::from_secs(3));
        assert_eq!(view.chosen_cell(), None);
    }

    #[test]
    fn the_table_is_sorted() {
        let mut view = View::default();
        view.sort_by(Sort::Risk);
        view.take(of(&[1, 3, 2]), Duration::ZERO);
        let order =
            |view: &View| view.overview.cells.iter().map(|cell| cell.number).collect::<Vec<_>>();
        assert_eq!(order(&view), [3, 2, 1]);
        view.sort_by(Sort::Number);
        assert_eq!(order(&view), [1, 2, 3]);
        let mut sort = Sort::default();
        (0..5).for_each(|_| sort = sort.next());
        assert_eq!(sort, Sort::default());
    }
}
