//! The host's side of a launch.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::io::{AsHandle as _, AsRawHandle as _, BorrowedHandle, OwnedHandle};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::super::lenient;
use super::acl::Private;
use super::birth::{Plan, born, told_in_full};
use super::calls::{Calls as _, System};
use super::cell::{Cell, Held, HostEnds, Scratch, Talk};
use super::chunks::Chunks;
use super::command_line::command_line;
use super::container::Container;
use super::enter::MARK;
use super::environment::block;
use super::event::Event;
use super::folder::{processors, system_folder, zeroed};
use super::job::Asked;
use super::mitigations::Kind;
use super::pipe::{both, from_cell, to_cell};
use super::port::Port;
use super::stage::size_of_folder;
use crate::{
    Code, Door, LaunchError, LaunchOptions, Native, Posture, Program, Protection, Recipe, Workload,
};

/// The variable by which a native program learns the number of its gateway.
const GATEWAY: &str = "AETHER_FD";

/// Processes that the system may add of its own where a program has a console: one for its window, which
/// nobody sees.
const CONSOLES: u32 = 1;

/// Starts a process from a recipe and confines it.
///
/// # Errors
/// [`LaunchError`]; no process is left then.
pub fn launch(recipe: &Recipe) -> Result<Cell, LaunchError> {
    launch_with(recipe, LaunchOptions::default())
}

/// The same. There is neither a broker nor a spare process here.
///
/// # Errors
/// As above.
pub fn launch_with(recipe: &Recipe, options: LaunchOptions) -> Result<Cell, LaunchError> {
    match &recipe.workload {
        Workload::Engine => engine(recipe, &options),
        Workload::Native(native) => self::native(recipe, native, &options),
    }
}

/// Files and folders that a program may add: each costs something whatever its size.
const ENTRIES: usize = 65_536;

/// The ends of a cell's pipes that go into it.
struct CellEnds {
    /// Standard input, output and error.
    stdio: [OwnedHandle; 3],
    /// Its gateway: what it hears and what it tells, or one for both.
    gateway: Vec<OwnedHandle>,
}

/// What is started, and what it finds.
struct Started<'a> {
    program: PathBuf,
    /// The zeroth among them.
    arguments: Vec<Vec<u16>>,
    variables: Vec<(Vec<u16>, Vec<u16>)>,
    folder: &'a Path,
    kind: Kind,
    processes: u32,
    /// What of its files is bounded, and by how many bytes.
    scratch: Option<Scratch>,
}

fn engine(recipe: &Recipe, options: &LaunchOptions) -> Result<Cell, LaunchError> {
    let (host, cell) = ends(Way::Chunks).map_err(LaunchError::system("making the cell's pipes"))?;
    let program = program(&recipe.program)?;
    let numbers = cell.gateway.iter().map(|handle| units(&format!("{:x}", number(handle))));
    let name = [wide(program.as_os_str()), units(MARK)];
    let system = system_folder().map_err(LaunchError::system("asking for the system's folder"))?;
    let started = Started {
        arguments: name.into_iter().chain(numbers).collect(),
        program,
        variables: system_variables(&system).map(|(name, value)| (units(name), wide(value))).into(),
        folder: &system,
        kind: Kind { engine: true, code: recipe.code != Code::None },
        processes: 1,
        scratch: None,
    };
    start(recipe, options, &started, (host, cell))
}

fn native(recipe: &Recipe, native: &Native, options: &LaunchOptions) -> Result<Cell, LaunchError> {
    let Some(stage) = &native.stage else {
        return Err(LaunchError::Unsupported("a native program needs a stage here"));
    };
    if let Some(what) = unheld(native) {
        return Err(LaunchError::Unsupported(what));
    }
    let way = if native.door == Door::Open { Way::Lines } else { Way::None };
    let (host, cell) = ends(way).map_err(LaunchError::system("making the cell's pipes"))?;
    let system = system_folder().map_err(LaunchError::system("asking for the system's folder"))?;
    let mut variables: Vec<_> =
        native.environment.iter().map(|(name, value)| (wide(name), wide(value))).collect();
    let is_given =
        |name: &str| native.environment.iter().any(|(one, _)| one.eq_ignore_ascii_case(name));
    let missing = system_variables(&system).into_iter().filter(|(name, _)| !is_given(name));
    variables.extend(missing.map(|(name, value)| (units(name), wide(value))));
    let gateway = cell.gateway.first().map(|handle| units(&number(handle).to_string()));
    variables.extend(gateway.map(|number| (units(GATEWAY), number)));
    let begun = size_of_folder(stage, usize::MAX);
    let begun = begun.map_err(LaunchError::system("looking through the stage"))?;
    let started = Started {
        program: native.program.clone(),
        arguments: native.command.iter().map(|word| wide(word)).collect(),
        variables,
        folder: &native.folder,
        kind: Kind { engine: false, code: false },
        processes: native.processes.saturating_add(CONSOLES),
        scratch: Some(Scratch {
            folder: stage.clone(),
            bytes: begun.bytes.saturating_add(native.scratch),
            entries: begun.entries.saturating_add(ENTRIES),
        }),
    };
    start(recipe, options, &started, (host, cell))
}

/// What of a native program this system cannot do.
const fn unheld(native: &Native) -> Option<&'static str> {
    if native.broker {
        return Some("nobody is asked here before a program opens a file");
    }
    if native.trace_files {
        return Some("the files that a program opens are not told here");
    }
    if native.networked {
        return Some("a program that knows nothing of its host reaches no network here");
    }
    if !native.inbound.is_empty() {
        return Some("a container of Windows has no loopback on which anybody could listen");
    }
    if !native.mounts.is_empty() || !native.links.is_empty() {
        return Some("nothing is mounted here: what a program finds is laid in its stage");
    }
    None
}

fn start(
    recipe: &Recipe,
    options: &LaunchOptions,
    started: &Started<'_>,
    (host, cell): (HostEnds, CellEnds),
) -> Result<Cell, LaunchError> {
    let path = started.program.display();
    let unusable = |text: String| LaunchError::Program {
        path: path.to_string(),
        error: io::Error::new(io::ErrorKind::InvalidInput, text),
    };
    let line = command_line(&wide(started.program.as_os_str()), &started.arguments)
        .map_err(|error| unusable(error.to_string()))?;
    let environment = block(&started.variables).map_err(|error| unusable(error.to_string()))?;
    let stdio = cell.stdio.each_ref().map(|handle| handle.as_handle());
    let inherit: Vec<BorrowedHandle<'_>> =
        cell.gateway.iter().chain(&cell.stdio).map(|handle| handle.as_handle()).collect();
    let everything: BTreeSet<Protection> = Protection::ALL.iter().copied().collect();
    let limits = recipe.limits;
    let container = Container::named(options.container.as_deref());
    let plan = Plan {
        program: &zeroed(started.program.as_os_str()),
        line: &line,
        environment: &environment,
        folder: &zeroed(started.folder.as_os_str()),
        stdio,
        inherit: &inherit,
        kind: started.kind,
        asked: Asked {
            memory: limits.memory,
            processes: started.processes,
            cpu_millis: limits.cpu_millis,
            processors: processors(),
        },
        // What holds it all the same is not counted.
        optional: if recipe.confine { &recipe.optional } else { &everything },
        container: container.name(),
        makes_children: !started.kind.engine,
    };
    let made = born(&System, &plan).map_err(|refused| told_in_full(&System, &plan, refused))?;
    // Its ends are its own: as long as the host had them, their end would never come.
    drop(cell);
    // What it would tell is a hint: without it an end says what its code says.
    let port = Port::of(made.job.handle()).ok();
    let resumed = System.resume(made.created.thread.as_handle());
    let posture = if recipe.confine { made.posture } else { Posture::off() };
    let cell = Cell::new(Held {
        process: made.created.process,
        pid: made.created.pid,
        job: made.job,
        port,
        ends: host,
        posture,
        limits,
        scratch: started.scratch.clone(),
        container,
    });
    // Dropped, it is ended.
    resumed.map_err(LaunchError::system("letting the cell go on"))?;
    Ok(cell)
}

/// How a cell and its host talk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// An engine of ours, in chunks.
    Chunks,
    /// A program, in lines.
    Lines,
    /// Not at all.
    None,
}

fn ends(way: Way) -> io::Result<(HostEnds, CellEnds)> {
    let private = Private::only_this_user(&System)?;
    let (gateway, talk) = match way {
        Way::Chunks => {
            let (tells, cell_hears) = to_cell(&private)?;
            let (hears, cell_tells) = from_cell(&private)?;
            let talk = Talk { hears, tells, chunks: Some(Chunks::default()) };
            (vec![cell_hears, cell_tells], Some(talk))
        }
        Way::Lines => {
            let (hears, tells, both) = both(&private)?;
            (vec![both], Some(Talk { hears, tells, chunks: None }))
        }
        Way::None => (Vec::new(), None),
    };
    let (stdin, cell_stdin) = to_cell(&private)?;
    let (stdout, cell_stdout) = from_cell(&private)?;
    let (stderr, cell_stderr) = from_cell(&private)?;
    let cell = CellEnds { stdio: [cell_stdin, cell_stdout, cell_stderr], gateway };
    let host = HostEnds {
        talk: talk.map(Mutex::new),
        // Reading an engine's gives the end at once: the host's end is closed.
        stdin: (way != Way::Chunks).then_some(stdin),
        leaving: None,
        stdout: Some(stdout),
        stderr: Some(stderr),
        wake: Arc::new(Event::new()?),
    };
    Ok((host, cell))
}

fn program(program: &Program) -> Result<PathBuf, LaunchError> {
    match program {
        Program::Itself => std::env::current_exe()
            .map_err(|error| LaunchError::Program { path: "itself".to_owned(), error }),
        Program::File(path) => std::path::absolute(path)
            .map_err(|error| LaunchError::Program { path: path.display().to_string(), error }),
    }
}

/// What the loader needs to find the system; and a variable without which the system makes no process in a
/// container (`ERROR_ENVVAR_NOT_FOUND`). What it says is replaced there by the container's own folder, and
/// tells nothing where there is no container.
fn system_variables(system: &Path) -> [(&'static str, &OsStr); 2] {
    let root = system.parent().unwrap_or(system).as_os_str();
    [("SystemRoot", root), ("LOCALAPPDATA", root)]
}

/// What a handle is called.
fn number(handle: &OwnedHandle) -> usize {
    handle.as_raw_handle() as usize
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn wide(text: &OsStr) -> Vec<u16> {
    text.encode_wide().collect()
}

/// What a cell gets on this machine, found by starting one that may lack everything.
///
/// # Errors
/// [`LaunchError`] when not even an unprotected engine starts.
pub fn probe(program: Program, workload: Workload) -> Result<Posture, LaunchError> {
    let native = matches!(workload, Workload::Native(_));
    let recipe = lenient::recipe(program, workload);
    Ok(lenient::complete(launch(&recipe)?.posture().clone(), native, "not reported"))
}
