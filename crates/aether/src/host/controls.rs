//! Cells that run, as they are reached from outside: by a person, or when the machine is short of
//! something.

use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};

use aether_container::Waker;
use aether_manifest::Priority;
use aether_monitor::Rung;

use super::{Host, lock};
use crate::watch::{CellView, NoCell, Order, Reins, Vitals};

/// Cells that are looked at as often as one is. Of more each is looked at less often while it rests, so
/// that looking costs the same.
const LOOKED_AT: usize = 40;

impl Host {
    /// Undoes what was done about a cell, by its monitor or by a person: now, and at the next start of its
    /// plugin.
    ///
    /// # Errors
    /// [`NoCell`].
    pub fn restore(&self, cell: u32, by: &str) -> Result<(), NoCell> {
        let plugin = self.order(cell, Order::Restore { by: by.to_owned() })?;
        self.give_back(&plugin);
        Ok(())
    }

    /// Puts a cell on a rung of the ladder, or takes it down to where its monitor has it:
    /// [`Rung::Throttle`] slows it down, [`Rung::Freeze`] halts it, [`Rung::Kill`] ends it.
    ///
    /// # Errors
    /// [`NoCell`].
    pub fn impose(&self, cell: u32, rung: Rung, by: &str) -> Result<(), NoCell> {
        self.order(cell, Order::Impose { rung, by: by.to_owned() }).map(drop)
    }

    /// The cells that run, with their plugins' names.
    #[must_use]
    pub fn cells(&self) -> Vec<(u32, String)> {
        let reins = lock(&self.0.reins);
        let plugin = |reins: &Reins| lock(&reins.vitals).plugin.clone();
        reins.iter().map(|(number, reins)| (*number, plugin(reins))).collect()
    }

    /// The cells that run, as they were when their monitors looked at them last.
    #[must_use]
    pub fn overview(&self) -> Vec<CellView> {
        let reins = lock(&self.0.reins);
        reins.values().map(|reins| lock(&reins.vitals).clone()).collect()
    }

    /// Says it to the cell's driver; gives the plugin's name.
    fn order(&self, cell: u32, order: Order) -> Result<String, NoCell> {
        let all = lock(&self.0.reins);
        let reins = all.get(&cell).ok_or(NoCell(cell))?;
        reins.tell(order);
        let plugin = lock(&reins.vitals).plugin.clone();
        Ok(plugin)
    }

    /// From now on the cell can be reached. Gives where its driver hears what is wanted.
    pub(super) fn hold_reins(
        &self,
        cell: u32,
        plugin: &str,
        priority: Priority,
        waker: Waker,
    ) -> (Receiver<Order>, Vitals) {
        let (say, orders) = channel();
        let view = CellView { cell, plugin: plugin.to_owned(), priority, ..CellView::default() };
        let vitals: Vitals = Arc::new(Mutex::new(view));
        let told = Arc::clone(&vitals);
        let reins = Reins { vitals, pressed: Rung::Observe, say, waker };
        lock(&self.0.reins).insert(cell, reins);
        (orders, told)
    }

    /// It has ended.
    pub(super) fn let_go(&self, cell: u32) {
        lock(&self.0.reins).remove(&cell);
    }

    /// How much less often each cell is looked at, for how many there are.
    pub(crate) fn crowd(&self) -> u32 {
        let cells = lock(&self.0.reins).len();
        u32::try_from(cells.div_ceil(LOOKED_AT)).unwrap_or(u32::MAX).max(1)
    }
}
