//! The handle through which everything is recorded.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;

use crate::notes::Notes;
use crate::resume::{self, Resumed};
use crate::segment::{folder_of, last};
use crate::sink::sync_folder;
use crate::target::{Files, Target};
use crate::tip::{Position, Segment, Tip};
use crate::writer::Writer;
use crate::{
    Checkpoint, Clock, End, Event, LogError, LogOptions, Memory, RunId, Sink, Start, SystemClock,
    chain, sink,
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
/// In the last two cases the last file ends at a record or inside one, and
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
    notes: Option<Arc<Notes>>,
    threads: Vec<JoinHandle<()>>,
}

impl Log {
    /// A log in a new file of mode 0600, which goes on in others when it is full. Whatever stands at
    /// `path` already is an error.
    pub fn create(path: &Path, run: RunId, start: &Start<'_>) -> Result<Log, LogError> {
        Log::create_with(LogOptions::default(), path, run, start)
    }

    /// A log in a new file, or one that continues the chain in the last segment that is there. All
    /// of them must verify. If the last run is unclean that remains visible; half a record at the
    /// end is cut off, and the `run-start` record says how many bytes (`cut_bytes`). Links are
    /// refused.
    pub fn create_or_append(path: &Path, run: RunId, start: &Start<'_>) -> Result<Log, LogError> {
        Log::append_with(LogOptions::default(), path, run, start)
    }

    /// A log in memory, and the place to see what was written; every record is there at once.
    pub fn memory(run: RunId, start: &Start<'_>) -> Result<(Log, Memory), LogError> {
        let memory = Memory::default();
        let tip = first_tip(Box::new(SystemClock::start()), &run);
        let target = Target::Sink(Box::new(memory.clone()));
        let writer = Writer::new(target, tip, run).at_once();
        start.with_event(None, None, |event| writer.begin(event))?;
        let open = Open { writer: Arc::new(writer), notes: None, threads: Vec::new() };
        Ok((Log(Arc::new(open)), memory))
    }

    /// A log that begins in `sink`, with the times of `clock`. It has one segment.
    pub fn with(
        sink: Box<dyn Sink>,
        clock: Box<dyn Clock>,
        run: RunId,
        start: &Start<'_>,
    ) -> Result<Log, LogError> {
        let tip = first_tip(clock, &run);
        let writer = Writer::new(Target::Sink(sink), tip, run);
        start.with_event(None, None, |event| writer.begin(event))?;
        Log::open(writer, None)
    }

    /// Records one event and returns its number in the run. The kinds of record by which a log is
    /// verified are refused.
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

    /// Returns when everything recorded so far is on the disk. Takes milliseconds; all who call it
    /// at once share them.
    pub fn sync(&self) -> Result<(), LogError> {
        self.0.writer.sync()
    }

    /// Records the end of the run and returns when it is on the disk, and the last checkpoint too.
    /// Later records are refused with [`LogError::Ended`].
    pub fn end(&self, end: &End<'_>) -> Result<Checkpoint, LogError> {
        let position = self.0.writer.append_end(end)?;
        self.0.writer.sync()?;
        if let Some(notes) = &self.0.notes {
            notes.finish(&self.0.writer)?;
        }
        Ok(self.checkpoint_at(position))
    }

    /// Where the chain stands now, including what is not yet written out.
    pub fn checkpoint(&self) -> Result<Checkpoint, LogError> {
        Ok(self.checkpoint_at(self.0.writer.position()?))
    }

    /// Writes a checkpoint down now, where they are written at all.
    pub fn keep_checkpoint(&self) -> Result<(), LogError> {
        self.0.notes.as_ref().map_or(Ok(()), |notes| notes.note(&self.0.writer))
    }

    /// Why the last checkpoint could not be written down, if that is so. The log itself may be
    /// healthy all the same.
    pub fn checkpoint_error(&self) -> Option<String> {
        self.0.notes.as_ref().and_then(|notes| notes.error())
    }

    /// The run this log belongs to.
    pub fn run(&self) -> &RunId {
        &self.0.writer.run
    }

    /// Whether every record accepted so far was, or still can be, written.
    pub fn is_healthy(&self) -> bool {
        self.0.writer.is_healthy()
    }

    pub(crate) fn create_with(
        options: LogOptions,
        path: &Path,
        run: RunId,
        start: &Start<'_>,
    ) -> Result<Log, LogError> {
        let failed = |error| LogError::Open { path: path.to_owned(), error };
        // Segments that others left would be in the way of this log's, or be taken for them.
        if path.symlink_metadata().is_err() && last(path).map_err(failed)?.is_some() {
            return Err(failed(std::io::ErrorKind::AlreadyExists.into()));
        }
        let (notes, options) = options.open_notes(path, &run)?;
        let target = Target::Files(Files::new(sink::create(path)?, path.to_owned()));
        let head = chain::origin(run.as_str());
        let tip = Tip::new(options.clock, head, Segment::default(), Some(options.rotation));
        Log::begin(Writer::new(target, tip, run), notes, path, start, (None, None))
    }

    pub(crate) fn append_with(
        options: LogOptions,
        path: &Path,
        run: RunId,
        start: &Start<'_>,
    ) -> Result<Log, LogError> {
        let file = match sink::open_existing(path) {
            Ok(file) => file,
            Err(LogError::Open { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => {
                return Log::create_with(options, path, run, start);
            }
            Err(other) => return Err(other),
        };
        let (notes, options) = options.open_notes(path, &run)?;
        let Resumed { files, head, segment, cut_bytes, begins } = resume::resume(file, path)?;
        let head = head.unwrap_or_else(|| chain::origin(run.as_str()));
        let tip = Tip::new(options.clock, head, segment, Some(options.rotation));
        let writer = Writer::new(Target::Files(files), tip, run);
        Log::begin(writer, notes, path, start, (cut_bytes, begins))
    }

    /// The first record says what was cut off of the log that it continues, and which segment it
    /// begins there.
    fn begin(
        writer: Writer,
        notes: Option<Notes>,
        path: &Path,
        start: &Start<'_>,
        (cut_bytes, begins): (Option<u64>, Option<u64>),
    ) -> Result<Log, LogError> {
        if notes.is_some() {
            // What the checkpoints speak of must not be lost with its name.
            sync_folder(folder_of(path)).map_err(LogError::Write)?;
        }
        let writer = writer.noted_every(notes.as_ref().map(Notes::every));
        start.with_event(cut_bytes, begins, |event| writer.begin(event))?;
        Log::open(writer, notes)
    }

    fn open(writer: Writer, notes: Option<Notes>) -> Result<Log, LogError> {
        let writer = Arc::new(writer);
        let mut open = Open {
            writer: Arc::clone(&writer),
            notes: notes.map(Arc::new),
            threads: Vec::with_capacity(2),
        };
        // The error of either is in the writer already: the log is poisoned.
        let flushed = Arc::clone(&writer);
        open.start("aether-audit", move || drop(flushed.flush_until_closed()))?;
        if let Some(notes) = open.notes.clone() {
            open.start("aether-notes", move || drop(notes.keep(&writer)))?;
        }
        Ok(Log(Arc::new(open)))
    }

    fn checkpoint_at(&self, position: Position) -> Checkpoint {
        let origin = self.0.notes.as_ref().map_or(Checkpoint::ORIGIN, |notes| notes.origin());
        Checkpoint::at(&position, self.run(), origin)
    }
}

impl Open {
    fn start(&mut self, name: &str, run: impl FnOnce() + Send + 'static) -> Result<(), LogError> {
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
        self.threads.push(thread.map_err(LogError::Flusher)?);
        Ok(())
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
        for thread in self.threads.drain(..) {
            drop(thread.join());
        }
        // The last checkpoint of a run without an end; of one with an end it is written.
        if let Some(notes) = self.notes.as_ref().filter(|_| !self.writer.has_ended()) {
            drop(notes.finish(&self.writer));
        }
    }
}

fn first_tip(clock: Box<dyn Clock>, run: &RunId) -> Tip {
    Tip::new(clock, chain::origin(run.as_str()), Segment::default(), None)
}
