//! From a grant to a cell that runs: what plugins and commands have in common.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use aether_audit::{Event, Kind, LogError, Verdict};
use aether_container::{Cell, Door as CellDoor, Killer, LaunchError, Posture, Recipe, Workload};
use aether_gateway::{Auditor, CodeSide, CodeSink, Door, Meters, Rates, Services};
use aether_manifest::JsEngine;
use aether_monitor::{Model, Watcher};
use aether_policy::grant::{Decision, Grant};
use aether_policy::policy::Isolation;
use aether_protocol::Versions;
use aether_protocol::v1::{CodePart, Debug, Hello};
use aether_schema::Contracts;

use super::named::{Commanded, Variable};
use super::recipe::{EngineMemory, container_of, hello, quota_of};
use super::start::{StartError, StartOptions};
use super::{Host, Metered, lock};
use crate::Debugging;
use crate::Plugin;
use crate::driver::{Beside, Command, Debugged, Driver, Dump, NativeSide, Outside, Watched};
use crate::mounts::Places;
use crate::network::WayOut;
use crate::record::Final;
use crate::watch::limits_of;

/// Why the protections of a process do not stand.
#[cfg(target_os = "linux")]
const IN_PROCESS: &str =
    "it runs in the host's own process: the policy has `isolation: in-process`";

/// How a native program meets its host.
#[derive(Clone, Copy)]
pub(super) struct Manner<'a> {
    pub(super) door: CellDoor,
    /// The folder that it starts in.
    pub(super) folder: &'a Path,
    /// Whether every program of the system may be executed.
    pub(super) runs_system: bool,
    /// Whether it runs for other plugins.
    pub(super) offered: bool,
    /// Set for a command that the host's owner has written, together with what it may reach.
    pub(super) command: Option<&'a Commanded>,
    /// Set for a cell that only compiles: where the code of WebAssembly goes.
    pub(super) compiles: Option<&'a CodeSink>,
    /// What an engine of JavaScript makes there ahead, for that; where it makes something.
    pub(super) makes: Option<CodePart>,
    /// Whether what is compiled is to run in the host's own process.
    pub(super) in_host: bool,
}

impl Manner<'_> {
    /// A plugin: it speaks to its host, and what it may execute it names.
    pub(super) fn plugin() -> Self {
        let folder = Path::new(aether_path::WORKSPACE);
        Self {
            door: CellDoor::Open,
            folder,
            runs_system: false,
            offered: false,
            command: None,
            compiles: None,
            makes: None,
            in_host: false,
        }
    }
}

/// What a plugin was granted, and where that is.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    grant: Arc<Grant>,
    places: Places,
}

/// What runs for a cell and ends with it, by the number of the work that it is.
#[derive(Debug, Default)]
pub(crate) struct Children {
    running: BTreeMap<u64, Killer>,
    /// Work that is not wanted any more; it may not have begun.
    ended: BTreeSet<u64>,
}

/// A cell that runs, with everything that its driver needs but for who commands it.
pub(super) struct Launched {
    number: u32,
    plugin: String,
    offered: bool,
    contracts: Arc<Contracts>,
    is_native: bool,
    cell: Cell,
    pub(super) grant: Arc<Grant>,
    pub(super) recipe: Recipe,
    /// The other side of a cell that is no process.
    guest: Option<Beside>,
    /// It runs, or is to run, in the host's own process.
    in_host: bool,
    services: Services,
    code: CodeSide,
    dump: Option<Dump>,
    /// A person's debugger.
    debug: Option<Debugging>,
    native: Option<NativeSide>,
    network: WayOut,
    auditor: Auditor,
    /// What was learned of its behaviour.
    model: Option<Arc<Model>>,
    /// Why it starts with less than it was granted, if it does.
    narrowed: Option<String>,
}

impl Host {
    /// Grants, confines, starts; and records each before it is done. What an earlier start was
    /// granted stands in `terms`; of a first one it is left there.
    pub(super) fn launched(
        &self,
        number: u32,
        plugin: &Plugin,
        options: &StartOptions,
        terms: &OnceLock<Terms>,
        manner: Manner<'_>,
    ) -> Result<Launched, StartError> {
        let is_native = plugin.is_native();
        if is_native && !self.0.confine {
            return Err(StartError::NativeUnconfined);
        }
        if self.is_interrupted() {
            return Err(StartError::Interrupted);
        }
        let Terms { grant, places } = match terms.get() {
            Some(terms) => self.terms_again(number, plugin, options, terms)?,
            None => {
                let places = self.places(plugin, options);
                let grant = Arc::new(self.obtain(number, plugin, options, &places, manner)?);
                terms.get_or_init(|| Terms { grant, places }).clone()
            }
        };
        if grant.has_direct() && (is_native || options.in_transaction) {
            let name = plugin.identity().name.clone();
            return Err(match is_native {
                true => StartError::NativeDirect(name),
                false => StartError::TransactionDirect(name),
            });
        }
        if let Some(of) = self.too_short_for(grant.priority()) {
            return Err(StartError::Pressure { plugin: plugin.identity().name.clone(), of });
        }
        let in_process = grant.isolation() == Isolation::InProcess;
        if in_process && plugin.wasm().is_none() {
            return Err(StartError::InProcess(plugin.identity().name.clone()));
        }
        self.has_engine(plugin, &grant)?;
        let debug = options.debug.as_ref().filter(|_| manner.compiles.is_none()).cloned();
        if debug.is_some() {
            may_be_debugged(plugin, &grant)?;
        }
        self.update(number, |started| {
            started.grant = Some(Arc::clone(&grant));
            started.places = Some(places.clone());
        });
        let name = plugin.identity().name.clone();
        let auditor = Auditor::new(self.0.log.clone(), &name, number);
        record_grant(&auditor, &grant, &places)?;
        let services = self.services(plugin, &grant, &places, (number, manner.door))?;
        let dump = self.dump_of(number, plugin, manner);
        let dumps = dump.as_ref().map(|dump| &dump.sink);
        let code = self.code_side(plugin, &grant, manner, (dumps, debug.is_some()))?;
        let (network, reach) = self.network(&grant, &auditor, is_native)?;
        let narrowed = self.narrowed_before(&grant);
        let (recipe, native) = match is_native {
            true => {
                // What a native program is born with nobody can take from it later.
                let born = match narrowed {
                    Some(_) => Arc::new(grant.without(&self.0.monitoring.drops(&grant))),
                    None => Arc::clone(&grant),
                };
                let (mut recipe, native) =
                    self.native_recipe((number, plugin), &born, &places, &reach, manner)?;
                let variables = manner.command.map(|command| &command.variables);
                add_variables(&mut recipe, variables.into_iter().flatten(), &network);
                (recipe, Some(native))
            }
            false => (self.engine_recipe(plugin, &grant, manner), None),
        };
        let (cell, guest) = match in_process && manner.compiles.is_none() {
            true => {
                let (cell, guest) = self.launch_beside(number, &auditor, &recipe)?;
                (cell, Some(guest))
            }
            false => (self.launch((number, plugin), &auditor, &recipe)?, None),
        };
        self.watch_over(number, manner.command.map(|command| command.parent), cell.killer())?;
        Ok(Launched {
            number,
            plugin: name,
            offered: manner.offered,
            contracts: Arc::clone(plugin.contracts()),
            is_native,
            cell,
            guest,
            in_host: in_process || manner.in_host,
            grant,
            recipe,
            services,
            code,
            dump,
            debug,
            native,
            network,
            auditor,
            model: self.model(number, plugin)?,
            narrowed,
        })
    }

    /// The terms of an earlier start, for another one. Nobody is asked again, and no link that leads
    /// elsewhere by now is followed; but what the policy refuses by now, outside of a window, is
    /// refused.
    fn terms_again(
        &self,
        number: u32,
        plugin: &Plugin,
        options: &StartOptions,
        terms: &Terms,
    ) -> Result<Terms, StartError> {
        match self.decide_at(plugin, options, &terms.places, false) {
            Decision::Refused(refused) => Err(self.refuse(number, plugin, refused)),
            Decision::Granted(_) | Decision::Ask(_) => Ok(terms.clone()),
        }
    }

    /// Starts a cell, and records what confines it and that it runs.
    fn launch(
        &self,
        (number, plugin): (u32, &Plugin),
        auditor: &Auditor,
        recipe: &Recipe,
    ) -> Result<Cell, StartError> {
        // A native program runs before its process is known here, so that it is named before.
        let about_to =
            |verdict, object| auditor.event(Kind::Start, "launch", verdict).object(object);
        let program = match &recipe.workload {
            Workload::Native(native) => native.program.to_string_lossy(),
            Workload::Engine => "the engine".into(),
        };
        auditor.write(&about_to(Verdict::Noted, &program))?;
        let cell = match self.0.spares.launch(container_of(self.run_id(), number, plugin), recipe) {
            Ok(cell) => cell,
            Err(error) => {
                let (posture, verdict) = match &error {
                    LaunchError::Protection { posture, .. } => (Some(posture), Verdict::Denied),
                    _ => (None, Verdict::Failed),
                };
                if let Some(posture) = posture {
                    self.update(number, |started| started.posture = posture.clone());
                    auditor.write_all(&posture_events(auditor, posture))?;
                }
                let why = error.to_string();
                auditor.write(&about_to(verdict, &program).detail("error", &why))?;
                return Err(error.into());
            }
        };
        self.note_start(number, auditor, &cell)?;
        Ok(cell)
    }

    /// Where a coredump of the plugin goes, if one is wanted.
    fn dump_of(&self, number: u32, plugin: &Plugin, manner: Manner<'_>) -> Option<Dump> {
        let folder = self.0.coredumps.as_ref().filter(|_| manner.compiles.is_none())?;
        plugin.wasm()?;
        let path = folder.join(format!("coredump-{number}.wasm"));
        Some(Dump { sink: CodeSink::default(), path })
    }

    /// The same for a cell that is no process.
    #[cfg(target_os = "linux")]
    fn launch_beside(
        &self,
        number: u32,
        auditor: &Auditor,
        recipe: &Recipe,
    ) -> Result<(Cell, Beside), StartError> {
        let (cell, guest, socket) = aether_container::beside(recipe.limits, IN_PROCESS)
            .map_err(|error| StartError::Code(error.to_string()))?;
        self.note_start(number, auditor, &cell)?;
        Ok((cell, Beside { guest, socket, engines: self.0.engines.clone() }))
    }

    /// Refuses: there is none here.
    #[cfg(not(target_os = "linux"))]
    fn launch_beside(&self, _: u32, _: &Auditor, _: &Recipe) -> Result<(Cell, Beside), StartError> {
        let why = "a plugin can share its host's process on Linux only";
        Err(StartError::Code(why.to_owned()))
    }

    /// Records what confines a cell, and that it runs.
    fn note_start(&self, number: u32, auditor: &Auditor, cell: &Cell) -> Result<(), StartError> {
        self.update(number, |started| started.posture = cell.posture().clone());
        let mut events = posture_events(auditor, cell.posture());
        let start = auditor.event(Kind::Start, "start", Verdict::Allowed);
        events.push(start.detail("pid", i64::from(cell.pid())));
        auditor.write_all(&events)?;
        Ok(())
    }

    /// From now on programs run for the cell.
    pub(crate) fn adopt(&self, number: u32) {
        lock(&self.0.children).insert(number, Children::default());
    }

    /// Nothing runs for the cell any more.
    pub(crate) fn orphan(&self, number: u32) {
        let children = lock(&self.0.children).remove(&number);
        children.iter().flat_map(|children| children.running.values()).for_each(Killer::kill);
    }

    /// What runs for the cell under this number is to end, or not to begin.
    pub(crate) fn end_child(&self, number: u32, errand: u64) {
        let mut children = lock(&self.0.children);
        let Some(children) = children.get_mut(&number) else { return };
        if let Some(killer) = children.running.get(&errand) {
            killer.kill();
        }
        children.ended.insert(errand);
    }

    /// It has ended.
    pub(crate) fn forget_child(&self, number: u32, errand: u64) {
        if let Some(children) = lock(&self.0.children).get_mut(&number) {
            children.running.remove(&errand);
            children.ended.remove(&errand);
        }
    }

    /// Keeps what ends the cell, for [`Host::interrupt`].
    fn watch_over(
        &self,
        number: u32,
        parent: Option<(u32, u64)>,
        killer: Killer,
    ) -> Result<(), StartError> {
        lock(&self.0.running).insert(number, killer.clone());
        let orphaned = parent.is_some_and(|(parent, errand)| {
            let mut children = lock(&self.0.children);
            let siblings = children.get_mut(&parent);
            let siblings = siblings.filter(|siblings| !siblings.ended.contains(&errand));
            siblings.map(|siblings| siblings.running.insert(errand, killer.clone())).is_none()
        });
        // Whoever interrupted before this saw no such cell.
        if orphaned || self.is_interrupted() {
            killer.kill();
            lock(&self.0.running).remove(&number);
            return Err(StartError::Interrupted);
        }
        Ok(())
    }
}

impl Host {
    /// What all cells of the plugin with the same rates have in common: starting again does not make
    /// unused what was used.
    fn meters_of(&self, plugin: &str, grant: &Grant) -> Arc<Mutex<Meters>> {
        let rates = Rates::of(grant);
        let mut all = lock(&self.0.meters);
        if let Some(one) = all.iter().find(|one| one.plugin == plugin && one.rates == rates) {
            return Arc::clone(&one.meters);
        }
        let meters = Arc::new(Mutex::new(Meters::new(&rates, Instant::now())));
        let plugin = plugin.to_owned();
        all.push(Metered { plugin, rates, meters: Arc::clone(&meters) });
        meters
    }
}

impl Host {
    /// What watches a cell.
    fn watched(&self, launched: &Launched) -> Watched {
        let Launched { number, plugin, grant, cell, .. } = launched;
        let monitoring = &self.0.monitoring;
        let settings = monitoring.settings(grant.watching());
        let limits = limits_of(grant, launched.is_native);
        let watcher = Watcher::new(settings, limits, launched.model.clone());
        let watcher = self.with_history(grant, watcher);
        let heard = self.hold_reins(*number, plugin, grant.priority(), cell.waker());
        let manner = (monitoring.drops(grant), monitoring.every);
        Watched::new(watcher, heard, manner, launched.narrowed.clone()).tracing(monitoring.traces)
    }
}

impl Launched {
    /// What the cell is told first.
    pub(super) fn hello(&self, versions: &Versions, plugin: &Plugin) -> Hello {
        let marks = (self.in_host, self.dump.is_some());
        let mut hello = hello(versions, plugin, &self.grant, &self.recipe, marks);
        hello.made = self.code.parts();
        hello.debug = match &self.debug {
            Some(debug) if debug.stops_first() => Debug::Stop,
            Some(_) => Debug::Yes,
            None => Debug::No,
        };
        hello
    }

    /// Who serves the cell from now on. Loading may take so long.
    pub(super) fn driver(
        self,
        host: &Host,
        commands: Receiver<Command>,
        (load_limit, compile_only): (Duration, bool),
        finished: Arc<Mutex<Option<Final>>>,
    ) -> Driver {
        let watched = host.watched(&self);
        let mut door = Door::new(Arc::clone(&self.grant), self.services, self.auditor.clone())
            .with_versions(host.0.versions.clone())
            .with_meters(host.meters_of(&self.plugin, &self.grant));
        door.set_code(self.code);
        if host.0.trace_calls {
            door.trace();
        }
        let debugged = self.debug.map(|debug| {
            door.let_debug();
            debug.wakes(self.cell.waker());
            let stops_first = debug.stops_first();
            Debugged::new(debug, stops_first)
        });
        #[cfg(windows)]
        if self.is_native {
            door.set_lender(Box::new(Lends(self.cell.lender())));
        }
        let outside = Outside::new(host.clone(), self.number, self.cell.waker());
        Driver {
            number: self.number,
            plugin: self.plugin,
            offered: self.offered,
            contracts: self.contracts,
            cell: self.cell,
            guest: self.guest,
            dump: self.dump,
            debugged,
            door: if self.is_native { door.without_files() } else { door },
            outside,
            native: self.native,
            network: self.network,
            watched,
            grant: Arc::clone(&self.grant),
            auditor: self.auditor,
            commands,
            listener: host.0.listener.clone(),
            quota: quota_of(&self.grant),
            memory: self.grant.limits().memory,
            engine: EngineMemory::of(&self.recipe),
            load_limit,
            compile_only,
            interrupted: Arc::clone(&host.0.interrupted),
            finished,
        }
    }
}

/// Refuses a debugger where the policy has none, and where there is none.
fn may_be_debugged(plugin: &Plugin, grant: &Grant) -> Result<(), StartError> {
    let name = || plugin.identity().name.clone();
    let engine = match grant.engine() {
        Some(engine) if engine.kind == JsEngine::V8 => engine,
        Some(engine) => {
            let engine = engine.kind.as_str();
            return Err(StartError::NoDebugger { plugin: name(), engine });
        }
        None if plugin.is_native() => {
            let engine = "a process of its own";
            return Err(StartError::NoDebugger { plugin: name(), engine });
        }
        None => return Err(StartError::NoDebugger { plugin: name(), engine: "wasmtime" }),
    };
    match engine.debug {
        true => Ok(()),
        false => Err(StartError::NotDebugged(name())),
    }
}

/// Lends files to a native program.
#[cfg(windows)]
#[derive(Debug)]
struct Lends(aether_container::Lender);

#[cfg(windows)]
impl aether_gateway::Lender for Lends {
    fn lend(&self, file: &std::fs::File) -> std::io::Result<u64> {
        self.0.lend(file)
    }
}

/// What a native program's environment has beside what every one has.
fn add_variables<'a>(
    recipe: &mut Recipe,
    variables: impl Iterator<Item = (&'a String, &'a Variable)>,
    network: &WayOut,
) {
    let Workload::Native(native) = &mut recipe.workload else { return };
    let set = &mut native.environment;
    for (name, value) in variables {
        // Case does not tell variables of Windows apart.
        let is_same = |known: &std::ffi::OsString| match cfg!(windows) {
            true => known.eq_ignore_ascii_case(name),
            false => known == name.as_str(),
        };
        set.retain(|(known, _)| !is_same(known));
        set.push((name.into(), value.0.clone()));
    }
    for (name, placeholder) in network.placeholders() {
        set.push((variable_of(name).into(), placeholder.into()));
    }
}

/// The variable in which a native program finds what stands for a secret.
pub(super) fn variable_of(secret: &str) -> String {
    let upper = |letter: char| match letter.is_ascii_alphanumeric() {
        true => letter.to_ascii_uppercase(),
        false => '_',
    };
    format!("AETHER_SECRET_{}", secret.chars().map(upper).collect::<String>())
}

fn record_grant(auditor: &Auditor, grant: &Grant, places: &Places) -> Result<(), LogError> {
    let lines: Vec<_> = grant
        .lines()
        .map(|line| (line, format!("aether-plugin.json:{}", line.place), places.host_of(line)))
        .collect();
    let events: Vec<Event<'_>> = lines
        .iter()
        .map(|(line, place, host)| {
            let event = auditor.event(Kind::Grant, line.permission.as_str(), Verdict::Allowed);
            let event = event.object(&line.resource).rule(place);
            match host {
                Some(host) => event.detail("host", host.as_str()),
                None => event,
            }
        })
        .collect();
    auditor.write_all(&events)
}

/// What is recorded of a posture.
fn posture_events<'a>(auditor: &'a Auditor, posture: &'a Posture) -> Vec<Event<'a>> {
    use aether_container::State;
    let of = |line: &'a aether_container::Line| {
        let (verdict, word) = match line.state {
            State::Enforced => (Verdict::Allowed, "enforced"),
            State::Degraded => (Verdict::Limited, "degraded"),
            State::Refused => (Verdict::Denied, "refused"),
            State::Off => (Verdict::Noted, "off"),
        };
        let event = auditor.event(Kind::Posture, line.protection.name(), verdict);
        event.object(&line.detail).detail("state", word)
    };
    posture.lines.iter().map(of).collect()
}
