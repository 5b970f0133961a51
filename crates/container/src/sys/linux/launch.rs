//! The host's side of a launch.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, PollFd, PollFlags, eventfd, poll};
use rustix::io::{Errno, FdFlags, fcntl_dupfd_cloexec, fcntl_setfd, retry_on_intr};
use rustix::net::{
    AddressFamily, RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, SocketFlags, SocketType, recvmsg, send, sendmsg, socketpair,
};
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Resource, Rlimit, pidfd_getfd, pidfd_open, prlimit,
};

use super::cell::{Cell, Held};
use super::cgroup::Cgroup;
use super::channel::Gateway;
use super::governor::CpuGovernor;
use super::native::{self, PrivateFolder};
use super::notify::{Calls, Supervisor};
use super::spawn::{Birth, Born, SAFE_FD, spawn};
use super::tree::Tree;
use super::wire::{Gift, MESSAGE_BYTES, NOT_EXECUTED, Orders, Word};
use super::{channel, identity, limits, readback};
use crate::{Broker, LaunchError, Native, Posture, Program, Protection, Recipe, State, Workload};

/// How long a cell may take to seal itself. It runs only our code until then; the bound stops a
/// broken machine from hanging its host.
const SEAL_TIMEOUT: Duration = Duration::from_secs(10);

const NAMESPACES: libc::c_int = libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWNET;

/// Which namespaces a try asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rung {
    /// All, with a user namespace around them.
    Full,
    /// All but the user namespace: the host is root.
    RootOnly,
    /// None. A native cell is then on the host's own tree, with Landlock alone.
    Bare,
}

/// Starts a process from a recipe and confines it.
///
/// Tries the strongest rung first; goes down only as far as `recipe.optional` allows, and the
/// posture says so.
///
/// # Errors
/// [`LaunchError`]; no process, cgroup or mount is left then.
pub fn launch(recipe: &Recipe) -> Result<Cell, LaunchError> {
    climb_down(recipe, &mut None)
}

/// The same, with a broker for the files that the recipe's native program opens. It is asked only
/// if the recipe says so.
///
/// # Errors
/// As above.
pub fn launch_with_broker(recipe: &Recipe, broker: Box<dyn Broker>) -> Result<Cell, LaunchError> {
    climb_down(recipe, &mut Some(broker))
}

fn climb_down(recipe: &Recipe, broker: &mut Option<Box<dyn Broker>>) -> Result<Cell, LaunchError> {
    if super::is_cell() {
        // A program that was started as a cell and did not become one would start itself again
        // and again.
        return Err(LaunchError::NotSealed("this process is itself a cell".to_owned()));
    }
    if !recipe.confine {
        return attempt(recipe, Rung::Bare, None, broker);
    }
    let native = matches!(recipe.workload, Workload::Native(_));
    let full = match attempt(recipe, Rung::Full, None, broker) {
        Err(error) if may_go_down(recipe, &error) => error,
        other => return other,
    };
    if identity::is_root()
        && let Ok(cell) = attempt(recipe, Rung::RootOnly, None, broker)
    {
        return Ok(cell);
    }
    if native {
        // For root's own Landlock alone would stand between a program and everything.
        return if identity::is_root() { Err(full) } else { attempt_in_place(recipe, broker) };
    }
    // The first error tells more than a second one would.
    attempt(recipe, Rung::Bare, None, broker).map_err(|_| full)
}

/// A native cell on the host's own tree.
fn attempt_in_place(
    recipe: &Recipe,
    broker: &mut Option<Box<dyn Broker>>,
) -> Result<Cell, LaunchError> {
    let Workload::Native(native) = &recipe.workload else {
        return attempt(recipe, Rung::Bare, None, broker);
    };
    let folder = PrivateFolder::new(native.scratch)
        .map_err(LaunchError::system("making the cell's private folder"))?;
    let native = native::in_place(native, folder.path())?;
    let recipe = Recipe { workload: Workload::Native(Box::new(native)), ..recipe.clone() };
    attempt(&recipe, Rung::Bare, Some(folder), broker)
}

fn may_go_down(recipe: &Recipe, error: &LaunchError) -> bool {
    recipe.is_optional(Protection::Userns)
        && matches!(error, LaunchError::Protection { protection, .. }
            if *protection == Protection::Userns || protection.follows() == Some(Protection::Userns))
}

fn attempt(
    recipe: &Recipe,
    rung: Rung,
    folder: Option<PrivateFolder>,
    broker: &mut Option<Box<dyn Broker>>,
) -> Result<Cell, LaunchError> {
    if matches!(&recipe.workload, Workload::Native(native) if native.broker) && broker.is_none() {
        return Err(LaunchError::NoBroker);
    }
    let native = matches!(recipe.workload, Workload::Native(_));
    let mut ends = Ends::new().map_err(LaunchError::system("opening the cell's channels"))?;
    if !native {
        // Reading standard input gives the end at once.
        ends.host.stdin = None;
    }
    let program = open_program(&recipe.program)?;
    let outside = identity::fresh().map_err(LaunchError::system("choosing a user"))?;
    // Made before the process: one of version 2 is what it is born into.
    let mut cgroup = match recipe.confine {
        true => Cgroup::make(&limits::wanted(recipe)),
        false => Cgroup::none("off"),
    };
    let birth = Birth {
        descriptors: ends.child,
        program: high(program).map_err(LaunchError::system("opening the cell program"))?,
        namespaces: match rung {
            Rung::Full => NAMESPACES | libc::CLONE_NEWUSER,
            Rung::RootOnly => NAMESPACES,
            Rung::Bare => 0,
        },
        take_identity: outside.is_some() && rung == Rung::Full,
        group: cgroup.birthplace(),
        not_its_own: [ends.status.as_raw_fd(), ends.host.gateway.receiver().as_raw_fd()],
    };
    let born = spawn(birth).map_err(|error| not_cloned(rung, error))?;
    let in_group = born.in_group;
    // From here on dropping the newborn kills and reaps it.
    let mut newborn = Newborn { born: Some(born) };
    if rung == Rung::Full {
        identity::map(newborn.pid(), outside).map_err(|error| LaunchError::Protection {
            protection: Protection::Userns,
            reason: format!("its user could not be mapped: {error}"),
            posture: Posture::default(),
        })?;
    }
    let orders = Orders {
        limits: recipe.limits,
        optional: Protection::ALL.iter().copied().filter(|&p| recipe.is_optional(p)).collect(),
        namespaces: rung != Rung::Bare,
        userns: rung == Rung::Full,
        fresh_user: outside.is_some(),
        identity: if rung == Rung::Full { None } else { outside },
        processes_counted: cgroup.limits_processes().is_some(),
        confine: recipe.confine,
        in_place: folder.as_ref().map(|folder| folder.path().to_owned()),
        native: match &recipe.workload {
            Workload::Engine => None,
            Workload::Native(native) => Some(native.clone()),
        },
    };
    command(ends.status.as_fd(), &orders)
        .map_err(LaunchError::system("ordering the confinement"))?;
    if let Workload::Native(native) = &recipe.workload {
        give_mounts(ends.status.as_fd(), native, newborn.pid(), outside.is_some() && orders.userns)
            .map_err(LaunchError::system("handing over the grants"))?;
    }
    // Attaching waits for a grace period of the kernel (up to some milliseconds); the cell
    // confines itself meanwhile.
    cgroup.take_in(newborn.pid(), in_group);
    let mut posture = Posture::default();
    let Sealed { listener, held, layers, proxy, inlets, scratch } =
        hear(ends.status.as_fd(), recipe, &mut posture)?;
    let (mut status, mut tree) = (None, None);
    let mut calls = listener.map_or(Calls::Untold, Calls::Direct);
    if let Workload::Native(native) = &recipe.workload {
        limits::describe(&mut posture, recipe, rung == Rung::Bare, &cgroup);
        match rung {
            Rung::Bare => readback::verify_bare(newborn.pid(), native.scratch),
            _ => readback::verify_native(newborn.pid(), rung == Rung::Full),
        }
        .map_err(LaunchError::Mismatch)?;
        // Executing the program is the first call that is told.
        if let Some(number) = held {
            let listener =
                take_listener(newborn.pid(), number).map_err(|error| LaunchError::Protection {
                    protection: Protection::SyscallRecord,
                    reason: format!("the host cannot take the listener: {error}"),
                    posture: posture.clone(),
                })?;
            let supervisor = Supervisor::start(listener, native, rung == Rung::Bare, broker.take())
                .map_err(LaunchError::system("starting to watch the cell"))?;
            calls = Calls::Supervised(supervisor);
        }
        hear_executed(ends.status.as_fd(), native)?;
        status = Some(ends.status);
        let below = Tree::new(newborn.pid(), scratch, recipe.limits.memory, native.processes);
        tree = Some(if folder.is_some() { below.of_no_namespace() } else { below });
    } else if recipe.confine {
        limit_descriptors(newborn.pid(), recipe.limits.open_files)?;
        limits::describe(&mut posture, recipe, rung == Rung::Bare, &cgroup);
        readback::verify(newborn.pid(), rung != Rung::Bare, rung == Rung::Full, &posture)
            .map_err(LaunchError::Mismatch)?;
    } else {
        posture = Posture::off();
    }
    let born = newborn.born.take().ok_or(LaunchError::NotSealed("it is gone".to_owned()))?;
    let quota = recipe.confine && cgroup.limits_cpu().is_none() && limits::needs_quota(recipe);
    let governor = quota.then(|| CpuGovernor::new(recipe.limits.cpu_millis));
    let limits = recipe.limits;
    let held =
        Held { calls, layers, proxy, inlets, status, cgroup, governor, tree, limits, folder };
    Ok(Cell::new(born, ends.host, posture, held))
}

/// The last limit, set from outside. The system refuses to pass a descriptor on for a user who has
/// more of them under way than the sender's own limit; with a small limit of its own, a cell could
/// not send its listener while other cells of that user leave descriptors unread.
fn limit_descriptors(pid: i32, most: u32) -> Result<(), LaunchError> {
    let most = Some(u64::from(most));
    let process = Pid::from_raw(pid);
    prlimit(process, Resource::Nofile, Rlimit { current: most, maximum: most })
        .map(drop)
        .map_err(|error| LaunchError::Mismatch(format!("its descriptors are not limited: {error}")))
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
    fn new() -> io::Result<Self> {
        let stream = |kind| socketpair(AddressFamily::UNIX, kind, SocketFlags::CLOEXEC, None);
        let (gateway, gateway_cell) = stream(SocketType::STREAM)?;
        let (status, status_cell) = stream(SocketType::SEQPACKET)?;
        let (stdin_cell, stdin) = pipe_with(PipeFlags::CLOEXEC)?;
        let (stdout, stdout_cell) = pipe_with(PipeFlags::CLOEXEC)?;
        let (stderr, stderr_cell) = pipe_with(PipeFlags::CLOEXEC)?;
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

/// Gives the go byte and the orders. A child that is already gone is no error here: its last word,
/// or its silence, says more.
fn command(status: BorrowedFd<'_>, orders: &Orders) -> io::Result<()> {
    let mut text = serde_json::to_vec(orders)?;
    if text.len().is_multiple_of(MESSAGE_BYTES) {
        // A packet that is not full is the last one.
        text.push(b' ');
    }
    for packet in std::iter::once(&b"!"[..]).chain(text.chunks(MESSAGE_BYTES)) {
        match send(status, packet, SendFlags::NOSIGNAL) {
            Ok(_) | Err(Errno::PIPE | Errno::CONNRESET) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// What a cell hands over on its way.
struct Sealed {
    /// Tells of system calls.
    listener: Option<OwnedFd>,
    /// The same, still among the descriptors of a native cell's only process.
    held: Option<i32>,
    /// The layers of its overlays.
    layers: Vec<OwnedFd>,
    /// Where its way out listens.
    proxy: Option<OwnedFd>,
    /// Sockets of its network.
    inlets: Vec<OwnedFd>,
    /// The file system of everything that it writes.
    scratch: Option<OwnedFd>,
}

/// Hands over the mounts that only the host can make: a root host's cell is a user of its own, to
/// whom root's files are shown as its own. Where the file system cannot do that, the cell makes the
/// mount itself and has the rights of a stranger over it.
fn give_mounts(
    status: BorrowedFd<'_>,
    native: &Native,
    pid: i32,
    fresh_user: bool,
) -> io::Result<()> {
    if fresh_user {
        let userns = File::open(format!("/proc/{pid}/ns/user"))?;
        let shown = |mount: &crate::Mount| mount.as_root && mount.kind.has_source();
        let wanted = native.mounts.iter().enumerate().filter(|(_, mount)| shown(mount));
        for (number, mount) in wanted {
            if let Ok(copy) = native::mapped_copy(&mount.from, userns.as_fd()) {
                give(status, &Gift::Mount(number), Some(copy.as_fd()))?;
            }
        }
    }
    give(status, &Gift::All, None)
}

/// A child that is already gone is no error here, as in `command`.
fn give(status: BorrowedFd<'_>, gift: &Gift, descriptor: Option<BorrowedFd<'_>>) -> io::Result<()> {
    let text = serde_json::to_vec(gift)?;
    let descriptors: Vec<BorrowedFd<'_>> = descriptor.into_iter().collect();
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !descriptors.is_empty() {
        control.push(SendAncillaryMessage::ScmRights(&descriptors));
    }
    match sendmsg(status, &[io::IoSlice::new(&text)], &mut control, SendFlags::NOSIGNAL) {
        Ok(_) | Err(Errno::PIPE | Errno::CONNRESET) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Hears the cell out until it is sealed.
fn hear(
    status: BorrowedFd<'_>,
    recipe: &Recipe,
    posture: &mut Posture,
) -> Result<Sealed, LaunchError> {
    let until = Instant::now() + SEAL_TIMEOUT;
    let (mut layers, mut inlets) = (Vec::new(), Vec::new());
    let (mut proxy, mut scratch) = (None, None);
    loop {
        let (packet, descriptor) =
            hear_packet(status, until).map_err(LaunchError::system("hearing the cell"))?;
        if packet.is_empty() {
            return Err(LaunchError::NotSealed("it ended early".to_owned()));
        }
        if let [NOT_EXECUTED, a, b, c, d] = packet[..] {
            let errno = i32::from_le_bytes([a, b, c, d]);
            return Err(LaunchError::Program {
                path: match &recipe.program {
                    Program::Itself => "/proc/self/exe".to_owned(),
                    Program::File(path) => path.display().to_string(),
                },
                error: io::Error::from_raw_os_error(errno),
            });
        }
        match serde_json::from_slice(&packet) {
            Ok(Word::Line { protection, state, detail }) => posture.set(protection, state, detail),
            Ok(Word::Failed { protection, reason }) => {
                posture.set(protection, State::Refused, reason.clone());
                return Err(LaunchError::Protection {
                    protection,
                    reason,
                    posture: posture.clone(),
                });
            }
            Ok(Word::Layer) => layers.extend(descriptor),
            Ok(Word::Proxy) => proxy = descriptor,
            Ok(Word::Inlet) => inlets.extend(descriptor),
            Ok(Word::Scratch) => scratch = descriptor,
            // It is in its control groups by now.
            Ok(Word::Prepared) => let_go(status)?,
            Ok(Word::Sealed) => {
                if matches!(recipe.workload, Workload::Engine) {
                    hear_end(status, until)?;
                }
                let listener = descriptor;
                return Ok(Sealed { listener, held: None, layers, proxy, inlets, scratch });
            }
            Ok(Word::Holds(held)) => {
                return Ok(Sealed { listener: None, held, layers, proxy, inlets, scratch });
            }
            Ok(Word::Executed | Word::NotExecuted(_) | Word::Ended(_)) => {
                return Err(LaunchError::NotSealed("it ended early".to_owned()));
            }
            Err(error) => return Err(LaunchError::NotSealed(format!("unreadable word: {error}"))),
        }
    }
}

/// Takes the listener from the process that holds it, which waits. pidfd_getfd(2).
fn take_listener(init: i32, number: i32) -> io::Result<OwnedFd> {
    let only_child = || super::readback::only_child(init).map_err(io::Error::other);
    let child = only_child()?;
    let pid = Pid::from_raw(child).ok_or(io::ErrorKind::NotFound)?;
    let process = pidfd_open(pid, PidfdFlags::empty())?;
    // Its number was its own when it was opened, since it is still there.
    if only_child()? != child {
        return Err(io::ErrorKind::NotFound.into());
    }
    Ok(pidfd_getfd(process, number, PidfdGetfdFlags::empty())?)
}

/// Lets a waiting process of the cell go on.
fn let_go(status: BorrowedFd<'_>) -> Result<(), LaunchError> {
    send(status, b"!", SendFlags::NOSIGNAL).map(drop).map_err(|error| LaunchError::System {
        step: "letting the cell go on",
        error: error.into(),
    })
}

/// Lets the sealed program be executed, and hears whether it was.
fn hear_executed(status: BorrowedFd<'_>, native: &Native) -> Result<(), LaunchError> {
    let_go(status)?;
    let until = Instant::now() + SEAL_TIMEOUT;
    let (packet, _) =
        hear_packet(status, until).map_err(LaunchError::system("hearing the cell"))?;
    match serde_json::from_slice(&packet) {
        Ok(Word::Executed) => Ok(()),
        Ok(Word::NotExecuted(errno)) => Err(LaunchError::Program {
            path: native.program.display().to_string(),
            error: io::Error::from_raw_os_error(errno),
        }),
        _ => Err(LaunchError::NotSealed("it ended early".to_owned())),
    }
}

/// Waits until the cell has closed the launch channel, which it does after the listener: from then
/// on it holds nothing but what it was born with.
fn hear_end(status: BorrowedFd<'_>, until: Instant) -> Result<(), LaunchError> {
    match hear_packet(status, until) {
        Ok((packet, None)) if packet.is_empty() => Ok(()),
        Ok(_) => Err(LaunchError::NotSealed("it went on talking".to_owned())),
        Err(error) => Err(LaunchError::System { step: "hearing the cell out", error }),
    }
}

fn hear_packet(status: BorrowedFd<'_>, until: Instant) -> io::Result<(Vec<u8>, Option<OwnedFd>)> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = rustix::event::Timespec::try_from(left).map_err(io::Error::other)?;
    let ready = retry_on_intr(|| poll(&mut [PollFd::new(&status, PollFlags::IN)], Some(&timeout)))?;
    if ready == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    let mut buffer = vec![0u8; MESSAGE_BYTES];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = loop {
        let mut parts = [io::IoSliceMut::new(&mut buffer)];
        match recvmsg(status, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
            // It ended with our orders unread. The error stands before what it said last and is
            // told once: look again.
            Err(Errno::CONNRESET | Errno::INTR) => {}
            other => break other?,
        }
    };
    buffer.truncate(message.bytes);
    let mut descriptor = None;
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = part {
            descriptor = descriptors.last();
        }
    }
    Ok((buffer, descriptor))
}

/// A child whose launch is not yet through; dropped, it is killed and reaped.
struct Newborn {
    born: Option<Born>,
}

impl Newborn {
    fn pid(&self) -> i32 {
        self.born.as_ref().map_or(-1, |born| born.pid)
    }
}

impl Drop for Newborn {
    fn drop(&mut self) {
        if let Some(born) = self.born.take() {
            super::cell::end(&born);
        }
    }
}
