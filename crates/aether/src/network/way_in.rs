//! A cell's ways in: connections from this machine to granted ports, carried to the same ports of
//! the cell's own loopback.

use std::collections::BTreeMap;
use std::io;
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use aether_container::Inlet;

use super::ports::Port;
use super::{Ports, Recorder};
use crate::host::lock;

/// Time between two connections to a port: whoever connects without end must not fill the audit
/// log.
const PACE: Duration = Duration::from_millis(10);

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
        while let Some(inlet) = self.free_inlet() {
            let Ok(stream) = self.accept(&port.listener) else { return self.give(inlet) };
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
            match listener.accept() {
                Ok((stream, _)) => return Ok(stream),
                Err(_) if lock(&self.state).ended => return Err(io::ErrorKind::NotConnected.into()),
                // It has left already, or no descriptor is to spare.
                Err(_) => std::thread::sleep(PACE),
            }
        }
    }

    /// An inlet for the next connection, once one is free; nothing at the end.
    fn free_inlet(&self) -> Option<Inlet> {
        let mut state = lock(&self.state);
        loop {
            if state.ended {
                return None;
            }
            if let Some(inlet) = state.free.pop() {
                return Some(inlet);
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
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
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().name("aether-inlet".to_owned());
            // Without a second thread nothing is carried at all.
            if thread.spawn_scoped(scope, || pass(outside, &inside)).is_ok() {
                pass(&inside, outside);
            }
        });
        lock(&self.state).open.remove(&number);
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

/// One direction of a connection, to its end.
fn pass(mut from: &TcpStream, mut to: &TcpStream) {
    let how = match io::copy(&mut from, &mut to) {
        Ok(_) => Shutdown::Write,
        // Broken: the other direction has to end too.
        Err(_) => {
            drop(from.shutdown(Shutdown::Both));
            Shutdown::Both
        }
    };
    // One that is closed already needs no closing.
    drop(to.shutdown(how));
}
