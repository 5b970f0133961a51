//! The thread that serves one cell: its gateway, its output, its deadlines, its end.

#[cfg(target_os = "linux")]
mod beside;
#[cfg(not(target_os = "linux"))]
#[path = "beside_elsewhere.rs"]
mod beside;
mod calls;
mod cancel;
mod debugged;
mod end;
mod network;
mod others;
mod program;
mod stream;
mod syscalls;
mod traced;
mod watched;
mod work;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_container::{Cell, Interest, Survey, Waker};
use aether_gateway::{Auditor, CodeSink, Done, Door};
use aether_manifest::Asking;
use aether_overlay::Quota;
use aether_policy::grant::Grant;
use aether_protocol::FrameReader;
use aether_protocol::v1::{Hello, HelloReply, LoadReply};
use aether_schema::Contracts;
use serde_json::Value;

use crate::call::{CallError, More};
use crate::events::Listener;
use crate::host::{EngineMemory, millis};
use crate::native::Layers;
use crate::network::WayOut;
use crate::others::Caller;
use crate::record::{Final, Sample, Samples};
use crate::watchdog::Watch;
use crate::wire::{Inbox, Outbox, UNREAD};
use crate::{Ending, Event, Limit, Violation};
pub(crate) use beside::Beside;
pub(crate) use debugged::Debugged;
use end::{broken, gone};
pub use program::{ProgramLimits, Streams};
use traced::Traces;
pub(crate) use watched::Watched;
pub(crate) use work::Outside;
use work::Raised;

/// How much longer than a deadline the host waits for the cell to say so itself: its own word is
/// more precise, the host's is certain.
const GRACE: Duration = Duration::from_millis(250);

/// How often figures are taken while calls are open. While none is, it is as often as the monitor
/// looks.
const SAMPLE_BUSY: Duration = Duration::from_millis(100);

/// Shortest time between two figures, whatever the monitor is told.
const SHORTEST: Duration = Duration::from_millis(1);

/// Processor time that a cell may use between calls: enough to tidy up after one.
const RESTLESS: Duration = Duration::from_secs(1);

/// How long a cell may take to end in good order. Taking down its namespaces takes some
/// milliseconds, on a machine under load some hundred.
const FAREWELL: Duration = Duration::from_secs(2);

/// Bytes taken from the gateway at once.
const READ_BYTES: usize = 64 << 10;

/// What the handle asks of the driver.
pub(crate) enum Command {
    /// Call a method.
    Call(Box<Asked>),
    /// End in good order.
    Stop,
    /// End at once.
    Kill,
}

/// A call, as it is asked for.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) input: Value,
    pub(crate) limit: Duration,
    pub(crate) answer: Sender<Result<Value, CallError>>,
    pub(crate) more: More,
    /// Set when the caller has cancelled it.
    pub(crate) cancelled: Arc<AtomicBool>,
    /// Where its number goes.
    pub(crate) number: Arc<OnceLock<u64>>,
    /// The plugin that calls, if one does.
    pub(crate) caller: Option<Caller>,
    /// Where pieces of the result go, if it is wanted so.
    pub(crate) pieces: Option<Sender<Piece>>,
}

/// A piece of a result. Dropped, wherever that is, it counts as taken: the plugin may send another.
pub(crate) struct Piece {
    /// The number of its work.
    number: u64,
    data: Value,
    say: Sender<(u64, Done)>,
    waker: Waker,
}

impl Piece {
    pub(crate) fn take(mut self) -> Value {
        self.data.take()
    }
}

impl Drop for Piece {
    fn drop(&mut self) {
        // A driver that has ended wants no word of it.
        drop(self.say.send((self.number, Done::Taken(Ok(())))));
        self.waker.wake();
    }
}

/// How far the cell has come.
enum Stage {
    /// `hello` is sent.
    Greeting,
    /// `load` or `compile` is sent.
    Loading,
    /// Calls are served.
    Serving,
    /// A program that knows nothing of its host runs, for so long.
    Program { limit: Duration, until: Instant },
    /// It was asked to end.
    Leaving { until: Instant },
}

struct OpenCall {
    method: String,
    limit: Duration,
    until: Instant,
    /// Until when it would have had time without being cancelled.
    latest: Instant,
    /// When it began, if a person was being asked then.
    joined: Option<work::Moment>,
    /// The limit that it has reached when it has not been answered by then.
    late: Limit,
    answer: Sender<Result<Value, CallError>>,
    /// Whether a piece of the result was handed on.
    gave: bool,
    /// Where pieces of the result go.
    pieces: Option<Sender<Piece>>,
    /// What it is given beyond its limit, for whoever waits.
    more: More,
    cancelled: Arc<AtomicBool>,
    /// How long its time has stood still, until the last question was answered.
    stood: Duration,
    /// Whether another plugin made it.
    by_plugin: bool,
    /// The cell was told that it is.
    told: bool,
}

/// The word on whether the plugin loaded: its engine and exports.
pub(crate) type Loaded = Result<(HelloReply, LoadReply), CallError>;

/// Where a coredump goes.
pub(crate) struct Dump {
    /// It comes in here.
    pub(crate) sink: CodeSink,
    /// The file that is made of it.
    pub(crate) path: PathBuf,
}

/// What the driver knows of a native program.
pub(crate) struct NativeSide {
    /// What the layers of its changes are.
    pub(crate) layers: Layers,
    /// What it may execute, in its root.
    pub(crate) executable: Vec<PathBuf>,
    /// Processes and threads that it may have.
    pub(crate) processes: u32,
    /// How what it lacks would be asked for.
    pub(crate) asking: Asking,
}

pub(crate) struct Driver {
    pub(crate) number: u32,
    pub(crate) plugin: String,
    /// Whether it runs for other plugins, which call it.
    pub(crate) offered: bool,
    /// What its methods take and give.
    pub(crate) contracts: Arc<Contracts>,
    pub(crate) cell: Cell,
    /// Set where the cell is no process.
    pub(crate) guest: Option<Beside>,
    /// Set where a coredump is wanted.
    pub(crate) dump: Option<Dump>,
    /// Set where a person may debug it.
    pub(crate) debugged: Option<Debugged>,
    pub(crate) door: Door,
    pub(crate) grant: Arc<Grant>,
    /// Where what takes its time is done.
    pub(crate) outside: Outside,
    pub(crate) auditor: Auditor,
    pub(crate) commands: Receiver<Command>,
    pub(crate) listener: Listener,
    /// Set for native programs.
    pub(crate) native: Option<NativeSide>,
    /// Its way to other machines.
    pub(crate) network: WayOut,
    /// What watches it.
    pub(crate) watched: Watched,
    /// How much it may write.
    pub(crate) quota: Quota,
    /// The memory limit, bytes; for the ending's text.
    pub(crate) memory: u64,
    /// What its engine has of memory for itself.
    pub(crate) engine: EngineMemory,
    /// How long loading may take.
    pub(crate) load_limit: Duration,
    /// Only compile, for a check.
    pub(crate) compile_only: bool,
    /// The host ends every cell: a death by its signal is no crash.
    pub(crate) interrupted: Arc<AtomicBool>,
    /// Where the outcome goes when the cell has ended.
    pub(crate) finished: Arc<Mutex<Option<Final>>>,
}

/// The driver's own state while it runs.
struct Running {
    driver: Driver,
    reader: FrameReader,
    inbox: Inbox,
    outbox: Outbox,
    stage: Stage,
    greeting: Option<HelloReply>,
    loaded: Option<Sender<Loaded>>,
    load_until: Instant,
    calls: BTreeMap<u64, OpenCall>,
    watch: Arc<Watch>,
    samples: Samples,
    next_sample: Instant,
    output_bytes: u64,
    /// Whole lines wait in the reader.
    more: bool,
    /// The handle is gone, or asked for the end.
    commands_open: bool,
    /// When the processor limit must be looked at again.
    govern_at: Option<Instant>,
    /// Processor time used when it was first seen to rest, and when that was.
    rest: Option<(Duration, Instant)>,
    /// What it said last on standard error.
    last_words: Vec<u8>,
    /// Its last words were that an allocation failed outside of the engine's heap.
    ran_out: bool,
    /// A native plugin has not yet said where it talks: what it has printed since its last line.
    undecided: Option<Vec<u8>>,
    /// It talks on its standard streams.
    stdio: bool,
    /// What it was given of memory for calls that are open.
    raised: Option<Raised>,
    /// The methods of a native plugin, once it has loaded.
    exports: Option<Vec<String>>,
    /// The event that it deals with: the request's identifier.
    hears: Option<u64>,
    /// It was asked to end, and may first end dealing with an event.
    leaves: bool,
    /// It runs in this thread.
    beside: bool,
    /// What the last closer look at it found.
    surveyed: Survey,
    /// Set where each of its requests is told of.
    traces: Option<Traces>,
}

impl Driver {
    /// Serves the cell until it has ended. `loaded` learns whether the plugin loaded.
    pub(crate) fn run(mut self, greeting: &Hello, loaded: Sender<Loaded>) {
        let guest = self.guest.take();
        let mut running = Running::new(self);
        running.beside = guest.is_some();
        running.loaded = Some(loaded);
        running.watch.set(Some(running.load_until));
        running.let_in();
        let (running, ending) = match (running.begin(greeting), guest) {
            (Ok(()), None) => {
                let ending = running.serve();
                (running, ending)
            }
            (Ok(()), Some(guest)) => match running.serve_beside(guest) {
                Some(served) => served,
                None => return,
            },
            (Err(ending), _) => (running, ending),
        };
        running.finish(ending);
    }
}

impl Running {
    fn new(driver: Driver) -> Self {
        let now = Instant::now();
        Self {
            load_until: now + driver.load_limit + GRACE,
            watch: Watch::new(driver.cell.killer()),
            undecided: driver.native.is_some().then(Vec::new),
            traces: driver.outside.host.0.trace_calls.then(Traces::new),
            driver,
            reader: FrameReader::default(),
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            stage: Stage::Greeting,
            greeting: None,
            loaded: None,
            calls: BTreeMap::new(),
            samples: Samples::new(now),
            next_sample: now,
            output_bytes: 0,
            more: false,
            commands_open: true,
            govern_at: None,
            rest: None,
            last_words: Vec::new(),
            ran_out: false,
            stdio: false,
            exports: None,
            raised: None,
            hears: None,
            leaves: false,
            beside: false,
            surveyed: Survey::default(),
        }
    }

    fn begin(&mut self, hello: &Hello) -> Result<(), Ending> {
        let line = self.driver.door.hello(hello).map_err(|error| broken(&error))?;
        if self.undecided.is_some() {
            // It answers on descriptor 3 or on its standard output, as it likes, and is talked to
            // there from then on. A pipe that is new has room; a program that is gone tells so.
            drop(self.driver.cell.send_input(&line.line));
        }
        self.send(line)?;
        self.heed_debugger()?;
        self.begin_watched()
    }

    /// Turns until the cell has ended, and says how.
    fn serve(&mut self) -> Ending {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match self.turn(&mut buffer, None) {
                Ok(()) => {}
                Err(ending) => return ending,
            }
        }
    }

    /// Does what is to be done, after waiting for it until then at most.
    fn turn(&mut self, buffer: &mut [u8], until: Option<Instant>) -> Result<(), Ending> {
        self.watch.set(self.deadlines().into_iter().min());
        // In every turn, not only in those that wait: a cell that keeps its host busy is held too.
        self.govern_at = self.driver.cell.govern().map(|period| Instant::now() + period);
        let full = self.outbox.is_full();
        let send = self.outbox.wants_room(Instant::now());
        let interest = Interest { send, receive: !full && !self.more, ..Interest::default() };
        let timeout = if self.more && !full { Duration::ZERO } else { self.timeout() };
        let left = until.map(|until| until.saturating_duration_since(Instant::now()));
        let timeout = left.map_or(timeout, |left| timeout.min(left));
        let ready = self.driver.cell.wait(timeout, interest).map_err(|error| gone(&error))?;
        if ready.woken {
            self.obey_orders()?;
            self.heed_debugger()?;
            self.obey()?;
            self.cancel_calls()?;
            self.take_notes()?;
            self.tell_next()?;
        }
        if ready.proxy {
            self.serve_way_out()?;
        }
        self.take_output(ready, buffer)?;
        if ready.syscall {
            self.take_syscall()?;
        }
        if ready.send {
            self.flush()?;
        }
        if ready.receive && !self.more && !self.outbox.is_full() {
            self.take_bytes(buffer)?;
        }
        self.take_lines()?;
        // In every turn: what they wait for may be over by whatever was done in this one.
        self.take_done()?;
        self.take_fetches()?;
        if ready.exited
            && let Some(exit) = self.driver.cell.try_exit()
        {
            return Err(self.ended(exit));
        }
        self.mind_the_time()
    }

    fn timeout(&self) -> Duration {
        let now = Instant::now();
        let mut until = self.next_sample;
        until = self.driver.watched.halts_at().map_or(until, |at| until.min(at));
        for deadline in self.deadlines().into_iter().chain(self.outbox.paused_until(now)) {
            until = until.min(deadline);
        }
        let timeout = until.saturating_duration_since(now);
        self.govern_at.map_or(timeout, |at| timeout.min(at.saturating_duration_since(now)))
    }

    fn deadlines(&self) -> Vec<Instant> {
        if let Some(until) = self.driver.watched.stands_until() {
            let leaving = match self.stage {
                Stage::Leaving { until } => Some(until),
                _ => None,
            };
            return std::iter::once(until).chain(leaving).collect();
        }
        if self.is_stopped() {
            return match self.stage {
                Stage::Leaving { until } => vec![until],
                _ => Vec::new(),
            };
        }
        let mut deadlines: Vec<Instant> = match self.patience_ends() {
            // Their time stands still, but for those that were cancelled.
            Some(until) => {
                let told = self.calls.values().filter(|call| call.told);
                std::iter::once(until).chain(told.map(|call| call.until)).collect()
            }
            None => self.calls.values().map(|call| call.until).collect(),
        };
        match self.stage {
            Stage::Greeting | Stage::Loading => deadlines.push(self.load_until),
            Stage::Leaving { until } | Stage::Program { until, .. } => deadlines.push(until),
            Stage::Serving => {}
        }
        deadlines
    }

    fn mind_the_time(&mut self) -> Result<(), Ending> {
        let now = Instant::now();
        if now >= self.next_sample {
            self.sample(now)?;
        }
        if self.driver.watched.stands_until().is_some() {
            self.halt(now)?;
            self.mind_the_frozen(now)?;
            return match self.stage {
                Stage::Leaving { until } if now >= until => Err(Ending::Normal),
                _ => Ok(()),
            };
        }
        if self.outbox.is_stuck(now) {
            return Err(Ending::Limit(Limit::Unread(UNREAD)));
        }
        if self.is_stopped() && !matches!(self.stage, Stage::Leaving { .. }) {
            return Ok(());
        }
        match self.stage {
            Stage::Greeting | Stage::Loading if now >= self.load_until => {
                return Err(Ending::Limit(Limit::Time(self.driver.load_limit)));
            }
            Stage::Leaving { until } if now >= until => return Err(Ending::Normal),
            Stage::Program { limit, until } if now >= until => {
                return Err(Ending::Limit(Limit::Time(limit)));
            }
            _ => {}
        }
        self.mind_questions(now)
    }

    fn sample(&mut self, now: Instant) -> Result<(), Ending> {
        let usage = self.driver.cell.usage();
        self.samples.take(now, usage, self.figures());
        // Whoever loads, or runs for itself, is at work.
        let open = match self.stage {
            Stage::Serving => self.calls.len(),
            _ => self.calls.len().max(1),
        };
        self.look_at_figures(now, open)?;
        self.take_memory_back()?;
        let busy = !self.is_idle();
        if busy {
            let cpu_ms = millis(usage.cpu);
            self.tell(Event::Usage { cell: self.driver.number, memory: usage.memory, cpu_ms });
        }
        let every = self.driver.watched.every();
        let idle = every * self.driver.outside.host.crowd();
        let looks_in = self.driver.watched.looks_in(now);
        self.next_sample = now + if busy { SAMPLE_BUSY.min(looks_in).max(SHORTEST) } else { idle };
        self.mind_the_rest(busy, usage.cpu)
    }

    /// What is counted of it, beside what the system counts.
    fn figures(&self) -> Sample {
        let totals = self.driver.door.ledger().totals;
        let [received, sent] = self.driver.network.carried();
        Sample {
            calls: totals.calls,
            denials: totals.denials,
            // A cell receives what goes out at its door.
            bytes_in: totals.bytes_out.saturating_add(received),
            bytes_out: totals.bytes_in.saturating_add(sent),
            survey: self.surveyed,
            ..Sample::default()
        }
    }

    /// Nobody called it, so an honest cell does nothing: only an owned engine computes on, where no
    /// deadline would end it.
    fn mind_the_rest(&mut self, busy: bool, cpu: Duration) -> Result<(), Ending> {
        // A guest's thread is its driver's, which is never quite idle.
        if busy || self.beside || self.is_debugged() {
            self.rest = None;
            return Ok(());
        }
        let (before, since) = *self.rest.get_or_insert((cpu, Instant::now()));
        // Runtimes of native plugins tidy up and look at clocks even when they have nothing to do.
        let tidying =
            if self.driver.native.is_some() { since.elapsed() / 20 } else { Duration::ZERO };
        match cpu.saturating_sub(before) > RESTLESS + tidying {
            true => Err(Ending::Violation(Violation::Restless)),
            false => Ok(()),
        }
    }

    /// Whether it waits for a call.
    fn is_idle(&self) -> bool {
        matches!(self.stage, Stage::Serving) && self.calls.is_empty()
    }

    fn obey(&mut self) -> Result<(), Ending> {
        while self.commands_open {
            match self.driver.commands.try_recv() {
                Ok(Command::Call(asked)) => self.call(*asked)?,
                Ok(Command::Stop) => self.leave()?,
                Ok(Command::Kill) => return Err(Ending::Killed),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) => {
                    self.commands_open = false;
                    self.leave()?;
                }
            }
        }
        Ok(())
    }

    fn leave(&mut self) -> Result<(), Ending> {
        if matches!(self.stage, Stage::Leaving { .. }) {
            return Ok(());
        }
        if let Some(ending) = self.leaves_halted() {
            return Err(ending);
        }
        if !matches!(self.stage, Stage::Serving)
            || self.calls.len() > usize::from(self.hears.is_some())
        {
            return Err(Ending::Killed);
        }
        if self.may_end_its_event() {
            self.leaves = true;
            return Ok(());
        }
        self.stage = Stage::Leaving { until: Instant::now() + FAREWELL };
        let line = self.driver.door.shutdown().map_err(|error| broken(&error))?;
        self.send(line)
    }

    fn audit(
        &self,
        kind: Kind,
        action: &str,
        verdict: Verdict,
        object: &str,
    ) -> Result<(), Ending> {
        self.write(&self.driver.auditor.event(kind, action, verdict).object(object))
    }

    fn write(&self, event: &aether_audit::Event<'_>) -> Result<(), Ending> {
        self.driver
            .auditor
            .write(event)
            .map_err(|error| Ending::Crashed(format!("the audit log cannot be written: {error}")))
    }

    fn tell(&self, event: Event) {
        self.driver.listener.tell(&event);
    }
}
