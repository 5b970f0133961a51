//! A running cell, as its host holds it.

use std::fs::File;
use std::io;
use std::net::TcpListener;
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use windows_sys::Win32::Storage::FileSystem::{FILE_READ_ATTRIBUTES, FILE_READ_DATA, SYNCHRONIZE};

use super::super::governor::{CpuGovernor, Decision};
use super::super::nothing::Inlet;
use super::calls::{Calls as _, System};
use super::chunks::{self, Chunks};
use super::container::Container;
use super::event::{Event, wait_for_any};
use super::job::{Asked, ENDED, Job};
use super::pipe::{BYTES, Reader, Writer};
use super::port::Port;
use super::section::Section;
use super::stage::size_of_folder;
use super::{exit, halt};
use crate::{
    Dropped, Exit, Interest, Limit, Limits, Posture, Protection, Ready, Received, State, Stream,
    Survey, SyscallAttempt, Usage,
};

/// How long everything may take to be gone that was ended.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often memory is looked at that no job holds.
const MEMORY_PERIOD: Duration = Duration::from_millis(250);

/// What may be done with a file that was lent: its content and its figures are read, and so is its name.
const READ: u32 = FILE_READ_DATA | FILE_READ_ATTRIBUTES | SYNCHRONIZE;

/// How long what a native program has started may take to be gone, once it was ended.
const DYING: Duration = Duration::from_secs(2);

/// How often it is looked for processes that are to be halted.
const LOOKS: usize = 32;

/// How often the files of a native program are looked at.
const FILES_PERIOD: Duration = Duration::from_millis(500);

/// Memory with a payload in it, read-only.
#[derive(Clone, Debug)]
pub struct Descriptor(pub(super) Arc<Section>);

impl Descriptor {
    /// The borrowed form is the same.
    #[must_use]
    pub const fn as_fd(&self) -> &Self {
        self
    }
}

/// The job, and who may end what is in it.
pub(super) type SharedJob = Arc<Mutex<Job>>;

fn with<T>(job: &SharedJob, act: impl FnOnce(&mut Job) -> T) -> T {
    // A job is whole at every moment.
    act(&mut job.lock().unwrap_or_else(PoisonError::into_inner))
}

/// A confined process and everything that the host holds of it. Dropped, it is ended.
#[derive(Debug)]
pub struct Cell {
    process: Arc<OwnedHandle>,
    pid: u32,
    job: SharedJob,
    port: Option<Port>,
    ends: HostEnds,
    posture: Posture,
    limits: Limits,
    exit: Option<Exit>,
    /// Last figures, kept since a dead process has none.
    usage: Usage,
    surveyed: Survey,
    governor: Option<CpuGovernor>,
    /// Whether the host holds what the recipe says of the processor.
    governed: bool,
    /// Whether the host holds the memory.
    watches_memory: bool,
    /// The processes that stand still, each as often as it was halted.
    halted: Vec<OwnedHandle>,
    /// Set while it stands still until it is told otherwise.
    ice: bool,
    overstepped: Option<Limit>,
    met_memory: bool,
    /// Set for a native program.
    scratch: Option<Scratch>,
    /// When its files are looked at next.
    next_look: Instant,
    /// Its profile goes with it.
    _container: Container,
}

/// The host's ends of a gateway.
#[derive(Debug)]
pub(super) struct Talk {
    /// What the cell says.
    pub(super) hears: Reader,
    /// What it is told.
    pub(super) tells: Writer,
    /// What has arrived of an engine, which talks in chunks. A program's lines come as they are.
    pub(super) chunks: Option<Chunks>,
}

impl Talk {
    fn is_heard(&mut self) -> bool {
        self.chunks.as_ref().is_some_and(Chunks::has_some) || self.hears.is_ready()
    }
}

/// What a native program may add to its files.
#[derive(Clone, Debug)]
pub(super) struct Scratch {
    pub(super) folder: PathBuf,
    /// Bytes that the folder may hold.
    pub(super) bytes: u64,
    /// Files and folders that it may hold.
    pub(super) entries: usize,
}

/// The host's ends of one cell's pipes.
#[derive(Debug)]
pub(super) struct HostEnds {
    /// Its gateway, if it has one.
    pub(super) talk: Option<Mutex<Talk>>,
    /// A native program's standard input.
    pub(super) stdin: Option<Writer>,
    /// The same once it is to end, as long as the last of it is not in the pipe.
    pub(super) leaving: Option<Writer>,
    pub(super) stdout: Option<Reader>,
    pub(super) stderr: Option<Reader>,
    pub(super) wake: Arc<Event>,
}

/// What a launch has got.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) process: OwnedHandle,
    pub(super) pid: u32,
    pub(super) job: Job,
    pub(super) port: Option<Port>,
    pub(super) ends: HostEnds,
    pub(super) posture: Posture,
    pub(super) limits: Limits,
    pub(super) scratch: Option<Scratch>,
    pub(super) container: Container,
}

/// Ends a cell from another thread, whatever the one that holds it is doing.
#[derive(Clone, Debug)]
pub struct Killer(SharedJob, Arc<OwnedHandle>);

impl Killer {
    /// Ends the cell at once, with everything in it. No effect on one that has ended.
    pub fn kill(&self) {
        with(&self.0, |job| job.end(&System, self.1.as_handle()));
    }
}

/// Gives a native program files that its host has opened.
#[derive(Clone, Debug)]
pub struct Lender(Arc<OwnedHandle>);

impl Lender {
    /// Puts a handle of a file into the program, with which it is read and not written: the number that it
    /// has there. Whoever reads a file can also lock it.
    ///
    /// # Errors
    /// The system's, such as for a program that has ended.
    pub fn lend(&self, file: &File) -> io::Result<u64> {
        System.put_into(file.as_handle(), self.0.as_handle(), READ)
    }
}

/// Ends the [`Cell::wait`] of another thread.
#[derive(Clone, Debug)]
pub struct Waker(Arc<Event>);

impl Waker {
    /// Wakes the waiter, now or at its next wait.
    pub fn wake(&self) {
        self.0.set();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Each is used by one thread, and whole between two calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Cell {
    pub(super) fn new(held: Held) -> Self {
        let Held { process, pid, job, port, ends, posture, limits, scratch, container } = held;
        let lacks = |protection: Protection| {
            posture.get(protection).is_some_and(|line| line.state == State::Degraded)
        };
        let governed = lacks(Protection::Cpu);
        Self {
            process: Arc::new(process),
            pid,
            job: Arc::new(Mutex::new(job)),
            port,
            ends,
            limits,
            exit: None,
            usage: Usage::default(),
            surveyed: Survey::default(),
            governor: governed.then(|| CpuGovernor::new(limits.cpu_millis)),
            governed,
            watches_memory: lacks(Protection::Memory),
            halted: Vec::new(),
            ice: false,
            overstepped: None,
            met_memory: false,
            scratch,
            next_look: Instant::now(),
            posture,
            _container: container,
        }
    }

    /// The process's number, for people; never to end it by.
    #[must_use]
    pub const fn pid(&self) -> i32 {
        self.pid.cast_signed()
    }

    /// What was read back of it before it ran.
    #[must_use]
    pub const fn posture(&self) -> &Posture {
        &self.posture
    }

    /// What ends it from another thread.
    #[must_use]
    pub fn killer(&self) -> Killer {
        Killer(Arc::clone(&self.job), Arc::clone(&self.process))
    }

    /// What ends its wait from another thread.
    #[must_use]
    pub fn waker(&self) -> Waker {
        Waker(Arc::clone(&self.ends.wake))
    }

    /// What gives its program files.
    #[must_use]
    pub fn lender(&self) -> Lender {
        Lender(Arc::clone(&self.process))
    }

    /// Ends the cell at once, with everything in it.
    pub fn kill(&self) {
        self.killer().kill();
    }

    /// Waits for whatever comes first, for this long at most.
    ///
    /// # Errors
    /// The system's.
    pub fn wait(&mut self, timeout: Duration, interest: Interest) -> io::Result<Ready> {
        let ready = self.ready(interest);
        if ready != Ready::default() {
            return Ok(ready);
        }
        let talk = self.ends.talk.as_ref().map(locked);
        let mut wanted: Vec<BorrowedHandle<'_>> = vec![self.ends.wake.as_handle()];
        if let Some(talk) = &talk {
            wanted.extend(interest.receive.then(|| talk.hears.event()));
            wanted.extend(interest.send.then(|| talk.tells.event()));
        }
        let input = self.ends.stdin.iter().filter(|_| interest.input);
        wanted.extend(input.chain(&self.ends.leaving).map(Writer::event));
        let output = [&self.ends.stdout, &self.ends.stderr];
        let output = output.into_iter().flatten().filter(|_| interest.output);
        wanted.extend(output.map(Reader::event));
        wanted.extend(self.exit.is_none().then(|| self.process.as_handle()));
        wait_for_any(&wanted, timeout)?;
        drop(wanted);
        drop(talk);
        Ok(self.ready(interest))
    }

    fn ready(&mut self, interest: Interest) -> Ready {
        let woken = self.ends.wake.has_happened();
        if woken {
            // Whoever wakes has said before what for, and that is looked at after this.
            self.ends.wake.reset();
        }
        if self.ends.leaving.as_mut().is_some_and(Writer::is_ready) {
            self.ends.leaving = None;
        }
        let (mut receive, mut send) = (false, false);
        if let Some(mut talk) = self.ends.talk.as_ref().map(locked) {
            receive = interest.receive && talk.is_heard();
            send = interest.send && talk.tells.is_ready();
        }
        let has = |end: &mut Option<Reader>| {
            interest.output && end.as_mut().is_some_and(Reader::is_ready)
        };
        Ready {
            receive,
            send,
            input: interest.input && self.ends.stdin.as_mut().is_some_and(Writer::is_ready),
            stdout: has(&mut self.ends.stdout),
            stderr: has(&mut self.ends.stderr),
            exited: self.exit.is_none() && self.has_ended(),
            woken,
            ..Ready::default()
        }
    }

    fn has_ended(&self) -> bool {
        !matches!(System.exit_code(self.process.as_handle()), Ok(None))
    }

    /// Takes bytes and payloads from the gateway; `WouldBlock` when there are none.
    ///
    /// # Errors
    /// `InvalidData` where it is not what a cell says; the system's.
    pub fn receive(&self, buffer: &mut [u8]) -> io::Result<Received> {
        let Some(talk) = &self.ends.talk else { return Ok(Received::default()) };
        let mut talk = locked(talk);
        let Talk { hears, chunks, .. } = &mut *talk;
        let Some(chunks) = chunks else {
            let arrived = hears.take(buffer.len())?;
            buffer[..arrived.len()].copy_from_slice(&arrived);
            return Ok(Received { bytes: arrived.len(), ..Received::default() });
        };
        while !chunks.has_some() {
            let arrived = hears.take(BYTES)?;
            if arrived.is_empty() {
                return Ok(Received::default());
            }
            chunks.push(&arrived);
        }
        let (bytes, attached, truncated) = chunks.take(buffer)?;
        let attached = attached.iter().map(|bytes| memory_file(bytes));
        Ok(Received { bytes, descriptors: attached.collect::<io::Result<_>>()?, truncated })
    }

    /// Puts bytes, and payloads before the first of them, into the gateway; `WouldBlock` when it is
    /// full.
    ///
    /// # Errors
    /// `BrokenPipe` when the cell is gone; the system's.
    pub fn send(&self, bytes: &[u8], descriptors: &[&Descriptor]) -> io::Result<usize> {
        let Some(talk) = &self.ends.talk else { return Err(io::ErrorKind::BrokenPipe.into()) };
        let mut talk = locked(talk);
        if talk.chunks.is_none() && !descriptors.is_empty() {
            return Err(io::ErrorKind::Unsupported.into());
        }
        let framed = talk.chunks.is_some();
        let tells = &mut talk.tells;
        if !tells.is_ready() {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        let bytes = &bytes[..bytes.len().min(chunks::PIECE)];
        if bytes.is_empty() {
            return Ok(0);
        }
        if !framed {
            tells.put(&[bytes])?;
            return Ok(bytes.len());
        }
        let mut heads = Vec::new();
        for Descriptor(section) in descriptors {
            let there = section.put_into(self.process.as_handle());
            // It has no handles any more.
            let there = there.map_err(|error| match self.has_ended() {
                true => io::ErrorKind::BrokenPipe.into(),
                false => error,
            })?;
            heads.extend(chunks::section(there, section.size()));
        }
        heads.extend(chunks::lines(bytes.len()));
        tells.put(&[&heads, bytes])?;
        Ok(bytes.len())
    }

    /// Takes captured output; 0 at its end, after which the stream is not waited for any more.
    ///
    /// # Errors
    /// `WouldBlock`.
    pub fn read_output(&mut self, stream: Stream, buffer: &mut [u8]) -> io::Result<usize> {
        let end = match stream {
            Stream::Stdout => &mut self.ends.stdout,
            Stream::Stderr => &mut self.ends.stderr,
        };
        let Some(pipe) = end else { return Ok(0) };
        let bytes = pipe.take(buffer.len())?;
        buffer[..bytes.len()].copy_from_slice(&bytes);
        if bytes.is_empty() {
            *end = None;
        }
        Ok(bytes.len())
    }

    /// Whether there may be more of a stream's output.
    #[must_use]
    pub const fn has_output(&self, stream: Stream) -> bool {
        match stream {
            Stream::Stdout => self.ends.stdout.is_some(),
            Stream::Stderr => self.ends.stderr.is_some(),
        }
    }

    /// Takes no more of a stream's output.
    pub fn close_output(&mut self, stream: Stream) {
        match stream {
            Stream::Stdout => self.ends.stdout = None,
            Stream::Stderr => self.ends.stderr = None,
        }
    }

    /// No call is told here.
    ///
    /// # Errors
    /// None.
    pub const fn next_syscall(&mut self) -> io::Result<Option<SyscallAttempt>> {
        Ok(None)
    }

    /// None is told, and none is missed.
    #[must_use]
    pub fn dropped_syscalls(&self) -> Dropped {
        Dropped::default()
    }

    /// It has no network of its own.
    pub const fn take_proxy(&mut self) -> Option<TcpListener> {
        None
    }

    /// It has no network of its own.
    pub const fn take_inlets(&mut self) -> Vec<Inlet> {
        Vec::new()
    }

    /// Puts bytes into a native program's standard input; `WouldBlock` when it is full.
    ///
    /// # Errors
    /// `BrokenPipe` when nobody reads it any more.
    pub fn send_input(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let Some(stdin) = &mut self.ends.stdin else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        let bytes = &bytes[..bytes.len().min(BYTES)];
        if !bytes.is_empty() {
            stdin.put(&[bytes])?;
        }
        Ok(bytes.len())
    }

    /// Ends a native program's standard input, after what was put into it.
    pub fn close_input(&mut self) {
        let stdin = self.ends.stdin.take();
        self.ends.leaving = stdin.filter(|stdin| !stdin.is_idle()).or(self.ends.leaving.take());
    }

    /// Makes a native program's standard input and output its gateway, instead of the handle that it was
    /// given, whose other end is closed. No effect where they are closed.
    pub fn use_stdio(&mut self) {
        if let (Some(tells), Some(hears)) = (self.ends.stdin.take(), self.ends.stdout.take()) {
            self.ends.talk = Some(Mutex::new(Talk { hears, tells, chunks: None }));
        }
    }

    /// What it writes stands in its stage, as files.
    #[must_use]
    pub const fn layers(&self) -> &[Descriptor] {
        &[]
    }

    /// How the cell ended, if it has.
    pub fn try_exit(&mut self) -> Option<Exit> {
        if self.exit.is_none() {
            let code = match System.exit_code(self.process.as_handle()) {
                Ok(code) => code?,
                Err(_) => ENDED,
            };
            self.sample();
            self.exit = Some(match self.overstepped {
                Some(Limit::Memory) => exit::OUT_OF_MEMORY,
                _ => exit::of_code(code, ENDED, self.met_memory),
            });
            // Whatever it has started ends with it, and has its files open until then.
            self.kill();
            self.wait_for_others();
        }
        self.exit
    }

    /// What it has used so far.
    pub fn usage(&mut self) -> Usage {
        if self.exit.is_none() {
            self.sample();
        }
        self.usage
    }

    fn sample(&mut self) {
        if let Some(port) = &self.port {
            let told = port.told();
            self.met_memory |= told.memory;
            self.usage.processes_refused += told.processes;
        }
        if let Ok([now, most]) = halt::committed(self.process.as_handle()) {
            // Those that cannot be looked at are missing here. A job counts them, where it holds the memory.
            let others = self.others().unwrap_or_default();
            let others = others.iter().filter_map(|other| halt::committed(other.as_handle()).ok());
            self.usage.memory = others.fold(now, |all, [now, _]| all.saturating_add(now));
            self.usage.memory_peak = self.usage.memory_peak.max(most).max(self.usage.memory);
        }
        if let Ok(used) = with(&self.job, |job| job.accounting(&System)) {
            self.usage.cpu = self.usage.cpu.max(used.cpu);
            self.usage.processes = used.active;
        }
        if let Ok(own) = halt::processor(self.process.as_handle()) {
            self.usage.cpu = self.usage.cpu.max(own);
        }
    }

    /// Processes that a native program has started.
    ///
    /// # Errors
    /// The system's, where one of them cannot be looked at.
    fn others(&self) -> io::Result<Vec<OwnedHandle>> {
        if self.scratch.is_none() {
            return Ok(Vec::new());
        }
        let job = with(&self.job, |job| job.handle().try_clone_to_owned())?;
        let mut own = Vec::new();
        for process in halt::of_job(job.as_handle(), self.pid)? {
            // A number may be another's by now.
            if System.is_in_job(process.as_handle(), job.as_handle())? {
                own.push(process);
            }
        }
        Ok(own)
    }

    /// Waits until nothing of a native program is left, which has been ended.
    fn wait_for_others(&self) {
        let until = Instant::now() + DYING;
        let is_left = || {
            let used = with(&self.job, |job| job.accounting(&System));
            self.scratch.is_some() && used.is_ok_and(|used| used.active > 0)
        };
        while is_left() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// A closer look than [`Cell::usage`].
    pub fn survey(&mut self) -> Survey {
        if self.exit.is_some() {
            return self.surveyed;
        }
        if let Ok(([read, written], handles)) = halt::moved(self.process.as_handle()) {
            self.surveyed.read = self.surveyed.read.max(read);
            self.surveyed.written = self.surveyed.written.max(written);
            self.surveyed.descriptors = handles;
        }
        self.surveyed
    }

    /// Lets the cell have so much memory from now on, more or less than before. Less only when it
    /// does not use more.
    ///
    /// # Errors
    /// `InvalidInput` where the recipe says that the memory is not raisable, `WouldBlock` where the
    /// cell uses more, or the system's error.
    pub fn set_memory(&mut self, bytes: u64) -> io::Result<()> {
        if !self.limits.raisable {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        if self.usage().memory > bytes {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.change(|asked| Asked { memory: bytes, ..asked })?;
        self.limits.memory = bytes;
        Ok(())
    }

    /// Lets the cell have so many thousandths of a core from now on; `None` is what its recipe says.
    /// Never more than that.
    ///
    /// # Errors
    /// The system's, where a job holds it.
    pub fn set_cpu(&mut self, millis: Option<u32>) -> io::Result<()> {
        let own = self.limits.cpu_millis;
        let cpu_millis = millis.map_or(own, |millis| millis.clamp(1, own.max(1)));
        if !self.governed {
            return self.change(|asked| Asked { cpu_millis, ..asked });
        }
        if !self.ice {
            self.go_on();
        }
        self.governor = Some(CpuGovernor::going_on(cpu_millis, self.usage.cpu));
        Ok(())
    }

    fn change(&self, asked: impl FnOnce(Asked) -> Asked) -> io::Result<()> {
        with(&self.job, |job| {
            let asked = asked(job.asked());
            job.change(&System, asked)
        })
    }

    /// Halts everything in the cell until it is told otherwise, or lets it go on.
    ///
    /// # Errors
    /// The system's, where it cannot be halted.
    pub fn freeze(&mut self, frozen: bool) -> io::Result<()> {
        match frozen {
            true => self.stop()?,
            false => self.go_on(),
        }
        self.ice = frozen;
        Ok(())
    }

    /// Whether the cell was halted by [`Cell::freeze`].
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        self.ice
    }

    /// A process that is just being made may escape one look: it is looked again until there is none that goes
    /// on.
    fn stop(&mut self) -> io::Result<()> {
        if !self.halted.is_empty() {
            return Ok(());
        }
        let first = self.process.as_handle().try_clone_to_owned()?;
        halt::halt(first.as_handle(), true)?;
        self.halted.push(first);
        for _ in 0..LOOKS {
            let known: Vec<u32> =
                self.halted.iter().map(|process| halt::number(process.as_handle())).collect();
            let mut others = self.others()?;
            others.retain(|process| !known.contains(&halt::number(process.as_handle())));
            if others.is_empty() {
                return Ok(());
            }
            for process in others {
                halt::halt(process.as_handle(), true)?;
                self.halted.push(process);
            }
        }
        Err(io::Error::other("it starts processes faster than they can be halted"))
    }

    fn go_on(&mut self) {
        for process in self.halted.drain(..) {
            // One that has ended stands still for good.
            drop(halt::halt(process.as_handle(), false));
        }
    }

    /// Holds the limits that no job holds. Gives the time until it wants to be called again, or `None`
    /// when it need not be.
    pub fn govern(&mut self) -> Option<Duration> {
        if self.exit.is_some() || self.ice {
            return None;
        }
        if self.governor.is_none() && !self.watches_memory && self.scratch.is_none() {
            return None;
        }
        self.sample();
        if self.watches_memory && self.usage.memory > self.limits.memory {
            self.end_for(Limit::Memory);
            return None;
        }
        if self.writes_too_much() {
            self.end_for(Limit::Scratch);
            return None;
        }
        let Some(governor) = &mut self.governor else { return Some(MEMORY_PERIOD) };
        match governor.decide(self.usage.cpu, Instant::now()) {
            Decision::Leave => {}
            Decision::Stop => {
                // What cannot be halted goes on, and is ended when that has become too much.
                drop(self.stop());
                let used = self.usage.cpu;
                if let Some(governor) = &mut self.governor {
                    governor.stopped_at(used);
                }
            }
            Decision::GoOn => self.go_on(),
            Decision::End => self.end_for(Limit::Cpu),
        }
        Some(CpuGovernor::PERIOD)
    }

    /// Whether a native program's files have become more than they may be: no system bounds a folder.
    fn writes_too_much(&mut self) -> bool {
        let Some(scratch) = &self.scratch else { return false };
        let began = Instant::now();
        if began < self.next_look {
            return false;
        }
        let size = size_of_folder(&scratch.folder, scratch.entries);
        // A tree that takes long to look through is looked at as much less often.
        self.next_look = Instant::now() + FILES_PERIOD.max(began.elapsed() * 10);
        // What cannot be looked at may be anything.
        size.map_or(true, |size| size.bytes > scratch.bytes || size.entries > scratch.entries)
    }

    fn end_for(&mut self, limit: Limit) {
        self.overstepped.get_or_insert(limit);
        self.kill();
    }

    /// The limit for which the host ended the cell.
    #[must_use]
    pub const fn overstepped(&self) -> Option<Limit> {
        self.overstepped
    }
}

impl Drop for Cell {
    fn drop(&mut self) {
        self.kill();
        // The wait is for the system only, and tells whoever looks next that it is gone.
        drop(wait_for_any(&[self.process.as_handle()], PATIENCE));
        self.wait_for_others();
    }
}

/// Memory with these bytes, to be sent to a cell.
///
/// # Errors
/// The system's.
pub fn memory_file(bytes: &[u8]) -> io::Result<Descriptor> {
    Section::new(bytes).map(Arc::new).map(Descriptor)
}

/// The bytes of a payload that arrived and was announced with this size.
///
/// # Errors
/// `InvalidData` where it has another.
pub fn read_memory_file(file: &Descriptor, size: u64) -> io::Result<Vec<u8>> {
    check(file, size)?;
    file.0.read()
}

fn check(file: &Descriptor, size: u64) -> io::Result<()> {
    let found = file.0.size();
    if found == size {
        return Ok(());
    }
    let text = format!("the payload has {found} bytes, announced were {size}");
    Err(io::Error::new(io::ErrorKind::InvalidData, text))
}

/// A payload that a cell sent and that is handed on to others without a copy.
#[derive(Debug)]
pub struct Sealed(Descriptor);

impl Sealed {
    /// Takes over a payload that arrived.
    ///
    /// # Errors
    /// As [`read_memory_file`].
    pub fn adopt(file: &Descriptor, size: u64) -> io::Result<Option<Self>> {
        check(file, size)?;
        Ok(Some(Self(file.clone())))
    }

    /// Its size in bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.0.size()
    }

    /// The same memory, to be sent to a cell.
    ///
    /// # Errors
    /// None.
    pub fn descriptor(&self) -> io::Result<Descriptor> {
        Ok(self.0.clone())
    }

    /// Its bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        self.0.0.read()
    }
}
