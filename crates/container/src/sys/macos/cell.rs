//! A running cell, as its host holds it.
//!
//! Type-checked only: unproven until it has run on a Mac.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::Signal;

use super::super::nothing::Inlet;
use super::super::unix::gateway::Gateway;
use super::super::unix::raw::Reaped;
use super::channel::HostEnds;
use super::folder::PrivateFolder;
use super::process::Process;
use super::raw;
use crate::{
    Dropped, Exit, Interest, Limit, Limits, Posture, Ready, Received, Stream, Survey,
    SyscallAttempt, Usage,
};

/// How often the host looks at what a cell uses.
const PERIOD: Duration = Duration::from_millis(20);

/// A confined process and everything that the host holds of it. Dropped, it is killed.
#[derive(Debug)]
pub struct Cell {
    process: Arc<Process>,
    /// Readable once it has ended.
    end: OwnedFd,
    ends: HostEnds,
    posture: Posture,
    limits: Limits,
    /// Whether the host ends it when it has more memory than its limit.
    watched: bool,
    /// What a native program may write to; removed when it has ended.
    folder: Option<PrivateFolder>,
    /// The limit for which the host ended it.
    overstepped: Option<Limit>,
    exit: Option<Exit>,
    frozen: bool,
    /// Last figures, kept since a dead process has none.
    usage: Usage,
    /// Those of the last closer look.
    surveyed: Survey,
}

/// What a launch got beside the process and its channels.
pub(super) struct Held {
    pub(super) end: OwnedFd,
    pub(super) limits: Limits,
    pub(super) watched: bool,
    pub(super) folder: Option<PrivateFolder>,
}

/// Ends a cell from another thread, whatever the one that holds it is doing.
#[derive(Clone, Debug)]
pub struct Killer(Arc<Process>);

impl Killer {
    /// Ends the cell at once. No effect on one that has ended.
    pub fn kill(&self) {
        self.0.signal(Signal::KILL);
    }
}

/// Ends the [`Cell::wait`] of another thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<OwnedFd>);

impl Waker {
    /// Wakes the waiter, now or at its next wait.
    pub fn wake(&self) {
        // Fails only when the pipe is full, and then the waiter is woken anyway.
        let _full = rustix::io::write(&*self.0, &[0]);
    }
}

impl Cell {
    pub(super) fn new(process: Process, ends: HostEnds, posture: Posture, held: Held) -> Self {
        let Held { end, limits, watched, folder } = held;
        Self {
            process: Arc::new(process),
            end,
            ends,
            posture,
            limits,
            watched,
            folder,
            overstepped: None,
            exit: None,
            frozen: false,
            usage: Usage::default(),
            surveyed: Survey::default(),
        }
    }

    /// The process's number, as the host sees it. For people; never to signal by.
    #[must_use]
    pub fn pid(&self) -> i32 {
        self.process.pid()
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
        Killer(Arc::clone(&self.process))
    }

    /// Waits until something happens or `timeout` has passed.
    ///
    /// # Errors
    /// The system's error of poll(2).
    pub fn wait(&mut self, timeout: Duration, interest: Interest) -> io::Result<Ready> {
        let timeout = Timespec::try_from(timeout).map_err(io::Error::other)?;
        let ends = &self.ends;
        let output = |end: &'_ Option<OwnedFd>| end.is_some() && interest.output;
        let wanted = [
            Some((ends.woken.as_fd(), PollFlags::IN)),
            // An end is told whether it is asked for or not: a wait that wants nothing of the
            // gateway would end at once, again and again.
            interest.receive.then(|| (ends.gateway.receiver(), PollFlags::IN)),
            interest.send.then(|| (ends.gateway.sender(), PollFlags::OUT)),
            ends.stdin.as_ref().filter(|_| interest.input).map(|end| (end.as_fd(), PollFlags::OUT)),
            ends.stdout
                .as_ref()
                .filter(|_| output(&ends.stdout))
                .map(|end| (end.as_fd(), PollFlags::IN)),
            ends.stderr
                .as_ref()
                .filter(|_| output(&ends.stderr))
                .map(|end| (end.as_fd(), PollFlags::IN)),
            self.exit.is_none().then(|| (self.end.as_fd(), PollFlags::IN)),
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
        let [woken, receive, send, input, stdout, stderr, exited] = places.map(any);
        let ready =
            Ready { woken, receive, send, input, stdout, stderr, exited, ..Ready::default() };
        drop(fds);
        if ready.woken {
            self.take_wakes();
        }
        Ok(ready)
    }

    /// However often it was woken.
    fn take_wakes(&self) {
        let mut buffer = [0u8; 64];
        while rustix::io::read(&self.ends.woken, &mut buffer).is_ok_and(|count| count > 0) {}
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
        *self.output(stream) = None;
    }

    /// Whether a stream may still have output.
    #[must_use]
    pub const fn has_output(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.ends.stdout.is_some(),
            Stream::Stderr => self.ends.stderr.is_some(),
        }
    }

    const fn output(&mut self, stream: Stream) -> &mut Option<OwnedFd> {
        match stream {
            Stream::Stdout => &mut self.ends.stdout,
            Stream::Stderr => &mut self.ends.stderr,
        }
    }

    /// A listener of the cell's way out: there is none.
    pub const fn take_proxy(&mut self) -> Option<TcpListener> {
        None
    }

    /// The ways into a native cell that may listen: there are none.
    pub const fn take_inlets(&mut self) -> Vec<Inlet> {
        Vec::new()
    }

    /// Takes captured output; 0 at its end, after which the stream is not waited for any more.
    ///
    /// # Errors
    /// `WouldBlock`, or the system's error of read(2).
    pub fn read_output(&mut self, stream: Stream, buffer: &mut [u8]) -> io::Result<usize> {
        let end = self.output(stream);
        let Some(pipe) = end else { return Ok(0) };
        let count = rustix::io::read(&*pipe, buffer)?;
        if count == 0 {
            *end = None;
        }
        Ok(count)
    }

    /// The oldest record of a system call: there is none, since nobody tells the host of one.
    ///
    /// # Errors
    /// None.
    pub const fn next_syscall(&mut self) -> io::Result<Option<SyscallAttempt>> {
        Ok(None)
    }

    /// Records that were dropped: there are none.
    #[must_use]
    pub fn dropped_syscalls(&self) -> Dropped {
        Dropped::default()
    }

    /// The layers of a native cell's overlays: there are none.
    #[must_use]
    pub const fn layers(&self) -> &[OwnedFd] {
        &[]
    }

    /// Ends the cell at once, with its whole process group.
    pub fn kill(&self) {
        self.process.signal(Signal::KILL);
    }

    /// How the cell ended, if it has. Reaps it.
    pub fn try_exit(&mut self) -> Option<Exit> {
        if self.exit.is_none() {
            self.sample();
            match self.process.try_reap() {
                Ok(Some(reaped)) => self.note_exit(reaped),
                Ok(None) => {}
                // The embedding program reaps or ignores its children: gone, nobody knows how.
                Err(_) => self.note_exit(Reaped { status: 0, cpu: Duration::ZERO }),
            }
        }
        self.exit
    }

    fn note_exit(&mut self, reaped: Reaped) {
        self.usage.cpu = self.usage.cpu.max(reaped.cpu);
        self.usage.processes = 0;
        self.folder = None;
        self.exit = Some(if libc::WIFSIGNALED(reaped.status) {
            let number = libc::WTERMSIG(reaped.status);
            Exit::Signal { number, out_of_memory: self.overstepped == Some(Limit::Memory) }
        } else {
            Exit::Code(libc::WEXITSTATUS(reaped.status))
        });
    }

    /// What the cell has used. Updated by calling; the last figures of a dead cell stay.
    pub fn usage(&mut self) -> Usage {
        if self.exit.is_none() {
            self.sample();
        }
        self.usage
    }

    fn sample(&mut self) {
        let Some(figures) = raw::figures(self.process.pid()) else { return };
        self.usage.memory = figures.memory;
        let peak = figures.memory_peak.max(figures.memory);
        self.usage.memory_peak = self.usage.memory_peak.max(peak);
        self.usage.cpu = self.usage.cpu.max(figures.cpu);
        self.usage.processes = 1;
    }

    /// Lets the cell have so much memory from now on, more or less than before.
    ///
    /// # Errors
    /// `InvalidInput` where the recipe says that the memory is not raisable, `WouldBlock` where the
    /// cell uses more.
    pub fn set_memory(&mut self, bytes: u64) -> io::Result<()> {
        if !self.limits.raisable {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if self.usage().memory > bytes {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.limits.memory = bytes;
        Ok(())
    }

    /// What the recipe says of the processor is what there is.
    ///
    /// # Errors
    /// `Unsupported` for less than that: nothing holds it.
    pub fn set_cpu(&mut self, millis: Option<u32>) -> io::Result<()> {
        match millis {
            Some(millis) if millis < self.limits.cpu_millis => {
                Err(io::ErrorKind::Unsupported.into())
            }
            _ => Ok(()),
        }
    }

    /// Halts the cell until it is told otherwise, or lets it go on. A halted cell can be ended.
    ///
    /// # Errors
    /// None.
    pub fn freeze(&mut self, frozen: bool) -> io::Result<()> {
        self.process.signal(if frozen { Signal::STOP } else { Signal::CONT });
        self.frozen = frozen;
        Ok(())
    }

    /// Whether the cell was halted by [`Cell::freeze`].
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.frozen
    }

    /// A closer look than [`Cell::usage`]. Bytes read and written are not counted by the system, and
    /// stay zero.
    pub fn survey(&mut self) -> Survey {
        let pid = self.process.pid();
        if self.exit.is_none()
            && let (Some(threads), Ok(open)) = (raw::threads(pid), raw::descriptors(pid))
        {
            self.surveyed.threads = threads;
            self.surveyed.descriptors = u32::try_from(open.len()).unwrap_or(u32::MAX);
        }
        self.surveyed
    }

    /// Ends a cell that has more memory than its limit. Called at least every 20 milliseconds while the
    /// cell works. Gives the time until it wants to be called again, or `None` when it need not be.
    pub fn govern(&mut self) -> Option<Duration> {
        if self.exit.is_some() || !self.watched {
            return None;
        }
        self.sample();
        if self.usage.memory > self.limits.memory {
            self.overstepped.get_or_insert(Limit::Memory);
            self.kill();
        }
        Some(PERIOD)
    }

    /// The limit for which the host ended the cell.
    #[must_use]
    pub const fn overstepped(&self) -> Option<Limit> {
        self.overstepped
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        if self.exit.is_none() {
            self.process.end();
        }
    }
}
