//! What becomes of cells that have ended, on a thread of its own.

use std::collections::{BTreeMap, VecDeque};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, Weak};

use crate::app::Inner;
use crate::model::Event;
use crate::offences::{self, Offences};
use crate::run::runs;
use crate::{App, Error, lock};

/// Ended cells of one plugin that stay on record although they would change nothing: a plugin that is
/// started again and again must not fill the app's memory.
const IDLE: usize = 50;

/// Those cells, by plugin, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Idle(Mutex<BTreeMap<String, VecDeque<u32>>>);

impl Idle {
    /// The plugin is gone.
    pub(crate) fn forget(&self, plugin: &str) {
        lock(&self.0).remove(plugin);
    }
}

impl Inner {
    /// Begins to see to cells that end.
    pub(crate) fn attend(self: &Arc<Self>) -> Result<(), Error> {
        let (say, ended) = channel();
        *lock(&self.hub.ended) = Some(say);
        let own = Arc::downgrade(self);
        let attend = move || attend(&own, &ended);
        let thread = std::thread::Builder::new().name("ended cells".to_owned()).spawn(attend);
        thread.map(drop).map_err(|error| Error::system("begin a thread", &error))
    }

    /// Why a plugin waits for a person, if it does.
    pub(crate) fn offence(&self, plugin: &str) -> Option<String> {
        lock(&self.hub.offenders).get(plugin).cloned()
    }

    /// A person has looked at what a plugin did.
    pub(crate) fn forgive(&self, plugin: &str) -> Result<(), Error> {
        let mut offenders = lock(&self.hub.offenders);
        let mut rest: Offences = offenders.clone();
        if rest.remove(plugin).is_some() {
            offences::save(&self.folder, &rest)?;
            *offenders = rest;
        }
        Ok(())
    }

    /// A start came to nothing: its record stays for a while.
    pub(crate) fn start_failed(&self, plugin: &str) {
        if let Some(cell) = self.hub.feed.last_of(plugin) {
            self.idle(plugin, cell);
        }
    }

    fn idle(&self, plugin: &str, cell: u32) {
        let mut all = lock(&self.idle.0);
        let own = all.entry(plugin.to_owned()).or_default();
        if !own.contains(&cell) {
            own.push_back(cell);
        }
        let oldest = (own.len() > IDLE).then(|| own.pop_front()).flatten();
        drop(all);
        // One that runs after all, or would change something, is not this one's to forget.
        let is_idle = |cell: &u32| {
            !runs(&self.host, *cell) && self.host.change_count(*cell).is_none_or(|count| count == 0)
        };
        if let Some(oldest) = oldest.filter(is_idle) {
            self.forget(oldest);
        }
    }

    /// The record of an ended cell is there, with so many changes.
    fn settled(&self, plugin: &str, cell: u32, count: usize) {
        match count {
            0 => self.idle(plugin, cell),
            count => {
                let event = Event::Changes { plugin: plugin.to_owned(), cell, count };
                self.hub.feed.tell(Some(plugin), &event);
            }
        }
    }

    /// Nothing of a plugin runs on that did what no honest plugin does.
    fn end_offender(self: &Arc<Self>, plugin: &str) {
        self.save_offences();
        let app = App(Arc::clone(self));
        let _turn = app.turn_to_end(plugin);
        // A person may have been faster.
        if self.offence(plugin).is_some() {
            app.end(plugin);
        }
    }

    /// Keeps for the next run who waits for a person.
    pub(crate) fn save_offences(&self) {
        // Held meanwhile: two writers would be in each other's way.
        let offenders = lock(&self.hub.offenders);
        // Where it cannot be written it holds for as long as the app runs; the audit log has it.
        drop(offences::save(&self.folder, &offenders));
    }
}

fn attend(own: &Weak<Inner>, ended: &Receiver<u32>) {
    for cell in ended {
        if see_to(own, cell).is_none() {
            return;
        }
    }
}

/// Sees to one; nothing where the app is gone.
fn see_to(own: &Weak<Inner>, cell: u32) -> Option<()> {
    let inner = own.upgrade()?;
    let Some(plugin) = inner.hub.feed.plugin_of(cell) else { return Some(()) };
    // It is told that a cell has ended once its record is there.
    if let Some(count) = inner.host.change_count(cell) {
        inner.settled(&plugin, cell, count);
    }
    if inner.offence(&plugin).is_some() {
        inner.end_offender(&plugin);
    }
    Some(())
}
