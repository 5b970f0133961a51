//! A program that knows nothing of its host: its standard streams are carried, its end awaited.

use std::fmt;
use std::io::{self, Read, Write};
use std::sync::mpsc::{
    Receiver, Sender, SyncSender, TryRecvError, TrySendError, channel, sync_channel,
};
use std::time::{Duration, Instant};

use aether_container::{Exit, Interest, Ready, Stream, Waker};

use super::end::{SIGKILL, SIGSYS, gone};
use super::{Driver, READ_BYTES, Running, Stage};
use crate::{Ending, Limit, Violation};

/// Pieces of output that may wait for a slow taker; then the program waits.
const WAITING: usize = 4;

/// Where a program's standard streams come from and go. Each is carried by a thread of its own, so
/// that one that is slow makes the program wait and nobody else.
pub struct Streams {
    /// Standard input; `None` is an empty one. Its thread may outlive the program, in a read that
    /// does not return.
    pub input: Option<Box<dyn Read + Send>>,
    /// Takes standard output.
    pub output: Box<dyn Write + Send>,
    /// Takes standard error.
    pub errors: Box<dyn Write + Send>,
}

/// Limits that only programs have that are run for themselves; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProgramLimits {
    /// Processor time of all processes together.
    pub processor: Option<Duration>,
    /// Bytes that it may print.
    pub output: Option<u64>,
}

impl fmt::Debug for Streams {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Streams")
    }
}

impl Driver {
    /// Carries the program's streams until it has ended, and says how.
    pub(crate) fn run_program(
        self,
        limit: Duration,
        limits: ProgramLimits,
        streams: Streams,
    ) -> Ending {
        let waker = self.cell.waker();
        let input = streams.input.map(|input| Input::start(input, waker.clone()));
        let (say_done, done) = channel();
        let outlet = |stream, taker| Outlet::new(stream, taker, waker.clone(), say_done.clone());
        let outlets =
            [outlet(Stream::Stdout, streams.output), outlet(Stream::Stderr, streams.errors)];
        drop(say_done);
        let mut running = Running::new(self);
        running.undecided = None;
        running.stage = Stage::Program { limit, until: Instant::now() + limit };
        running.let_in();
        let mut carrier = Carrier { running, input, outlets, limits, carried: 0 };
        let ending = loop {
            if let Err(ending) = carrier.turn() {
                break ending;
            }
        };
        let Carrier { running, outlets, .. } = carrier;
        running.finish(ending.clone());
        // What was printed is out before the end is told.
        drop(outlets);
        while done.recv().is_ok() {}
        ending
    }
}

struct Carrier {
    running: Running,
    /// What is still to be read, and `None` at its end.
    input: Option<Input>,
    outlets: [Outlet; 2],
    limits: ProgramLimits,
    /// Bytes of output so far.
    carried: u64,
}

impl Carrier {
    fn turn(&mut self) -> Result<(), Ending> {
        self.take_input();
        let running = &mut self.running;
        running.watch.set(running.deadlines().into_iter().min());
        running.govern_at = running.driver.cell.govern().map(|period| Instant::now() + period);
        let output = self.outlets.iter_mut().all(Outlet::has_room);
        let input = self.input.as_ref().is_some_and(|input| !input.held.is_empty());
        let interest = Interest { send: false, receive: false, input, output };
        let timeout = running.timeout();
        let ready = running.driver.cell.wait(timeout, interest).map_err(|error| gone(&error))?;
        if ready.input {
            self.feed();
        }
        self.take(ready)?;
        if ready.syscall {
            self.running.take_syscall()?;
        }
        if ready.woken {
            self.running.take_notes()?;
        }
        if ready.proxy {
            self.running.serve_way_out()?;
        }
        if ready.exited
            && let Some(exit) = self.running.driver.cell.try_exit()
        {
            return Err(self.ended(exit));
        }
        let used = self.running.samples.processor();
        if let Some(most) = self.limits.processor.filter(|most| used > *most) {
            return Err(Ending::Limit(Limit::Processor(most)));
        }
        self.running.mind_the_time()
    }

    /// Takes the next piece of input once the last one is fed.
    fn take_input(&mut self) {
        let Some(input) = &mut self.input else { return self.running.driver.cell.close_input() };
        if input.held.is_empty() {
            match input.pieces.try_recv() {
                Ok(piece) => input.held = piece,
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => self.input = None,
            }
        }
    }

    fn feed(&mut self) {
        let Some(input) = &mut self.input else { return };
        match self.running.driver.cell.send_input(&input.held) {
            Ok(count) => drop(input.held.drain(..count)),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            // Nobody reads it any more.
            Err(_) => self.input = None,
        }
    }

    fn take(&mut self, ready: Ready) -> Result<(), Ending> {
        let has = [ready.stdout, ready.stderr];
        for (outlet, has) in self.outlets.iter_mut().zip(has) {
            let cell = &mut self.running.driver.cell;
            if outlet.is_closed {
                cell.close_output(outlet.stream);
            } else if has {
                self.carried += outlet.carry(cell).map_err(|error| gone(&error))? as u64;
            }
        }
        match self.limits.output.filter(|most| self.carried > *most) {
            Some(most) => Err(Ending::Limit(Limit::Output(most))),
            None => Ok(()),
        }
    }

    /// What is left in the pipes still goes out, however slow its taker.
    fn ended(&mut self, exit: Exit) -> Ending {
        for outlet in &mut self.outlets {
            let cell = &mut self.running.driver.cell;
            while cell.has_output(outlet.stream) && !outlet.is_closed {
                outlet.wait_for_room();
                match outlet.carry(cell) {
                    // Nothing of the cell is left that could write.
                    Ok(0) | Err(_) => break,
                    Ok(_) => {}
                }
            }
        }
        if let Some(limit) = self.running.overstepped() {
            return Ending::Limit(limit);
        }
        let memory = Limit::Memory(self.running.driver.memory);
        match exit {
            Exit::Code(0) => Ending::Normal,
            Exit::Code(code) => Ending::Exited(code),
            Exit::Signal { out_of_memory: true, .. } => Ending::Limit(memory),
            Exit::Signal { number: SIGKILL, .. } if self.running.is_interrupted() => Ending::Killed,
            Exit::Signal { number: SIGSYS, .. } => Ending::Violation(Violation::KilledByFilter),
            Exit::Signal { number, .. } => Ending::Signalled(number),
        }
    }
}

/// Standard input, read by a thread of its own.
struct Input {
    pieces: Receiver<Vec<u8>>,
    held: Vec<u8>,
}

impl Input {
    fn start(mut from: Box<dyn Read + Send>, waker: Waker) -> Self {
        let (sender, pieces) = sync_channel::<Vec<u8>>(1);
        let read = move || {
            let mut buffer = vec![0; READ_BYTES];
            loop {
                match from.read(&mut buffer) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    // An input that breaks off ends.
                    Ok(0) | Err(_) => break,
                    Ok(count) => {
                        if sender.send(buffer[..count].to_vec()).is_err() {
                            break;
                        }
                        waker.wake();
                    }
                }
            }
            drop(sender);
            waker.wake();
        };
        // Without a thread the input is empty.
        drop(std::thread::Builder::new().name("aether-input".to_owned()).spawn(read));
        Self { pieces, held: Vec::new() }
    }
}

/// One stream of output, written by a thread of its own, which is started for its first piece.
struct Outlet {
    stream: Stream,
    /// To the thread, once there is one.
    pieces: Option<SyncSender<Vec<u8>>>,
    /// What the thread is started with.
    idle: Option<Idle>,
    held: Option<Vec<u8>>,
    /// Its taker is gone.
    is_closed: bool,
}

struct Idle {
    taker: Box<dyn Write + Send>,
    waker: Waker,
    done: Sender<()>,
}

impl Outlet {
    fn new(stream: Stream, taker: Box<dyn Write + Send>, waker: Waker, done: Sender<()>) -> Self {
        let idle = Some(Idle { taker, waker, done });
        Self { stream, pieces: None, idle, held: None, is_closed: false }
    }

    fn begin(&mut self) {
        let Some(Idle { mut taker, waker, done }) = self.idle.take() else { return };
        let (pieces, receiver) = sync_channel::<Vec<u8>>(WAITING);
        let write = move || {
            for piece in receiver {
                let written = taker.write_all(&piece).and_then(|()| taker.flush());
                waker.wake();
                if written.is_err() {
                    break;
                }
            }
            waker.wake();
            drop(done);
        };
        // Without a thread the receiver is gone, and the program is told that nobody reads.
        drop(std::thread::Builder::new().name("aether-output".to_owned()).spawn(write));
        self.pieces = Some(pieces);
    }

    fn has_room(&mut self) -> bool {
        if let Some(piece) = self.held.take() {
            self.put(piece);
        }
        self.held.is_none()
    }

    fn put(&mut self, piece: Vec<u8>) {
        self.begin();
        let Some(pieces) = &self.pieces else { return };
        match pieces.try_send(piece) {
            Ok(()) => {}
            Err(TrySendError::Full(piece)) => self.held = Some(piece),
            Err(TrySendError::Disconnected(_)) => self.is_closed = true,
        }
    }

    fn wait_for_room(&mut self) {
        if let Some(piece) = self.held.take() {
            let sent = self.pieces.as_ref().is_some_and(|pieces| pieces.send(piece).is_ok());
            self.is_closed |= !sent;
        }
    }

    /// Takes one piece from the cell; its bytes.
    fn carry(&mut self, cell: &mut aether_container::Cell) -> io::Result<usize> {
        let mut buffer = vec![0; READ_BYTES];
        match cell.read_output(self.stream, &mut buffer) {
            Ok(count) => {
                buffer.truncate(count);
                if count > 0 {
                    self.put(buffer);
                }
                Ok(count)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            Err(error) => Err(error),
        }
    }
}
