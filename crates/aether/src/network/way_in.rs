//! A cell's ways in: connections from this machine to granted ports, carried to the same ports of
//! the cell's own loopback.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aether_container::Inlet;

use super::ports::Port;
use super::{Ports, Recorder};
use crate::host::{lock, millis};

/// Time between two connections to a port: whoever connects without end must not fill the audit
/// log.
const PACE: Duration = Duration::from_millis(10);

/// How long a connection waits for an inlet when all of them carry others. Then it is closed: whoever
/// connects learns that there is no room.
const ROOM: Duration = Duration::from_secs(5);

/// How long nothing may pass in either direction. Stops connections that say nothing from keeping all
/// inlets.
const IDLE: Duration = Duration::from_secs(300);

/// How long a thread that waits for connections is called for.
const CALL: Duration = Duration::from_millis(200);

/// Open ways in. A thread waits at each port, and two carry each connection: there are no more of
/// these at once than the cell has inlets.
#[derive(Debug)]
pub(crate) struct WayIn {
    shared: Arc<Carriers>,
    /// Where its threads wait, to be called from there.
    at: Vec<SocketAddr>,
    waiting: Vec<JoinHandle<()>>,
}

/// What the threads of a cell share.
#[derive(Debug)]
struct Carriers {
    state: Mutex<State>,
    /// Told when an inlet is free again, or everything ends.
    changed: Condvar,
    recorder: Arc<Recorder>,
}

#[derive(Debug, Default)]
struct State {
    free: Vec<Inlet>,
    /// Both ends of each connection, to be broken at the end.
    open: BTreeMap<u64, [TcpStream; 2]>,
    next: u64,
    carrying: Vec<JoinHandle<()>>,
    ended: bool,
}

impl WayIn {
    pub(super) fn open(ports: Ports, inlets: Vec<Inlet>, recorder: &Arc<Recorder>) -> Self {
        let shared = Arc::new(Carriers {
            state: Mutex::new(State { free: inlets, ..State::default() }),
            changed: Condvar::new(),
            recorder: Arc::clone(recorder),
        });
        let at = ports.0.iter().filter_map(|port| port.listener.local_addr().ok()).collect();
        let wait = |port: Port| {
            let shared = Arc::clone(&shared);
            let thread = std::thread::Builder::new().name("aether-port".to_owned());
            // Without a thread the listener is closed: whoever connects is refused.
            thread.spawn(move || shared.wait_at(&port)).ok()
        };
        let waiting = ports.0.into_iter().filter_map(wait).collect();
        Self { shared, at, waiting }
    }

    /// Closes everything; returns when nothing is carried any more.
    pub(super) fn close(self) {
        let mut state = lock(&self.shared.state);
        state.ended = true;
        let carrying = std::mem::take(&mut state.carrying);
        for end in state.open.values().flatten() {
            // One that is closed already needs no closing.
            drop(end.shutdown(Shutdown::Both));
        }
        drop(state);
        self.shared.changed.notify_all();
        for at in &self.at {
            // Whoever waits for a connection wakes by one.
            drop(TcpStream::connect_timeout(at, CALL));
        }
        for thread in self.waiting.into_iter().chain(carrying) {
            // A panic of it was told by the panic itself.
            drop(thread.join());
        }
    }
}

impl Carriers {
    fn wait_at(self: &Arc<Self>, port: &Port) {
        // In this order: a port that nobody connects to must not keep an inlet from another.
        while let Ok(stream) = self.accept(&port.listener) {
            let Some(inlet) = self.free_inlet() else { continue };
            let mut state = lock(&self.state);
            if state.ended {
                return;
            }
            let (this, line, number) = (Arc::clone(self), port.line, port.port);
            let carry = move || {
                this.carry(&stream, &inlet, line, number);
                if inlet.reset().is_ok() {
                    this.give(inlet);
                }
            };
            state.carrying.retain(|thread| !thread.is_finished());
            // Without a thread the connection is closed, and its inlet is lost.
            let thread = std::thread::Builder::new().name("aether-inlet".to_owned());
            state.carrying.extend(thread.spawn(carry));
            drop(state);
            std::thread::sleep(PACE);
        }
    }

    /// The next connection; an error when there will be none.
    fn accept(&self, listener: &TcpListener) -> io::Result<TcpStream> {
        loop {
            let accepted = listener.accept();
            if lock(&self.state).ended {
                return Err(io::ErrorKind::NotConnected.into());
            }
            match accepted {
                Ok((stream, _)) => return Ok(stream),
                // It has left already, or no descriptor is to spare.
                Err(_) => std::thread::sleep(PACE),
            }
        }
    }

    /// An inlet, once one is free; nothing at the end, or when none is free for too long.
    fn free_inlet(&self) -> Option<Inlet> {
        let mut state = lock(&self.state);
        let is_full = |state: &mut State| !state.ended && state.free.is_empty();
        let waited = self.changed.wait_timeout_while(state, ROOM, is_full);
        state = waited.unwrap_or_else(PoisonError::into_inner).0;
        if state.ended { None } else { state.free.pop() }
    }

    fn give(&self, inlet: Inlet) {
        lock(&self.state).free.push(inlet);
        self.changed.notify_all();
    }

    /// Carries one connection to its end. What cannot be recorded is not carried.
    fn carry(&self, outside: &TcpStream, inlet: &Inlet, line: usize, port: u16) {
        if self.recorder.connected(line, port).is_err() {
            return;
        }
        // Nothing listens there, yet or any more: closing says so.
        let Ok(inside) = inlet.connect(port) else { return };
        let Some(number) = self.note_open(outside, &inside) else { return };
        let passed = Passed::new(IDLE);
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("aether-inlet".to_owned());
            // Without a second thread nothing is carried at all.
            if thread.spawn_scoped(scope, || passed.pass(outside, &inside, &passed.into)).is_ok() {
                passed.pass(&inside, outside, &passed.out);
            }
        });
        lock(&self.state).open.remove(&number);
        let bytes = [&passed.into, &passed.out].map(|count| count.load(Ordering::Relaxed));
        self.recorder.disconnected(port, bytes, passed.began.elapsed());
    }

    /// Notes the ends of a connection; nothing when everything ends.
    fn note_open(&self, outside: &TcpStream, inside: &TcpStream) -> Option<u64> {
        let ends = [outside.try_clone().ok()?, inside.try_clone().ok()?];
        let mut state = lock(&self.state);
        if state.ended {
            return None;
        }
        state.next += 1;
        let number = state.next;
        state.open.insert(number, ends);
        Some(number)
    }
}

/// What has passed over one connection.
struct Passed {
    began: Instant,
    /// When something passed last, in milliseconds since then.
    last: AtomicU64,
    /// Bytes into the cell.
    into: AtomicU64,
    /// Bytes out of it.
    out: AtomicU64,
    idle: Duration,
}

impl Passed {
    fn new(idle: Duration) -> Self {
        let zero = AtomicU64::default;
        Self { began: Instant::now(), last: zero(), into: zero(), out: zero(), idle }
    }

    /// One direction of a connection, to its end.
    fn pass(&self, from: &TcpStream, to: &TcpStream, count: &AtomicU64) {
        let how = match self.copy(from, to, count) {
            Ok(()) => Shutdown::Write,
            // Broken, or silent: the other direction has to end too.
            Err(_) => {
                drop(from.shutdown(Shutdown::Both));
                Shutdown::Both
            }
        };
        // One that is closed already needs no closing.
        drop(to.shutdown(how));
    }

    fn copy(&self, mut from: &TcpStream, mut to: &TcpStream, count: &AtomicU64) -> io::Result<()> {
        from.set_read_timeout(Some(self.idle / 4))?;
        to.set_write_timeout(Some(self.idle))?;
        let mut buffer = vec![0; 64 << 10];
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => {
                    to.write_all(&buffer[..length])?;
                    count.fetch_add(length as u64, Ordering::Relaxed);
                    self.last.store(millis(self.began.elapsed()), Ordering::Relaxed);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    let last = Duration::from_millis(self.last.load(Ordering::Relaxed));
                    if self.began.elapsed().saturating_sub(last) >= self.idle {
                        return Err(error);
                    }
                }
                Err(error) => return Err(error),
            }
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two ends of a connection.
    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (one, listener.accept().unwrap().0)
    }

    /// Carries between two connections until both directions are over.
    fn carry(outside: &TcpStream, inside: &TcpStream, idle: Duration) -> [u64; 2] {
        let passed = Passed::new(idle);
        std::thread::scope(|scope| {
            scope.spawn(|| passed.pass(outside, inside, &passed.into));
            passed.pass(inside, outside, &passed.out);
        });
        [&passed.into, &passed.out].map(|count| count.load(Ordering::Relaxed))
    }

    #[test]
    fn what_says_nothing_ends_and_one_direction_keeps_both() {
        let ((mut client, outside), (inside, mut server)) = (pair(), pair());
        let carried =
            std::thread::spawn(move || carry(&outside, &inside, Duration::from_millis(400)));
        client.write_all(b"hello").unwrap();
        let mut heard = [0; 5];
        server.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, b"hello");
        // Longer than may pass in silence, in one direction alone.
        for _ in 0..8 {
            server.write_all(b"x").unwrap();
            client.read_exact(&mut heard[..1]).unwrap();
            std::thread::sleep(Duration::from_millis(100));
        }
        // Then nothing.
        assert_eq!(client.read(&mut heard).unwrap(), 0);
        assert_eq!(carried.join().unwrap(), [5, 8]);
    }

    #[test]
    fn a_direction_that_is_over_leaves_the_other() {
        let ((mut client, outside), (inside, mut server)) = (pair(), pair());
        let carried = std::thread::spawn(move || carry(&outside, &inside, Duration::from_secs(60)));
        client.write_all(b"question").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut heard = String::new();
        server.read_to_string(&mut heard).unwrap();
        server.write_all(b"answer").unwrap();
        drop(server);
        let mut answer = String::new();
        client.read_to_string(&mut answer).unwrap();
        assert_eq!((&*heard, &*answer), ("question", "answer"));
        assert_eq!(carried.join().unwrap(), [8, 6]);
    }
}
