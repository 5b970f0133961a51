//! Where a WebAssembly plugin runs: in a process of its own, or in its host's.

use std::any::Any;
use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aether_wasm::{Engine, EngineError, Settings, TICK, Ticker};

/// What the process can do for an engine, and only whoever confines it knows how.
#[derive(Clone, Copy)]
pub struct Machine {
    /// Does this at each beat, once for the process.
    pub on_beat: fn(Box<dyn Fn() + Send + Sync>) -> io::Result<()>,
    /// Beats so often until what is given back is dropped.
    pub beating: fn(Duration) -> io::Result<Box<dyn Any>>,
    /// From here on nothing becomes executable.
    pub no_more_code: fn() -> io::Result<()>,
    /// Does this, once for the process, on the one other thread that it has, which may sleep and wait
    /// for a lock and do nothing else.
    pub aside: fn(Box<dyn FnOnce() + Send>) -> io::Result<()>,
}

impl Machine {
    /// The one of a process that runs no compiled code: a plugin that would need it does not load.
    pub const NONE: Self = Self {
        on_beat: |_| Err(io::ErrorKind::Unsupported.into()),
        beating: |_| Err(io::ErrorKind::Unsupported.into()),
        no_more_code: || Err(io::ErrorKind::Unsupported.into()),
        aside: |_| Err(io::ErrorKind::Unsupported.into()),
    };
}

/// The engines of a host that runs plugins in its own process. Cheap to clone.
#[derive(Clone, Default)]
pub struct Engines(Arc<Mutex<Shared>>);

#[derive(Default)]
struct Shared {
    ticker: Option<Ticker>,
    made: BTreeMap<(bool, bool, bool), Engine>,
}

/// Instances that may run at a time of plugins that get a fresh one for every call.
const SLOTS: u32 = 256;

/// Bytes of each memory of a slot: as much as any may have. What a plugin may have, its limits say.
const SLOT_MEMORY: u64 = 4 << 30;

impl Engines {
    /// The engine with these settings, with slots where instances do not last.
    fn get(&self, settings: &Settings, slots: bool) -> Result<Engine, EngineError> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (settings.images, settings.coredump, slots);
        if let Some(engine) = shared.made.get(&key) {
            return Ok(engine.clone());
        }
        let ticker = match &shared.ticker {
            Some(ticker) => ticker.clone(),
            None => {
                let ticker = Ticker::start().map_err(|error| {
                    EngineError::Refused(format!("no thread for its clock: {error}"))
                })?;
                shared.ticker.insert(ticker).clone()
            }
        };
        let slots = if slots { SLOTS } else { 0 };
        let settings = Settings { slots, slot_memory: SLOT_MEMORY, ..settings.clone() };
        let engine = Engine::new(&settings, &ticker)?;
        shared.made.insert(key, engine.clone());
        Ok(engine)
    }
}

/// Told how much memory a plugin has, in bytes.
pub type Uses = Box<dyn Fn(u64)>;

/// Where a plugin runs.
pub(crate) enum Ground {
    /// In this process, which is its own.
    Own(Machine),
    /// In this process, which is its host's.
    #[cfg_attr(windows, expect(dead_code, reason = "there is no channel within a process there"))]
    Hosts(Engines, Uses),
}

impl Ground {
    pub(super) fn engine(&self, settings: &Settings, slots: bool) -> Result<Engine, EngineError> {
        match self {
            Self::Own(_) => Engine::new(settings, &Ticker::by_hand()),
            Self::Hosts(engines, _) => engines.get(settings, slots),
        }
    }

    /// All code is there: from now on running code is stopped, and no other is added.
    pub(super) fn settle(&self, engine: &Engine) -> io::Result<()> {
        let Self::Own(machine) = self else { return Ok(()) };
        (machine.no_more_code)()?;
        let beat = engine.beat();
        (machine.on_beat)(Box::new(move || beat.beat()))
    }

    /// The plugin runs until what is given back is dropped.
    pub(super) fn run(&self) -> io::Result<Box<dyn Any>> {
        match self {
            Self::Own(machine) => (machine.beating)(TICK),
            // The ticker sees by itself what runs.
            Self::Hosts(..) => Ok(Box::new(())),
        }
    }

    pub(super) fn uses(&self, memory: u64) {
        if let Self::Hosts(_, uses) = self {
            uses(memory);
        }
    }
}
