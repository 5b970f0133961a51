//! A process that waits to be told what it is to become.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{EventfdFlags, eventfd};
use rustix::io::{Errno, FdFlags, fcntl_dupfd_cloexec, fcntl_setfd};
use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SendFlags, SocketFlags, SocketType, send, socketpair};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{Gid, Uid};

use super::super::unix::gateway::Gateway;
use super::cgroup::Cgroup;
use super::channel::HostEnds;
use super::launch::{SEAL_TIMEOUT, hear_packet};
use super::spawn::{Birth, Born, SAFE_FD, spawn};
use super::wire::{JOINED, NOT_EXECUTED, Opening};
use super::{channel, identity};
use crate::{LaunchError, Posture, Program, Protection};

const NAMESPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWNET;

/// Which namespaces a try asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rung {
    /// All, with a user namespace around them.
    Full,
    /// All but the user namespace: the host is root.
    RootOnly,
    /// None. A native cell is then on the host's own tree, with Landlock alone.
    Bare,
}

impl Rung {
    /// The user that the cell makes itself, of the one that it is outside: where no user namespace
    /// makes it that one.
    pub(super) fn identity(self, outside: Option<u32>) -> Option<u32> {
        if self == Self::Full { None } else { outside }
    }
}

/// A child in its namespaces and control groups, without any orders yet.
#[derive(Debug)]
pub(super) struct Newborn {
    pub(super) life: Life,
    /// The launch channel.
    pub(super) status: OwnedFd,
    pub(super) host: HostEnds,
    /// The user that it is outside, if that was chosen for it alone.
    pub(super) outside: Option<u32>,
    pub(super) cgroup: Cgroup,
    pub(super) rung: Rung,
}

impl Newborn {
    /// Makes a process that begins to become a cell, as far as it can without knowing which.
    pub(super) fn make(
        program: &Program,
        rung: Rung,
        native: bool,
        mut cgroup: Cgroup,
        stage: Option<&Path>,
    ) -> Result<Self, LaunchError> {
        let outside = identity::fresh().map_err(LaunchError::system("choosing a user"))?;
        let Ends { child, status, host } =
            Ends::new(outside).map_err(LaunchError::system("opening the cell's channels"))?;
        let file = open_program(program)?;
        let birth = Birth {
            descriptors: child,
            program: high(file).map_err(LaunchError::system("opening the cell program"))?,
            namespaces: match rung {
                Rung::Full => NAMESPACES | libc::CLONE_NEWUSER,
                Rung::RootOnly => NAMESPACES,
                Rung::Bare => 0,
            },
            take_identity: outside.is_some() && rung == Rung::Full,
            group: cgroup.birthplace(),
            doors: cgroup.doors(),
            not_its_own: [status.as_raw_fd(), host.gateway.receiver().as_raw_fd()],
        };
        let born = spawn(birth).map_err(|error| not_cloned(rung, error))?;
        let in_group = born.in_group;
        // From here on dropping it kills and reaps the process.
        let life = Life(Some(born));
        if rung == Rung::Full {
            identity::map(life.pid(), outside).map_err(|error| LaunchError::Protection {
                protection: Protection::Userns,
                reason: format!("its user could not be mapped: {error}"),
                posture: Posture::default(),
            })?;
        }
        let joined = hear_joined(status.as_fd(), program)?;
        // Whatever it makes from here on is within its groups.
        cgroup.take_in(life.pid(), in_group, joined);
        let namespaces = rung != Rung::Bare;
        let identity = rung.identity(outside);
        let stage = stage.map(Path::to_owned);
        let opening = Opening { native, namespaces, stage, identity };
        let text = serde_json::to_vec(&opening).map_err(io::Error::from);
        text.and_then(|text| {
            say(status.as_fd(), b"!")?;
            say(status.as_fd(), &text)
        })
        .map_err(LaunchError::system("letting the cell begin"))?;
        Ok(Self { life, status, host, outside, cgroup, rung })
    }
}

/// A process that was started as a cell and did not become one would start itself again and again.
pub(super) fn refuse_in_cells() -> Result<(), LaunchError> {
    match super::is_cell() {
        true => Err(LaunchError::NotSealed("this process is itself a cell".to_owned())),
        false => Ok(()),
    }
}

/// Which groups it says to have joined.
fn hear_joined(status: BorrowedFd<'_>, program: &Program) -> Result<u32, LaunchError> {
    let until = Instant::now() + SEAL_TIMEOUT;
    let (packet, _) =
        hear_packet(status, until).map_err(LaunchError::system("hearing the cell"))?;
    match packet[..] {
        [JOINED, a, b, c, d] => Ok(u32::from_le_bytes([a, b, c, d])),
        [NOT_EXECUTED, a, b, c, d] => Err(not_executed(program, i32::from_le_bytes([a, b, c, d]))),
        _ => Err(LaunchError::NotSealed("it ended early".to_owned())),
    }
}

/// The cell's program did not start.
pub(super) fn not_executed(program: &Program, errno: i32) -> LaunchError {
    LaunchError::Program {
        path: match program {
            Program::Itself => "/proc/self/exe".to_owned(),
            Program::File(path) => path.display().to_string(),
        },
        error: io::Error::from_raw_os_error(errno),
    }
}

/// Sends a packet. A child that is already gone is no error: its last word says more.
pub(super) fn say(status: BorrowedFd<'_>, packet: &[u8]) -> io::Result<()> {
    match send(status, packet, SendFlags::NOSIGNAL) {
        Ok(_) | Err(Errno::PIPE | Errno::CONNRESET) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// A child that is not yet a cell; dropped, it is killed and reaped.
#[derive(Debug)]
pub(super) struct Life(Option<Born>);

impl Life {
    pub(super) fn pid(&self) -> i32 {
        self.0.as_ref().map_or(-1, |born| born.pid)
    }

    /// Its end.
    pub(super) fn pidfd(&self) -> Option<BorrowedFd<'_>> {
        self.0.as_ref().map(|born| born.pidfd.as_fd())
    }

    /// It is somebody else's from here on.
    pub(super) fn go_on(mut self) -> Option<Born> {
        self.0.take()
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        if let Some(born) = self.0.take() {
            super::cell::end(&born);
        }
    }
}

fn not_cloned(rung: Rung, error: io::Error) -> LaunchError {
    if rung == Rung::Full {
        LaunchError::Protection {
            protection: Protection::Userns,
            reason: match error.raw_os_error() {
                // clone(2): so it says where a user has as many as it may have, or may have none.
                Some(libc::ENOSPC) => "the kernel allows no more new namespaces, as \
                                       /proc/sys/user/max_user_namespaces and its like have it"
                    .to_owned(),
                _ => format!("the kernel refused new namespaces: {error}"),
            },
            posture: Posture::default(),
        }
    } else {
        LaunchError::System { step: "starting a process", error }
    }
}

/// The channels of one cell, both sides.
struct Ends {
    child: [OwnedFd; 5],
    status: OwnedFd,
    host: channel::HostEnds,
}

impl Ends {
    /// For a cell that is this user outside, if that is another one than the host's.
    fn new(outside: Option<u32>) -> io::Result<Self> {
        let stream = |kind| socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None);
        let (gateway, gateway_cell) = stream(SocketType::STREAM)?;
        let (status, status_cell) = stream(SocketType::SEQPACKET)?;
        // One that is stopped reads nothing.
        set_socket_timeout(&status, Timeout::Send, Some(SEAL_TIMEOUT))?;
        let (stdin_cell, stdin) = pipe_with(PipeFlags::CLOEXEC)?;
        let (stdout, stdout_cell) = pipe_with(PipeFlags::CLOEXEC)?;
        let (stderr, stderr_cell) = pipe_with(PipeFlags::CLOEXEC)?;
        // Opened anew by name (`/dev/stdout`) a pipe is judged by its owner.
        if let Some(id) = outside {
            let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
            for pipe in [&stdin_cell, &stdout_cell, &stderr_cell] {
                match rustix::fs::fchown(pipe, Some(user), Some(group)) {
                    // A root without that right: then they cannot be opened by name.
                    Ok(()) | Err(Errno::PERM) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
        rustix::io::ioctl_fionbio(&gateway, true)?;
        rustix::io::ioctl_fionbio(&stdin, true)?;
        rustix::io::ioctl_fionbio(&stdout, true)?;
        rustix::io::ioctl_fionbio(&stderr, true)?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self {
            child: [
                high(stdin_cell)?,
                high(stdout_cell)?,
                high(stderr_cell)?,
                high(gateway_cell)?,
                high(status_cell)?,
            ],
            status,
            host: channel::HostEnds {
                gateway: Gateway::Socket(gateway),
                stdin: Some(stdin),
                stdout: Some(stdout),
                stderr: Some(stderr),
                wake: Arc::new(wake),
            },
        })
    }
}

/// The same descriptor at a number that the child does not overwrite.
fn high(descriptor: OwnedFd) -> io::Result<OwnedFd> {
    if descriptor.as_raw_fd() >= SAFE_FD {
        fcntl_setfd(&descriptor, FdFlags::CLOEXEC)?;
        return Ok(descriptor);
    }
    Ok(fcntl_dupfd_cloexec(&descriptor, SAFE_FD)?)
}

/// Opens the cell's program so that the cell's user may execute it.
///
/// A root host's cells run as a user without any right: a program that only its owner may execute
/// is copied into a sealed memory file for them.
fn open_program(program: &Program) -> Result<OwnedFd, LaunchError> {
    let path = match program {
        Program::Itself => "/proc/self/exe".into(),
        Program::File(path) => path.clone(),
    };
    let fail = |error| LaunchError::Program { path: path.display().to_string(), error };
    let file =
        File::options().read(true).custom_flags(libc::O_CLOEXEC).open(&path).map_err(fail)?;
    let meta = file.metadata().map_err(fail)?;
    if !meta.is_file() {
        return Err(fail(io::Error::other("it is not a regular file")));
    }
    let for_all = meta.permissions().mode() & 0o5 == 0o5;
    if identity::is_root() && !for_all {
        return channel::executable_copy(file).map_err(fail);
    }
    Ok(file.into())
}
