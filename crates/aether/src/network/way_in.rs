//! A cell's ways in: connections from this machine to granted ports, carried to the same ports of
//! the cell's own loopback.

use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aether_container::Inlet;
use aether_egress::{RelayLimits, Relayed, relay};

use super::ports::Port;
use super::{Ports, Recorder};
use crate::host::lock;

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
    /// Nobody is let in for now.
    shut: bool,
    ended: bool,
    /// Bytes that were carried to the end: into the cell, and out of it.
    carried: [u64; 2],
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

    /// Lets nobody in any more and breaks what is open, or lets in again.
    pub(super) fn shut(&self, shut: bool) {
        let mut state = lock(&self.shared.state);
        state.shut = shut;
        if shut {
            state.break_open();
        }
    }

    /// Bytes of connections that have ended: into the cell, and out of it.
    pub(super) fn carried(&self) -> [u64; 2] {
        lock(&self.shared.state).carried
    }

    /// Closes everything; returns when nothing is carried any more.
    pub(super) fn close(&mut self) {
        let mut state = lock(&self.shared.state);
        state.ended = true;
        let carrying = std::mem::take(&mut state.carrying);
        state.break_open();
        drop(state);
        self.shared.changed.notify_all();
        for at in &self.at {
            // Whoever waits for a connection wakes by one.
            drop(TcpStream::connect_timeout(at, CALL));
        }
        for thread in self.waiting.drain(..).chain(carrying) {
            // A panic of it was told by the panic itself.
            drop(thread.join());
        }
    }
}

impl State {
    fn break_open(&self) {
        for end in self.open.values().flatten() {
            // One that is closed already needs no closing.
            drop(end.shutdown(Shutdown::Both));
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
            if state.shut {
                // Closing the connection says so.
                state.free.push(inlet);
                drop(state);
                std::thread::sleep(PACE);
                continue;
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
        let relayed = between(outside, &inside, IDLE);
        self.note_ended(number, [relayed.forth, relayed.back]);
        self.recorder.disconnected(port, [relayed.forth, relayed.back], relayed.duration);
    }

    fn note_ended(&self, number: u64, bytes: [u64; 2]) {
        let mut state = lock(&self.state);
        state.open.remove(&number);
        for (all, more) in state.carried.iter_mut().zip(bytes) {
            *all = all.saturating_add(more);
        }
    }

    /// Notes the ends of a connection; nothing when nobody is let in, or everything ends.
    fn note_open(&self, outside: &TcpStream, inside: &TcpStream) -> Option<u64> {
        let ends = [outside.try_clone().ok()?, inside.try_clone().ok()?];
        let mut state = lock(&self.state);
        if state.ended || state.shut {
            return None;
        }
        state.next += 1;
        let number = state.next;
        state.open.insert(number, ends);
        Some(number)
    }
}

/// Carries a connection to its end, or until nothing has passed for too long. How long it lives and
/// what it carries is the affair of whoever listens.
fn between(outside: &TcpStream, inside: &TcpStream, idle_time: Duration) -> Relayed {
    relay(outside, inside, &RelayLimits { idle_time, time: Duration::MAX, bytes: u64::MAX })
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};

    use super::*;

    /// Two ends of a connection.
    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let one = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        (one, listener.accept().unwrap().0)
    }

    fn carry(outside: &TcpStream, inside: &TcpStream, idle: Duration) -> [u64; 2] {
        let relayed = between(outside, inside, idle);
        [relayed.forth, relayed.back]
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
