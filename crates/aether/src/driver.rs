//! The thread that serves one cell: its gateway, its output, its deadlines, its end.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{Receiver, Sender, TryRecvError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};
use aether_container::{Cell, Exit, Interest, Ready, Stream};
use aether_gateway::{Auditor, Door, Event as DoorEvent, Expelled};
use aether_protocol::v1::{HelloReply, Level, Load, LoadReply, failure};
use aether_protocol::{Code, FrameReader, RpcError};
use serde_json::{Map, Value};

use crate::call::{CallError, PluginError};
use crate::events::Listener;
use crate::record::{Final, Samples};
use crate::watchdog::Watch;
use crate::wire::{Inbox, Outbox, UNREAD};
use crate::{Ending, Event, Limit};

/// How much longer than a deadline the host waits for the cell to say so itself: its own word is
/// more precise, the host's is certain.
const GRACE: Duration = Duration::from_millis(250);

/// How often figures are taken while calls are open, and while none is.
const SAMPLE_BUSY: Duration = Duration::from_millis(100);
const SAMPLE_IDLE: Duration = Duration::from_secs(1);

/// How long a cell may take to end in good order. Taking down its namespaces takes some
/// milliseconds, on a machine under load some hundred.
const FAREWELL: Duration = Duration::from_secs(2);

/// How long the end of a process may take after it closed its gateway: the kernel takes its memory
/// and namespaces down meanwhile, slowly on a busy machine.
const DYING: Duration = Duration::from_secs(3);

/// Bytes taken from the gateway at once.
const READ_BYTES: usize = 64 << 10;

/// How long lines are served before deadlines, commands and the processor limit are looked at
/// again: a cell that sends a thousand costly requests at once must not outlive its limits.
const SLICE: Duration = Duration::from_millis(5);

/// The signal with which the kernel ends a process for a call of another architecture, or for a
/// refused one where nobody can be told. signal(7): the same number on every Linux we support.
const SIGSYS: i32 = 31;

/// What the handle asks of the driver.
pub(crate) enum Command {
    /// Call a method.
    Call { method: String, input: Value, limit: Duration, answer: Sender<Result<Value, CallError>> },
    /// End in good order.
    Stop,
    /// End at once.
    Kill,
}

/// How far the cell has come.
enum Stage {
    /// `hello` is sent.
    Greeting,
    /// `load` or `compile` is sent.
    Loading,
    /// Calls are served.
    Serving,
    /// It was asked to end.
    Leaving { until: Instant },
}

struct OpenCall {
    method: String,
    limit: Duration,
    until: Instant,
    answer: Sender<Result<Value, CallError>>,
}

/// The word on whether the plugin loaded: its engine and exports.
pub(crate) type Loaded = Result<(HelloReply, LoadReply), CallError>;

pub(crate) struct Driver {
    pub(crate) number: u32,
    pub(crate) plugin: String,
    pub(crate) cell: Cell,
    pub(crate) door: Door,
    pub(crate) auditor: Auditor,
    pub(crate) commands: Receiver<Command>,
    pub(crate) listener: Listener,
    /// The memory limit, bytes; for the ending's text.
    pub(crate) memory: u64,
    /// How long loading may take.
    pub(crate) load_limit: Duration,
    /// Only compile, for a check.
    pub(crate) compile_only: bool,
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
}

impl Driver {
    /// Serves the cell until it has ended. `loaded` learns whether the plugin loaded.
    pub(crate) fn run(self, greeting: &aether_protocol::v1::Hello, loaded: Sender<Loaded>) {
        let now = Instant::now();
        let load_until = now + self.load_limit + GRACE;
        let watch = Watch::new(self.cell.killer());
        watch.set(Some(load_until));
        let mut running = Running {
            driver: self,
            reader: FrameReader::default(),
            inbox: Inbox::default(),
            outbox: Outbox::default(),
            stage: Stage::Greeting,
            greeting: None,
            loaded: Some(loaded),
            load_until,
            calls: BTreeMap::new(),
            watch,
            samples: Samples::new(now),
            next_sample: now,
            output_bytes: 0,
            more: false,
            commands_open: true,
        };
        let ending = match running.begin(greeting) {
            Ok(()) => running.serve(),
            Err(ending) => ending,
        };
        running.finish(ending);
    }
}

impl Running {
    fn begin(&mut self, hello: &aether_protocol::v1::Hello) -> Result<(), Ending> {
        let line = self.driver.door.hello(hello).map_err(|error| broken(&error))?;
        self.send(line)
    }

    /// Turns until the cell has ended, and says how.
    fn serve(&mut self) -> Ending {
        let mut buffer = vec![0; READ_BYTES];
        loop {
            match self.turn(&mut buffer) {
                Ok(()) => {}
                Err(ending) => return ending,
            }
        }
    }

    fn turn(&mut self, buffer: &mut [u8]) -> Result<(), Ending> {
        self.watch.set(self.deadlines().into_iter().min());
        let full = self.outbox.is_full();
        let send = self.outbox.wants_room(Instant::now());
        let interest = Interest { send, receive: !full && !self.more };
        let timeout = if self.more && !full { Duration::ZERO } else { self.timeout() };
        let ready = self.driver.cell.wait(timeout, interest).map_err(|error| gone(&error))?;
        if ready.woken {
            self.obey()?;
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
        if ready.exited
            && let Some(exit) = self.driver.cell.try_exit()
        {
            return Err(self.ended(exit));
        }
        self.mind_the_time()
    }

    fn timeout(&mut self) -> Duration {
        let now = Instant::now();
        let mut until = self.next_sample;
        for deadline in self.deadlines().into_iter().chain(self.outbox.paused_until(now)) {
            until = until.min(deadline);
        }
        let timeout = until.saturating_duration_since(now);
        match self.driver.cell.govern() {
            Some(period) => timeout.min(period),
            None => timeout,
        }
    }

    fn deadlines(&self) -> Vec<Instant> {
        let mut deadlines: Vec<Instant> = self.calls.values().map(|call| call.until).collect();
        match self.stage {
            Stage::Greeting | Stage::Loading => deadlines.push(self.load_until),
            Stage::Leaving { until } => deadlines.push(until),
            Stage::Serving => {}
        }
        deadlines
    }

    fn mind_the_time(&mut self) -> Result<(), Ending> {
        let now = Instant::now();
        if now >= self.next_sample {
            self.sample(now);
        }
        if self.outbox.is_stuck(now) {
            return Err(Ending::Limit(Limit::Unread(UNREAD)));
        }
        match self.stage {
            Stage::Greeting | Stage::Loading if now >= self.load_until => {
                return Err(Ending::Limit(Limit::Time(self.driver.load_limit)));
            }
            Stage::Leaving { until } if now >= until => return Err(Ending::Normal),
            _ => {}
        }
        match self.calls.values().find(|call| now >= call.until) {
            Some(late) => Err(Ending::Limit(Limit::Time(late.limit))),
            None => Ok(()),
        }
    }

    fn sample(&mut self, now: Instant) {
        let usage = self.driver.cell.usage();
        let totals = self.driver.door.ledger().totals;
        self.samples.take(now, usage, totals.calls);
        let busy = !self.calls.is_empty();
        if busy {
            let cpu_ms = u64::try_from(usage.cpu.as_millis()).unwrap_or(u64::MAX);
            self.tell(Event::Usage { cell: self.driver.number, memory: usage.memory, cpu_ms });
        }
        self.next_sample = now + if busy { SAMPLE_BUSY } else { SAMPLE_IDLE };
    }

    fn obey(&mut self) -> Result<(), Ending> {
        while self.commands_open {
            match self.driver.commands.try_recv() {
                Ok(Command::Call { method, input, limit, answer }) => {
                    self.call(method, &input, limit, answer)?;
                }
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
        if !matches!(self.stage, Stage::Serving) || !self.calls.is_empty() {
            return Err(Ending::Killed);
        }
        self.stage = Stage::Leaving { until: Instant::now() + FAREWELL };
        let line = self.driver.door.shutdown().map_err(|error| broken(&error))?;
        self.send(line)
    }

    fn call(
        &mut self,
        method: String,
        input: &Value,
        limit: Duration,
        answer: Sender<Result<Value, CallError>>,
    ) -> Result<(), Ending> {
        let deadline_ms = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        let (id, outgoing) = match self.driver.door.call(&method, input, deadline_ms) {
            Ok(sent) => sent,
            Err(error) => {
                // The caller may have stopped waiting.
                drop(answer.send(Err(CallError::Input(error.message))));
                return Ok(());
            }
        };
        self.audit(Kind::Call, "call", Verdict::Allowed, &method)?;
        let until = Instant::now() + limit + GRACE;
        self.calls.insert(id, OpenCall { method, limit, until, answer });
        self.next_sample = self.next_sample.min(Instant::now() + SAMPLE_BUSY);
        self.send(outgoing)
    }

    fn take_bytes(&mut self, buffer: &mut [u8]) -> Result<(), Ending> {
        let received = match self.driver.cell.receive(buffer) {
            Ok(received) => received,
            Err(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
                ) =>
            {
                return Ok(());
            }
            Err(error) if is_closed(&error) => return self.closed(),
            Err(error) => return Err(gone(&error)),
        };
        if received.bytes == 0 {
            return self.closed();
        }
        if received.truncated || !self.inbox.push(received.descriptors) {
            return self.expel(Expelled::Violation("a flood of descriptors".to_owned()));
        }
        self.reader.push(&buffer[..received.bytes]);
        self.more = true;
        Ok(())
    }

    /// Serves the lines that have arrived, for a slice of time and as long as answers have room.
    fn take_lines(&mut self) -> Result<(), Ending> {
        let until = Instant::now() + SLICE;
        while self.more && !self.outbox.is_full() {
            let frame = match self.reader.next_frame() {
                Ok(Some(frame)) => frame,
                Ok(None) => {
                    self.more = false;
                    self.check_unclaimed()?;
                    break;
                }
                Err(overflow) => return self.expel(Expelled::Violation(overflow.to_string())),
            };
            match self.driver.door.receive(frame, &mut self.inbox) {
                Ok(Some(outgoing)) => self.outbox.push(outgoing),
                Ok(None) => {}
                Err(expelled) => return self.expel(expelled),
            }
            self.take_events()?;
            self.flush()?;
            if Instant::now() >= until {
                break;
            }
        }
        Ok(())
    }

    /// Descriptors come with the first byte of their line, so between lines none may be left.
    fn check_unclaimed(&mut self) -> Result<(), Ending> {
        if !self.reader.is_mid_frame()
            && self.inbox.discard()
            && let Err(expelled) = self.driver.door.strike("a descriptor that no line claims")
        {
            return self.expel(expelled);
        }
        Ok(())
    }

    /// The cell closed its end: it is about to be gone.
    fn closed(&mut self) -> Result<(), Ending> {
        let until = match self.stage {
            Stage::Leaving { until } => until,
            _ => Instant::now() + DYING,
        };
        while Instant::now() < until {
            if let Some(exit) = self.driver.cell.try_exit() {
                return Err(self.ended(exit));
            }
            // Output that fills a pipe would keep it from ending.
            let ready = self.driver.cell.wait(Duration::from_millis(5), Interest::default());
            if let Ok(ready) = ready {
                self.take_output(ready, &mut [0; 4096])?;
                if ready.syscall {
                    self.take_syscall()?;
                }
            }
        }
        Err(match self.stage {
            // It was asked to, and its end takes a moment on a busy machine.
            Stage::Leaving { .. } => Ending::Normal,
            _ => Ending::Violation("it closed its gateway and stayed".to_owned()),
        })
    }

    fn take_events(&mut self) -> Result<(), Ending> {
        while let Some(event) = self.driver.door.next_event() {
            match event {
                DoorEvent::Greeted(reply) => self.greeted(reply)?,
                DoorEvent::Loaded(reply) => self.loaded(reply)?,
                DoorEvent::Returned { call, outcome } => self.returned(call, outcome)?,
                DoorEvent::Log { level, message, fields } => {
                    self.tell(Event::Log { cell: self.driver.number, level, message, fields });
                }
                DoorEvent::LogCapped => self.tell(Event::LogCapped { cell: self.driver.number }),
                DoorEvent::Progress { fraction, message, .. } => {
                    self.tell(Event::Progress { cell: self.driver.number, fraction, message });
                }
                DoorEvent::Denied(denied) => {
                    self.tell(Event::Denied { cell: self.driver.number, denied });
                }
            }
        }
        Ok(())
    }

    fn greeted(&mut self, reply: Result<HelloReply, RpcError>) -> Result<(), Ending> {
        match reply {
            Ok(reply) => {
                self.greeting = Some(reply);
                self.stage = Stage::Loading;
                let load = Load {
                    deadline_ms: u64::try_from(self.driver.load_limit.as_millis())
                        .unwrap_or(u64::MAX),
                };
                let door = &mut self.driver.door;
                let line =
                    if self.driver.compile_only { door.compile(&load) } else { door.load(&load) };
                self.send(line.map_err(|error| broken(&error))?)
            }
            Err(error) => {
                self.say_loaded(Err(self.plugin_error(&error)));
                Err(Ending::Normal)
            }
        }
    }

    fn loaded(&mut self, reply: Result<LoadReply, RpcError>) -> Result<(), Ending> {
        match reply {
            Ok(reply) => {
                let greeting = self
                    .greeting
                    .clone()
                    .ok_or_else(|| Ending::Violation("it loaded ungreeted".to_owned()))?;
                self.stage = Stage::Serving;
                self.tell(Event::Started {
                    cell: self.driver.number,
                    plugin: self.driver.plugin.clone(),
                });
                self.say_loaded(Ok((greeting, reply)));
                Ok(())
            }
            Err(error) => match self.limit_in(&error, self.driver.load_limit) {
                Some(limit) => Err(Ending::Limit(limit)),
                None => {
                    self.say_loaded(Err(self.plugin_error(&error)));
                    Err(Ending::Normal)
                }
            },
        }
    }

    fn returned(&mut self, call: u64, outcome: Result<Value, RpcError>) -> Result<(), Ending> {
        let Some(open) = self.calls.remove(&call) else { return Ok(()) };
        let result = match outcome {
            Ok(value) => {
                self.audit(Kind::CallEnd, "call", Verdict::Allowed, &open.method)?;
                Ok(value)
            }
            Err(error) => {
                if let Some(limit) = self.limit_in(&error, open.limit) {
                    let ending = Ending::Limit(limit);
                    // Put back, so that `finish` answers it like every other open call.
                    self.calls.insert(call, open);
                    return Err(ending);
                }
                self.audit(Kind::CallEnd, "call", Verdict::Failed, &open.method)?;
                Err(self.plugin_error(&error))
            }
        };
        // The caller may have stopped waiting.
        drop(open.answer.send(result));
        Ok(())
    }

    fn plugin_error(&self, error: &RpcError) -> CallError {
        let ledger = self.driver.door.ledger();
        CallError::Plugin(Box::new(PluginError::from_rpc(error, |line| ledger.advised(line))))
    }

    /// Whether the cell's error says that a limit was reached; it is ended then: an engine that
    /// ran out of something is not used again.
    fn limit_in(&self, error: &RpcError, time: Duration) -> Option<Limit> {
        if error.code != Code::Plugin {
            return None;
        }
        match error.fact("kind") {
            Some(failure::TIMEOUT) => Some(Limit::Time(time)),
            Some(failure::MEMORY) => Some(Limit::Memory(self.driver.memory)),
            _ => None,
        }
    }

    fn take_output(&mut self, ready: Ready, buffer: &mut [u8]) -> Result<(), Ending> {
        for (has, stream) in [(ready.stdout, Stream::Stdout), (ready.stderr, Stream::Stderr)] {
            if !has {
                continue;
            }
            let count = match self.driver.cell.read_output(stream, buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => continue,
                Err(error) => return Err(gone(&error)),
            };
            self.output_bytes += count as u64;
            if self.output_bytes > aether_gateway::limits::LOG_FLOOD_BYTES {
                return Err(Ending::Limit(Limit::Output(aether_gateway::limits::LOG_FLOOD_BYTES)));
            }
            // An engine cell prints only when the engine itself does, such as a failed assertion.
            if count > 0 && self.output_bytes <= aether_gateway::limits::LOG_BYTES {
                let text = String::from_utf8_lossy(&buffer[..count]);
                for line in text.lines().filter(|line| !line.trim().is_empty()) {
                    let (level, message) = (Level::Warn, line.to_owned());
                    self.tell(Event::Log {
                        cell: self.driver.number,
                        level,
                        message,
                        fields: Map::new(),
                    });
                }
            }
        }
        Ok(())
    }

    /// A system call beyond the allow-list: an engine that makes one is no longer the engine.
    fn take_syscall(&mut self) -> Result<(), Ending> {
        let attempt = self.driver.cell.next_syscall().map_err(|error| gone(&error))?;
        let Some(attempt) = attempt else { return Ok(()) };
        let arguments = attempt.arguments.map(|argument| format!("{argument:#x}")).join(", ");
        let text = format!("{}({arguments})", attempt.name);
        let event = self.driver.auditor.event(Kind::Violation, "syscall", Verdict::Violation);
        // The cell is ended whether or not this can be written.
        drop(self.driver.auditor.write(&event.object(&text)));
        Err(Ending::Violation(format!("it tried the system call {}", attempt.name)))
    }

    fn expel(&mut self, expelled: Expelled) -> Result<(), Ending> {
        Err(match expelled {
            Expelled::LogFlood => {
                Ending::Limit(Limit::Output(aether_gateway::limits::LOG_FLOOD_BYTES))
            }
            Expelled::Violation(what) => Ending::Violation(what),
            other => Ending::Violation(other.to_string()),
        })
    }

    /// The process has ended by itself. What it said last still counts, and often says why.
    fn ended(&mut self, exit: Exit) -> Ending {
        // Nobody reads answers any more: they must not keep the last lines from being served.
        self.outbox.close();
        let until = Instant::now() + FAREWELL;
        let mut buffer = vec![0; READ_BYTES];
        while Instant::now() < until {
            if let Err(ending) = self.take_lines() {
                return ending;
            }
            if self.more {
                continue;
            }
            match self.driver.cell.receive(&mut buffer) {
                Ok(received) if received.bytes > 0 && !received.truncated => {
                    if !self.inbox.push(received.descriptors) {
                        break;
                    }
                    self.reader.push(&buffer[..received.bytes]);
                    self.more = true;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                _ => break,
            }
        }
        self.classify(exit)
    }

    /// How the process ended, when it did so by itself and did not say.
    fn classify(&self, exit: Exit) -> Ending {
        const OUT_OF_MEMORY: i32 = aether_cell::exit::MEMORY as i32;
        const STUCK: i32 = aether_cell::exit::STUCK as i32;
        match exit {
            Exit::Code(OUT_OF_MEMORY) => Ending::Limit(Limit::Memory(self.driver.memory)),
            Exit::Code(STUCK) => {
                let limits = self.calls.values().map(|call| call.limit);
                Ending::Limit(Limit::Time(limits.min().unwrap_or(self.driver.load_limit)))
            }
            Exit::Signal { out_of_memory: true, .. } => {
                Ending::Limit(Limit::Memory(self.driver.memory))
            }
            Exit::Signal { number: SIGSYS, .. } => {
                Ending::Violation("it made a system call that ends a cell at once".to_owned())
            }
            Exit::Code(0) if self.calls.is_empty() && self.loaded.is_none() => Ending::Normal,
            Exit::Code(code) => Ending::Crashed(format!("it ended with code {code}")),
            Exit::Signal { number, .. } => Ending::Crashed(format!("signal {number}")),
        }
    }

    fn send(&mut self, outgoing: aether_gateway::Outgoing) -> Result<(), Ending> {
        self.outbox.push(outgoing);
        self.flush()
    }

    fn flush(&mut self) -> Result<(), Ending> {
        match self.outbox.flush(&self.driver.cell) {
            // The cell is gone; its exit says why.
            Err(error) if is_closed(&error) => self.closed(),
            other => other.map_err(|error| gone(&error)),
        }
    }

    fn audit(
        &self,
        kind: Kind,
        action: &str,
        verdict: Verdict,
        object: &str,
    ) -> Result<(), Ending> {
        let event = self.driver.auditor.event(kind, action, verdict).object(object);
        self.driver
            .auditor
            .write(&event)
            .map_err(|error| Ending::Crashed(format!("the audit log cannot be written: {error}")))
    }

    fn tell(&self, event: Event) {
        self.driver.listener.tell(&event);
    }

    fn say_loaded(&mut self, loaded: Loaded) {
        if let Some(sender) = self.loaded.take() {
            // The starter may have given up.
            drop(sender.send(loaded));
        }
    }

    /// Waits until nothing is left of the cell, so that whoever is answered below may rely on it.
    /// Bounded: a process that waits in the kernel, as for a page from a slow disk, takes its time.
    fn wait_until_gone(&mut self) {
        let until = Instant::now() + FAREWELL;
        while self.driver.cell.try_exit().is_none() && Instant::now() < until {
            // The end of the process ends the wait; after an error the bound does.
            drop(self.driver.cell.wait(Duration::from_millis(5), Interest::default()));
        }
    }

    /// The cell is ended, everybody who waits is answered, and what it did is kept.
    fn finish(mut self, ending: Ending) {
        let now = Instant::now();
        let usage = self.driver.cell.usage();
        self.samples.take(now, usage, self.driver.door.ledger().totals.calls);
        self.driver.cell.kill();
        self.wait_until_gone();
        self.say_loaded(Err(CallError::Ended(ending.clone())));
        let event = self.driver.auditor.event(Kind::Exit, ending.word(), verdict(&ending));
        let text = ending.to_string();
        // Nothing is left to refuse; a log that cannot be written shows as unclean.
        drop(self.driver.auditor.write(&event.object(&text)));
        let changes = self.driver.door.overlay().changeset();
        let kept = Final {
            ending: ending.clone(),
            engine: self.greeting.as_ref().map(|greeting| greeting.engine.clone()),
            ledger: self.driver.door.ledger().clone(),
            overlay: self.driver.door.overlay().usage(),
            usage,
            samples: self.samples.done(),
            wall: now.duration_since(self.samples.started()),
            changes,
        };
        match self.driver.finished.lock() {
            Ok(mut finished) => *finished = Some(kept),
            Err(poisoned) => *poisoned.into_inner() = Some(kept),
        }
        for (_, open) in std::mem::take(&mut self.calls) {
            drop(open.answer.send(Err(CallError::Ended(ending.clone()))));
        }
        let number = self.driver.number;
        self.tell(Event::Ended { cell: number, ending });
    }
}

const fn verdict(ending: &Ending) -> Verdict {
    match ending {
        Ending::Normal | Ending::Killed => Verdict::Noted,
        Ending::Limit(_) => Verdict::Limited,
        Ending::Violation(_) => Verdict::Violation,
        Ending::Crashed(_) => Verdict::Failed,
    }
}

/// Whether the other end is closed: that is told as a reset where it had not read everything.
fn is_closed(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::BrokenPipe | io::ErrorKind::ConnectionReset)
}

fn gone(error: &io::Error) -> Ending {
    Ending::Crashed(format!("its channel broke: {error}"))
}

fn broken(error: &RpcError) -> Ending {
    Ending::Crashed(format!("a message could not be made: {error}"))
}
