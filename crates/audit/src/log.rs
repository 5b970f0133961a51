//! The handle through which everything is recorded.

use std::fmt;
use std::fs::File;
use std::io::{BufReader, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::verification::{ChainVerdict, Gap};
use crate::writer::{Position, Writer};
use crate::{
    Checkpoint, Clock, End, Event, LogError, Memory, RunId, Sink, Start, SystemClock, chain, sink,
    verify,
};

/// One run's log, open for writing. Clones are cheap and write to the same chain; any thread may.
///
/// [`record`](Log::record) hashes the record and puts it in line in memory, which takes a few
/// microseconds; a thread hands what waits to the operating system within
/// [`FLUSH_INTERVAL`](crate::FLUSH_INTERVAL). Records of the kinds a plugin cannot cause at will
/// (see [`Kind::is_written_through`](crate::Kind::is_written_through)) are handed over before
/// `record` returns.
///
/// What is lost:
/// - on a clean exit, nothing: [`end`](Log::end) writes and syncs, and so does dropping the last
///   clone, but for the sync;
/// - when the host is killed, the records of the last `FLUSH_INTERVAL`, unless
///   [`flush`](Log::flush) was called;
/// - when the machine stops, what came after the last [`sync`](Log::sync) and was not yet written
///   back by the system.
///
/// In the last two cases the file ends at a record or inside one, and
/// [`verify`](crate::verify()) calls it unclean.
///
/// A record that cannot be written is an error for the caller that learns of it first and poisons
/// the log: [`is_healthy`](Log::is_healthy) is false and every later call fails. Since most records
/// are written by the thread, an operation that must not happen unrecorded calls
/// [`flush`](Log::flush) between recording and acting.
#[derive(Clone)]
pub struct Log(Arc<Open>);

struct Open {
    writer: Arc<Writer>,
    flusher: Option<JoinHandle<()>>,
}

impl Log {
    /// A log in a new file of mode 0600. Whatever stands at `path` already is an error.
    pub fn create(path: &Path, run: RunId, start: &Start<'_>) -> Result<Log, LogError> {
        Log::begin(Box::new(sink::create(path)?), None, run, start)
    }

    /// A log in a new file, or one that continues the chain in the file that is there. That file
    /// must verify. If its last run is unclean that remains visible; half a record at its end is
    /// cut off, and the `run-start` record says how many bytes (`cut_bytes`). A link is refused.
    pub fn create_or_append(path: &Path, run: RunId, start: &Start<'_>) -> Result<Log, LogError> {
        let file = match sink::open_existing(path) {
            Ok(file) => file,
            Err(LogError::Open { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
                return Log::create(path, run, start);
            }
            Err(other) => return Err(other),
        };
        let failed = |error| LogError::Open { path: path.to_owned(), error };
        let found = verify(BufReader::new(&file)).map_err(failed)?;
        let Some(tail) = Tail::of(&found) else {
            return Err(LogError::NotWhole { path: path.to_owned(), found: Box::new(found) });
        };
        tail.make_last(&file).map_err(failed)?;
        Log::begin(Box::new(file), Some(tail), run, start)
    }

    /// A log in memory, and the place to see what was written; every record is there at once.
    pub fn memory(run: RunId, start: &Start<'_>) -> Result<(Log, Memory), LogError> {
        let memory = Memory::default();
        let head = chain::origin(run.as_str());
        let clock = Box::new(SystemClock::start());
        let writer = Writer::new(Box::new(memory.clone()), clock, run, head, true);
        start.with_event(None, |event| writer.append(event))?;
        Ok((Log(Arc::new(Open { writer: Arc::new(writer), flusher: None })), memory))
    }

    /// A log that begins in `sink`, with the times of `clock`.
    pub fn with(
        sink: Box<dyn Sink>,
        clock: Box<dyn Clock>,
        run: RunId,
        start: &Start<'_>,
    ) -> Result<Log, LogError> {
        let head = chain::origin(run.as_str());
        Log::open(Writer::new(sink, clock, run, head, false), None, start)
    }

    /// Records one event and returns its number in the run.
    pub fn record(&self, event: &Event<'_>) -> Result<u64, LogError> {
        self.0.writer.append(event)
    }

    /// Records what happened at once, in this order, and hands it over at once: cheaper than one
    /// after the other. Of records that cannot be written, the first ones may have been.
    pub fn record_all(&self, events: &[Event<'_>]) -> Result<(), LogError> {
        self.0.writer.append_all(events).map(drop)
    }

    /// Hands everything recorded so far to the operating system.
    pub fn flush(&self) -> Result<(), LogError> {
        self.0.writer.drain()
    }

    /// Returns when everything recorded so far is on the disk. Takes milliseconds.
    pub fn sync(&self) -> Result<(), LogError> {
        self.0.writer.sync()
    }

    /// Records the end of the run and returns when it is on the disk. Later records are refused
    /// with [`LogError::Ended`].
    pub fn end(&self, end: &End<'_>) -> Result<Checkpoint, LogError> {
        let position = self.0.writer.append_end(end)?;
        self.0.writer.sync()?;
        Ok(self.checkpoint_at(position))
    }

    /// Where the chain stands now, including what is not yet written out.
    pub fn checkpoint(&self) -> Result<Checkpoint, LogError> {
        Ok(self.checkpoint_at(self.0.writer.position()?))
    }

    /// The run this log belongs to.
    pub fn run(&self) -> &RunId {
        &self.0.writer.run
    }

    /// Whether every record accepted so far was, or still can be, written.
    pub fn is_healthy(&self) -> bool {
        self.0.writer.is_healthy()
    }

    fn begin(
        sink: Box<dyn Sink>,
        tail: Option<Tail>,
        run: RunId,
        start: &Start<'_>,
    ) -> Result<Log, LogError> {
        let head = match &tail {
            Some(Tail { head: Some(head), .. }) => *head,
            _ => chain::origin(run.as_str()),
        };
        let writer = Writer::new(sink, Box::new(SystemClock::start()), run, head, false);
        Log::open(writer, tail.and_then(|tail| tail.cut_bytes), start)
    }

    fn open(writer: Writer, cut_bytes: Option<u64>, start: &Start<'_>) -> Result<Log, LogError> {
        let writer = Arc::new(writer);
        start.with_event(cut_bytes, |event| writer.append(event))?;
        let flushed = Arc::clone(&writer);
        let flusher = std::thread::Builder::new()
            .name("aether-audit".to_owned())
            // Its error is in the writer already: the log is poisoned.
            .spawn(move || drop(flushed.flush_until_closed()))
            .map_err(LogError::Flusher)?;
        Ok(Log(Arc::new(Open { writer, flusher: Some(flusher) })))
    }

    fn checkpoint_at(&self, position: Position) -> Checkpoint {
        Checkpoint {
            run: self.run().to_string(),
            records: position.records,
            head: position.head.to_hex().to_string(),
        }
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Log")
            .field("run", self.run())
            .field("healthy", &self.is_healthy())
            .finish_non_exhaustive()
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.writer.close();
        // Nobody is left to tell. What an error loses here shows as a missing `run-end`.
        drop(self.writer.drain());
        if let Some(flusher) = self.flusher.take() {
            drop(flusher.join());
        }
    }
}

/// The end of an existing log that a new run continues.
struct Tail {
    head: Option<blake3::Hash>,
    bytes: u64,
    cut_bytes: Option<u64>,
}

impl Tail {
    /// `None` if the log is broken.
    fn of(found: &crate::Verification) -> Option<Tail> {
        let cut_bytes = match &found.verdict {
            ChainVerdict::Broken { .. } => return None,
            ChainVerdict::Unclean { gap: Gap::CutOff { bytes, .. } } => Some(*bytes),
            _ => None,
        };
        let head = match &found.head {
            Some(digits) => Some(blake3::Hash::from_hex(digits).ok()?),
            None => None,
        };
        Some(Tail { head, bytes: found.bytes, cut_bytes })
    }

    /// Cuts off half a record and goes to the end.
    fn make_last(&self, mut file: &File) -> std::io::Result<()> {
        if self.cut_bytes.is_some() {
            file.set_len(self.bytes)?;
        }
        file.seek(SeekFrom::Start(self.bytes)).map(drop)
    }
}
