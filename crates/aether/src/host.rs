//! The host: everything that plugins of one run share.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aether_audit::{End, Event as Record, Kind, Log, Memory, RunId, Start, Verdict};
use aether_container::{LaunchError, Limits, Posture, Program, Protection, Recipe, launch};
use aether_gateway::{Auditor, Door, Services};
use aether_manifest::{Compat, Permission, Permissions};
use aether_overlay::{ChangeKind, Changeset, Overlay, OverlayConfig, Quota};
use aether_path::{PathPattern, VirtualPath};
use aether_policy::consent::Consents;
use aether_policy::grant::{Decision, Grant, Identity, Input, Refused, Review, decide};
use aether_policy::policy::{Policy, PolicyOrigin, UnsafeMode};
use aether_protocol::v1::{CellLimits, Hello, PluginInfo};
use serde_json::Value;

use crate::call::CallError;
use crate::cell::{Cell, Setup};
use crate::driver::Driver;
use crate::events::Listener;
use crate::mounts::{Mount, Places, real};
use crate::record::Final;
use crate::{Event, ExitCode, Plugin, init};

/// Memory that the engine's process has beside the plugin's heap: the program's data, the
/// engine's own structures, message buffers. Taken from the plugin's memory where that is large
/// enough, added to it where it is not, so that a small limit still leaves a heap.
const ENGINE_MEMORY: u64 = 8 << 20;

/// Engine stack, bytes: well below the 8 MiB that a main thread has, where the engine would be cut
/// off by the kernel instead of throwing.
const ENGINE_STACK: u64 = 1 << 20;

/// Descriptors that a cell may have: four that it is born with, and payloads under way: at most
/// four arrive with one message, and one is sent.
const OPEN_FILES: u32 = 12;

/// Files and folders that one plugin may change.
const CHANGED_ENTRIES: u64 = 16_384;

/// A person's answer to a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes, this time.
    Once,
    /// Yes, and for every later run of exactly this version.
    Always,
    /// No.
    Refuse,
}

type Ask = dyn Fn(&[Review]) -> Answer + Send + Sync;

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
    /// No random identifier for the run.
    #[error("no identifier for the run: {0}")]
    RunId(#[from] aether_audit::RunIdError),
    /// The working folder cannot be used.
    #[error("the working folder {}: {error}", .path.display())]
    Workdir {
        /// The folder.
        path: PathBuf,
        /// The system's error.
        error: std::io::Error,
    },
}

/// Why a plugin does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// Policy, consent or window are against it.
    #[error("refused before start")]
    Refused(Box<Refused>),
    /// The person who was asked said no.
    #[error("refused by the person who was asked")]
    Declined,
    /// The container cannot be had.
    #[error(transparent)]
    Container(#[from] LaunchError),
    /// What it was granted cannot be mounted.
    #[error(transparent)]
    Files(#[from] aether_overlay::SetupError),
    /// It did not load.
    #[error(transparent)]
    Load(#[from] CallError),
    /// The audit log cannot be written: nothing runs unrecorded.
    #[error("the audit log cannot be written: {0}")]
    Audit(#[from] aether_audit::LogError),
}

impl StartError {
    /// The exit code that this error means for a program.
    #[must_use]
    pub const fn exit_code(&self) -> ExitCode {
        match self {
            Self::Refused(_) | Self::Declined => ExitCode::Refused,
            Self::Container(LaunchError::Protection { .. } | LaunchError::Unsupported(_)) => {
                ExitCode::Protection
            }
            Self::Container(_) => ExitCode::Bug,
            Self::Files(_) | Self::Audit(_) => ExitCode::Usage,
            Self::Load(error) => error.exit_code(),
        }
    }
}

/// How to start a plugin.
#[derive(Clone, Debug, Default)]
pub struct StartOptions {
    /// The pipeline step that it runs, for reports.
    pub step: Option<String>,
    /// Host folders at places of its virtual tree.
    pub mounts: Vec<Mount>,
    /// What is left of its request, if less than all; never adds.
    pub narrowing: Option<Permissions>,
    /// Only compile it, run nothing.
    pub compile_only: bool,
}

/// Makes a [`Host`].
#[derive(Default)]
pub struct HostBuilder {
    policy: Option<Policy>,
    consents: Consents,
    ask: Option<Box<Ask>>,
    audit: Option<PathBuf>,
    program: Option<Program>,
    workdir: Option<PathBuf>,
    without_container: bool,
    optional: BTreeSet<Protection>,
    listener: Listener,
}

impl HostBuilder {
    /// What the owner of this host allows. Without a policy a person is asked, and where nobody
    /// can be asked, plugins that want anything are refused.
    #[must_use]
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
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

    /// Where the audit log goes: a new file. Without it, it is kept in memory.
    #[must_use]
    pub fn audit(mut self, path: impl Into<PathBuf>) -> Self {
        self.audit = Some(path.into());
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

    /// Switches the container off for every plugin. They can then do whatever this program can.
    #[must_use]
    pub const fn unsafe_without_container(mut self) -> Self {
        self.without_container = true;
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
        let workdir =
            workdir.canonicalize().map_err(|error| BuildError::Workdir { path: workdir, error })?;
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
            Some(path) => (Log::create(path, run, &start)?, None),
            None => Log::memory(run, &start).map(|(log, memory)| (log, Some(memory)))?,
        };
        if self.without_container {
            log.record(&Record::new(Kind::Unsafe, "container off", Verdict::Noted))?;
        }
        Ok(Host(Arc::new(Shared {
            policy: self.policy,
            policy_digest,
            agreed: Mutex::new(self.consents),
            given: Mutex::default(),
            ask: self.ask,
            audit_file: self.audit,
            log,
            _memory: memory,
            program,
            workdir,
            confine: !self.without_container,
            optional: self.optional,
            listener: self.listener,
            started: Instant::now(),
            started_at: jiff::Timestamp::now(),
            next_cell: AtomicU32::new(0),
            starts: Mutex::new(Vec::new()),
            unstarted: Mutex::new(Vec::new()),
        })))
    }
}

/// This program if it calls [`crate::init`], otherwise `aether-cell` beside it.
fn own_program() -> Option<Program> {
    if init::is_ready() {
        return Some(Program::Itself);
    }
    let beside = std::env::current_exe().ok()?.with_file_name("aether-cell");
    beside.is_file().then_some(Program::File(beside))
}

fn digest_of(text: &str) -> String {
    format!("b3:{}", blake3::hash(text.as_bytes()))
}

/// One attempt to start a plugin, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Started {
    pub(crate) number: u32,
    pub(crate) step: Option<String>,
    pub(crate) plugin: Plugin,
    pub(crate) at: Duration,
    pub(crate) grant: Option<Arc<Grant>>,
    pub(crate) places: Option<Places>,
    pub(crate) posture: Posture,
    pub(crate) finished: Arc<Mutex<Option<Final>>>,
    /// Why it did not start, or how its last call failed.
    pub(crate) failure: Option<Failure>,
}

/// A pipeline's step that no cell was made for.
#[derive(Clone, Debug)]
pub(crate) struct Unstarted {
    pub(crate) number: u32,
    pub(crate) step: String,
    /// The plugin's folder, as the pipeline has it.
    pub(crate) plugin: String,
    /// Why.
    pub(crate) text: String,
}

/// What went wrong with a start or a call, for the report.
#[derive(Clone, Debug)]
pub(crate) struct Failure {
    pub(crate) code: ExitCode,
    pub(crate) text: String,
    pub(crate) refused: Option<Refused>,
}

pub(crate) struct Shared {
    pub(crate) policy: Option<Policy>,
    pub(crate) policy_digest: Option<String>,
    /// What is to be remembered after the run.
    given: Mutex<Consents>,
    /// That, what was agreed to for this run alone, and what was remembered from before.
    agreed: Mutex<Consents>,
    ask: Option<Box<Ask>>,
    pub(crate) audit_file: Option<PathBuf>,
    pub(crate) log: Log,
    /// Keeps a log in memory alive.
    _memory: Option<Memory>,
    program: Program,
    workdir: PathBuf,
    pub(crate) confine: bool,
    optional: BTreeSet<Protection>,
    listener: Listener,
    pub(crate) started: Instant,
    pub(crate) started_at: jiff::Timestamp,
    next_cell: AtomicU32,
    starts: Mutex<Vec<Started>>,
    unstarted: Mutex<Vec<Unstarted>>,
}

/// Runs plugins, each confined in a process of its own, under one policy and one audit log.
#[derive(Clone)]
pub struct Host(pub(crate) Arc<Shared>);

impl Host {
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
        self.decide_at(plugin, options, &self.places(plugin, options))
    }

    /// Where what the plugin requests really is.
    fn places(&self, plugin: &Plugin, options: &StartOptions) -> Places {
        let permissions = &plugin.manifest().permissions;
        let patterns = permissions.read.iter().chain(&permissions.write);
        Places::new(&self.0.workdir, &options.mounts, patterns.map(|pattern| &pattern.value))
    }

    fn decide_at(&self, plugin: &Plugin, options: &StartOptions, places: &Places) -> Decision {
        let mounts = places.for_policy();
        let consents = lock(&self.0.agreed);
        decide(&Input {
            manifest: plugin.manifest(),
            identity: plugin.identity(),
            policy: self.0.policy.as_ref(),
            narrowing: options.narrowing.as_ref(),
            mounts: &mounts,
            consents: Some(&consents),
            unattended: self.0.ask.is_none(),
            now: jiff::Timestamp::now(),
        })
    }

    /// Grants, confines, loads.
    ///
    /// # Errors
    /// [`StartError`]; nothing runs then.
    pub fn start(&self, plugin: &Plugin, options: &StartOptions) -> Result<Cell, StartError> {
        let number = self.0.next_cell.fetch_add(1, Ordering::Relaxed) + 1;
        let started = Started {
            number,
            step: options.step.clone(),
            plugin: plugin.clone(),
            at: self.0.started.elapsed(),
            grant: None,
            places: None,
            posture: Posture::default(),
            finished: Arc::new(Mutex::new(None)),
            failure: None,
        };
        lock(&self.0.starts).push(started);
        self.0.listener.tell(&Event::Starting {
            cell: number,
            plugin: plugin.identity().name.clone(),
            step: options.step.clone(),
        });
        let result = self.start_numbered(number, plugin, options);
        if let Err(error) = &result {
            self.note_failure(number, start_failure(error));
        }
        result
    }

    /// Compiles a plugin in a cell that is granted nothing, and runs none of it.
    ///
    /// # Errors
    /// [`StartError::Load`] with what does not compile, or why it could not be tried.
    pub fn compile(&self, plugin: &Plugin) -> Result<(), StartError> {
        let options = StartOptions { compile_only: true, ..StartOptions::default() };
        self.start(&plugin.without_request(), &options).map(drop)
    }

    /// Starts a plugin for one call, and stops it.
    ///
    /// # Errors
    /// [`StartError`], with [`StartError::Load`] for errors of the call.
    pub fn call_once(
        &self,
        plugin: &Plugin,
        options: &StartOptions,
        method: &str,
        input: Value,
        limit: Option<Duration>,
    ) -> Result<Value, StartError> {
        let cell = self.start(plugin, options)?;
        let number = cell.number();
        let result = cell.begin(method, input, limit.unwrap_or(Duration::MAX)).wait();
        let ending = cell.stop();
        if let Err(error) = &result {
            self.note_failure(number, call_failure(error));
        } else if !matches!(ending, crate::Ending::Normal) {
            self.note_failure(number, call_failure(&CallError::Ended(ending)));
        }
        Ok(result?)
    }

    /// What persons agreed to for always, during this run.
    #[must_use]
    pub fn consents_given(&self) -> Consents {
        lock(&self.0.given).clone()
    }

    /// The run's audit log.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.0.log
    }

    /// What each cell that has ended would change on the host.
    #[must_use]
    pub fn changes(&self) -> Vec<(u32, Changeset)> {
        let of = |started: &Started| {
            let kept = lock(&started.finished);
            kept.as_ref().map(|kept| (started.number, kept.changes.clone()))
        };
        self.starts().iter().filter_map(of).collect()
    }

    /// Records what a cell would change.
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn record_changes(
        &self,
        cell: u32,
        changes: &Changeset,
    ) -> Result<(), aether_audit::LogError> {
        for change in changes.changes() {
            let event =
                Record::new(Kind::Changeset, change_word(&change.kind), Verdict::Noted).cell(cell);
            self.0.log.record(&event.object(change.path.as_str()))?;
        }
        Ok(())
    }

    /// Ends the run's audit log; the record of the run follows from [`Host::record`].
    ///
    /// # Errors
    /// When the log cannot be written.
    pub fn finish(&self, code: ExitCode) -> Result<(), aether_audit::LogError> {
        let verdict = match code {
            ExitCode::Done => Verdict::Allowed,
            ExitCode::Refused | ExitCode::Protection => Verdict::Denied,
            ExitCode::Limit => Verdict::Limited,
            ExitCode::Violation => Verdict::Violation,
            _ => Verdict::Failed,
        };
        self.0
            .log
            .end(&End { outcome: code.meaning(), exit_code: code.number(), verdict })
            .map(drop)
    }

    /// A start that did not come to be, because the pipeline it belongs to was refused.
    pub(crate) fn note_refused(&self, plugin: &Plugin, options: &StartOptions) {
        let refused = match self.decide(plugin, options) {
            Decision::Refused(refused) => Some(refused),
            _ => None,
        };
        let text = if refused.is_some() {
            "refused before start"
        } else {
            "not started: another step was refused"
        };
        lock(&self.0.starts).push(Started {
            number: self.0.next_cell.fetch_add(1, Ordering::Relaxed) + 1,
            step: options.step.clone(),
            plugin: plugin.clone(),
            at: self.0.started.elapsed(),
            grant: None,
            places: None,
            posture: Posture::default(),
            finished: Arc::new(Mutex::new(None)),
            failure: Some(Failure { code: ExitCode::Refused, text: text.to_owned(), refused }),
        });
    }

    /// A step that no cell was made for, because its plugin cannot be loaded or another failed.
    pub(crate) fn note_unstarted(&self, step: &str, plugin: &str, text: String) {
        let number = self.0.next_cell.fetch_add(1, Ordering::Relaxed) + 1;
        let (step, plugin) = (step.to_owned(), plugin.to_owned());
        lock(&self.0.unstarted).push(Unstarted { number, step, plugin, text });
    }

    pub(crate) fn unstarted(&self) -> Vec<Unstarted> {
        lock(&self.0.unstarted).clone()
    }

    pub(crate) fn starts(&self) -> Vec<Started> {
        lock(&self.0.starts).clone()
    }

    fn start_numbered(
        &self,
        number: u32,
        plugin: &Plugin,
        options: &StartOptions,
    ) -> Result<Cell, StartError> {
        let places = self.places(plugin, options);
        let grant = Arc::new(self.obtain(number, plugin, options, &places)?);
        self.update(number, |started| started.grant = Some(Arc::clone(&grant)));
        self.update(number, |started| started.places = Some(places.clone()));
        let auditor = Auditor::new(self.0.log.clone(), &plugin.identity().name, number);
        record_grant(&auditor, &grant, &places)?;
        let services = self.services(plugin, &grant, &places)?;
        let recipe = self.recipe(&grant);
        let cell = match launch(&recipe) {
            Ok(cell) => cell,
            Err(error) => {
                if let LaunchError::Protection { posture, .. } = &error {
                    self.update(number, |started| started.posture = posture.clone());
                    record_posture(&auditor, posture)?;
                }
                return Err(error.into());
            }
        };
        self.update(number, |started| started.posture = cell.posture().clone());
        record_posture(&auditor, cell.posture())?;
        auditor.write(
            &auditor
                .event(Kind::Start, "start", Verdict::Allowed)
                .detail("pid", i64::from(cell.pid())),
        )?;
        let finished = lock(&self.0.starts)
            .iter()
            .find(|started| started.number == number)
            .map(|s| Arc::clone(&s.finished));
        let timeout = grant.limits().timeout;
        let setup = Setup { hello: hello(plugin, &grant, &recipe), timeout };
        let driver = |commands| Driver {
            number,
            plugin: plugin.identity().name.clone(),
            cell,
            door: Door::new(Arc::clone(&grant), services, auditor.clone()),
            auditor,
            commands,
            listener: self.0.listener.clone(),
            memory: grant.limits().memory,
            load_limit: timeout,
            compile_only: options.compile_only,
            finished: finished.unwrap_or_default(),
        };
        Ok(Cell::drive(setup, driver)?)
    }

    /// request ∩ policy ∩ consent.
    fn obtain(
        &self,
        number: u32,
        plugin: &Plugin,
        options: &StartOptions,
        places: &Places,
    ) -> Result<Grant, StartError> {
        let name = &plugin.identity().name;
        let record =
            |kind, action, verdict| Record::new(kind, action, verdict).plugin(name).cell(number);
        match self.decide_at(plugin, options, places) {
            Decision::Granted(grant) => Ok(*grant),
            Decision::Refused(refused) => {
                for refusal in &refused.refusals {
                    let (place, text) =
                        (place_of(refusal), format!("{}: {}", refusal.what, refusal.why));
                    let event =
                        record(Kind::Grant, refusal.kind.code(), Verdict::Denied).object(&text);
                    self.0.log.record(&match &place {
                        Some(place) => event.rule(place),
                        None => event,
                    })?;
                }
                Err(StartError::Refused(Box::new(refused)))
            }
            Decision::Ask(review) => {
                if !self.agree(std::slice::from_ref(&*review))? {
                    return Err(StartError::Declined);
                }
                Ok(review.accept())
            }
        }
    }

    /// Asks for everything that the plugins about to start want and nobody has agreed to yet, all
    /// at once. Says what stands against a start, for each that is refused.
    ///
    /// # Errors
    /// [`StartError::Declined`], or when the audit log cannot be written.
    pub fn ask_for<'a>(
        &self,
        plugins: impl Iterator<Item = (&'a Plugin, &'a StartOptions)>,
    ) -> Result<Vec<Refused>, StartError> {
        let (mut reviews, mut refusals) = (Vec::<Review>::new(), Vec::new());
        for (plugin, options) in plugins {
            match self.decide(plugin, options) {
                Decision::Granted(_) => {}
                Decision::Refused(refused) => refusals.push(refused),
                Decision::Ask(review) => {
                    let same = |other: &Review| {
                        other.plugin == review.plugin
                            && other.request_digest() == review.request_digest()
                    };
                    if !reviews.iter().any(same) {
                        reviews.push(*review);
                    }
                }
            }
        }
        if !refusals.is_empty() || reviews.is_empty() || self.agree(&reviews)? {
            return Ok(refusals);
        }
        Err(StartError::Declined)
    }

    /// Whether a person agrees, to all or to nothing.
    fn agree(&self, reviews: &[Review]) -> Result<bool, StartError> {
        let answer = self.0.ask.as_ref().map_or(Answer::Refuse, |ask| ask(reviews));
        let (word, verdict) = match answer {
            Answer::Once => ("once", Verdict::Allowed),
            Answer::Always => ("always", Verdict::Allowed),
            Answer::Refuse => ("refuse", Verdict::Denied),
        };
        let now = jiff::Timestamp::now();
        for review in reviews {
            let record = Record::new(Kind::Consent, word, verdict).plugin(&review.plugin.name);
            self.0.log.record(&record.object(review.request_digest()))?;
            if answer != Answer::Refuse {
                lock(&self.0.agreed).remember(review.consent(now));
            }
            if answer == Answer::Always {
                lock(&self.0.given).remember(review.consent(now));
            }
        }
        Ok(answer != Answer::Refuse)
    }

    fn recipe(&self, grant: &Grant) -> Recipe {
        // Whoever wrote a pipeline may have laid a policy beside it: it cannot weaken the container.
        let trusted =
            self.0.policy.as_ref().is_some_and(|policy| policy.origin == PolicyOrigin::Named);
        let named = grant.degraded().filter(|_| trusted).filter_map(Protection::from_name);
        let limits = grant.limits();
        Recipe {
            program: self.0.program.clone(),
            limits: Limits {
                memory: limits.memory.max(heap_of(limits.memory) + ENGINE_MEMORY),
                cpu_millis: limits.cpu_millis,
                open_files: OPEN_FILES,
            },
            optional: self.0.optional.iter().copied().chain(named).collect(),
            confine: self.0.confine,
        }
    }

    fn services(
        &self,
        plugin: &Plugin,
        grant: &Grant,
        places: &Places,
    ) -> Result<Services, StartError> {
        let patterns = file_patterns(grant);
        let overlay = Overlay::new(OverlayConfig {
            mounts: places.for_overlay(patterns.iter()),
            quota: Quota { bytes: grant.limits().disk, entries: CHANGED_ENTRIES },
            ..OverlayConfig::default()
        })?;
        let variable = |name: &str| Some((name.to_owned(), std::env::var(name).ok()?));
        Ok(Services {
            bundle: plugin.bundle().shared_files(),
            overlay,
            cwd: VirtualPath::workspace(),
            environment: grant.environment().filter_map(variable).collect(),
        })
    }

    fn update(&self, number: u32, change: impl FnOnce(&mut Started)) {
        if let Some(started) =
            lock(&self.0.starts).iter_mut().find(|started| started.number == number)
        {
            change(started);
        }
    }

    fn note_failure(&self, number: u32, failure: Failure) {
        self.update(number, |started| started.failure = Some(failure));
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Host").field("run", &self.run_id()).finish_non_exhaustive()
    }
}

const fn change_word(kind: &ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Added => "added",
        ChangeKind::Modified => "modified",
        ChangeKind::Deleted => "deleted",
        ChangeKind::Renamed { .. } => "renamed",
        ChangeKind::FolderAdded => "folder-added",
        ChangeKind::FolderRemoved => "folder-removed",
    }
}

/// The plugin's heap within its memory.
const fn heap_of(memory: u64) -> u64 {
    let rest = memory.saturating_sub(ENGINE_MEMORY);
    if rest > memory / 2 { rest } else { memory / 2 }
}

/// The granted patterns over files.
fn file_patterns(grant: &Grant) -> Vec<PathPattern> {
    let of_files = |line: &&aether_policy::grant::Line| {
        matches!(line.permission, Permission::FilesystemRead | Permission::FilesystemWrite)
    };
    // They were parsed from the same text before.
    grant
        .lines()
        .filter(of_files)
        .filter_map(|line| PathPattern::parse(&line.resource).ok())
        .collect()
}

fn hello(plugin: &Plugin, grant: &Grant, recipe: &Recipe) -> Hello {
    let identity: &Identity = plugin.identity();
    let modules = ["bundle", "env", "fs", "kv", "log"];
    let compat = [Compat::NodeFs].into_iter().filter(|layer| grant.has_compat(*layer));
    Hello {
        protocol: vec![aether_protocol::v1::VERSION],
        api: modules.into_iter().map(|name| (name.to_owned(), 1)).collect::<BTreeMap<_, _>>(),
        plugin: PluginInfo {
            name: identity.name.clone(),
            version: identity.version.clone(),
            digest: identity.digest.clone(),
        },
        runtime: plugin.manifest().runtime_or_default().to_string(),
        entry: plugin.entry().to_owned(),
        compat: compat.map(|layer| layer.as_str().to_owned()).collect(),
        cwd: VirtualPath::workspace().as_str().to_owned(),
        limits: CellLimits {
            heap: heap_of(recipe.limits.memory),
            stack: ENGINE_STACK,
            load_ms: u64::try_from(grant.limits().timeout.as_millis()).unwrap_or(u64::MAX),
        },
    }
}

fn record_grant(
    auditor: &Auditor,
    grant: &Grant,
    places: &Places,
) -> Result<(), aether_audit::LogError> {
    for line in grant.lines() {
        let host = places.host_of(line);
        let (action, place) =
            (line.permission.as_str(), format!("aether-plugin.json:{}", line.place));
        let event = auditor
            .event(Kind::Grant, action, Verdict::Allowed)
            .object(&line.resource)
            .rule(&place);
        auditor.write(&match &host {
            Some(host) => event.detail("host", host.as_str()),
            None => event,
        })?;
    }
    Ok(())
}

fn record_posture(auditor: &Auditor, posture: &Posture) -> Result<(), aether_audit::LogError> {
    use aether_container::State;
    for line in &posture.lines {
        let (verdict, word) = match line.state {
            State::Enforced => (Verdict::Allowed, "enforced"),
            State::Degraded => (Verdict::Limited, "degraded"),
            State::Refused => (Verdict::Denied, "refused"),
            State::Off => (Verdict::Noted, "off"),
        };
        let event = auditor.event(Kind::Posture, line.protection.name(), verdict);
        auditor.write(&event.object(&line.detail).detail("state", word))?;
    }
    Ok(())
}

fn place_of(refusal: &aether_policy::grant::Refusal) -> Option<String> {
    refusal.place().map(|place| format!("{}:{place}", refusal.source.name()))
}

fn start_failure(error: &StartError) -> Failure {
    let refused = match error {
        StartError::Refused(refused) => Some((**refused).clone()),
        _ => None,
    };
    Failure { code: error.exit_code(), text: error.to_string(), refused }
}

fn call_failure(error: &CallError) -> Failure {
    Failure { code: error.exit_code(), text: error.to_string(), refused: None }
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
