//! The plugins that are known and the cells that were started here.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aether::audit::{Event as Record, Kind, LogError, Verdict};
use aether::manifest::Resources;
use aether::overlay::Changeset;
use aether::policy::grant::Decision;
use aether::{
    Cell, Ending, Host, LoadError, PendingCall, Plugin, Posture, StartError, StartOptions,
};
use serde_json::Value;

use crate::Feed;
use crate::feed::lock;
use crate::settings::{CELLS, CHANGES, ENDED, PLUGINS};

/// Who gives orders, as records have it.
pub(crate) const BY: &str = "the token's holder";

/// Cells that are ended at a time when all are.
const TOGETHER: usize = 16;

/// The plugins and cells of one host.
#[derive(Debug)]
pub(crate) struct Cells {
    pub(crate) host: Host,
    pub(crate) feed: Feed,
    pub(crate) started: Instant,
    plugins: Mutex<BTreeMap<String, Plugin>>,
    held: Mutex<BTreeMap<u32, Held>>,
    /// Starts that are under way, with the cells that run: never more than there may be.
    places: Mutex<usize>,
}

/// A cell that was started here.
#[derive(Debug)]
struct Held {
    cell: Cell,
    about: Arc<About>,
}

/// What stays the same of a cell.
#[derive(Debug)]
pub(crate) struct About {
    pub(crate) plugin: String,
    pub(crate) engine: String,
    pub(crate) methods: Vec<String>,
    pub(crate) posture: Posture,
    /// What it was granted: the permission, what for, and the line of the manifest.
    pub(crate) grant: Vec<(String, String, u32)>,
    pub(crate) limits: Option<Resources>,
}

/// Why a plugin is not started.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotStarted {
    #[error("no plugin of this name is loaded")]
    Unknown,
    #[error("{CELLS} cells run already")]
    Cells,
    #[error("the changes of cells that have ended take too much memory")]
    Changes,
    #[error(transparent)]
    Start(#[from] StartError),
}

/// Why a plugin is not loaded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotLoaded {
    #[error("{PLUGINS} plugins are loaded already")]
    Plugins,
    #[error(transparent)]
    Load(#[from] LoadError),
}

impl Cells {
    pub(crate) fn new(host: Host, feed: Feed) -> Self {
        let (plugins, held) = (Mutex::default(), Mutex::default());
        Self { host, feed, started: Instant::now(), plugins, held, places: Mutex::default() }
    }

    /// Keeps on record that somebody gave an order, before anything is done about it.
    pub(crate) fn note(&self, order: &str, cell: Option<u32>, about: &str) -> Result<(), LogError> {
        let action = format!("serve.{order}");
        let mut record = Record::new(Kind::Check, &action, Verdict::Noted).detail("by", BY);
        if !about.is_empty() {
            record = record.object(about);
        }
        self.host.log().record(&Record { cell, ..record }).map(drop)
    }

    /// Loads a plugin. One of the same name is replaced: its cells run on with what they were started
    /// from.
    pub(crate) fn load(&self, folder: &str) -> Result<Plugin, NotLoaded> {
        let plugin = self.host.load(folder)?;
        let mut plugins = lock(&self.plugins);
        let name = plugin.identity().name.clone();
        if plugins.len() >= PLUGINS && !plugins.contains_key(&name) {
            return Err(NotLoaded::Plugins);
        }
        plugins.insert(name, plugin.clone());
        Ok(plugin)
    }

    /// Keeps a plugin that the host's owner named.
    pub(crate) fn keep(&self, plugin: Plugin) {
        lock(&self.plugins).insert(plugin.identity().name.clone(), plugin);
    }

    /// How many plugins are loaded.
    pub(crate) fn loaded(&self) -> usize {
        lock(&self.plugins).len()
    }

    pub(crate) fn plugins(&self) -> Vec<Plugin> {
        lock(&self.plugins).values().cloned().collect()
    }

    /// Starts a plugin that was loaded. Gives the number of its cell.
    pub(crate) fn start(&self, name: &str) -> Result<(u32, Arc<About>), NotStarted> {
        let plugin = lock(&self.plugins).get(name).cloned().ok_or(NotStarted::Unknown)?;
        let _place = self.place()?;
        if in_memory(&self.settle()) > CHANGES {
            return Err(NotStarted::Changes);
        }
        let options = StartOptions::default();
        let decision = self.host.decide(&plugin, &options);
        let cell = self.host.start(&plugin, &options)?;
        let about = Arc::new(About::of(&cell, &plugin, &decision));
        let number = cell.number();
        lock(&self.held).insert(number, Held { cell, about: Arc::clone(&about) });
        Ok((number, about))
    }

    /// What stays the same of a cell that is held here.
    pub(crate) fn about(&self, number: u32) -> Option<Arc<About>> {
        lock(&self.held).get(&number).map(|held| Arc::clone(&held.about))
    }

    /// Calls a method without waiting.
    pub(crate) fn begin(
        &self,
        number: u32,
        method: &str,
        input: Value,
        limit: Duration,
    ) -> Option<PendingCall> {
        lock(&self.held).get(&number).map(|held| held.cell.begin(method, input, limit))
    }

    /// Stops a cell, and waits for that.
    pub(crate) fn stop(&self, number: u32) -> Option<Ending> {
        let held = lock(&self.held).remove(&number)?;
        Some(held.cell.stop())
    }

    /// Stops all of them.
    pub(crate) fn stop_all(&self) {
        let held = std::mem::take(&mut *lock(&self.held));
        let mut all: Vec<Cell> = held.into_values().map(|held| held.cell).collect();
        while !all.is_empty() {
            let some = all.split_off(all.len().saturating_sub(TOGETHER));
            std::thread::scope(|scope| {
                some.into_iter().for_each(|cell| drop(scope.spawn(move || cell.stop())));
            });
        }
    }

    /// A place for one more cell. It is given back once the cell is counted among those that run.
    fn place(&self) -> Result<Place<'_>, NotStarted> {
        let mut starting = lock(&self.places);
        if self.host.cells().len() + *starting >= CELLS {
            return Err(NotStarted::Cells);
        }
        *starting += 1;
        Ok(Place(&self.places))
    }

    /// The same as before a start, where more cells have ended than stay on record.
    pub(crate) fn sweep(&self) {
        let on_record = self.feed.begun().len();
        if on_record > self.host.cells().len() + ENDED {
            self.settle();
        }
    }

    /// Lets go of cells that have ended, and has the host forget those that would change nothing, but
    /// for the last ones. Gives what the others would change.
    fn settle(&self) -> Vec<(u32, Changeset)> {
        lock(&self.held).retain(|_, held| held.cell.ending().is_none());
        let running: Vec<u32> = self.host.cells().iter().map(|(number, _)| *number).collect();
        let mut begun = self.feed.begun();
        let over: Vec<u32> =
            begun.iter().copied().filter(|number| !running.contains(number)).collect();
        let changes = self.host.changes();
        let many = over.len().saturating_sub(ENDED);
        let has_changes = |number: u32| {
            changes.iter().any(|(cell, changes)| *cell == number && !changes.is_empty())
        };
        for number in over.into_iter().take(many).filter(|number| !has_changes(*number)) {
            // Does nothing to one that is still on its way.
            self.host.forget(number);
            begun.remove(&number);
        }
        changes
    }
}

/// What the changes of ended cells take in memory, about.
fn in_memory(changes: &[(u32, Changeset)]) -> u64 {
    changes.iter().map(|(_, changes)| changes.in_memory()).fold(0, u64::saturating_add)
}

impl About {
    fn of(cell: &Cell, plugin: &Plugin, decision: &Decision) -> Self {
        let grant = match decision {
            Decision::Granted(grant) => Some(grant),
            Decision::Refused(_) | Decision::Ask(_) => None,
        };
        let line = |line: &aether::policy::grant::Line| {
            (line.permission.as_str().to_owned(), line.resource.clone(), line.place.line)
        };
        Self {
            plugin: plugin.identity().name.clone(),
            engine: cell.engine().to_owned(),
            methods: cell.exports().to_vec(),
            posture: cell.posture().clone(),
            grant: grant.iter().flat_map(|grant| grant.lines()).map(line).collect(),
            limits: grant.map(|grant| grant.limits().clone()),
        }
    }
}

/// That a start is under way.
struct Place<'c>(&'c Mutex<usize>);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut starting = lock(self.0);
        *starting = starting.saturating_sub(1);
    }
}
