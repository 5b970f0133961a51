//! What goes to the client, a line a message, in the order in which it was put in.

use std::io::{self, Write};
use std::sync::mpsc as plain;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use serde::Serialize;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;

/// Most messages that wait for a client to read them.
const MAX_LINES: usize = 256;

/// No more is taken from a client that has so many bytes to read. It must not fill memory by asking
/// and not reading.
const MAX_BYTES: usize = 4 << 20;

/// How long a client that does not read is waited for at the end.
const FAREWELL: Duration = Duration::from_secs(2);

enum Out {
    Line(Vec<u8>),
    Close,
}

/// Puts messages in; a thread of its own writes them.
#[derive(Clone)]
pub(super) struct Outbox {
    lines: Sender<Out>,
    /// How many bytes wait.
    bytes: Arc<watch::Sender<usize>>,
    /// Tells that everything is written, or that nothing can be any more.
    written: Arc<Mutex<plain::Receiver<()>>>,
}

/// The client has closed its end.
#[derive(Debug, thiserror::Error)]
#[error("the client reads no more")]
pub(super) struct Closed;

impl Outbox {
    pub(super) fn open(into: impl Write + Send + 'static) -> Self {
        let (lines, waiting) = mpsc::channel(MAX_LINES);
        let (done, written) = plain::channel();
        let bytes = Arc::new(watch::Sender::new(0));
        let waits = Arc::clone(&bytes);
        // Without a thread the channel is closed, which is what a client that is gone looks like.
        drop(thread::Builder::new().name("aether-mcp-out".to_owned()).spawn(move || {
            // What is not written is nobody's to read.
            drop(write(into, waiting, &waits));
            drop(done);
        }));
        Self { lines, bytes, written: Arc::new(Mutex::new(written)) }
    }

    /// Puts a message in when there is room.
    pub(super) async fn send(&self, message: &impl Serialize) -> Result<(), Closed> {
        let line = line(message)?;
        let place = self.lines.reserve().await.map_err(|_| Closed)?;
        self.bytes.send_modify(|bytes| *bytes += line.len());
        place.send(Out::Line(line));
        Ok(())
    }

    /// Waits for room, which whoever asks for more must leave to what was asked for before.
    pub(super) async fn room(&self) -> Result<(), Closed> {
        let mut bytes = self.bytes.subscribe();
        bytes.wait_for(|bytes| *bytes < MAX_BYTES).await.map_err(|_| Closed)?;
        self.lines.reserve().await.map(drop).map_err(|_| Closed)
    }

    /// Puts a message in if there is room: what may be lost must hold up nobody.
    pub(super) fn offer(&self, message: &impl Serialize) {
        if let (Ok(line), Ok(place)) = (line(message), self.lines.try_reserve()) {
            self.bytes.send_modify(|bytes| *bytes += line.len());
            place.send(Out::Line(line));
        }
    }

    /// Until nobody reads any more.
    pub(super) async fn closed(&self) {
        self.lines.closed().await;
    }

    /// Waits until everything is written, for as long as a client may be slow.
    pub(super) fn close(&self) {
        let until = Instant::now() + FAREWELL;
        while let Err(TrySendError::Full(_)) = self.lines.try_send(Out::Close) {
            if Instant::now() > until {
                return;
            }
            thread::sleep(Duration::from_millis(10));
        }
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // A disconnection is the end that is waited for.
        _ = written.recv_timeout(until.saturating_duration_since(Instant::now()));
    }
}

fn line(message: &impl Serialize) -> Result<Vec<u8>, Closed> {
    let mut line = serde_json::to_vec(message).map_err(|_| Closed)?;
    line.push(b'\n');
    Ok(line)
}

fn write(
    mut into: impl Write,
    mut waiting: Receiver<Out>,
    bytes: &watch::Sender<usize>,
) -> io::Result<()> {
    while let Some(Out::Line(line)) = waiting.blocking_recv() {
        into.write_all(&line)?;
        into.flush()?;
        bytes.send_modify(|bytes| *bytes -= line.len());
    }
    Ok(())
}
