//! The host's side of a launch.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::os::windows::ffi::OsStrExt as _;
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::acl::Private;
use super::birth::{Plan, born, told_in_full};
use super::calls::{Calls as _, System};
use super::cell::{Cell, Held, HostEnds};
use super::chunks::Chunks;
use super::command_line::command_line;
use super::enter::MARK;
use super::environment::block;
use super::event::Event;
use super::folder::system_folder;
use super::job::Asked;
use super::mitigations::Kind;
use super::pipe::{from_cell, to_cell};
use super::port::Port;
use crate::{LaunchError, LaunchOptions, Posture, Program, Protection, Recipe, Workload};

/// What the names of our containers begin with.
const CONTAINER: &str = "aether";

/// Longest name of a container, characters. `CreateAppContainerProfile`.
const CONTAINER_NAME: usize = 64;

/// Why native programs are not started.
const NO_NATIVE: &str = "native programs cannot be confined on Windows in this version";

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
    match recipe.workload {
        Workload::Engine => engine(recipe, &options),
        Workload::Native(_) => Err(LaunchError::Unsupported(NO_NATIVE)),
    }
}

/// The ends of a cell's pipes that go into it.
struct CellEnds {
    hears: OwnedHandle,
    tells: OwnedHandle,
    stdin: OwnedHandle,
    stdout: OwnedHandle,
    stderr: OwnedHandle,
}

fn engine(recipe: &Recipe, options: &LaunchOptions) -> Result<Cell, LaunchError> {
    let (host, cell) = ends().map_err(LaunchError::system("making the cell's pipes"))?;
    let program = program(&recipe.program)?;
    let numbers = [&cell.hears, &cell.tells].map(|handle| number(handle.as_handle()));
    let arguments = [program.as_os_str().encode_wide().collect(), units(MARK)]
        .into_iter()
        .chain(numbers.map(|number| units(&number)));
    let arguments: Vec<Vec<u16>> = arguments.collect();
    let name: Vec<u16> = program.as_os_str().encode_wide().collect();
    let line = command_line(&name, &arguments).map_err(|error| LaunchError::Program {
        path: program.display().to_string(),
        error: io::Error::new(io::ErrorKind::InvalidInput, error.to_string()),
    })?;
    let system = system_folder().map_err(LaunchError::system("asking for the system's folder"))?;
    let environment = environment(&system)?;
    let everything: BTreeSet<Protection> = Protection::ALL.iter().copied().collect();
    let limits = recipe.limits;
    let stdio = [&cell.stdin, &cell.stdout, &cell.stderr].map(|handle| handle.as_handle());
    let inherit = [&cell.hears, &cell.tells, &cell.stdin, &cell.stdout, &cell.stderr];
    let inherit = inherit.map(|handle| handle.as_handle());
    let program = zeroed(program.as_os_str());
    let folder = zeroed(system.as_os_str());
    let container = zeroed(OsStr::new(&container_of(options.container.as_deref())));
    let plan = Plan {
        program: &program,
        line: &line,
        environment: &environment,
        folder: &folder,
        stdio,
        inherit: &inherit,
        kind: Kind { engine: true, code: recipe.code },
        asked: Asked {
            memory: limits.memory,
            processes: 1,
            cpu_millis: limits.cpu_millis,
            processors: processors(),
        },
        // What holds it all the same is not counted.
        optional: if recipe.confine { &recipe.optional } else { &everything },
        container: &container,
        makes_children: false,
    };
    let made = born(&System, &plan).map_err(|refused| told_in_full(&System, &plan, refused))?;
    // Its ends are its own: as long as the host had them, their end would never come.
    drop(cell);
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
    });
    // Dropped, it is ended.
    resumed.map_err(LaunchError::system("letting the cell go on"))?;
    Ok(cell)
}

/// The name of a container: cells of one name could reach each other's objects, if they had any that
/// can be found. Characters that no name has are left out.
fn container_of(whose: Option<&str>) -> String {
    let whose = whose.unwrap_or("engine");
    let plain =
        whose.chars().filter(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(*letter));
    [CONTAINER, "."].into_iter().flat_map(str::chars).chain(plain).take(CONTAINER_NAME).collect()
}

fn ends() -> io::Result<(HostEnds, CellEnds)> {
    let private = Private::only_this_user(&System)?;
    let (tells, cell_hears) = to_cell(&private)?;
    let (hears, cell_tells) = from_cell(&private)?;
    // Reading standard input gives the end at once: the host's end is closed.
    let (_, stdin) = to_cell(&private)?;
    let (stdout, cell_stdout) = from_cell(&private)?;
    let (stderr, cell_stderr) = from_cell(&private)?;
    let host = HostEnds {
        hears: Mutex::new((hears, Chunks::default())),
        tells: Mutex::new(tells),
        stdout: Some(stdout),
        stderr: Some(stderr),
        wake: Arc::new(Event::new()?),
    };
    let inheritable = |handle: OwnedHandle| System.inheritable(handle.as_handle());
    let cell = CellEnds {
        hears: inheritable(cell_hears)?,
        tells: inheritable(cell_tells)?,
        stdin: inheritable(stdin)?,
        stdout: inheritable(cell_stdout)?,
        stderr: inheritable(cell_stderr)?,
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

/// What the loader needs to find the system, and nothing else.
fn environment(system: &std::path::Path) -> Result<Vec<u16>, LaunchError> {
    let root = system.parent().unwrap_or(system);
    let variables = [(units("SystemRoot"), root.as_os_str().encode_wide().collect())];
    block(&variables).map_err(|error| {
        let error = io::Error::new(io::ErrorKind::InvalidInput, error.to_string());
        LaunchError::System { step: "putting the cell's environment together", error }
    })
}

fn processors() -> u32 {
    let known = std::thread::available_parallelism();
    known.map_or(1, |count| u32::try_from(count.get()).unwrap_or(1))
}

/// What a handle is called in a command line.
fn number(handle: BorrowedHandle<'_>) -> String {
    use std::os::windows::io::AsRawHandle as _;
    format!("{:x}", handle.as_raw_handle() as usize)
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

fn zeroed(text: &OsStr) -> Vec<u16> {
    text.encode_wide().chain([0]).collect()
}

/// No process is made ahead here: it would have to be confined before it is known for what.
#[derive(Debug)]
pub struct Spare(std::convert::Infallible);

impl Spare {
    /// Refuses.
    ///
    /// # Errors
    /// Always [`LaunchError::Unsupported`].
    pub const fn make(_: &Program, _: bool) -> Result<Self, LaunchError> {
        Err(LaunchError::Unsupported("no process is made ahead on Windows"))
    }

    /// Cannot be called.
    #[must_use]
    pub const fn is_fit(&self) -> bool {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub const fn pid(&self) -> i32 {
        match self.0 {}
    }
}

/// What a cell gets on this machine, found by starting one that may lack everything.
///
/// # Errors
/// [`LaunchError`] when not even an unprotected engine starts.
pub fn probe(program: Program, workload: Workload) -> Result<Posture, LaunchError> {
    let recipe = Recipe {
        program,
        workload,
        limits: crate::Limits {
            memory: 64 << 20,
            cpu_millis: 500,
            open_files: 16,
            addresses: true,
            raisable: false,
        },
        optional: Protection::ALL.iter().copied().collect(),
        code: false,
        confine: true,
    };
    Ok(launch(&recipe)?.posture().clone())
}
