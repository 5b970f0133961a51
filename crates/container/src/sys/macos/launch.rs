//! The host's side of a launch.
//!
//! Type-checked only: unproven until it has run on a Mac.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::io::{FdFlags, fcntl_dupfd_cloexec, fcntl_setfd, ioctl_fionbio};
use rustix::net::sockopt::set_socket_nosigpipe;

use super::super::unix::ARGV0;
use super::super::unix::gateway::Gateway;
use super::cell::{Cell, Held};
use super::channel::HostEnds;
use super::folder::PrivateFolder;
use super::lines::Channel;
use super::process::Life;
use super::seatbelt::{Profile, Unusable};
use super::spawn::{SAFE_FD, spawn};
use super::wire::{Go, Orders, Word};
use super::{missing, place, raw, readback};
use crate::{
    Code, LaunchError, LaunchOptions, Line, Native, Posture, Program, Protection, Recipe, State,
    Workload,
};

/// How long a cell may take for each step until it is sealed. It runs only our code until then; the
/// bound stops a broken machine from hanging its host.
const SEAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts a process from a recipe and confines it.
///
/// # Errors
/// [`LaunchError`]; no process is left then. What the system has no means for is refused, unless the
/// recipe names it as optional.
pub fn launch(recipe: &Recipe) -> Result<Cell, LaunchError> {
    launch_with(recipe, LaunchOptions::default())
}

/// The same. A broker cannot be made use of: a recipe that asks for one is refused.
///
/// # Errors
/// As above.
pub fn launch_with(recipe: &Recipe, _: LaunchOptions) -> Result<Cell, LaunchError> {
    refuse(recipe)?;
    let mut posture = Posture::default();
    if recipe.confine {
        missing::settle(recipe, &mut posture)?;
    } else {
        posture = Posture::off();
    }
    let program = file_of(&recipe.program)?;
    let (native, folder) = match &recipe.workload {
        Workload::Engine => (None, None),
        Workload::Native(native) => {
            let folder = PrivateFolder::new()
                .map_err(LaunchError::system("making the cell's private folder"))?;
            (Some(Box::new(place::in_place(native, folder.path())?)), Some(folder))
        }
    };
    let profile = profile(&program, native.as_deref(), folder.as_ref());
    let profile = profile.map_err(|unusable| LaunchError::Protection {
        protection: Protection::Seatbelt,
        reason: unusable.to_string(),
        posture: posture.clone(),
    })?;
    let orders = Orders {
        limits: recipe.limits,
        optional: Protection::ALL.iter().copied().filter(|&p| recipe.is_optional(p)).collect(),
        profile: recipe.confine.then(|| profile.text().to_owned()),
        native,
    };
    begin(recipe, &program, &orders, posture, folder)
}

/// What this back-end does not do.
fn refuse(recipe: &Recipe) -> Result<(), LaunchError> {
    // A process that was started as a cell and did not become one would start itself again and again.
    if super::is_cell() {
        return Err(LaunchError::NotSealed("this process is itself a cell".to_owned()));
    }
    if recipe.code != Code::None {
        return Err(LaunchError::Unsupported(
            "an engine runs no machine code but its program's on macOS",
        ));
    }
    if !recipe.confine && matches!(recipe.workload, Workload::Native(_)) {
        return Err(LaunchError::Unsupported("a native program is not run unconfined on macOS"));
    }
    Ok(())
}

/// The file of the cell's program, with every link followed.
fn file_of(program: &Program) -> Result<PathBuf, LaunchError> {
    let path = match program {
        Program::Itself => std::env::current_exe()
            .map_err(LaunchError::system("finding the host's own program"))?,
        Program::File(path) => path.clone(),
    };
    let unusable = |error| LaunchError::Program { path: path.display().to_string(), error };
    let file = path.canonicalize().map_err(unusable)?;
    match file.is_file() {
        true => Ok(file),
        false => Err(unusable(io::Error::other("it is not a regular file"))),
    }
}

fn profile(
    program: &Path,
    native: Option<&Native>,
    folder: Option<&PrivateFolder>,
) -> Result<Profile, Unusable> {
    match (native, folder) {
        (Some(native), Some(folder)) => Profile::of_native(native, folder.path(), program),
        _ => Profile::of_engine(program),
    }
}

/// Starts the process, gives it its orders, and hears it out until they are carried out.
fn begin(
    recipe: &Recipe,
    program: &Path,
    orders: &Orders,
    mut posture: Posture,
    folder: Option<PrivateFolder>,
) -> Result<Cell, LaunchError> {
    let Ends { child, status, mut host } =
        Ends::new().map_err(LaunchError::system("opening the cell's channels"))?;
    let not_started = |error| LaunchError::Program { path: program.display().to_string(), error };
    let text = |text: &[u8]| CString::new(text).map_err(io::Error::other);
    let pid = text(program.as_os_str().as_bytes())
        .and_then(|path| spawn(&path, &text(ARGV0.as_bytes())?, &child))
        .map_err(not_started)?;
    // From here on dropping it ends the process.
    let life = Life::new(pid);
    // Otherwise their end would not be told.
    drop(child);
    let end = raw::end_of(pid).map_err(LaunchError::system("watching for the cell's end"))?;
    let mut channel = Channel::new(status);
    say(&mut channel, orders).map_err(LaunchError::system("ordering the confinement"))?;
    hear(&mut channel, &mut posture)?;
    if recipe.confine {
        readback::verify(pid, orders.native.is_some()).map_err(LaunchError::Mismatch)?;
    }
    match &orders.native {
        Some(native) => hear_executed(&mut channel, native)?,
        // Reading standard input gives the end at once.
        None => host.stdin = None,
    }
    let process = life.go_on().ok_or(LaunchError::NotSealed("it is gone".to_owned()))?;
    let held = Held { end, limits: recipe.limits, watched: recipe.confine, folder };
    Ok(Cell::new(process, host, posture, held))
}

/// A child that is already gone is no error here: its last word, or its silence, says more.
fn say<T: serde::Serialize>(channel: &mut Channel, message: &T) -> io::Result<()> {
    use io::ErrorKind as Kind;
    match channel.say(message) {
        Err(error) if matches!(error.kind(), Kind::BrokenPipe | Kind::ConnectionReset) => Ok(()),
        said => said,
    }
}

/// Hears the cell out until it is sealed.
fn hear(channel: &mut Channel, posture: &mut Posture) -> Result<(), LaunchError> {
    loop {
        match channel.hear().map_err(LaunchError::system("hearing the cell"))? {
            Some(Word::Lines(lines)) => {
                for Line { protection, state, detail } in lines {
                    posture.set(protection, state, detail);
                }
            }
            Some(Word::Failed { protection, reason }) => {
                posture.set(protection, State::Refused, reason.clone());
                let posture = posture.clone();
                return Err(LaunchError::Protection { protection, reason, posture });
            }
            Some(Word::Sealed) => return Ok(()),
            Some(Word::NotExecuted(_)) | None => {
                return Err(LaunchError::NotSealed("it ended early".to_owned()));
            }
        }
    }
}

/// Lets the sealed program be executed, and hears whether it was: the channel ends with that.
fn hear_executed(channel: &mut Channel, native: &Native) -> Result<(), LaunchError> {
    say(channel, &Go).map_err(LaunchError::system("letting the cell go on"))?;
    match channel.hear().map_err(LaunchError::system("hearing the cell"))? {
        None => Ok(()),
        Some(Word::NotExecuted(errno)) => Err(LaunchError::Program {
            path: native.program.display().to_string(),
            error: io::Error::from_raw_os_error(errno),
        }),
        Some(_) => Err(LaunchError::NotSealed("it went on talking".to_owned())),
    }
}

/// The channels of one cell, both sides.
struct Ends {
    child: [OwnedFd; 5],
    status: UnixStream,
    host: HostEnds,
}

impl Ends {
    fn new() -> io::Result<Self> {
        let (gateway, gateway_cell) = UnixStream::pair()?;
        let (status, status_cell) = UnixStream::pair()?;
        status.set_read_timeout(Some(SEAL_TIMEOUT))?;
        status.set_write_timeout(Some(SEAL_TIMEOUT))?;
        for socket in [&gateway, &gateway_cell, &status, &status_cell] {
            set_socket_nosigpipe(socket, true)?;
        }
        let (stdin_cell, stdin) = pipe()?;
        let (stdout, stdout_cell) = pipe()?;
        let (stderr, stderr_cell) = pipe()?;
        let (woken, wake) = pipe()?;
        gateway.set_nonblocking(true)?;
        for end in [&stdin, &stdout, &stderr, &woken, &wake] {
            ioctl_fionbio(end, true)?;
        }
        for end in [&stdin, &wake] {
            raw::raise_no_signal(end)?;
        }
        Ok(Self {
            child: [
                high(stdin_cell)?,
                high(stdout_cell)?,
                high(stderr_cell)?,
                high(gateway_cell.into())?,
                high(status_cell.into())?,
            ],
            status,
            host: HostEnds {
                gateway: Gateway::Socket(gateway.into()),
                stdin: Some(stdin),
                stdout: Some(stdout),
                stderr: Some(stderr),
                woken,
                wake: Arc::new(wake),
            },
        })
    }
}

/// Both ends of a pipe, the one to read first.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = rustix::pipe::pipe()?;
    fcntl_setfd(&read, FdFlags::CLOEXEC)?;
    fcntl_setfd(&write, FdFlags::CLOEXEC)?;
    Ok((read, write))
}

/// The same descriptor at a number that the child does not overwrite.
fn high(descriptor: OwnedFd) -> io::Result<OwnedFd> {
    if descriptor.as_raw_fd() >= SAFE_FD {
        return Ok(descriptor);
    }
    Ok(fcntl_dupfd_cloexec(&descriptor, SAFE_FD)?)
}
