//! The door's own thread: takes connections, looks after their time, and ends with all of them.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use crate::answer::Answer;
use crate::limits::{CONNECTIONS, HEAD, LAST_TICK, TICK};
use crate::line::Line;
use crate::serve::{THREAD, serve};
use crate::shared::Shared;

/// Connections that are open, with their threads.
#[derive(Default)]
struct Lines(Vec<(Arc<Line>, JoinHandle<()>)>);

/// Takes connections until the door closes. The listener does not block: nothing but a connection would
/// wake a thread that waits for one, on every system.
pub(crate) fn listen(listener: TcpListener, shared: &Arc<Shared>) {
    let mut lines = Lines::default();
    while !shared.is_closing() {
        lines.look_after();
        match listener.accept() {
            Ok((stream, _)) => lines.take(stream, shared),
            // Nobody is there, or there are no descriptors left.
            Err(_) => thread::park_timeout(TICK),
        }
    }
    drop(listener);
    shared.dismiss();
    lines.0.iter().for_each(|(line, _)| line.cut_if_asking());
    while !lines.0.is_empty() {
        thread::park_timeout(LAST_TICK);
        lines.look_after();
    }
}

impl Lines {
    /// Cuts those whose time is up, and forgets those that have ended.
    fn look_after(&mut self) {
        let now = Instant::now();
        self.0.iter().for_each(|(line, _)| line.cut_if_late(now));
        for (_, thread) in self.0.extract_if(.., |(_, thread)| thread.is_finished()) {
            // One that has panicked did so in `on_event`, and has said so.
            drop(thread.join());
        }
    }

    fn take(&mut self, mut stream: TcpStream, shared: &Arc<Shared>) {
        if self.0.len() >= CONNECTIONS {
            refuse(&mut stream);
            return;
        }
        // Whoever has hung up by now is not served.
        let Ok(line) = Line::new(stream).map(Arc::new) else { return };
        let (here, shared) = (Arc::clone(&line), Arc::clone(shared));
        let thread = thread::Builder::new().name(THREAD.to_owned());
        if let Ok(thread) = thread.spawn(move || serve(&shared, &here)) {
            self.0.push((line, thread));
        }
    }
}

/// Says that there is no room. Whoever does not hear it sees the connection closed.
fn refuse(stream: &mut TcpStream) {
    if stream.set_nonblocking(true).is_ok() {
        // What was asked already: a connection that is closed before that is read is reset, and the
        // answer with it.
        drop(stream.read(&mut [0; HEAD]));
        drop(stream.write(&Answer::full().bytes()));
    }
}
