//! The thread that answers the calls of one native cell.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::Arc;
use std::time::Instant;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::retry_on_intr;

use super::super::bpf::{self, Words};
use super::super::native;
use super::super::raw::{self, Notification};
use super::broker::{Verdict, decide};
use super::caller::Callers;
use super::decode::Decoder;
use super::memory::OfThread;
use super::place::{self, Root};
use super::queue::{Kind, Queue};
use super::rate::Rate;
use super::trap::Shape;
use crate::{Broker, Detail, Dropped, Native, Outcome, SyscallAttempt};

/// Records of refused calls, per second and at once. A program that probes makes some dozens.
const REFUSED: (u32, u32) = (100, 1000);

/// Records of connections, datagrams and programs. A build starts some hundred programs a second.
const NOTED: (u32, u32) = (500, 5000);

/// Records of calls on files. An interpreter opens some thousand when it starts.
const FILES: (u32, u32) = (2000, 20_000);

/// What [`bpf::run`] says of calls, in the supervisor's copy of the filter.
const WORDS: Words = Words { refuse: 1, note: 2 };

/// The calls of a cell that its host is told of.
#[derive(Debug)]
pub(in super::super) enum Calls {
    /// There are none, or none any more.
    Untold,
    /// Those of an engine: refused ones. Whoever drives the cell answers, and ends it.
    Direct(Direct),
    /// Those of a native program.
    Supervised(Supervisor),
}

impl Calls {
    /// What is readable while a call waits to be read.
    pub(in super::super) fn ready(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Untold => None,
            Self::Direct(direct) => Some(direct.listener.as_fd()),
            Self::Supervised(supervisor) => Some(supervisor.queue.ready()),
        }
    }

    pub(in super::super) fn dropped(&self) -> Dropped {
        match self {
            Self::Supervised(supervisor) => supervisor.queue.dropped(),
            _ => Dropped::default(),
        }
    }

    /// The cell has ended: no call can come any more. Records stay.
    pub(in super::super) fn end(&mut self) {
        if matches!(self, Self::Direct(_)) {
            *self = Self::Untold;
        }
    }

    pub(in super::super) fn next(&mut self) -> io::Result<Option<SyscallAttempt>> {
        let direct = match self {
            Self::Untold => return Ok(None),
            Self::Supervised(supervisor) => return Ok(supervisor.queue.pop()),
            Self::Direct(direct) => direct,
        };
        let listener = direct.listener.as_fd();
        let call = match waits(listener, Some(&Timespec::default())) {
            Ok(false) => return Ok(None),
            Ok(true) => raw::receive_notification(listener),
            Err(error) => Err(error),
        };
        match call {
            Ok(call) if direct.spared > 0 && looks_at_processors(&call) => {
                direct.spared -= 1;
                let _gone = raw::refuse_notification(listener, call.id, libc::ENOENT);
                Ok(None)
            }
            Ok(call) => {
                let record = record(&call, Outcome::Refused(libc::EPERM), &mut Eyes::default());
                // ENOENT: the caller was killed meanwhile, and the call with it.
                let _gone = raw::refuse_notification(listener, call.id, libc::EPERM);
                Ok(Some(record))
            }
            Err(error) if was_interrupted(&error) => Ok(None),
            // The cell is gone.
            Err(_) => {
                *self = Self::Untold;
                Ok(None)
            }
        }
    }
}

/// The refused calls of an engine.
#[derive(Debug)]
pub(in super::super) struct Direct {
    listener: OwnedFd,
    /// Calls that are refused like the others and told to nobody.
    spared: u8,
}

impl Direct {
    /// Those that this listener tells of. Of an engine aside, not the files in which V8's locks look for
    /// the number of processors (two) and their frequency (two): each once, when two threads want one
    /// lock for the first time, which may be never.
    pub(in super::super) const fn new(listener: OwnedFd, aside: bool) -> Self {
        Self { listener, spared: if aside { 4 } else { 0 } }
    }
}

/// Whether it opens a file as V8's locks do that look at the processors.
fn looks_at_processors(call: &raw::Notification) -> bool {
    const FLAGS: u64 = (libc::O_RDONLY | libc::O_CLOEXEC) as u64;
    let here = call.arguments[0] as i32 == libc::AT_FDCWD;
    i64::from(call.number) == libc::SYS_openat && here && call.arguments[2] == FLAGS
}

/// The host's hold on a supervising thread. The thread ends when the last process of its cell has,
/// and needs no other word.
#[derive(Debug)]
pub(in super::super) struct Supervisor {
    queue: Arc<Queue>,
}

impl Supervisor {
    /// Starts to answer the calls that a listener tells of.
    pub(in super::super) fn start(
        listener: OwnedFd,
        native: &Native,
        bare: bool,
        broker: Option<Box<dyn Broker>>,
    ) -> io::Result<Self> {
        let queue = Arc::new(Queue::new()?);
        let now = Instant::now();
        let rate = |(per_second, burst)| Rate::new(per_second, burst, now);
        let watch = Watch {
            filter: bpf::assemble_traps(&native::traps(native, bare), WORDS),
            trace_files: native.trace_files,
            broker: broker.filter(|_| native.broker),
            queue: Arc::clone(&queue),
            rates: [rate(REFUSED), rate(NOTED), rate(FILES)],
            eyes: Eyes::default(),
            listener,
        };
        let thread = std::thread::Builder::new().name("aether-calls".to_owned());
        thread.spawn(move || watch.keep())?;
        Ok(Self { queue })
    }
}

/// What the supervising thread has.
struct Watch {
    listener: OwnedFd,
    /// The filter that the kernel runs, with [`WORDS`]. One program decides on both sides, so that
    /// none can let go on what the other refuses.
    filter: Vec<libc::sock_filter>,
    trace_files: bool,
    broker: Option<Box<dyn Broker>>,
    queue: Arc<Queue>,
    /// By [`Kind`].
    rates: [Rate; 3],
    eyes: Eyes,
}

/// What it keeps in order to look around in the cell.
#[derive(Default)]
struct Eyes {
    root: Root,
    callers: Callers,
}

impl Watch {
    /// Until the last process of the cell has ended.
    fn keep(mut self) {
        raw::take_turns(self.listener.as_fd());
        while matches!(waits(self.listener.as_fd(), None), Ok(true)) {
            match raw::receive_notification(self.listener.as_fd()) {
                Ok(call) => self.serve(&call),
                Err(error) if was_interrupted(&error) => {}
                // Closing the listener fails every call that waits or comes: see the module.
                Err(_) => break,
            }
        }
    }

    /// Records a call, then answers it. A call that no longer waits is dropped: what was read may
    /// be another's, and nobody hears an answer.
    fn serve(&mut self, call: &Notification) {
        let number = u32::try_from(call.number).ok();
        let word = number.and_then(|number| bpf::run(&self.filter, number, call.arguments));
        if word != Some(WORDS.note) {
            if self.tell(call, Kind::Refused, Outcome::Refused(libc::EPERM)) {
                self.refuse(call, libc::EPERM);
            }
            return;
        }
        let shape = native::shape(call.number);
        if self.broker.is_some() && shape.opens() {
            return self.ask(call, shape);
        }
        let kind = match native::is_on_files(call.number) {
            true => Kind::Files,
            false => Kind::Noted,
        };
        let goes_on = match shape {
            // Most have no address.
            Shape::Message(_) | Shape::Messages(_) if !has_address(call, shape) => true,
            _ => self.tell(call, kind, Outcome::Noted),
        };
        if goes_on {
            // ENOENT: the caller was killed meanwhile, and the call with it.
            let _gone = raw::continue_notification(self.listener.as_fd(), call.id);
        }
    }

    /// Has the broker decide. What it judges is copied once, here.
    fn ask(&mut self, call: &Notification, shape: Shape) {
        let Some(broker) = &mut self.broker else { return };
        let memory = OfThread(call.thread);
        let opening =
            decoder(&memory, call, &|base| place::folder(call.thread, base)).opening(shape);
        let caller = self.eyes.callers.of(call.thread);
        if !raw::notification_waits(self.listener.as_fd(), call.id) {
            return;
        }
        let verdict = match opening {
            Some(opening) => decide(&mut **broker, opening, caller),
            None => Verdict::Refuse(libc::EACCES),
        };
        match verdict {
            Verdict::Continue => {
                if !self.trace_files || self.tell(call, Kind::Files, Outcome::Noted) {
                    let _gone = raw::continue_notification(self.listener.as_fd(), call.id);
                }
            }
            Verdict::Refuse(errno) => {
                if self.tell(call, Kind::Files, Outcome::Refused(errno)) {
                    self.refuse(call, errno);
                }
            }
            Verdict::Give { file, close_on_exec } => {
                if self.tell(call, Kind::Files, Outcome::Granted) {
                    self.give(call, file.as_fd(), close_on_exec);
                }
            }
        }
    }

    fn give(&mut self, call: &Notification, file: BorrowedFd<'_>, close_on_exec: bool) {
        let given = raw::give_descriptor(self.listener.as_fd(), call.id, file, close_on_exec);
        let Err(error) = given else { return };
        let errno = match error.raw_os_error() {
            // The caller is gone.
            Some(libc::ENOENT) => return,
            // It has as many as it may have.
            Some(libc::EMFILE) => libc::EMFILE,
            _ => libc::EACCES,
        };
        if self.tell(call, Kind::Files, Outcome::Refused(errno)) {
            self.refuse(call, errno);
        }
    }

    fn refuse(&self, call: &Notification, errno: i32) {
        // ENOENT, as above.
        let _gone = raw::refuse_notification(self.listener.as_fd(), call.id, errno);
    }

    /// Records a call, or counts it where there are too many. Says whether it still waits.
    fn tell(&mut self, call: &Notification, kind: Kind, outcome: Outcome) -> bool {
        if !self.rates[kind as usize].take(Instant::now()) {
            self.queue.drop_one(kind);
            return true;
        }
        let record = record(call, outcome, &mut self.eyes);
        let waits = raw::notification_waits(self.listener.as_fd(), call.id);
        if waits {
            self.queue.push(kind, record);
        }
        waits
    }
}

/// Whether a call waits at a listener, once there is one or `timeout` has passed. An error when none
/// can come any more.
fn waits(listener: BorrowedFd<'_>, timeout: Option<&Timespec>) -> io::Result<bool> {
    let mut fds = [PollFd::new(&listener, PollFlags::IN)];
    retry_on_intr(|| poll(&mut fds, timeout))?;
    let told = fds[0].revents();
    match told.contains(PollFlags::IN) {
        false if told.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) => {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
        waits => Ok(waits),
    }
}

/// The caller was interrupted or killed meanwhile; its call did not happen.
fn was_interrupted(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENOENT | libc::EINTR))
}

fn decoder<'a>(
    memory: &'a OfThread,
    call: &Notification,
    folder: &'a dyn Fn(super::decode::Base) -> Option<crate::PluginText>,
) -> Decoder<'a, OfThread> {
    Decoder { memory, arguments: call.arguments, folder }
}

fn has_address(call: &Notification, shape: Shape) -> bool {
    let memory = OfThread(call.thread);
    let detail = decoder(&memory, call, &|_| None).detail(shape);
    matches!(detail, Detail::Addresses { addresses, more } if more || !addresses.is_empty())
}

/// Everything that is told of a call.
fn record(call: &Notification, outcome: Outcome, eyes: &mut Eyes) -> SyscallAttempt {
    let memory = OfThread(call.thread);
    let folder = |base| place::folder(call.thread, base);
    let mut detail = decoder(&memory, call, &folder).detail(native::shape(call.number));
    match &mut detail {
        Detail::Open { place, .. } => place.presence = eyes.root.look(call.thread, place),
        Detail::Execute { program, .. } => {
            program.presence = eyes.root.look(call.thread, program);
        }
        _ => {}
    }
    SyscallAttempt {
        name: name(call.number),
        arguments: call.arguments,
        outcome,
        caller: eyes.callers.of(call.thread),
        detail,
    }
}

fn name(number: i32) -> String {
    let known = usize::try_from(number).ok().and_then(syscalls::Sysno::new);
    known.map_or_else(|| format!("syscall {number}"), |call| call.name().to_owned())
}
