//! The chain being written, and the way of its lines to the sink.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};

use blake3::Hash;

use crate::encode::{self, Stamp};
use crate::summary::Totals;
use crate::{
    Clock, End, Event, FLUSH_BYTES, FLUSH_INTERVAL, Kind, LogError, MAX_PENDING, RunId, Sink,
};

/// Two locks. `chain` is held for as long as it takes to hash one record, never during I/O;
/// `out` is held during I/O and is always taken first, so that lines reach the sink in the order
/// of the chain whoever writes them out.
pub(crate) struct Writer {
    out: Mutex<Out>,
    chain: Mutex<Chain>,
    /// Told when there is something to flush, and when the log closes.
    wake: Condvar,
    healthy: AtomicBool,
    /// Whether every record is written out at once: for memory, where waiting gains nothing.
    at_once: bool,
    pub(crate) run: RunId,
}

struct Out {
    sink: Box<dyn Sink>,
    /// Lines on their way; its memory is used again.
    lines: Vec<u8>,
}

struct Chain {
    clock: Box<dyn Clock>,
    /// Lines accepted and not yet handed over.
    pending: Vec<u8>,
    seq: u64,
    head: Hash,
    totals: Totals,
    ended: bool,
    closing: bool,
}

/// Where a chain stands: how many records this run has, and the hash of the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Position {
    pub(crate) records: u64,
    pub(crate) head: Hash,
}

impl Writer {
    pub(crate) fn new(
        sink: Box<dyn Sink>,
        clock: Box<dyn Clock>,
        run: RunId,
        head: Hash,
        at_once: bool,
    ) -> Writer {
        let chain = Chain {
            clock,
            pending: Vec::new(),
            seq: 0,
            head,
            totals: Totals::default(),
            ended: false,
            closing: false,
        };
        Writer {
            out: Mutex::new(Out { sink, lines: Vec::new() }),
            chain: Mutex::new(chain),
            wake: Condvar::new(),
            healthy: AtomicBool::new(true),
            at_once,
            run,
        }
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Acquire)
    }

    /// Accepts one record and returns its number.
    pub(crate) fn append(&self, event: &Event<'_>) -> Result<u64, LogError> {
        self.append_all(std::slice::from_ref(event))
    }

    /// Accepts records that follow each other, and returns the number of the first, or of the next
    /// one if there are none.
    pub(crate) fn append_all(&self, events: &[Event<'_>]) -> Result<u64, LogError> {
        let through = self.at_once || events.iter().any(|event| event.kind.is_written_through());
        let mut chain = self.chain()?;
        let first = chain.seq;
        let before = chain.pending.len();
        for event in events {
            self.extend(&mut chain, event)?;
        }
        let waiting = chain.pending.len();
        drop(chain);
        if through || waiting > MAX_PENDING {
            self.drain()?;
        } else if waiting > before
            && (before == 0 || (before < FLUSH_BYTES && waiting >= FLUSH_BYTES))
        {
            self.wake.notify_one();
        }
        Ok(first)
    }

    /// Accepts the last record.
    pub(crate) fn append_end(&self, end: &End<'_>) -> Result<Position, LogError> {
        let mut chain = self.chain()?;
        let event = end.event(chain.seq.saturating_add(1), chain.totals);
        self.extend(&mut chain, &event)?;
        Ok(chain.position())
    }

    pub(crate) fn position(&self) -> Result<Position, LogError> {
        Ok(self.chain()?.position())
    }

    /// Hands every accepted line to the operating system.
    pub(crate) fn drain(&self) -> Result<(), LogError> {
        self.drain_and(|_| Ok(()))
    }

    /// The same, and makes them last.
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        self.drain_and(|sink| sink.sync())
    }

    /// What the flusher's thread does until the log closes. An error ends it: the log is poisoned
    /// then, which is how the next caller learns of it.
    pub(crate) fn flush_until_closed(&self) -> Result<(), LogError> {
        loop {
            {
                let mut chain = self.chain()?;
                while chain.pending.is_empty() && !chain.closing {
                    chain = self.wake.wait(chain).map_err(|_| self.poison())?;
                }
                let is_small =
                    |chain: &mut Chain| chain.pending.len() < FLUSH_BYTES && !chain.closing;
                let waited = self.wake.wait_timeout_while(chain, FLUSH_INTERVAL, is_small);
                if waited.map_err(|_| self.poison())?.0.closing {
                    return Ok(());
                }
            }
            self.drain()?;
        }
    }

    /// Tells the flusher to stop.
    pub(crate) fn close(&self) {
        // A poisoned lock needs no flag: the flusher meets the poison itself.
        if let Ok(mut chain) = self.chain.lock() {
            chain.closing = true;
        }
        self.wake.notify_all();
    }

    fn extend(&self, chain: &mut Chain, event: &Event<'_>) -> Result<u64, LogError> {
        if chain.ended {
            return Err(LogError::Ended);
        }
        let seq = chain.seq;
        let stamp = Stamp {
            seq,
            wall_us: chain.clock.wall_us(),
            mono_us: chain.clock.mono_us(),
            run: self.run.as_str(),
            prev: chain.head,
        };
        let line = encode::line(&mut chain.pending, &stamp, event);
        chain.head = line.map_err(|error| self.failed(error.into()))?;
        chain.seq += 1;
        chain.totals.count(event.verdict);
        chain.ended = event.kind == Kind::RunEnd;
        Ok(seq)
    }

    fn drain_and(
        &self,
        then: impl FnOnce(&mut dyn Sink) -> std::io::Result<()>,
    ) -> Result<(), LogError> {
        let mut out = self.out.lock().map_err(|_| self.poison())?;
        let Out { sink, lines } = &mut *out;
        lines.clear();
        std::mem::swap(lines, &mut self.chain()?.pending);
        sink.write_all(lines)
            .and_then(|()| sink.flush())
            .and_then(|()| then(sink.as_mut()))
            .map_err(|error| self.failed(error))
    }

    fn chain(&self) -> Result<MutexGuard<'_, Chain>, LogError> {
        if !self.is_healthy() {
            return Err(LogError::Poisoned);
        }
        self.chain.lock().map_err(|_| self.poison())
    }

    fn poison(&self) -> LogError {
        self.healthy.store(false, Ordering::Release);
        LogError::Poisoned
    }

    fn failed(&self, error: std::io::Error) -> LogError {
        self.healthy.store(false, Ordering::Release);
        LogError::Write(error)
    }
}

impl Chain {
    fn position(&self) -> Position {
        Position { records: self.seq, head: self.head }
    }
}
