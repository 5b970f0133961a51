//! The cell's side of a launch: this process gives up everything, step by step.

use std::cell::RefCell;
use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use landlock::RulesetStatus;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recv, recvmsg, send, sendmsg,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, Signal, getrlimit, setrlimit};
use rustix::thread::{CapabilitiesSecureBits, Gid, Uid};
use serde::de::DeserializeOwned;

use super::super::unix::{self, GATEWAY_FD, STATUS_FD, is_cell};
use super::landlock_base::Landlock;
use super::native::Early;
use super::wire::{Gift, MESSAGE_BYTES, Opening, Orders, Word};
use super::{aside, bpf, raw, root, syscalls};
use crate::{Code, EnterError, Line, Protection, Role, State};

/// Address space beyond the memory limit: the program's own text, libraries, stack and the
/// allocator's reserve, none of which is private writable memory.
const ADDRESS_SPACE_SLACK: u64 = 256 << 20;

/// Private writable memory beyond the memory limit that the process has before any plugin code:
/// its own data and stack.
const DATA_SLACK: u64 = 8 << 20;

/// Largest file that the cell may write: memory files for payloads are the only ones it has. What
/// is written to them counts against no memory limit but a cgroup's, so without one their number
/// (`Limits::open_files`) times this is what a cell can hold beyond its memory.
pub(super) const FILE_BYTES: u64 = 16 << 20;

/// Turns this process into a cell.
///
/// Must be the first thing that the program does: no thread, no open descriptor of its own.
///
/// # Errors
/// [`EnterError`]; the process must end then.
pub fn enter() -> Result<Role, EnterError> {
    if !is_cell() {
        return Err(EnterError::NotLaunched);
    }
    // Each number is taken once: `enter` is called once, first, and closes what it took on error.
    let gateway = unix::raw::inherited(GATEWAY_FD).map_err(|_| EnterError::NotLaunched)?;
    let status = unix::raw::inherited(STATUS_FD).map_err(|_| EnterError::NotLaunched)?;
    // Again, since a change of the user undid it; and a host that ended meanwhile is not noticed by
    // that.
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| EnterError::Channel(error.into()))?;
    let opening: Opening = receive(status.as_fd())?;
    // Whether the host can do without something that fails here stands in its orders.
    let early = opening.native.then(|| Early::begin(&opening));
    let orders: Orders = receive(status.as_fd())?;
    let report = Report::new(status, orders.optional.clone());
    if let (Some(native), Some(early)) = (&orders.native, early) {
        return super::native::live(&orders, native, early, report, gateway).map(Role::Over);
    }
    if orders.confine {
        confine(&orders, &report)?;
    } else {
        report.word(&Word::Sealed, None)?;
    }
    Ok(match orders.aside {
        true => Role::Watched { gateway, makes_code: orders.code == Code::Made },
        false => Role::Engine(gateway),
    })
}

/// The order of confinement. Each step says what it needs from the ones before.
fn confine(orders: &Orders, report: &Report) -> Result<(), EnterError> {
    use Protection as P;
    // The host marked everything else close-on-exec; closing again catches what the loader or
    // the runtime may have opened since.
    report.step(
        P::Descriptors,
        raw::close_from(STATUS_FD as u32 + 1),
        "0 to 2 captured, 3 the gateway",
    )?;
    // The first to go when the machine runs out of memory, whatever its host inherited. Absent
    // /proc, or a host that may not: no protection rests on it.
    drop(std::fs::write("/proc/self/oom_score_adj", "1000"));
    report.step(P::Environment, no_environment(), "empty since exec")?;
    // Made before exec; read here so that the line rests on the kernel's word.
    report.step(P::Session, own_session(), "own session, no terminal")?;
    // The namespaces were made with the process; mounts and names are changed while the
    // capabilities over them last.
    if orders.namespaces {
        report.step_with(P::Userns, whose_namespaces(orders))?;
        report.step(P::EmptyRoot, root::empty().map_err(Into::into), "empty read-only tmpfs")?;
        report.line(P::Pidns, State::Enforced, "first process of its own namespace")?;
        report.line(P::Ipcns, State::Enforced, "own namespace")?;
        report.step(P::Utsns, hide_host_name(), "own namespace, neutral name")?;
        report.step(P::Cgroupns, raw::leave_cgroup_namespace(), "own namespace")?;
        report.line(P::Netns, State::Enforced, "own namespace, no interface up")?;
    } else {
        for protection in
            [P::Userns, P::EmptyRoot, P::Pidns, P::Ipcns, P::Utsns, P::Cgroupns, P::Netns]
        {
            report.degraded(protection, "user namespaces are not available")?;
        }
    }
    report.step(
        P::Keyring,
        raw::join_new_session_keyring().or_else(key_rings_absent),
        "own empty session key ring",
    )?;
    report.step_with(P::Landlock, landlock_deny_all())?;
    if orders.aside {
        raw::name_time_zone();
    }
    unix::raw::settle_time_zone();
    report.step(
        P::Rlimits,
        raw::schedule_ordinarily().and_then(|()| limit_resources(orders)),
        "core, data, address space, files, processes",
    )?;
    report.step(
        P::NoNewPrivileges,
        rustix::thread::set_no_new_privs(true).map_err(Into::into),
        "set",
    )?;
    // A root host without user namespaces: become nobody while the capability for it lasts.
    if let Some(id) = orders.identity {
        report.step(P::Capabilities, become_user(id), "")?;
    }
    report.step_with(P::Capabilities, bound_capabilities().and_then(drop_capabilities))?;
    // Changing user or capabilities resets these two, so they come after.
    report.step(P::NonDumpable, not_dumpable(), "no core dump, no ptrace by the same user")?;
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| report.fail(P::NonDumpable, &error.to_string()))?;
    write_xor_execute(P::WriteXorExecute, orders.code, report)?;
    // It inherits what was given up so far, and the filter is installed for it too.
    match orders.aside {
        true => aside::prepare().map_err(|error| report.fail(P::Rlimits, &error.to_string()))?,
        false => aside::forgo(),
    }
    no_more_processes().map_err(|error| report.fail(P::Rlimits, &error.to_string()))?;
    let syscalls::List { rules, absent } = syscalls::list(orders.code, orders.aside);
    let told = |otherwise| {
        // Where a refused call ends the cell, those that the host would have let pass must not.
        let spared: &[_] = match otherwise == libc::SECCOMP_RET_KILL_PROCESS && orders.aside {
            true => &[libc::SYS_openat],
            false => &[],
        };
        bpf::assemble(&rules, &[absent, spared].concat(), std::process::id(), otherwise)
    };
    let whom = if orders.aside { raw::Whom::All } else { raw::Whom::Thread };
    let listener = report.seal(&told, whom, &format!("allow-list of {} calls", rules.len()))?;
    // The listener must not stay here: who holds it could let calls through. It is sent and
    // closed.
    report.word(&Word::Sealed, listener)
}

/// Whose the namespaces are that the process was born into.
pub(super) fn whose_namespaces(orders: &Orders) -> Result<String, String> {
    match (orders.userns, orders.fresh_user) {
        (true, true) => Ok("a user without any file or process outside".to_owned()),
        (true, false) => Ok("the host's own user outside, without any right".to_owned()),
        (false, _) => Err("not available; the namespaces belong to the host's root".to_owned()),
    }
}

/// No memory is ever writable and executable, unless the engine makes code: then the host has allowed it.
fn write_xor_execute(
    protection: Protection,
    code: Code,
    report: &Report,
) -> Result<(), EnterError> {
    if code == Code::Made {
        return report.degraded(protection, "the engine makes machine code of its own");
    }
    let gain = raw::refuse_exec_gain();
    let by = if gain.is_ok() {
        "PR_SET_MDWE and seccomp"
    } else {
        "seccomp (the kernel has no PR_SET_MDWE)"
    };
    let handed = match code {
        Code::Handed => "; nothing but the host's code, before the plugin runs",
        Code::None | Code::Made => "",
    };
    report.line(protection, State::Enforced, &format!("{by}{handed}"))
}

/// An error of "this kernel has no key rings" is as good as a ring of our own.
pub(super) fn key_rings_absent(error: io::Error) -> io::Result<()> {
    if error.raw_os_error() == Some(libc::ENOSYS) { Ok(()) } else { Err(error) }
}

pub(super) fn no_environment() -> io::Result<()> {
    match std::env::vars_os().next() {
        None => Ok(()),
        Some((name, _)) => Err(io::Error::other(format!("{} is set", name.display()))),
    }
}

pub(super) fn own_session() -> io::Result<()> {
    let session = rustix::process::getsid(None)?;
    if session == rustix::process::getpid() {
        Ok(())
    } else {
        Err(io::Error::other("not a session leader"))
    }
}

pub(super) fn hide_host_name() -> io::Result<()> {
    rustix::system::sethostname(b"cell")?;
    rustix::system::setdomainname(b"(none)")?;
    Ok(())
}

fn landlock_deny_all() -> Result<String, String> {
    let Some(kernel) = Landlock::of_kernel() else {
        return Err("the kernel has no Landlock".to_owned());
    };
    let (number, ruleset) = (kernel.number, kernel.deny_all()?);
    let status = ruleset.create().and_then(|r| r.restrict_self()).map_err(|e| e.to_string())?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok(format!("ABI {number}, no rule")),
        other => Err(format!("ABI {number}, but {other:?}")),
    }
}

/// What an engine cell with so much memory may have of writable memory.
pub(super) const fn data_limit(memory: u64) -> u64 {
    memory.saturating_add(DATA_SLACK)
}

/// What it may have of address space.
pub(super) const fn address_space_limit(memory: u64) -> u64 {
    memory.saturating_add(ADDRESS_SPACE_SLACK)
}

fn limit_resources(orders: &Orders) -> io::Result<()> {
    let limits = &orders.limits;
    let set = |resource, most: u64| {
        // What the host itself was given less of stays so: nobody here may raise it.
        let most = getrlimit(resource).maximum.map_or(most, |hard| hard.min(most));
        setrlimit(resource, Rlimit { current: Some(most), maximum: Some(most) })
    };
    set(Resource::Core, 0)?;
    // The filter below bars changing them, also up to what is set for good.
    let memory = |resource, most: u64| match limits.raisable {
        true => {
            let maximum = getrlimit(resource).maximum;
            let most = maximum.map_or(most, |hard| hard.min(most));
            setrlimit(resource, Rlimit { current: Some(most), maximum })
        }
        false => set(resource, most),
    };
    memory(Resource::Data, data_limit(limits.memory))?;
    if limits.addresses {
        memory(Resource::As, address_space_limit(limits.memory))?;
    }
    set(Resource::Fsize, FILE_BYTES)?;
    // Not the descriptors: the host sets that limit once it has the listener, see `launch`. Nor
    // processes, for the engine's second thread: see `no_more_processes`.
    set(Resource::Memlock, 0)?;
    set(Resource::Msgqueue, 0)?;
    set(Resource::Sigpending, 64)?;
    set(Resource::Nice, 0)?;
    set(Resource::Rtprio, 0)?;
    Ok(())
}

/// Seccomp allows no way to make another process or thread; this stands behind it.
fn no_more_processes() -> io::Result<()> {
    setrlimit(Resource::Nproc, Rlimit { current: Some(0), maximum: Some(0) })?;
    Ok(())
}

pub(super) fn become_user(id: u32) -> io::Result<()> {
    let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
    rustix::thread::set_thread_groups(&[])?;
    rustix::thread::set_thread_res_gid(group, group, group)?;
    rustix::thread::set_thread_res_uid(user, user, user)?;
    Ok(())
}

/// Gives up every capability; `bounded` is what [`bound_capabilities`] gave.
pub(super) fn drop_capabilities(bounded: bool) -> Result<String, String> {
    use rustix::thread as t;
    t::clear_ambient_capability_set().map_err(|e| e.to_string())?;
    let none = t::CapabilitySet::empty();
    t::set_capabilities(
        None,
        t::CapabilitySets { effective: none, permitted: none, inheritable: none },
    )
    .map_err(|e| e.to_string())?;
    Ok(if bounded { "none, bounding set empty" } else { "none" }.to_owned())
}

/// Whether nothing that is executed from here on can have a capability again. What this process has
/// it keeps.
///
/// The bounding set and the secure bits can be changed only with `CAP_SETPCAP`. Without it (an
/// ordinary user, no user namespace) there is nothing to gain either, once `no_new_privs` is set.
pub(super) fn bound_capabilities() -> Result<bool, String> {
    use rustix::thread as t;
    let held = t::capabilities(None).map_err(|e| e.to_string())?;
    if !held.effective.contains(t::CapabilitySet::SETPCAP) {
        return Ok(false);
    }
    for capability in 0..64 {
        match t::remove_capability_from_bounding_set(t::CapabilitySet::from_bits_retain(
            1 << capability,
        )) {
            Ok(()) => {}
            // Beyond the last capability of this kernel.
            Err(rustix::io::Errno::INVAL) => break,
            Err(error) => return Err(error.to_string()),
        }
    }
    t::set_capabilities_secure_bits(
        CapabilitiesSecureBits::NO_ROOT
            | CapabilitiesSecureBits::NO_ROOT_LOCKED
            | CapabilitiesSecureBits::NO_SETUID_FIXUP
            | CapabilitiesSecureBits::NO_SETUID_FIXUP_LOCKED
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE
            | CapabilitiesSecureBits::NO_CAP_AMBIENT_RAISE_LOCKED,
    )
    .map_err(|e| e.to_string())?;
    Ok(true)
}

fn not_dumpable() -> io::Result<()> {
    rustix::process::set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// A message of the host, of as many packets as it takes.
fn receive<T: DeserializeOwned>(status: BorrowedFd<'_>) -> Result<T, EnterError> {
    let mut buffer = [0u8; MESSAGE_BYTES];
    let mut text = Vec::new();
    loop {
        let (length, _) = recv(status, &mut buffer[..], RecvFlags::empty())
            .map_err(|error| EnterError::Channel(error.into()))?;
        text.extend_from_slice(&buffer[..length]);
        if length < MESSAGE_BYTES {
            break;
        }
    }
    serde_json::from_slice(&text)
        .map_err(|_| EnterError::Channel(io::Error::other("the host's orders are not readable")))
}

/// Tells the host how each protection stands, and stops when a required one does not.
pub(super) struct Report {
    channel: OwnedFd,
    optional: Vec<Protection>,
    /// Said with the next word.
    lines: RefCell<Vec<Line>>,
}

impl Report {
    fn new(channel: OwnedFd, optional: Vec<Protection>) -> Self {
        Self { channel, optional, lines: RefCell::default() }
    }

    /// Ends when the host does.
    pub(super) fn channel(&self) -> BorrowedFd<'_> {
        self.channel.as_fd()
    }

    pub(super) fn step(
        &self,
        protection: Protection,
        outcome: io::Result<()>,
        detail: &str,
    ) -> Result<(), EnterError> {
        self.step_with(protection, outcome.map(|()| detail.to_owned()).map_err(|e| e.to_string()))
    }

    pub(super) fn step_with(
        &self,
        protection: Protection,
        outcome: Result<String, String>,
    ) -> Result<(), EnterError> {
        match outcome {
            Ok(detail) => self.line(protection, State::Enforced, &detail),
            Err(reason) => self.degraded(protection, &reason),
        }
    }

    /// Without the protection if that was allowed, otherwise not at all.
    pub(super) fn degraded(&self, protection: Protection, reason: &str) -> Result<(), EnterError> {
        if self.optional.contains(&protection) {
            self.line(protection, State::Degraded, reason)
        } else {
            Err(self.fail(protection, reason))
        }
    }

    pub(super) fn fail(&self, protection: Protection, reason: &str) -> EnterError {
        let word = Word::Failed { protection, reason: reason.to_owned() };
        match self.word(&word, None) {
            Ok(()) => EnterError::Protection { protection, reason: reason.to_owned() },
            Err(error) => error,
        }
    }

    pub(super) fn line(
        &self,
        protection: Protection,
        state: State,
        detail: &str,
    ) -> Result<(), EnterError> {
        self.lines.borrow_mut().push(Line { protection, state, detail: detail.to_owned() });
        Ok(())
    }

    /// Says what was not said yet, as a process does that is about to be two.
    pub(super) fn flush(&self) -> Result<(), EnterError> {
        let lines = self.lines.take();
        if lines.is_empty() { Ok(()) } else { self.packet(&Word::Lines(lines), None) }
    }

    pub(super) fn word(&self, word: &Word, descriptor: Option<OwnedFd>) -> Result<(), EnterError> {
        self.flush()?;
        self.packet(word, descriptor)
    }

    fn packet(&self, word: &Word, descriptor: Option<OwnedFd>) -> Result<(), EnterError> {
        let text = serde_json::to_vec(word).map_err(|error| EnterError::Channel(error.into()))?;
        let sent = match &descriptor {
            None => send(&self.channel, &text, SendFlags::NOSIGNAL),
            Some(descriptor) => {
                let descriptors = [descriptor.as_fd()];
                let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
                let mut control = SendAncillaryBuffer::new(&mut space);
                control.push(SendAncillaryMessage::ScmRights(&descriptors));
                sendmsg(&self.channel, &[IoSlice::new(&text)], &mut control, SendFlags::NOSIGNAL)
            }
        };
        sent.map(drop).map_err(|error| EnterError::Channel(error.into()))
    }

    /// Sends a word with a descriptor that stays open here too.
    pub(super) fn hand_over(
        &self,
        word: &Word,
        descriptor: BorrowedFd<'_>,
    ) -> Result<(), EnterError> {
        let copy = descriptor.try_clone_to_owned().map_err(EnterError::Channel)?;
        self.word(word, Some(copy))
    }

    /// The next gift of the host.
    pub(super) fn receive(&self) -> Result<(Gift, Option<OwnedFd>), EnterError> {
        let mut buffer = [0u8; 128];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [io::IoSliceMut::new(&mut buffer)];
        let flags = RecvFlags::CMSG_CLOEXEC;
        let message = recvmsg(&self.channel, &mut parts, &mut control, flags)
            .map_err(|error| EnterError::Channel(error.into()))?;
        let descriptor = control.drain().find_map(|part| match part {
            RecvAncillaryMessage::ScmRights(mut descriptors) => descriptors.next(),
            _ => None,
        });
        let gift = serde_json::from_slice(&buffer[..message.bytes])
            .map_err(|error| EnterError::Channel(error.into()))?;
        Ok((gift, descriptor))
    }

    /// Waits until the host lets this go on. The end of the channel means that it gave up.
    pub(super) fn wait_for_go(&self) -> Result<(), EnterError> {
        let mut byte = [0u8; 1];
        match recv(&self.channel, &mut byte[..], RecvFlags::empty()) {
            Ok((1, _)) => Ok(()),
            Ok(_) => Err(EnterError::Channel(io::ErrorKind::UnexpectedEof.into())),
            Err(error) => Err(EnterError::Channel(error.into())),
        }
    }

    /// Installs the filter, after which nothing else can be set up, and says how. Gives the
    /// listener, for the host.
    ///
    /// `assemble` makes it, given what it says to a call that is to be told.
    pub(super) fn seal(
        &self,
        assemble: &dyn Fn(u32) -> Vec<libc::sock_filter>,
        whom: raw::Whom,
        detail: &str,
    ) -> Result<Option<OwnedFd>, EnterError> {
        let installed = match raw::filter_action_is_known(libc::SECCOMP_RET_USER_NOTIF) {
            true => raw::install_filter(&assemble(libc::SECCOMP_RET_USER_NOTIF), true, whom),
            false => Err(io::ErrorKind::Unsupported.into()),
        };
        // One listener per task: where an outer sandbox has taken it (EBUSY), the filter kills
        // instead of telling.
        let (listener, why) = match installed {
            Ok(listener) => (listener, None),
            Err(error) => {
                raw::install_filter(&assemble(libc::SECCOMP_RET_KILL_PROCESS), false, whom)
                    .map_err(|error| self.fail(Protection::Seccomp, &error.to_string()))?;
                (None, Some(error))
            }
        };
        self.line(Protection::Seccomp, State::Enforced, detail)?;
        match why {
            None => self.line(
                Protection::SyscallRecord,
                State::Enforced,
                "refused calls are told to the host",
            )?,
            Some(error) => self.degraded(
                Protection::SyscallRecord,
                &format!("a refused call ends the cell, its name untold: {error}"),
            )?,
        }
        Ok(listener)
    }
}
