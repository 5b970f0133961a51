//! Making a host.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aether_audit::{
    CheckpointSink, Event as Record, Kind, Log, LogOptions, RunId, Signer, Start, Verdict,
};
use aether_container::{Program, Protection};
use aether_egress::{Config, Private};
use aether_manifest::Runtime;
use aether_policy::consent::Consents;
use aether_policy::grant::{Engine, Review};
use aether_policy::policy::{Policy, UnsafeMode};
use aether_protocol::Versions;
use aether_token::Vault;

use super::consent::{Answer, Ask};
use super::elevate::{AskElevation, ElevationQuestion, Turns};
use super::named::Owned;
use super::narrowed::Narrowed;
use super::pressure::Pressure;
use super::spares::Spares;
use super::{Host, Shared};
use crate::events::Listener;
use crate::host::code::Codes;
use crate::native::Shelf;
use crate::network::Gateway;
use crate::others::{Hub, Offered};
use crate::stores::Stores;
use crate::watch::Monitoring;
use crate::{Event, host_path, init};

/// Why a host cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The policy forbids to switch the container off.
    #[error("the policy forbids to run without a container: {place}")]
    UnsafeForbidden {
        /// The policy's file.
        place: String,
    },
    /// No program can be started as a cell.
    #[error(
        "no program for cells: call aether::init() first in main, or place aether-cell beside this program"
    )]
    NoCellProgram,
    /// The audit log cannot be made: nothing runs unrecorded.
    #[error("the audit log cannot be written: {0}")]
    Audit(#[from] aether_audit::LogError),
    /// Checkpoints cannot be signed.
    #[error("no key for the checkpoints of the audit log: {0}")]
    Key(String),
    /// No random identifier for the run.
    #[error("no identifier for the run: {0}")]
    RunId(#[from] aether_audit::RunIdError),
    /// No random key for tokens.
    #[error("no key for tokens: {0}")]
    Vault(String),
    /// The working folder cannot be used.
    #[error("the working folder {}: {error}", .path.display())]
    Workdir {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
}

/// Makes a [`Host`].
#[derive(Default)]
pub struct HostBuilder {
    policy: Option<Policy>,
    engine: Engine,
    consents: Consents,
    ask: Option<Box<Ask>>,
    ask_elevation: Option<Box<AskElevation>>,
    audit: Option<PathBuf>,
    program: Option<Program>,
    workdir: Option<PathBuf>,
    values: Option<PathBuf>,
    code: Option<PathBuf>,
    coredumps: Option<PathBuf>,
    without_container: bool,
    spares: bool,
    ready: Option<Spares>,
    trace_files: bool,
    trace_calls: bool,
    optional: BTreeSet<Protection>,
    listener: Listener,
    egress: Config,
    opened: Vec<Private>,
    versions: Versions,
    monitoring: Monitoring,
    narrowed: Option<PathBuf>,
    checkpoints: Option<(PathBuf, PathBuf)>,
    models: Option<PathBuf>,
    manifests: BTreeMap<String, String>,
}

impl HostBuilder {
    /// What the owner of this host allows. Without a policy a person is asked, and where nobody
    /// can be asked, plugins that want anything are refused.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }

    /// What runs JavaScript plugins, and what it may, where neither a manifest nor the policy says.
    /// Without it, QuickJS.
    #[must_use]
    pub fn javascript(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Answers that persons gave before.
    #[must_use]
    pub fn consents(mut self, consents: Consents) -> Self {
        self.consents = consents;
        self
    }

    /// Asks a person, once for all plugins that are about to start. Without it, nobody can be
    /// asked.
    #[must_use]
    pub fn ask(mut self, ask: impl Fn(&[Review]) -> Answer + Send + Sync + 'static) -> Self {
        self.ask = Some(Box::new(ask));
        self
    }

    /// Asks a person whether a running plugin may do a single thing beyond its grant, where the policy
    /// says neither yes nor no. Called on a thread of its own, for one question at a time; the
    /// plugin's own time stands still for up to two minutes, after which
    /// [`ElevationQuestion::is_open`] says no: one that waits on after that keeps all others waiting.
    /// Without it, nobody can be asked.
    #[must_use]
    pub fn ask_elevation(
        mut self,
        ask: impl Fn(&ElevationQuestion) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.ask_elevation = Some(Box::new(ask));
        self
    }

    /// Where the audit log goes: a new file. Without it, it is kept in memory.
    #[must_use]
    pub fn audit(mut self, path: impl Into<PathBuf>) -> Self {
        self.audit = Some(path.into());
        self
    }

    /// Keeps checkpoints of the audit log in a folder, which should be elsewhere than the log, signed with
    /// the key of this file; both are made for this user alone where they are not there. They show when
    /// something was removed from the log's end, or all of it was written anew.
    #[must_use]
    pub fn checkpoints(mut self, folder: impl Into<PathBuf>, key: impl Into<PathBuf>) -> Self {
        self.checkpoints = Some((folder.into(), key.into()));
        self
    }

    /// The program that becomes a cell, instead of this one.
    #[must_use]
    pub fn cell_program(mut self, path: impl Into<PathBuf>) -> Self {
        self.program = Some(Program::File(path.into()));
        self
    }

    /// The folder that plugins see as `/workspace`, instead of the current one.
    #[must_use]
    pub fn workdir(mut self, path: impl Into<PathBuf>) -> Self {
        self.workdir = Some(path.into());
        self
    }

    /// The folder in which what plugins store is kept from run to run, one file for each plugin's
    /// name; made when it is first needed, for this user alone. Without it, a store lasts as long as
    /// its cell.
    ///
    /// Cells of one host that run the same plugin share its store. Another host that wants it
    /// meanwhile is told that it is in use.
    #[must_use]
    pub fn keep_values(mut self, folder: impl Into<PathBuf>) -> Self {
        self.values = Some(folder.into());
        self
    }

    /// The folder in which code that is compiled of WebAssembly plugins is kept from run to run, and what
    /// V8 makes ahead; made when the host is, for this user alone. Whoever can write to it can have any
    /// code run in cells. Without it, a plugin is compiled once for each host, and V8 makes nothing ahead.
    #[must_use]
    pub fn keep_code(mut self, folder: impl Into<PathBuf>) -> Self {
        self.code = Some(folder.into());
        self
    }

    /// The folder in which a coredump is written of each plugin of WebAssembly that traps, as
    /// `coredump-CELL.wasm`: a core module with what was in its memories and on its stack. It has whatever
    /// the plugin was given. One whose memories are larger than 64 MiB is left out, and making one takes
    /// memory of the plugin's own limit.
    #[must_use]
    pub fn coredumps(mut self, folder: impl Into<PathBuf>) -> Self {
        self.coredumps = Some(folder.into());
        self
    }

    /// Switches the container off for every plugin. They can then do whatever this program can.
    #[must_use]
    pub const fn unsafe_without_container(mut self) -> Self {
        self.without_container = true;
        self
    }

    /// Keeps a process ready for the next plugin of each kind that was started: a start that takes it
    /// is spared the making of namespaces, control groups and the cell program. Such a process has
    /// nothing of any plugin, is not yet confined, holds one or two megabytes, and serves one plugin
    /// and no other. It sees what was mounted when it was made: it is ended within seconds of a
    /// change to that.
    ///
    /// It is made with what this program has at that time. A program that confines itself, or gives
    /// up rights, does so before it makes a host.
    #[must_use]
    pub const fn spares(mut self) -> Self {
        self.spares = true;
        self
    }

    /// Begins to make such a process at once, for the first plugin of this kind, while the caller
    /// goes on with what else it has to do. Where [`HostBuilder::cell_program`] is called, this comes
    /// after it.
    #[must_use]
    pub fn make_ready(mut self, runtime: Runtime) -> Self {
        if self.without_container {
            return self;
        }
        if self.ready.is_none() {
            // Without a program the host cannot be made, and says so.
            self.ready = self.program.clone().or_else(own_program).map(Spares::new);
        }
        if let Some(spares) = &self.ready {
            spares.make(runtime == Runtime::Native, Duration::ZERO);
        }
        self
    }

    /// Keeps each file on record that a native program opens or changes, whether it was let or not.
    /// Opening files is slower by an order of magnitude then.
    #[must_use]
    pub const fn trace_files(mut self) -> Self {
        self.trace_files = true;
        self
    }

    /// Tells of each call of a plugin and of each request that it makes, [`Event::Traced`], with when it was
    /// made and how long it took.
    #[must_use]
    pub const fn trace_calls(mut self) -> Self {
        self.trace_calls = true;
        self
    }

    /// Lets plugins start without a protection that cannot be had.
    #[must_use]
    pub fn allow_degraded(mut self, protection: Protection) -> Self {
        self.optional.insert(protection);
        self
    }

    /// Who is told what happens. Called on the cells' threads: it must be quick.
    #[must_use]
    pub fn on_event(mut self, callback: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.listener = Listener::new(callback);
        self
    }

    /// Opens places inside the owner's own networks, this machine among them, to every plugin of
    /// this host: what a policy's `private` does for one.
    #[must_use]
    pub fn open_inside(mut self, targets: impl IntoIterator<Item = Private>) -> Self {
        self.opened.extend(targets);
        self
    }

    /// How names become addresses and whose certificates are trusted, for what plugins request.
    /// Otherwise as the system has it.
    #[must_use]
    pub fn egress(mut self, config: Config) -> Self {
        self.egress = config;
        self
    }

    /// The versions of the protocol that plugins may speak, and which security fixes of each are in
    /// force; otherwise those of this build, as they come.
    #[must_use]
    pub fn protocol(mut self, versions: Versions) -> Self {
        self.versions = versions;
        self
    }

    /// How closely plugins are watched, where the policy does not say otherwise.
    #[must_use]
    pub fn monitoring(mut self, monitoring: Monitoring) -> Self {
        self.monitoring = monitoring;
        self
    }

    /// The file in which it is kept from run to run which plugins something was taken from, so that they
    /// start without it until a person restores them ([`crate::restore_narrowed`]). Without it, that
    /// holds as long as the host.
    #[must_use]
    pub fn keep_narrowed(mut self, file: impl Into<PathBuf>) -> Self {
        self.narrowed = Some(file.into());
        self
    }

    /// The folder with what was learned of plugins' behaviour, one file for each ([`crate::model_file`]).
    /// What was learned of other code than a plugin has now is not used.
    #[must_use]
    pub fn models(mut self, folder: impl Into<PathBuf>) -> Self {
        self.models = Some(folder.into());
        self
    }

    /// Has plugins ask for what these manifests say, by their names, whatever stands in their folders:
    /// for trying out a manifest before it is written.
    #[must_use]
    pub fn manifests(mut self, manifests: BTreeMap<String, String>) -> Self {
        self.manifests = manifests;
        self
    }

    /// Makes the host and begins its run.
    ///
    /// # Errors
    /// [`BuildError`].
    pub fn build(self) -> Result<Host, BuildError> {
        if self.without_container
            && let Some(policy) =
                self.policy.as_ref().filter(|policy| policy.unsafe_mode == UnsafeMode::Forbid)
        {
            return Err(BuildError::UnsafeForbidden { place: policy.source.name().to_owned() });
        }
        let program = self.program.or_else(own_program).ok_or(BuildError::NoCellProgram)?;
        let workdir = self.workdir.unwrap_or_else(|| PathBuf::from("."));
        let workdir = host_path::real(&workdir)
            .map_err(|error| BuildError::Workdir { path: workdir, error })?;
        let policy_digest = self.policy.as_ref().map(|policy| digest_of(policy.source.text()));
        let run = RunId::random()?;
        let platform = crate::platform();
        let start = Start {
            aether: crate::VERSION,
            platform: &platform,
            policy: policy_digest.as_deref(),
            plugins: &[],
            unsafe_mode: self.without_container,
        };
        let (log, memory) = match &self.audit {
            Some(path) => {
                let mut options = LogOptions::default();
                if let Some((folder, key)) = &self.checkpoints {
                    let signer = Signer::open_or_create(KEY_NAME, key)
                        .map_err(|error| BuildError::Key(error.to_string()))?;
                    options = options.checkpoints(CheckpointSink::new(folder.clone(), signer));
                }
                (options.create(path, run, &start)?, None)
            }
            None => Log::memory(run, &start).map(|(log, memory)| (log, Some(memory)))?,
        };
        if self.without_container {
            log.record(&Record::new(Kind::Unsafe, "container off", Verdict::Noted))?;
        }
        let policy = self.policy.map(Arc::new);
        // Processes of another program, or of a container that is not wanted, are none for this host.
        let ready = self.ready.filter(|ready| ready.are_of(&program) && !self.without_container);
        let spares = ready.unwrap_or_else(|| Spares::new(program.clone()));
        Ok(Host::of(Arc::new(Shared {
            named: Arc::new(Owned::new(policy.clone())),
            vault: Arc::new(Vault::new().map_err(|error| BuildError::Vault(error.to_string()))?),
            policy,
            engine: self.engine,
            policy_digest,
            agreed: Mutex::new(self.consents),
            given: Mutex::default(),
            ask: self.ask,
            ask_elevation: self.ask_elevation,
            asking: Turns::default(),
            audit_file: self.audit,
            log,
            _memory: memory,
            coredumps: self.coredumps,
            #[cfg(target_os = "linux")]
            engines: aether_cell::Engines::default(),
            codes: Codes::new(self.code),
            ahead: Default::default(),
            spares: spares.kept(self.spares),
            program,
            workdir,
            stores: self.values.map(|folder| Arc::new(Stores::new(folder))),
            blobs: Arc::default(),
            meters: Mutex::default(),
            histories: Mutex::default(),
            commands: Mutex::default(),
            confine: !self.without_container,
            trace_files: self.trace_files,
            trace_calls: self.trace_calls,
            shelf: Shelf::default(),
            gateway: Arc::new(Gateway::new(self.egress)),
            opened: self.opened,
            versions: self.versions,
            optional: self.optional,
            listener: self.listener,
            started: Instant::now(),
            started_at: jiff::Timestamp::now(),
            next_cell: AtomicU32::new(0),
            running: Mutex::new(BTreeMap::new()),
            reins: Mutex::default(),
            monitoring: self.monitoring,
            pressure: Pressure::default(),
            models: self.models,
            manifests: self.manifests,
            narrowed: Narrowed::kept_in(self.narrowed),
            children: Mutex::default(),
            interrupted: Arc::default(),
            starts: Mutex::new(Vec::new()),
            unstarted: Mutex::new(Vec::new()),
            offered: Offered::default(),
            hub: Hub::default(),
        })))
    }
}

/// The name in the signatures of checkpoints, and so of the key that verifies them.
pub const KEY_NAME: &str = "aether-host";

/// This program if it calls [`crate::init`], otherwise `aether-cell` beside it. On Windows the latter comes
/// first: cells make no system call to the part of the kernel that draws, and libraries that do so as they
/// come up, which a program for people has, do not come up there.
pub(crate) fn own_program() -> Option<Program> {
    let beside = || {
        let name = format!("aether-cell{}", std::env::consts::EXE_SUFFIX);
        let beside = std::env::current_exe().ok()?.with_file_name(name);
        beside.is_file().then_some(Program::File(beside))
    };
    let itself = || init::is_ready().then_some(Program::Itself);
    if cfg!(windows) { beside().or_else(itself) } else { itself().or_else(beside) }
}

fn digest_of(text: &str) -> String {
    format!("b3:{}", blake3::hash(text.as_bytes()))
}
