//! A running cell, as its host holds it.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::net::{RecvFlags, recv};
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, pidfd_send_signal, prlimit};

use super::super::governor::{CpuGovernor, Decision};
use super::super::unix::gateway::Gateway;
use super::super::unix::raw::{Reaped, reap};
use super::beside::Guest;
use super::cgroup::Cgroup;
use super::channel::HostEnds;
use super::confine::{address_space_limit, data_limit};
use super::inlet::Inlet;
use super::native::{self, PrivateFolder};
use super::notify::Calls;
use super::raw;
use super::spawn::Born;
use super::tree::{Tree, threads};
use super::wire::Word;
use crate::{
    Dropped, Exit, Interest, Limit, Limits, Posture, Ready, Received, Stream, Survey,
    SyscallAttempt, Usage,
};

/// How long an init that ends its tree by itself may take for it. It waits for the kernel only.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long figures of a process that has had no time of the processor since are taken for true.
const STALE: Duration = Duration::from_secs(2);

/// A confined process and everything that the host holds of it. Dropped, it is killed.
#[derive(Debug)]
pub struct Cell {
    pid: i32,
    /// Readable once it has ended.
    pidfd: Arc<OwnedFd>,
    /// What there is instead of a process.
    guest: Option<Arc<Guest>>,
    ends: HostEnds,
    /// Tells of system calls.
    calls: Calls,
    posture: Posture,
    pub(super) cgroup: Cgroup,
    pub(super) governor: Option<CpuGovernor>,
    /// The processes of a native cell; gone once it has ended, with what it keeps open.
    tree: Option<Tree>,
    limits: Limits,
    /// What a native cell without namespaces may write to; removed when it is dropped.
    folder: Option<PrivateFolder>,
    /// The limit for which the host ended it.
    overstepped: Option<Limit>,
    /// Where the init of a native cell says how its program ended.
    status: Option<OwnedFd>,
    /// Where a native cell's way out listens, until it is taken.
    proxy: Option<OwnedFd>,
    /// Ways into a native cell's network, until they are taken.
    inlets: Vec<OwnedFd>,
    /// What its overlays hold; kept so that it can be read when the cell has ended.
    layers: Vec<OwnedFd>,
    exit: Option<Exit>,
    /// Whether there are more processes than there may be, where the host counts them.
    too_many_processes: bool,
    /// Last figures, kept since a dead process has none.
    pub(super) usage: Usage,
    /// When they were taken from a process that is alone, and its processor time by then.
    sampled: Option<(Instant, Duration)>,
    /// Those of the last closer look.
    pub(super) surveyed: Survey,
    /// Whether the host holds what the recipe says of the processor.
    pub(super) governed: bool,
    /// Set while it stands still until it is told otherwise.
    pub(super) ice: Option<CpuGovernor>,
    /// Thousandths of a core that it has where it is no process.
    pub(super) share_of_guest: Option<u32>,
}

/// What a launch got beside the process and its channels.
pub(super) struct Held {
    pub(super) calls: Calls,
    pub(super) layers: Vec<OwnedFd>,
    pub(super) proxy: Option<OwnedFd>,
    pub(super) inlets: Vec<OwnedFd>,
    pub(super) status: Option<OwnedFd>,
    pub(super) cgroup: Cgroup,
    pub(super) governor: Option<CpuGovernor>,
    pub(super) tree: Option<Tree>,
    pub(super) limits: Limits,
    pub(super) folder: Option<PrivateFolder>,
}

/// Ends a cell from another thread, whatever the one that holds it is doing.
#[derive(Clone, Debug)]
pub struct Killer {
    pidfd: Arc<OwnedFd>,
    /// What ends all of the cell, and not its init alone.
    signal: Signal,
    guest: Option<Arc<Guest>>,
}

impl Killer {
    /// Ends the cell at once, with everything in it. No effect on one that has ended.
    pub fn kill(&self) {
        if let Some(guest) = &self.guest {
            return guest.kill();
        }
        // ESRCH: it has ended by itself. The descriptor names this process and no later one.
        let _gone = pidfd_send_signal(&*self.pidfd, self.signal);
    }
}

/// Ends the [`Cell::wait`] of another thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// Wakes the waiter, now or at its next wait.
    pub fn wake(&self) {
        // Fails only when the counter is full, and then the waiter is woken anyway.
        let _full = rustix::io::write(&*self.0, &1u64.to_ne_bytes());
    }
}

impl Cell {
    pub(super) fn new(born: Born, ends: HostEnds, posture: Posture, held: Held) -> Self {
        let Held { calls, layers, proxy, inlets, status, cgroup, governor, tree, limits, folder } =
            held;
        let Born { pid, pidfd, .. } = born;
        let pidfd = Arc::new(pidfd);
        Self {
            pid,
            pidfd,
            guest: None,
            ends,
            calls,
            posture,
            cgroup,
            governed: governor.is_some(),
            governor,
            tree,
            limits,
            folder,
            overstepped: None,
            status,
            proxy,
            inlets,
            layers,
            exit: None,
            too_many_processes: false,
            usage: Usage::default(),
            sampled: None,
            surveyed: Survey::default(),
            ice: None,
            share_of_guest: None,
        }
    }

    /// One that is no process.
    pub(super) fn of_guest(
        over: Arc<OwnedFd>,
        guest: Arc<Guest>,
        ends: HostEnds,
        posture: Posture,
        limits: Limits,
    ) -> Self {
        Self {
            pid: i32::try_from(std::process::id()).unwrap_or_default(),
            pidfd: over,
            guest: Some(guest),
            ends,
            calls: Calls::Untold,
            posture,
            cgroup: Cgroup::none("it is no process"),
            governed: false,
            governor: None,
            tree: None,
            limits,
            folder: None,
            overstepped: None,
            status: None,
            proxy: None,
            inlets: Vec::new(),
            layers: Vec::new(),
            exit: None,
            too_many_processes: false,
            usage: Usage::default(),
            sampled: None,
            surveyed: Survey::default(),
            ice: None,
            share_of_guest: None,
        }
    }

    /// The process's number, as the host sees it. For people; never to signal by.
    #[must_use]
    pub const fn pid(&self) -> i32 {
        self.pid
    }

    /// What the launch got.
    #[must_use]
    pub const fn posture(&self) -> &Posture {
        &self.posture
    }

    /// A handle that ends a wait.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.ends.wake))
    }

    /// A handle that ends the cell.
    #[must_use]
    pub fn killer(&self) -> Killer {
        let (pidfd, guest) = (Arc::clone(&self.pidfd), self.guest.clone());
        Killer { pidfd, signal: self.ending_signal(), guest }
    }

    /// Waits until something happens or `timeout` has passed.
    ///
    /// # Errors
    /// The system's error of poll(2).
    pub fn wait(&mut self, timeout: Duration, interest: Interest) -> io::Result<Ready> {
        let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
        let ends = &self.ends;
        let wanted = [
            Some((ends.wake.as_fd(), PollFlags::IN)),
            // An end is told whether it is asked for or not: a wait that wants nothing of the
            // gateway would end at once, again and again.
            interest.receive.then(|| (ends.gateway.receiver(), PollFlags::IN)),
            interest.send.then(|| (ends.gateway.sender(), PollFlags::OUT)),
            ends.stdin.as_ref().filter(|_| interest.input).map(|end| (end.as_fd(), PollFlags::OUT)),
            ends.stdout
                .as_ref()
                .filter(|_| interest.output)
                .map(|end| (end.as_fd(), PollFlags::IN)),
            ends.stderr
                .as_ref()
                .filter(|_| interest.output)
                .map(|end| (end.as_fd(), PollFlags::IN)),
            self.proxy.as_ref().map(|listener| (listener.as_fd(), PollFlags::IN)),
            self.calls.ready().map(|ready| (ready, PollFlags::IN)),
            self.exit.is_none().then(|| (self.pidfd.as_fd(), PollFlags::IN)),
        ];
        let mut fds: Vec<PollFd<'_>> = Vec::with_capacity(wanted.len());
        let places = wanted.map(|one| {
            one.map(|(descriptor, flags)| {
                fds.push(PollFd::from_borrowed_fd(descriptor, flags));
                fds.len() - 1
            })
        });
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        let any = |place: Option<usize>| place.is_some_and(|i| !fds[i].revents().is_empty());
        let [woken, receive, send, input, stdout, stderr, proxy, syscall, exited] = places.map(any);
        let ready = Ready { woken, receive, send, input, stdout, stderr, proxy, syscall, exited };
        drop(fds);
        if ready.woken {
            // The counter's value does not matter; reading resets it.
            let _reset = rustix::io::read(&*self.ends.wake, &mut [0u8; 8]);
        }
        Ok(ready)
    }

    /// Takes bytes and descriptors from the gateway; `WouldBlock` when there are none.
    ///
    /// # Errors
    /// The system's error of recvmsg(2).
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        self.ends.gateway.receive(buffer)
    }

    /// Puts bytes, and descriptors with the first of them, into the gateway; `WouldBlock` when it
    /// is full.
    ///
    /// # Errors
    /// The system's error of sendmsg(2).
    pub fn send(&self, bytes: &[u8], descriptors: &[BorrowedFd<'_>]) -> io::Result<usize> {
        self.ends.gateway.send(bytes, descriptors)
    }

    /// Makes a native program's standard input and output its gateway, instead of descriptor 3,
    /// whose other end is closed. No descriptors travel there. No effect where they are closed.
    pub fn use_stdio(&mut self) {
        if let (Some(input), Some(output)) = (self.ends.stdin.take(), self.ends.stdout.take()) {
            self.ends.gateway = Gateway::Pipes { input, output };
        }
    }

    /// Puts bytes into a native program's standard input; `WouldBlock` when it is full.
    ///
    /// # Errors
    /// `BrokenPipe` when nobody reads it any more, or the system's error of write(2).
    pub fn send_input(&self, bytes: &[u8]) -> io::Result<usize> {
        match &self.ends.stdin {
            Some(stdin) => Ok(rustix::io::write(stdin, bytes)?),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Ends a native program's standard input.
    pub fn close_input(&mut self) {
        self.ends.stdin = None;
    }

    /// Takes no more of a stream: whoever writes to it is told that nobody reads.
    pub fn close_output(&mut self, stream: Stream) {
        match stream {
            Stream::Stdout => self.ends.stdout = None,
            Stream::Stderr => self.ends.stderr = None,
        }
    }

    /// Whether a stream may still have output.
    #[must_use]
    pub const fn has_output(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.ends.stdout.is_some(),
            Stream::Stderr => self.ends.stderr.is_some(),
        }
    }

    /// The listener, within a native cell's network, of its way out: who accepts there is the only
    /// one whom the cell can reach. Given once.
    pub fn take_proxy(&mut self) -> Option<TcpListener> {
        self.proxy.take().map(Into::into)
    }

    /// The ways into a native cell that may listen. Given once.
    pub fn take_inlets(&mut self) -> Vec<Inlet> {
        std::mem::take(&mut self.inlets).into_iter().map(Inlet::new).collect()
    }

    /// Takes captured output; 0 at its end, after which the stream is not waited for any more.
    ///
    /// # Errors
    /// `WouldBlock`, or the system's error of read(2).
    pub fn read_output(&mut self, stream: Stream, buffer: &mut [u8]) -> io::Result<usize> {
        let end = match stream {
            Stream::Stdout => &mut self.ends.stdout,
            Stream::Stderr => &mut self.ends.stderr,
        };
        let Some(pipe) = end else { return Ok(0) };
        let count = rustix::io::read(&*pipe, buffer)?;
        if count == 0 {
            *end = None;
        }
        Ok(count)
    }

    /// Takes the oldest record of a system call; `None` when there is none.
    ///
    /// For an engine cell this refuses the call: it waits until then. The calls of a native cell
    /// are answered as they come, and its records wait in a bounded queue, also when it has ended.
    ///
    /// # Errors
    /// The system's error of the listener.
    pub fn next_syscall(&mut self) -> io::Result<Option<SyscallAttempt>> {
        self.calls.next()
    }

    /// How many calls were not recorded so far, since there were too many at once or too few were
    /// taken.
    #[must_use]
    pub fn dropped_syscalls(&self) -> Dropped {
        self.calls.dropped()
    }

    /// Ends the cell at once, with everything in it.
    pub fn kill(&self) {
        self.killer().kill();
    }

    /// An init that is the first process of no namespace is asked to end the others.
    const fn ending_signal(&self) -> Signal {
        if self.folder.is_some() { native::END } else { Signal::KILL }
    }

    /// How the cell ended, if it has. Reaps it.
    pub fn try_exit(&mut self) -> Option<Exit> {
        if self.exit.is_none() {
            self.sample();
            if let Some(guest) = &self.guest {
                self.exit = guest.exit();
                return self.exit;
            }
            match reap(self.pid, false) {
                Ok(Some(reaped)) => self.note_exit(&reaped),
                Ok(None) => {}
                // The embedding program reaps or ignores its children: gone, nobody knows how.
                Err(_) => self.note_exit(&Reaped { status: 0, cpu: Duration::ZERO }),
            }
        }
        self.exit
    }

    /// What the cell has used. Updated by calling; the last figures of a dead cell stay.
    pub fn usage(&mut self) -> Usage {
        if self.exit.is_none() {
            self.sample();
        }
        self.usage
    }

    /// Lets the cell have so much memory from now on, more or less than before. Less only when it
    /// does not use more: otherwise it would be ended for what it had been given.
    ///
    /// # Errors
    /// `InvalidInput` where the recipe says that the memory is not raisable, `WouldBlock` where the
    /// cell uses more, or the system's error. The limit is the old one then.
    pub fn set_memory(&mut self, bytes: u64) -> io::Result<()> {
        if !self.limits.raisable {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if self.usage().memory > bytes {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let before = self.limits.memory;
        let set = self.set_group_and_process(bytes);
        match &set {
            Ok(()) => self.limits.memory = bytes,
            Err(_) => drop(self.set_group_and_process(before)),
        }
        set
    }

    fn set_group_and_process(&mut self, bytes: u64) -> io::Result<()> {
        if self.guest.is_some() {
            return Ok(());
        }
        self.cgroup.set_memory(bytes).map_err(io::Error::other)?;
        if let Some(tree) = &mut self.tree {
            tree.set_memory(bytes);
            return Ok(());
        }
        let process = Pid::from_raw(self.pid);
        let data = (Resource::Data, data_limit(bytes));
        let addresses = (Resource::As, address_space_limit(bytes));
        let addresses = self.limits.addresses.then_some(addresses);
        for (resource, most) in [data].into_iter().chain(addresses) {
            // What the host may have itself: the cell was born with that.
            let maximum = getrlimit(resource).maximum;
            let current = Some(maximum.map_or(most, |hard| hard.min(most)));
            prlimit(process, resource, Rlimit { current, maximum })?;
        }
        Ok(())
    }

    /// Holds the limits that no control group holds: the processor's by halting the cell, and for
    /// native ones that of the memory by ending it. Called at least every 20 milliseconds while the
    /// cell works. Gives the time until it wants to be called again, or `None` when it need not be.
    ///
    /// Where control groups of version 1 hold the memory, it ends the whole of a native cell of
    /// which the kernel ended a process.
    pub fn govern(&mut self) -> Option<Duration> {
        if let Some(guest) = &self.guest {
            return guest.hold(self.share_of_guest.unwrap_or(self.limits.cpu_millis));
        }
        let watched = self.tree.is_some() && !self.cgroup.ends_as_one();
        let bare = self.folder.is_some();
        if self.exit.is_some()
            || (!watched && !bare && self.ice.is_none() && self.governor.is_none())
        {
            return None;
        }
        if bare
            || self.ice.is_some()
            || self.governor.is_some()
            || self.cgroup.limits_memory().is_none()
        {
            self.sample();
        }
        if watched && self.is_out_of_memory() {
            self.end_for(Limit::Memory);
        } else if let Some(limit) = self.over_without_namespaces() {
            self.end_for(limit);
        } else if self.ice.is_some() {
            self.hold_still();
        } else {
            self.hold_processor();
        }
        Some(CpuGovernor::PERIOD)
    }

    /// A limit that a namespace or a file system of the cell's own would hold.
    fn over_without_namespaces(&mut self) -> Option<Limit> {
        let folder = self.folder.as_mut()?;
        if self.too_many_processes {
            return Some(Limit::Processes);
        }
        let processes = || self.tree.as_ref().map(Tree::processes).unwrap_or_default();
        let numbers = || processes().into_iter().map(|(pid, _)| pid).collect();
        folder.is_too_full(numbers).then_some(Limit::Scratch)
    }

    /// The limit for which the host ended the cell, or for which the kernel did.
    #[must_use]
    pub const fn overstepped(&self) -> Option<Limit> {
        self.overstepped
    }

    fn is_out_of_memory(&self) -> bool {
        match self.cgroup.limits_memory() {
            Some(_) => self.cgroup.ran_out_of_memory(),
            None => self.usage.memory > self.limits.memory,
        }
    }

    fn end_for(&mut self, limit: Limit) {
        self.overstepped.get_or_insert(limit);
        self.kill();
    }

    fn hold_processor(&mut self) {
        let used = self.usage.cpu;
        let Some(governor) = &mut self.governor else { return };
        match governor.decide(used, Instant::now()) {
            Decision::Leave => {}
            Decision::Stop => {
                self.halt(true);
                self.sample();
                let used = self.usage.cpu;
                if let Some(governor) = &mut self.governor {
                    governor.stopped_at(used);
                }
            }
            Decision::GoOn => self.halt(false),
            Decision::End => self.end_for(Limit::Cpu),
        }
    }

    /// A timer of the kernel's may let it go on; if it works on then, it is ended.
    fn hold_still(&mut self) {
        let used = self.usage.cpu;
        match self.ice.as_mut().map(|ice| ice.decide(used, Instant::now())) {
            Some(Decision::End) => self.end_for(Limit::Cpu),
            _ => self.halt(true),
        }
    }

    pub(super) const fn limits(&self) -> &Limits {
        &self.limits
    }

    pub(super) const fn is_guest(&self) -> bool {
        self.guest.is_some()
    }

    pub(super) const fn has_exit(&self) -> bool {
        self.exit.is_some()
    }

    /// Its processes: the number of each, and its threads.
    pub(super) fn processes(&self) -> Vec<(i32, u32)> {
        self.tree.as_ref().map_or_else(|| vec![(self.pid, threads(self.pid))], Tree::processes)
    }

    /// Halts everything in the cell, or lets it go on.
    pub(super) fn halt(&mut self, stop: bool) {
        if self.tree.is_some() && self.cgroup.freeze(stop) {
            return;
        }
        match &mut self.tree {
            Some(tree) if stop => tree.stop(),
            Some(tree) => tree.go_on(),
            None => {
                let signal = if stop { Signal::STOP } else { Signal::CONT };
                // ESRCH: it has ended.
                let _gone = pidfd_send_signal(&*self.pidfd, signal);
            }
        }
    }

    fn note_exit(&mut self, reaped: &Reaped) {
        let time = self.cgroup.time().unwrap_or_default();
        self.usage.cpu = self.usage.cpu.max(reaped.cpu).max(time);
        self.sample_groups();
        // The init's own end says less than its word on the program's.
        let word = self.last_word();
        if word.is_none() {
            self.end_what_its_init_left();
        }
        self.folder = None;
        let status = word.unwrap_or(reaped.status);
        let signalled = libc::WIFSIGNALED(status);
        if self.cgroup.ran_out_of_memory() && (signalled || self.tree.is_some()) {
            // Of a tree, the program may not be the one that was killed, and end as it likes.
            self.overstepped.get_or_insert(Limit::Memory);
        }
        let out_of_memory = self.overstepped == Some(Limit::Memory);
        self.exit = Some(if out_of_memory {
            let number = if signalled { libc::WTERMSIG(status) } else { libc::SIGKILL };
            Exit::Signal { number, out_of_memory }
        } else if signalled {
            Exit::Signal { number: libc::WTERMSIG(status), out_of_memory }
        } else {
            Exit::Code(libc::WEXITSTATUS(status))
        });
        // Nothing more can come; the output pipes may still hold text.
        self.calls.end();
        self.usage.scratch_full = self.tree.take().is_some_and(|tree| tree.is_scratch_full());
    }

    /// An init that is the first process of no namespace, and was itself ended, may leave orphans.
    fn end_what_its_init_left(&self) {
        if self.folder.is_some() {
            self.cgroup.end();
            if let Some(tree) = &self.tree {
                tree.end_what_was_seen();
            }
        }
    }

    /// What the init of a native cell said of its program's end.
    fn last_word(&self) -> Option<i32> {
        let mut buffer = [0u8; 256];
        let status = self.status.as_ref()?;
        let (length, _) = recv(status, &mut buffer[..], RecvFlags::DONTWAIT).ok()?;
        match serde_json::from_slice(&buffer[..length]) {
            Ok(Word::Ended(status)) => Some(status),
            _ => None,
        }
    }

    /// The layers of a native cell's overlays, in the order of their places in the root: what its
    /// program has changed. They stay when it has ended.
    #[must_use]
    pub fn layers(&self) -> &[OwnedFd] {
        &self.layers
    }

    fn sample(&mut self) {
        if self.rests() {
            return;
        }
        self.sample_groups();
        let Some(tree) = &mut self.tree else { return self.sample_process() };
        let groups = (self.cgroup.memory(), self.cgroup.time(), self.cgroup.processes());
        if let (Some(memory), Some(_), Some(processes)) = groups {
            self.usage.memory = memory;
            // What it had at most was asked for a moment before.
            self.usage.memory_peak = self.usage.memory_peak.max(memory);
            // The init is one of them.
            self.usage.processes = processes.saturating_sub(1);
            return;
        }
        let Some(look) = tree.look() else { return };
        let (memory, _, processes) = groups;
        self.usage.memory = memory.unwrap_or(look.memory);
        self.usage.memory_peak = self.usage.memory_peak.max(self.usage.memory);
        self.usage.processes = processes.map_or(look.processes, |all| all.saturating_sub(1));
        if groups.1.is_none() {
            self.usage.cpu = self.usage.cpu.max(look.cpu);
        }
        self.too_many_processes = processes.is_none() && look.is_over;
        if processes.is_none() && look.is_full {
            self.usage.processes_refused += 1;
        }
    }

    /// What control groups count exactly, of processes that are gone too.
    fn sample_groups(&mut self) {
        if let Some(time) = self.cgroup.time() {
            self.usage.cpu = self.usage.cpu.max(time);
        }
        if let Some(peak) = self.cgroup.peak() {
            self.usage.memory_peak = self.usage.memory_peak.max(peak);
        }
        if let Some(refused) = self.cgroup.refused_processes() {
            self.usage.processes_refused = refused;
        }
    }

    fn sample_process(&mut self) {
        if let Some(guest) = &self.guest {
            self.usage = guest.usage();
            return;
        }
        if let Some(memory) = resident(self.pid) {
            self.usage.memory = memory;
            let peak = peak(self.pid).unwrap_or(memory).max(memory);
            self.usage.memory_peak = self.usage.memory_peak.max(peak);
            self.usage.processes = 1;
        }
        if let Some((_, cpu)) = self.sampled {
            self.usage.cpu = self.usage.cpu.max(cpu);
        }
    }

    /// Whether there is nothing new to see: a process that is alone and has had no time of the
    /// processor has changed nothing. What the system takes from it meanwhile shows a little later.
    fn rests(&mut self) -> bool {
        if self.tree.is_some() || self.guest.is_some() {
            return false;
        }
        let Some(cpu) = raw::cpu_time(self.pid) else { return false };
        let now = Instant::now();
        let rests =
            self.sampled.is_some_and(|(at, used)| used == cpu && now.duration_since(at) < STALE);
        if !rests {
            self.sampled = Some((now, cpu));
        }
        rests
    }
}

impl Cell {
    fn has_ended_in(&self, time: Duration) -> bool {
        let Ok(timeout) = Timespec::try_from(time) else { return false };
        let mut fds = [PollFd::new(&*self.pidfd, PollFlags::IN)];
        rustix::io::retry_on_intr(|| poll(&mut fds, Some(&timeout))).is_ok_and(|count| count > 0)
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if self.exit.is_none() {
            self.kill();
            if self.guest.is_some() {
                return;
            }
            if self.folder.is_some() && !self.has_ended_in(PATIENCE) {
                let _gone = pidfd_send_signal(&*self.pidfd, Signal::KILL);
                self.end_what_its_init_left();
            }
            // SIGKILL of the first process of a namespace takes the whole namespace; the wait is
            // for the kernel only.
            let _reaped = reap(self.pid, true);
        }
    }
}

/// Kills and reaps a child that never became a cell.
pub(super) fn end(born: &Born) {
    let _gone = pidfd_send_signal(&born.pidfd, Signal::KILL);
    let _reaped = reap(born.pid, true);
}

/// Memory that a process has, bytes. proc_pid_statm(5).
fn resident(pid: i32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/statm")).ok()?;
    let pages: u64 = text.split_ascii_whitespace().nth(1)?.parse().ok()?;
    Some(pages * raw::page_bytes())
}

/// Most memory that a process has had, bytes. proc_pid_status(5).
fn peak(pid: i32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().strip_suffix(" kB")?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_of_a_live_process_are_plausible() {
        let own = std::process::id() as i32;
        let (memory, before) = (resident(own).unwrap(), raw::cpu_time(own).unwrap());
        let least = peak(own).unwrap();
        assert!(memory > 0 && least > 0);
        assert!(resident(i32::MAX).is_none() && peak(i32::MAX).is_none());
        // No process has a number beyond the kernel's largest, 2^22.
        assert!(raw::cpu_time((1 << 22) + 1).is_none());
        // What was used and given back shows still.
        let much = std::hint::black_box(vec![1u8; 64 << 20]);
        drop(much);
        assert!(peak(own).unwrap() >= memory + (60 << 20));
        assert!(raw::cpu_time(own).unwrap() > before);
    }

    #[test]
    fn the_time_of_a_process_is_what_the_system_tells_of_it_elsewhere() {
        let mut busy = std::process::Command::new("sh");
        let mut busy = busy.args(["-c", "while :; do :; done"]).spawn().unwrap();
        let pid = busy.id() as i32;
        let until = Instant::now() + Duration::from_secs(30);
        while raw::cpu_time(pid).unwrap() < Duration::from_millis(300) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(20));
        }
        busy.kill().unwrap();
        // One that has ended keeps its time until it is reaped.
        while std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap().contains(") R") {
            std::thread::sleep(Duration::from_millis(1));
        }
        let time = raw::cpu_time(pid).unwrap();
        let reaped = reap(pid, true).unwrap().unwrap().cpu;
        assert!(busy.wait().is_err(), "it is gone");
        let apart = time.abs_diff(reaped);
        assert!(
            time >= Duration::from_millis(300) && apart < Duration::from_millis(20),
            "{apart:?}"
        );
    }
}
