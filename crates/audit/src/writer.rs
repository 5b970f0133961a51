//! The lines of a log on their way to where they go.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::commit::Commit;
use crate::target::Target;
use crate::tip::{Position, Tip};
use crate::{End, Event, FLUSH_BYTES, FLUSH_INTERVAL, LogError, MAX_PENDING, RunId};

/// Two locks. `tip` is held for as long as it takes to hash one record, never during I/O; `out` is
/// held while lines are written and is always taken first, so that they reach their target in the
/// order of the chain whoever writes them out. Files are synced under neither.
pub(crate) struct Writer {
    out: Mutex<Out>,
    tip: Mutex<Tip>,
    commit: Commit,
    /// Told when there is something to flush, and when the log closes.
    wake: Condvar,
    /// Told when a checkpoint is due, and when the log closes.
    due: Condvar,
    healthy: AtomicBool,
    /// Whether every record is written out at once: for memory, where waiting gains nothing.
    at_once: bool,
    /// After how many records a checkpoint is due, if any are written.
    noted_every: Option<u64>,
    pub(crate) run: RunId,
}

struct Out {
    target: Target,
    /// Lines on their way; its memory is used again.
    lines: Vec<u8>,
    breaks: Vec<usize>,
    /// How many records of the run have been handed over.
    handed: u64,
}

impl Writer {
    pub(crate) fn new(target: Target, tip: Tip, run: RunId) -> Writer {
        Writer {
            out: Mutex::new(Out { target, lines: Vec::new(), breaks: Vec::new(), handed: 0 }),
            tip: Mutex::new(tip),
            commit: Commit::default(),
            wake: Condvar::new(),
            due: Condvar::new(),
            healthy: AtomicBool::new(true),
            at_once: false,
            noted_every: None,
            run,
        }
    }

    pub(crate) fn at_once(self) -> Writer {
        Writer { at_once: true, ..self }
    }

    pub(crate) fn noted_every(self, records: Option<u64>) -> Writer {
        Writer { noted_every: records.map(|records| records.max(1)), ..self }
    }

    pub(crate) fn is_healthy(&self) -> bool {
        self.healthy.load(Ordering::Acquire)
    }

    /// Whether the last record is written; a log that cannot say has none.
    pub(crate) fn has_ended(&self) -> bool {
        self.tip().is_ok_and(|tip| tip.ended)
    }

    /// Accepts and hands over the first record.
    pub(crate) fn begin(&self, event: &Event<'_>) -> Result<(), LogError> {
        let begun = self.tip()?.begin(&self.run, event);
        begun.map_err(|error| self.failed(error))?;
        self.drain()
    }

    /// Accepts one record and returns its number.
    pub(crate) fn append(&self, event: &Event<'_>) -> Result<u64, LogError> {
        self.append_all(std::slice::from_ref(event))
    }

    /// Accepts records that follow each other, and returns the number of the last, or of the next
    /// one if there are none.
    pub(crate) fn append_all(&self, events: &[Event<'_>]) -> Result<u64, LogError> {
        if let Some(event) = events.iter().find(|event| event.kind.is_reserved()) {
            return Err(LogError::Reserved { kind: event.kind });
        }
        let through = self.at_once || events.iter().any(|event| event.kind.is_written_through());
        let mut tip = self.tip()?;
        let (before, seq) = (tip.pending.len(), tip.seq);
        for event in events {
            tip.accept(&self.run, event).map_err(|error| self.failed(error))?;
        }
        let last = if tip.seq > seq { tip.seq - 1 } else { seq };
        let waiting = tip.pending.len();
        self.ask_for_checkpoint(&tip, seq);
        drop(tip);
        if through || waiting > MAX_PENDING {
            self.drain()?;
        } else if waiting > before
            && (before == 0 || (before < FLUSH_BYTES && waiting >= FLUSH_BYTES))
        {
            self.wake.notify_one();
        }
        Ok(last)
    }

    /// Accepts the last record.
    pub(crate) fn append_end(&self, end: &End<'_>) -> Result<Position, LogError> {
        let mut tip = self.tip()?;
        tip.end(&self.run, end).map_err(|error| self.failed(error))?;
        Ok(tip.position())
    }

    pub(crate) fn position(&self) -> Result<Position, LogError> {
        Ok(self.tip()?.position())
    }

    /// Hands every accepted line to the operating system.
    pub(crate) fn drain(&self) -> Result<(), LogError> {
        self.hand_over().map(drop)
    }

    /// Returns when every record accepted before lasts.
    pub(crate) fn sync(&self) -> Result<(), LogError> {
        let wanted = self.tip()?.seq;
        self.commit.reach(wanted, || self.make_last())
    }

    /// What the flusher's thread does until the log closes. An error ends it: the log is poisoned
    /// then, which is how the next caller learns of it.
    pub(crate) fn flush_until_closed(&self) -> Result<(), LogError> {
        loop {
            {
                let mut tip = self.tip()?;
                while tip.pending.is_empty() && !tip.closing {
                    tip = self.wake.wait(tip).map_err(|_| self.poison())?;
                }
                let is_small = |tip: &mut Tip| tip.pending.len() < FLUSH_BYTES && !tip.closing;
                let waited = self.wake.wait_timeout_while(tip, FLUSH_INTERVAL, is_small);
                if waited.map_err(|_| self.poison())?.0.closing {
                    return Ok(());
                }
            }
            self.drain()?;
        }
    }

    /// Waits until a checkpoint is due: there are records it would be new to, and either many or
    /// for long. False when the log closes.
    pub(crate) fn wait_for_checkpoint(&self, longest: Duration) -> Result<bool, LogError> {
        let every = self.noted_every.unwrap_or(u64::MAX);
        let are_few = |tip: &mut Tip| tip.seq.saturating_sub(tip.noted) < every && !tip.closing;
        let mut tip = self.tip()?;
        loop {
            while tip.seq <= tip.noted && !tip.closing {
                tip = self.due.wait(tip).map_err(|_| self.poison())?;
            }
            let waited = self.due.wait_timeout_while(tip, longest, are_few);
            tip = waited.map_err(|_| self.poison())?.0;
            // Another may have been written in the meantime.
            if tip.closing || tip.seq > tip.noted {
                return Ok(!tip.closing);
            }
        }
    }

    /// Where the chain stands, which is about to be written down.
    pub(crate) fn position_to_note(&self) -> Result<Position, LogError> {
        let mut tip = self.tip()?;
        tip.noted = tip.seq;
        Ok(tip.position())
    }

    /// Tells the threads to stop.
    pub(crate) fn close(&self) {
        // A poisoned lock needs no flag: the threads meet the poison themselves.
        if let Ok(mut tip) = self.tip.lock() {
            tip.closing = true;
        }
        self.wake.notify_all();
        self.due.notify_all();
    }

    fn ask_for_checkpoint(&self, tip: &Tip, seq: u64) {
        let Some(every) = self.noted_every else { return };
        let many = tip.noted.saturating_add(every);
        if seq <= tip.noted || (seq < many && tip.seq >= many) {
            self.due.notify_one();
        }
    }

    /// Writes out what waits, and keeps the target for whoever must do more with it.
    fn hand_over(&self) -> Result<MutexGuard<'_, Out>, LogError> {
        let mut out = self.out.lock().map_err(|_| self.poison())?;
        let Out { target, lines, breaks, handed } = &mut *out;
        lines.clear();
        breaks.clear();
        {
            let mut tip = self.tip()?;
            std::mem::swap(lines, &mut tip.pending);
            std::mem::swap(breaks, &mut tip.breaks);
            *handed = tip.seq;
        }
        target.write(lines, breaks).map_err(|error| self.failed(error))?;
        Ok(out)
    }

    /// Makes everything accepted so far last, and says how many records that are. A file is synced
    /// while others go on writing; the files before it are on the disk already.
    fn make_last(&self) -> Result<u64, LogError> {
        let mut out = self.hand_over()?;
        let upto = out.handed;
        let synced = match out.target.handle() {
            Some(file) => {
                drop(out);
                file.sync_data()
            }
            None => out.target.sync(),
        };
        synced.map_err(|error| self.failed(LogError::Write(error)))?;
        Ok(upto)
    }

    fn tip(&self) -> Result<MutexGuard<'_, Tip>, LogError> {
        if !self.is_healthy() {
            return Err(LogError::Poisoned);
        }
        self.tip.lock().map_err(|_| self.poison())
    }

    fn poison(&self) -> LogError {
        self.healthy.store(false, Ordering::Release);
        LogError::Poisoned
    }

    /// That a run has ended is the caller's mistake; whatever else fails loses records.
    fn failed(&self, error: LogError) -> LogError {
        if !matches!(error, LogError::Ended) {
            self.healthy.store(false, Ordering::Release);
        }
        error
    }
}
