//! How plugins are watched: what an owner sets, and what is asked of a cell from outside.

use std::fmt;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aether_container::Waker;
use aether_manifest::{Permission, Priority};
use aether_monitor::{Limits, Rung, Settings, Thresholds};
use aether_policy::grant::Grant;
use aether_policy::policy::{Measure, Watching};

use crate::Sample;
use crate::host::LoadSource;

/// How closely a host's plugins are watched, where its policy does not say otherwise.
#[derive(Clone)]
pub struct Monitoring {
    /// How often the figures of each cell are taken.
    pub every: Duration,
    /// What is done at which risk, and how far the monitor may go.
    pub thresholds: Thresholds,
    /// After how long a risk counts half.
    pub half_life: Duration,
    /// Places that no honest plugin touches: paths of the plugins' file trees.
    pub decoys: Vec<String>,
    /// The permissions that narrowing takes from a plugin, beside those that it names as optional.
    pub drops: Vec<Permission>,
    /// Whether plugins wait, and end, where the machine is short of memory, and those that matter less
    /// are slower where it is short of processors or storage.
    pub pressure: bool,
    /// Whether it is kept what each plugin did, in which order: for learning from it.
    pub traces: bool,
    /// Where it is asked how short the machine is, instead of the system.
    pub load: Option<LoadSource>,
}

impl fmt::Debug for Monitoring {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("Monitoring");
        shown.field("every", &self.every).field("thresholds", &self.thresholds);
        shown.field("pressure", &self.pressure).finish_non_exhaustive()
    }
}

impl Default for Monitoring {
    /// Four times a second, and no further than taking what a plugin can do without: that a plugin is
    /// halted or ended on suspicion is for its owner to say.
    fn default() -> Self {
        Self {
            every: Duration::from_millis(250),
            thresholds: Thresholds { most: Rung::Narrow, ..Thresholds::default() },
            half_life: Duration::from_secs(300),
            decoys: Vec::new(),
            drops: vec![
                Permission::NetworkDomains,
                Permission::Secrets,
                Permission::Plugins,
                Permission::EventsEmit,
            ],
            pressure: true,
            traces: false,
            load: None,
        }
    }
}

impl Monitoring {
    /// Everything is noticed, and nothing is done about it.
    #[must_use]
    pub fn only_observing() -> Self {
        let thresholds = Thresholds { most: Rung::Observe, ..Thresholds::default() };
        Self { thresholds, pressure: false, ..Self::default() }
    }

    /// How far the monitor may go with one plugin.
    pub(crate) fn most(&self, watching: &Watching) -> Rung {
        watching.most.map_or(self.thresholds.most, rung_of)
    }

    /// Whether there are places that one plugin must not touch.
    pub(crate) const fn has_decoys(&self, watching: &Watching) -> bool {
        !self.decoys.is_empty() || !watching.decoys.is_empty()
    }

    /// What holds for one plugin.
    pub(crate) fn settings(&self, watching: &Watching) -> Settings {
        let mut thresholds = self.thresholds.clone();
        for (measure, risk) in &watching.thresholds {
            let risk = f64::from(*risk);
            match rung_of(*measure) {
                Rung::Observe => {}
                Rung::Notify => thresholds.notify = risk,
                Rung::Throttle => thresholds.throttle = risk,
                Rung::Narrow => thresholds.narrow = risk,
                Rung::Freeze => thresholds.freeze = risk,
                Rung::Kill => thresholds.kill = risk,
            }
        }
        thresholds.most = self.most(watching);
        let decoys = watching.decoys.iter().map(|decoy| decoy.value.root().as_str().to_owned());
        Settings {
            half_life: watching.half_life.unwrap_or(self.half_life),
            thresholds,
            honey_paths: self.decoys.iter().cloned().chain(decoys).collect(),
            ..Settings::default()
        }
    }

    /// What narrowing takes from a plugin: what its owner says, or else the usual, and what its author
    /// says it can do without. An author alone takes nothing off the list.
    pub(crate) fn drops(&self, grant: &Grant) -> Vec<Permission> {
        let mut all = grant.watching().drops.clone().unwrap_or_else(|| self.drops.clone());
        all.extend(grant.optional());
        all
    }
}

/// The limits of a cell, as its watcher sees them coming.
pub(crate) fn limits_of(grant: &Grant, is_native: bool) -> Limits {
    let limits = grant.limits();
    Limits { memory: Some(limits.memory), processes: is_native.then(|| limits.processes.into()) }
}

const fn rung_of(measure: Measure) -> Rung {
    match measure {
        Measure::Observe => Rung::Observe,
        Measure::Notify => Rung::Notify,
        Measure::Throttle => Rung::Throttle,
        Measure::Narrow => Rung::Narrow,
        Measure::Freeze => Rung::Freeze,
        Measure::Kill => Rung::Kill,
    }
}

/// The same place on the ladder, as a record has it.
pub(crate) const fn recorded(rung: Rung) -> aether_report::Rung {
    match rung {
        Rung::Observe => aether_report::Rung::Observe,
        Rung::Notify => aether_report::Rung::Notify,
        Rung::Throttle => aether_report::Rung::Throttle,
        Rung::Narrow => aether_report::Rung::Narrow,
        Rung::Freeze => aether_report::Rung::Freeze,
        Rung::Kill => aether_report::Rung::Kill,
    }
}

/// A cell that runs, as it was when its monitor looked at it last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct CellView {
    /// Its number in this run.
    pub cell: u32,
    /// The plugin's name.
    pub plugin: String,
    /// How much it matters when there is not enough for all.
    pub priority: Priority,
    /// Its figures; times count from its start.
    pub sample: Sample,
    /// Processor cores that it used since the look before.
    pub cores: f64,
    /// The limit on its memory, bytes.
    pub memory_limit: u64,
    /// Calls that it is working on.
    pub open_calls: usize,
    /// When it last was, since the host's start.
    pub last_active: Duration,
    /// Where it stands on the ladder.
    pub rung: Rung,
    /// What speaks against it, from 0 to 100.
    pub risk: f64,
    /// It is held back since the machine is short of something.
    pub pressed: Rung,
    /// How often the monitor told of something so far.
    pub findings: usize,
    /// What it noticed last, in a sentence. The plugin's words may be in it: escape it where it is shown.
    pub last_finding: Option<String>,
}

impl CellView {
    /// What it has of its memory limit; 1 is all of it.
    #[must_use]
    pub fn of_memory(&self) -> f64 {
        self.sample.memory as f64 / self.memory_limit.max(1) as f64
    }
}

/// What is seen of a cell from outside.
pub(crate) type Vitals = Arc<Mutex<CellView>>;

/// There is no such cell, or it has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no cell {0} is running")]
pub struct NoCell(pub u32);

/// What somebody outside wants of a cell.
#[derive(Clone, Debug)]
pub(crate) enum Order {
    /// All that was done about it is undone.
    Restore { by: String },
    /// It is put on this rung at least.
    Impose { rung: Rung, by: String },
    /// The machine is short of something, and this is what is done about this cell: nothing, less of
    /// the processor, or that it stands still.
    Press { rung: Rung, of: &'static str },
}

/// A cell, as it is reached from outside.
#[derive(Clone, Debug)]
pub(crate) struct Reins {
    pub(crate) vitals: Vitals,
    /// What the machine's pressure has made of it.
    pub(crate) pressed: Rung,
    pub(crate) say: Sender<Order>,
    pub(crate) waker: Waker,
}

impl Reins {
    /// Says it to the cell's driver. One that has ended does not hear it.
    pub(crate) fn tell(&self, order: Order) {
        drop(self.say.send(order));
        self.waker.wake();
    }
}
