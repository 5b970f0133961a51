//! The host's side of a launch.

use std::cell::RefCell;
use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::{Errno, retry_on_intr};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, send, sendmsg,
};
use rustix::process::{
    Pid, PidfdFlags, PidfdGetfdFlags, Resource, Rlimit, getrlimit, pidfd_getfd, pidfd_open, prlimit,
};

use super::super::governor::CpuGovernor;
use super::cell::{Cell, Held};
use super::cgroup::Cgroup;
use super::native::{self, PrivateFolder};
use super::newborn::{Newborn, Rung, not_executed, say};
use super::notify::{Calls, Direct, Supervisor};
use super::tree::Tree;
use super::wire::{Gift, MESSAGE_BYTES, NOT_EXECUTED, Orders, Word};
use super::{identity, limits, readback};
use crate::{
    Broker, LaunchError, LaunchOptions, Line, Native, Posture, Protection, Recipe, State, Workload,
};

/// How long a cell may take to seal itself. It runs only our code until then; the bound stops a
/// broken machine from hanging its host.
pub(super) const SEAL_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts a process from a recipe and confines it.
///
/// Tries the strongest rung first; goes down only as far as `recipe.optional` allows, and the
/// posture says so.
///
/// # Errors
/// [`LaunchError`]; no process, cgroup or mount is left then.
pub fn launch(recipe: &Recipe) -> Result<Cell, LaunchError> {
    launch_with(recipe, LaunchOptions::default())
}

/// The same, with a broker or a spare process.
///
/// # Errors
/// As above.
pub fn launch_with(recipe: &Recipe, options: LaunchOptions) -> Result<Cell, LaunchError> {
    // Namespaces have no names.
    let LaunchOptions { broker, spare, container: _ } = options;
    let mut aids = Aids { broker, let_go: false };
    super::newborn::refuse_in_cells()?;
    if matches!(&recipe.workload, Workload::Native(native) if native.broker)
        && aids.broker.is_none()
    {
        return Err(LaunchError::NoBroker);
    }
    if let Some(newborn) = spare.and_then(|spare| spare.fit_for(recipe)) {
        match become_cell(recipe, newborn, None, &mut aids) {
            // What failed may have failed when it was made, and whether there is another rung is
            // for a new process to find out.
            Err(_) if !aids.let_go => {}
            other => return other,
        }
    }
    climb_down(recipe, &mut aids)
}

/// What the tries of one launch share.
struct Aids {
    broker: Option<Box<dyn Broker>>,
    /// Whether a program was let go, after which nothing else may be tried.
    let_go: bool,
}

fn climb_down(recipe: &Recipe, aids: &mut Aids) -> Result<Cell, LaunchError> {
    if !recipe.confine {
        return attempt(recipe, Rung::Bare, None, aids);
    }
    let native = matches!(recipe.workload, Workload::Native(_));
    let full = match attempt(recipe, Rung::Full, None, aids) {
        Err(error) if may_go_down(recipe, &error) => error,
        other => return other,
    };
    if identity::is_root()
        && let Ok(cell) = attempt(recipe, Rung::RootOnly, None, aids)
    {
        return Ok(cell);
    }
    if native {
        // For root's own Landlock alone would stand between a program and everything.
        return if identity::is_root() { Err(full) } else { attempt_in_place(recipe, aids) };
    }
    // The first error tells more than a second one would.
    attempt(recipe, Rung::Bare, None, aids).map_err(|_| full)
}

/// A native cell on the host's own tree.
fn attempt_in_place(recipe: &Recipe, aids: &mut Aids) -> Result<Cell, LaunchError> {
    let Workload::Native(native) = &recipe.workload else {
        return attempt(recipe, Rung::Bare, None, aids);
    };
    let folder = PrivateFolder::new(native.scratch)
        .map_err(LaunchError::system("making the cell's private folder"))?;
    let native = native::in_place(native, folder.path())?;
    let recipe = Recipe { workload: Workload::Native(Box::new(native)), ..recipe.clone() };
    attempt(&recipe, Rung::Bare, Some(folder), aids)
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
    aids: &mut Aids,
) -> Result<Cell, LaunchError> {
    let mut cgroup = match recipe.confine {
        true => Cgroup::make(limits::kind(recipe)),
        false => Cgroup::none("off"),
    };
    // Before anything is in them: what is in a group already may be more than it is to hold.
    cgroup.limit(&limits::wanted(recipe));
    let stage = match &recipe.workload {
        Workload::Native(native) if rung != Rung::Bare => native::stage_beside(native),
        _ => None,
    };
    let native = matches!(recipe.workload, Workload::Native(_));
    let newborn = Newborn::make(&recipe.program, rung, native, cgroup, stage)?;
    become_cell(recipe, newborn, folder, aids)
}

/// Gives a process its orders, and hears it out until they are carried out.
fn become_cell(
    recipe: &Recipe,
    newborn: Newborn,
    folder: Option<PrivateFolder>,
    aids: &mut Aids,
) -> Result<Cell, LaunchError> {
    // In the order in which they are dropped from its end: a process before its groups.
    let Newborn { cgroup, rung, outside, mut host, status: channel, life } = newborn;
    let orders = Orders {
        limits: recipe.limits,
        optional: Protection::ALL.iter().copied().filter(|&p| recipe.is_optional(p)).collect(),
        namespaces: rung != Rung::Bare,
        userns: rung == Rung::Full,
        fresh_user: outside.is_some(),
        identity: rung.identity(outside),
        processes_counted: cgroup.limits_processes().is_some(),
        confine: recipe.confine,
        code: recipe.code,
        aside: recipe.aside,
        in_place: folder.as_ref().map(|folder| folder.path().to_owned()),
        native: match &recipe.workload {
            Workload::Engine => None,
            Workload::Native(native) => Some(native.clone()),
        },
    };
    command(channel.as_fd(), &orders).map_err(LaunchError::system("ordering the confinement"))?;
    if let Workload::Native(native) = &recipe.workload {
        give_mounts(channel.as_fd(), native, life.pid(), outside.is_some() && orders.userns)
            .map_err(LaunchError::system("handing over the grants"))?;
    } else {
        // Reading standard input gives the end at once.
        host.stdin = None;
    }
    let mut posture = Posture::default();
    let Sealed { listener, held, layers, proxy, inlets, scratch } =
        hear(channel.as_fd(), recipe, &mut posture)?;
    let (mut status, mut tree) = (None, None);
    let mut calls = listener
        .map_or(Calls::Untold, |listener| Calls::Direct(Direct::new(listener, recipe.aside)));
    if let Workload::Native(native) = &recipe.workload {
        limits::describe(&mut posture, recipe, rung == Rung::Bare, &cgroup);
        match rung {
            Rung::Bare => readback::verify_bare(life.pid(), native.scratch),
            _ => readback::verify_native(life.pid(), rung == Rung::Full),
        }
        .map_err(LaunchError::Mismatch)?;
        // Executing the program is the first call that is told.
        if let Some(number) = held {
            let listener =
                take_listener(life.pid(), number).map_err(|error| LaunchError::Protection {
                    protection: Protection::SyscallRecord,
                    reason: format!("the host cannot take the listener: {error}"),
                    posture: posture.clone(),
                })?;
            let supervisor =
                Supervisor::start(listener, native, rung == Rung::Bare, aids.broker.take())
                    .map_err(LaunchError::system("starting to watch the cell"))?;
            calls = Calls::Supervised(supervisor);
        }
        aids.let_go = true;
        hear_executed(channel.as_fd(), native)?;
        status = Some(channel);
        let below = Tree::new(life.pid(), scratch, recipe.limits.memory, native.processes);
        tree = Some(if folder.is_some() { below.of_no_namespace() } else { below });
    } else if recipe.confine {
        limit_descriptors(life.pid(), recipe.limits.open_files)?;
        limits::describe(&mut posture, recipe, rung == Rung::Bare, &cgroup);
        let threads = if recipe.aside { 2 } else { 1 };
        readback::verify(life.pid(), threads, rung != Rung::Bare, rung == Rung::Full, &posture)
            .map_err(LaunchError::Mismatch)?;
    } else {
        posture = Posture::off();
    }
    let born = life.go_on().ok_or(LaunchError::NotSealed("it is gone".to_owned()))?;
    let quota = recipe.confine && cgroup.limits_cpu().is_none() && limits::needs_quota(recipe);
    let governor = quota.then(|| CpuGovernor::new(recipe.limits.cpu_millis));
    let limits = recipe.limits;
    let held =
        Held { calls, layers, proxy, inlets, status, cgroup, governor, tree, limits, folder };
    Ok(Cell::new(born, host, posture, held))
}

/// The last limit, set from outside. The system refuses to pass a descriptor on for a user who has
/// more of them under way than the sender's own limit; with a small limit of its own, a cell could
/// not send its listener while other cells of that user leave descriptors unread.
fn limit_descriptors(pid: i32, most: u32) -> Result<(), LaunchError> {
    let hard = getrlimit(Resource::Nofile).maximum;
    let most = Some(hard.map_or(u64::from(most), |hard| hard.min(u64::from(most))));
    let process = Pid::from_raw(pid);
    prlimit(process, Resource::Nofile, Rlimit { current: most, maximum: most })
        .map(drop)
        .map_err(|error| LaunchError::Mismatch(format!("its descriptors are not limited: {error}")))
}

/// Gives the orders. A child that is already gone is no error here: its last word, or its silence,
/// says more.
fn command(status: BorrowedFd<'_>, orders: &Orders) -> io::Result<()> {
    let mut text = serde_json::to_vec(orders)?;
    if text.len().is_multiple_of(MESSAGE_BYTES) {
        // A packet that is not full is the last one.
        text.push(b' ');
    }
    text.chunks(MESSAGE_BYTES).try_for_each(|packet| say(status, packet))
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
            return Err(not_executed(&recipe.program, i32::from_le_bytes([a, b, c, d])));
        }
        match serde_json::from_slice(&packet) {
            Ok(Word::Lines(lines)) => {
                for Line { protection, state, detail } in lines {
                    posture.set(protection, state, detail);
                }
            }
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

pub(super) fn hear_packet(
    status: BorrowedFd<'_>,
    until: Instant,
) -> io::Result<(Vec<u8>, Option<OwnedFd>)> {
    let left = until.saturating_duration_since(Instant::now());
    let timeout = rustix::event::Timespec::try_from(left).map_err(io::Error::other)?;
    let ready = retry_on_intr(|| poll(&mut [PollFd::new(&status, PollFlags::IN)], Some(&timeout)))?;
    if ready == 0 {
        return Err(io::ErrorKind::TimedOut.into());
    }
    thread_local! {
        // A launch hears several packets, most of them small: making room for the largest each
        // time takes longer than hearing them.
        static BUFFER: RefCell<Vec<u8>> = RefCell::new(vec![0; MESSAGE_BYTES]);
    }
    BUFFER.with_borrow_mut(|buffer| take_packet(status, buffer))
}

fn take_packet(
    status: BorrowedFd<'_>,
    buffer: &mut [u8],
) -> io::Result<(Vec<u8>, Option<OwnedFd>)> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = loop {
        let mut parts = [io::IoSliceMut::new(buffer)];
        match recvmsg(status, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC) {
            // It ended with our orders unread. The error stands before what it said last and is
            // told once: look again.
            Err(Errno::CONNRESET | Errno::INTR) => {}
            other => break other?,
        }
    };
    let bytes = message.bytes;
    let mut descriptor = None;
    for part in control.drain() {
        if let RecvAncillaryMessage::ScmRights(descriptors) = part {
            descriptor = descriptors.last();
        }
    }
    Ok((buffer[..bytes].to_vec(), descriptor))
}
