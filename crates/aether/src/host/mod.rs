//! The host: everything that plugins of one run share.

mod ahead;
mod build;
mod code;
mod consent;
mod controls;
mod elevate;
mod execute;
mod finish;
mod histories;
mod launch;
mod models;
mod named;
mod narrowed;
mod network;
mod pressure;
mod recipe;
mod spares;
mod standing;
mod start;
mod starts;
mod tokens;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aether_audit::{Event as Record, Kind, Log, Memory, Verdict};
use aether_container::{Killer, Program, Protection};
use aether_egress::Private;
use aether_gateway::{Meters, Rates};
use aether_manifest::Permissions;
use aether_path::PathPattern;
use aether_policy::consent::Consents;
use aether_policy::grant::{Decision, Engine, Input, decide};
use aether_policy::policy::Policy;
use aether_protocol::Versions;
use aether_token::Vault;

use crate::Plugin;
use crate::blobs::AllBlobs;
use crate::events::Listener;
use crate::kept::Ended;
use crate::mounts::{Places, plain, real};
use crate::native::Shelf;
use crate::network::Gateway;
use crate::others::{Hub, Offered, Presence};
use crate::stores::Stores;
use crate::watch::{Monitoring, Reins};
use consent::Ask;
use elevate::AskElevation;
use histories::History;
use launch::Children;
use named::Owned;
use narrowed::Narrowed;
use pressure::Pressure;
use spares::Spares;

pub(crate) use build::own_program;
pub use build::{BuildError, HostBuilder, KEY_NAME};
pub use consent::Answer;
pub use elevate::ElevationQuestion;
pub(crate) use launch::Terms;
pub use models::model_file;
pub use narrowed::{narrowed, restore_narrowed};
pub use pressure::LoadSource;
pub(crate) use recipe::{COMPILER_MEMORY, EngineMemory};
pub use standing::Standing;
pub(crate) use start::COMPILE_TIME;
pub use start::{StartError, StartOptions};
pub(crate) use starts::{Failure, Started, Unstarted};
pub use tokens::TokenInUse;

/// What a plugin has used of these rates. Cells of one plugin that have others are counted apart.
struct Metered {
    plugin: String,
    rates: Rates,
    meters: Arc<Mutex<Meters>>,
}

pub(crate) struct Shared {
    pub(crate) policy: Option<Arc<Policy>>,
    pub(crate) engine: Engine,
    pub(crate) policy_digest: Option<String>,
    /// What is to be remembered after the run.
    given: Mutex<Consents>,
    /// That, what was agreed to for this run alone, and what was remembered from before.
    agreed: Mutex<Consents>,
    ask: Option<Box<Ask>>,
    ask_elevation: Option<Box<AskElevation>>,
    /// Held while a person is asked.
    asking: elevate::Turns,
    /// What the policy names.
    named: Arc<Owned>,
    /// The tokens of all cells.
    vault: Arc<Vault>,
    pub(crate) audit_file: Option<PathBuf>,
    pub(crate) log: Log,
    /// Code that was compiled of WebAssembly plugins.
    pub(crate) codes: code::Codes,
    /// What engines of JavaScript have made ahead.
    pub(crate) ahead: ahead::AheadParts,
    /// Where coredumps go, if they are wanted.
    coredumps: Option<PathBuf>,
    /// The engines of plugins that run in this process.
    #[cfg(target_os = "linux")]
    engines: aether_cell::Engines,
    /// Keeps a log in memory alive.
    _memory: Option<Memory>,
    program: Program,
    spares: Spares,
    workdir: PathBuf,
    /// Where what plugins store is kept, if it is.
    stores: Option<Arc<Stores>>,
    /// What plugins let each other read.
    blobs: Arc<AllBlobs>,
    /// What each plugin has used of its rates, whichever of its cells did.
    meters: Mutex<Vec<Metered>>,
    /// What cells have left to those that are started after them.
    histories: Mutex<Vec<History>>,
    /// The cells of commands that have ended.
    commands: Mutex<Ended>,
    pub(crate) confine: bool,
    pub(crate) trace_files: bool,
    /// Whether each request of a plugin is told of.
    pub(crate) trace_calls: bool,
    /// What native programs see of the host's own files.
    shelf: Shelf,
    /// Through which they reach what they are granted.
    gateway: Arc<Gateway>,
    /// Places inside that the owner opens to every plugin.
    opened: Vec<Private>,
    /// The versions of the protocol that plugins may speak.
    versions: Versions,
    optional: BTreeSet<Protection>,
    listener: Listener,
    pub(crate) started: Instant,
    pub(crate) started_at: jiff::Timestamp,
    next_cell: AtomicU32,
    /// Those that may still run, by number, so that all can be ended at once.
    running: Mutex<BTreeMap<u32, Killer>>,
    /// Those that are served, by number, so that each can be reached.
    reins: Mutex<BTreeMap<u32, Reins>>,
    /// How closely they are watched.
    monitoring: Monitoring,
    /// Where it is kept what was learned of plugins' behaviour.
    models: Option<PathBuf>,
    /// Manifests that stand for those of plugins, by name.
    manifests: BTreeMap<String, String>,
    /// How short the machine is.
    pressure: Pressure,
    /// From which plugins something was taken.
    narrowed: Narrowed,
    /// What runs for each cell that is served, and ends with it.
    children: Mutex<BTreeMap<u32, Children>>,
    /// Nothing starts any more.
    pub(crate) interrupted: Arc<AtomicBool>,
    starts: Mutex<Vec<Started>>,
    unstarted: Mutex<Vec<Unstarted>>,
    /// The plugins that others can call.
    pub(crate) offered: Offered,
    /// Who hears of what.
    pub(crate) hub: Hub,
}

/// Runs plugins, each confined in a process of its own, under one policy and one audit log.
#[derive(Clone)]
pub struct Host(
    pub(crate) Arc<Shared>,
    #[expect(dead_code, reason = "ends what is offered when the last of them is dropped")]
    Option<Arc<Presence>>,
);

impl Host {
    /// The host of somebody outside.
    fn of(shared: Arc<Shared>) -> Self {
        let presence = Presence::of(&shared);
        Self(shared, Some(presence))
    }

    /// The same for what it keeps itself, and which ends when nobody outside has it any more.
    pub(crate) fn as_its_own(&self) -> Self {
        Self(Arc::clone(&self.0), None)
    }

    /// Begins to make a host.
    #[must_use]
    pub fn builder() -> HostBuilder {
        HostBuilder::default()
    }

    /// The identifier of this host's run.
    #[must_use]
    pub fn run_id(&self) -> &str {
        self.0.log.run().as_str()
    }

    /// Reads a plugin's folder, and records what was read.
    ///
    /// # Errors
    /// [`crate::LoadError`].
    pub fn load(&self, folder: impl AsRef<Path>) -> Result<Plugin, crate::LoadError> {
        let plugin = Plugin::read(folder.as_ref())?;
        let plugin = match self.0.manifests.get(&plugin.identity().name) {
            Some(text) => plugin.asking_for(text)?,
            None => plugin,
        };
        let identity = plugin.identity();
        let record = Record::new(Kind::Load, "load", Verdict::Noted)
            .plugin(&identity.name)
            .object(&identity.digest);
        // A log that cannot be written refuses the start.
        drop(self.0.log.record(&record));
        Ok(plugin)
    }

    /// What a start would be granted, without starting and without asking anybody.
    #[must_use]
    pub fn decide(&self, plugin: &Plugin, options: &StartOptions) -> Decision {
        self.decide_at(plugin, options, &self.places(plugin, options), false)
    }

    /// Where the folders that the options name are on the host, the working folder among them, as a
    /// decision takes them: what is known before a plugin is.
    #[must_use]
    pub fn folders(&self, options: &StartOptions) -> Vec<aether_policy::grant::Mount> {
        Places::new(&self.0.workdir, &options.mounts, std::iter::empty()).for_policy()
    }

    /// The same with every place that the plugin requests and that is elsewhere than its name says.
    #[must_use]
    pub fn folders_of(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
    ) -> Vec<aether_policy::grant::Mount> {
        self.places(plugin, options).for_policy()
    }

    /// With `by_owner`, the request is what the host's owner has written, and no policy is asked.
    pub(super) fn decide_at(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        places: &Places,
        by_owner: bool,
    ) -> Decision {
        let mounts = places.for_policy();
        let consents = lock(&self.0.agreed);
        decide(&Input {
            manifest: plugin.manifest(),
            identity: plugin.identity(),
            policy: if by_owner { None } else { self.0.policy.as_deref() },
            engine: self.0.engine,
            narrowing: options.narrowing.as_ref(),
            mounts: &mounts,
            consents: Some(&consents),
            unattended: self.0.ask.is_none() && !by_owner,
            now: jiff::Timestamp::now(),
        })
    }

    /// Where what the plugin requests really is.
    pub(super) fn places(&self, plugin: &Plugin, options: &StartOptions) -> Places {
        let requested = files(&plugin.manifest().permissions);
        let narrowed = options.narrowing.iter().flat_map(files);
        Places::new(&self.0.workdir, &options.mounts, requested).narrowed_to(narrowed)
    }

    /// Ends every cell at once and lets no other start, as when a person wants the program to end.
    /// Calls under way fail, steps of a pipeline that have not begun are not begun; what was done
    /// so far stays on record.
    pub fn interrupt(&self) {
        self.0.interrupted.store(true, Ordering::SeqCst);
        for killer in lock(&self.0.running).values() {
            killer.kill();
        }
    }

    /// Whether [`Host::interrupt`] was called.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.0.interrupted.load(Ordering::SeqCst)
    }

    pub(crate) fn tell(&self, event: &crate::Event) {
        self.0.listener.tell(event);
    }

    /// The run's audit log.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.0.log
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let gateway = self.0.gateway.is_started();
        let mut shown = formatter.debug_struct("Host");
        shown.field("run", &self.run_id()).field("gateway", &gateway).finish_non_exhaustive()
    }
}

/// Whole milliseconds; what no number holds is as many as one holds.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // What is in these is whole at every moment; a panic elsewhere leaves it usable.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path without links, for what a person typed.
#[must_use]
pub fn real_path(path: &Path) -> PathBuf {
    real(path)
}

/// The path without `..`, by its words alone, for what a person typed: no link on the way counts.
#[must_use]
pub fn plain_path(path: &Path) -> PathBuf {
    plain(path)
}

/// How grants name a path of the host, of a host that works in this folder: with slashes, from the root.
#[must_use]
pub fn host_name(path: &Path, workdir: &Path) -> String {
    crate::host_path::name_of(path, workdir)
}

/// The patterns over files, to be read or written.
fn files(permissions: &Permissions) -> impl Iterator<Item = &PathPattern> {
    permissions.read.iter().chain(&permissions.write).map(|pattern| &pattern.value)
}
