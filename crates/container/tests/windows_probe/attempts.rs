//! The acts, each with the errors that say that a container refused it.
//!
//! Every one is harmless where it succeeds, and takes seconds at most.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs as _};
use std::process::Command;
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    ERROR_ACCESS_DENIED, ERROR_CHILD_PROCESS_BLOCKED, ERROR_COMMITMENT_LIMIT,
    ERROR_DLL_INIT_FAILED, ERROR_DYNAMIC_CODE_BLOCKED, ERROR_FILE_NOT_FOUND, ERROR_GEN_FAILURE,
    ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER, ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_ENOUGH_QUOTA,
    ERROR_NOT_SUPPORTED, STATUS_ACCESS_DENIED,
};
use windows_sys::Win32::Networking::WinSock::{
    WSAEACCES, WSAENETDOWN, WSAEPROVIDERFAILEDINIT, WSAETIMEDOUT, WSAHOST_NOT_FOUND, WSANO_DATA,
    WSANO_RECOVERY, WSASYSCALLFAILURE, WSASYSNOTREADY, WSATRY_AGAIN,
};

use crate::calls;
use crate::scene::Scene;

/// Most that a cell waits for a connection.
const CONNECTING: Duration = Duration::from_secs(3);

/// One act.
pub(crate) struct Attempt {
    /// Its name, as a test.
    pub(crate) name: &'static str,
    /// Does it.
    pub(crate) act: fn(&str) -> io::Result<()>,
    /// What it is done with, by the host who has made it.
    pub(crate) means: fn(&Scene) -> String,
    /// What a container refuses it with.
    pub(crate) refusals: &'static [i32],
    /// Takes away what it leaves behind, and says whether there was any. Nothing is left by most.
    pub(crate) trace: Option<fn(&Scene) -> bool>,
    /// Whether it needs more than this machine.
    pub(crate) far: bool,
}

const DENIED: i32 = ERROR_ACCESS_DENIED as i32;

/// A container has keys of its own: those of others are not even there.
const NOT_THERE: i32 = ERROR_FILE_NOT_FOUND as i32;

/// The network is filtered and takes its time to say so, or names are not told. Which of these, no Windows has
/// said yet.
const NO_NETWORK: &[i32] = &[
    WSAEACCES,
    WSAENETDOWN,
    WSAETIMEDOUT,
    WSAHOST_NOT_FOUND,
    WSATRY_AGAIN,
    WSANO_RECOVERY,
    WSANO_DATA,
];

/// The library of sockets did not come up, for want of what it reads at its start. That says nothing of the
/// network, which can be reached without it.
const NO_SOCKETS: &[i32] = &[WSASYSNOTREADY, WSAEPROVIDERFAILEDINIT, WSASYSCALLFAILURE];

/// Its parent's console is denied, or not even there; one of its own would need a process, which is one too
/// many. Which of these, no Windows has said yet.
const NO_CONSOLE: &[i32] = &[
    DENIED,
    NOT_THERE,
    ERROR_INVALID_HANDLE as i32,
    ERROR_GEN_FAILURE as i32,
    ERROR_NOT_SUPPORTED as i32,
    ERROR_INVALID_PARAMETER as i32,
    ERROR_CHILD_PROCESS_BLOCKED as i32,
    ERROR_NOT_ENOUGH_QUOTA as i32,
];

const fn attempt(
    name: &'static str,
    act: fn(&str) -> io::Result<()>,
    means: fn(&Scene) -> String,
    refusals: &'static [i32],
) -> Attempt {
    Attempt { name, act, means, refusals, trace: None, far: false }
}

pub(crate) const ALL: &[Attempt] = &[
    attempt("it_reads_no_file_of_its_user", read, Scene::secret, &[DENIED]),
    Attempt {
        trace: Some(Scene::take_written),
        ..attempt("it_writes_no_file_of_its_user", write, Scene::unwritten, &[DENIED])
    },
    attempt("it_lists_no_folder_of_its_user", list, |_| Scene::profile(), &[DENIED]),
    attempt(
        "it_reads_nothing_of_its_users_registry",
        |key| calls::read_value(key, "known"),
        Scene::key,
        &[DENIED, NOT_THERE],
    ),
    Attempt {
        trace: Some(Scene::take_value),
        ..attempt(
            "it_writes_nothing_to_its_users_registry",
            |key| calls::write_value(key, Scene::VALUE),
            Scene::key,
            &[DENIED, NOT_THERE],
        )
    },
    Attempt {
        trace: Some(Scene::take_guest),
        ..attempt("it_reaches_no_listener_of_its_machine", connect, Scene::address, NO_NETWORK)
    },
    Attempt {
        far: true,
        ..attempt("it_resolves_no_name", resolve, |_| "example.com".to_owned(), NO_NETWORK)
    },
    attempt(
        "it_starts_no_program",
        start,
        |_| Scene::system("cmd.exe"),
        // By its own policy; by its job, which has room for one.
        &[ERROR_CHILD_PROCESS_BLOCKED as i32, ERROR_NOT_ENOUGH_QUOTA as i32, DENIED],
    ),
    attempt(
        "it_has_no_more_memory_than_it_may",
        |bytes| calls::commit(number(bytes)?, calls::Use::Data),
        |_| (2 * Scene::MEMORY).to_string(),
        &[
            ERROR_COMMITMENT_LIMIT as i32,
            ERROR_NOT_ENOUGH_MEMORY as i32,
            ERROR_NOT_ENOUGH_QUOTA as i32,
        ],
    ),
    attempt(
        "it_opens_no_process_of_its_user",
        |pid| calls::open_process(number(pid)?),
        |_| std::process::id().to_string(),
        &[DENIED],
    ),
    // By full names: a container looks for others in a folder of its own, and that none is there says nothing.
    attempt(
        "it_opens_no_event_by_name",
        calls::open_event,
        |scene| calls::full_name(&scene.event()).expect("a session"),
        &[STATUS_ACCESS_DENIED],
    ),
    attempt(
        "it_opens_no_section_by_name",
        calls::open_section,
        |scene| calls::full_name(&scene.section()).expect("a session"),
        &[STATUS_ACCESS_DENIED],
    ),
    attempt(
        "it_makes_no_memory_that_is_written_and_executed",
        |bytes| calls::commit(number(bytes)?, calls::Use::Code),
        |_| "4096".to_owned(),
        &[ERROR_DYNAMIC_CODE_BLOCKED as i32],
    ),
    attempt(
        "it_has_no_clipboard",
        |_| calls::open_clipboard(),
        |_| "it".to_owned(),
        // The library of windows does not come up without the part of the kernel that draws.
        &[ERROR_DLL_INIT_FAILED as i32, DENIED],
    ),
    attempt(
        "it_attaches_to_no_console",
        |_| calls::attach_to_console(),
        |_| calls::keep_console().map(|()| "its parent's".to_owned()).expect("a console"),
        NO_CONSOLE,
    ),
    attempt(
        "it_makes_no_console",
        |_| calls::make_console(),
        |_| "a new one".to_owned(),
        NO_CONSOLE,
    ),
    attempt("it_loads_no_library_of_its_user", calls::load_library, Scene::library, &[DENIED]),
];

/// What a cell may do, to see that one that does not is held: some memory.
pub(crate) const ALLOWED: Attempt = attempt(
    "it_has_the_memory_that_it_may",
    |bytes| calls::commit(number(bytes)?, calls::Use::Data),
    |_| "1048576".to_owned(),
    &[],
);

/// The act of this name.
pub(crate) fn named(name: &str) -> Option<&'static Attempt> {
    ALL.iter().chain([&ALLOWED]).find(|attempt| attempt.name == name)
}

fn number<T: std::str::FromStr>(text: &str) -> io::Result<T> {
    text.parse().map_err(|_| io::ErrorKind::InvalidInput.into())
}

fn read(path: &str) -> io::Result<()> {
    std::fs::read(path).map(drop)
}

fn write(path: &str) -> io::Result<()> {
    std::fs::write(path, "a cell was here")
}

fn list(folder: &str) -> io::Result<()> {
    std::fs::read_dir(folder).map(drop)
}

fn connect(address: &str) -> io::Result<()> {
    conclusive(calls::start_sockets())?;
    let address: SocketAddr = number(address)?;
    match TcpStream::connect_timeout(&address, CONNECTING) {
        Err(error) if error.kind() == io::ErrorKind::TimedOut => {
            Err(io::Error::from_raw_os_error(WSAETIMEDOUT))
        }
        connected => conclusive(connected.map(drop)),
    }
}

fn resolve(name: &str) -> io::Result<()> {
    conclusive(calls::start_sockets())?;
    conclusive((name, 80).to_socket_addrs().map(drop))
}

/// An error that says nothing of the network is none of the system's: no act passes for refused with it.
fn conclusive(done: io::Result<()>) -> io::Result<()> {
    done.map_err(|error| match error.raw_os_error() {
        Some(code) if NO_SOCKETS.contains(&code) => io::Error::other(format!(
            "INCONCLUSIVE: the library of sockets did not come up ({code}), which says nothing of the network"
        )),
        _ => error,
    })
}

fn start(program: &str) -> io::Result<()> {
    // It has the streams of whoever starts it: to open others is another act.
    match Command::new(program).args(["/d", "/c", "exit 0"]).status()?.success() {
        true => Ok(()),
        false => Err(io::Error::other("it started, and failed")),
    }
}
