//! Writing checkpoints down where the log is not.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::segment::folder_of;
use crate::sink::{restrict, sync_folder};
use crate::tip::Position;
use crate::writer::Writer;
use crate::{CHECKPOINT_INTERVAL, CHECKPOINT_RECORDS, Checkpoint, LogError, MAX_CHECKPOINTS};
use crate::{RunId, Signer};

/// Where a log writes its signed checkpoints: into `RUN.notes` in a folder that is not the log's,
/// nor within it.
///
/// One is written after every 256 new records and when a new record has waited for 2 seconds, but
/// not before the records that it names are on the disk: a checkpoint that outlived its records
/// would accuse somebody after a loss of power. One more is written at the end. The newest alone
/// shows that nothing before it is gone; older ones narrow down where a log was changed, and are
/// thinned out.
///
/// A checkpoint that cannot be written loses no record, and so poisons nothing: it is reported by
/// [`Log::checkpoint_error`](crate::Log::checkpoint_error) until one could be written again.
#[derive(Debug)]
pub struct CheckpointSink {
    folder: PathBuf,
    signer: Signer,
    origin: String,
    records: u64,
    interval: Duration,
}

impl CheckpointSink {
    /// Writes into that folder, which is made if there is none. The origin is the signer's name.
    pub fn new(folder: impl Into<PathBuf>, signer: Signer) -> CheckpointSink {
        CheckpointSink {
            folder: folder.into(),
            origin: signer.key().name().to_owned(),
            signer,
            records: CHECKPOINT_RECORDS,
            interval: CHECKPOINT_INTERVAL,
        }
    }

    /// Names whose log it is.
    pub fn origin(self, origin: impl Into<String>) -> CheckpointSink {
        CheckpointSink { origin: origin.into(), ..self }
    }

    /// After how many new records, and how long after a new one, a checkpoint is due.
    pub fn every(self, records: u64, interval: Duration) -> CheckpointSink {
        CheckpointSink { records, interval, ..self }
    }

    /// Where the checkpoints of a run are kept.
    pub fn file_of(folder: &Path, run: &RunId) -> PathBuf {
        folder.join(format!("{run}.notes"))
    }

    /// Makes the file, unless it would stand beside the log.
    pub(crate) fn open(self, log: &Path, run: &RunId) -> Result<Notes, LogError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| LogError::Checkpoints { path, error }
        };
        make_folder(&self.folder).map_err(at(&self.folder))?;
        let folder = self.folder.canonicalize().map_err(at(&self.folder))?;
        let beside = folder_of(log).canonicalize().map_err(at(log))?;
        if folder.starts_with(&beside) {
            return Err(LogError::CheckpointsBeside { log: log.to_owned(), folder });
        }
        let path = CheckpointSink::file_of(&folder, run);
        let file = create(&path).map_err(at(&path))?;
        let book = Book { path, file, kept: Vec::new(), is_behind: false };
        Ok(Notes { sink: self, book: Mutex::new(book), error: Mutex::new(None) })
    }
}

/// The checkpoints of a run, while it writes them.
pub(crate) struct Notes {
    sink: CheckpointSink,
    /// Held from before a position is taken until it is written down, so that they stand in order.
    book: Mutex<Book>,
    error: Mutex<Option<String>>,
}

/// The file, and what should stand in it.
struct Book {
    path: PathBuf,
    file: File,
    kept: Vec<String>,
    /// Whether the file may hold something else, and must be written anew.
    is_behind: bool,
}

impl Notes {
    pub(crate) fn origin(&self) -> &str {
        &self.sink.origin
    }

    /// After how many records one is due.
    pub(crate) fn every(&self) -> u64 {
        self.sink.records
    }

    pub(crate) fn error(&self) -> Option<String> {
        lock(&self.error).clone()
    }

    /// What the thread for checkpoints does until the log closes, or is poisoned.
    pub(crate) fn keep(&self, writer: &Writer) -> Result<(), LogError> {
        while writer.wait_for_checkpoint(self.sink.interval)? {
            self.note(writer)?;
        }
        Ok(())
    }

    /// Makes what is recorded last, and writes down where the log stands. An error is one of the
    /// log's; one of the checkpoints is kept to be asked for.
    pub(crate) fn note(&self, writer: &Writer) -> Result<(), LogError> {
        let mut book = lock(&self.book);
        let position = writer.position_to_note()?;
        writer.sync()?;
        let written = self.write(&mut book, &position, &writer.run);
        *lock(&self.error) = written.err().map(|error| error.to_string());
        Ok(())
    }

    /// Makes the file last as well.
    pub(crate) fn finish(&self, writer: &Writer) -> Result<(), LogError> {
        self.note(writer)?;
        if let Err(error) = lock(&self.book).file.sync_all() {
            *lock(&self.error) = Some(error.to_string());
        }
        Ok(())
    }

    fn write(&self, book: &mut Book, position: &Position, run: &RunId) -> io::Result<()> {
        let checkpoint = Checkpoint::at(position, run, &self.sink.origin);
        let signed = self.sink.signer.sign(&checkpoint).map_err(io::Error::other)?;
        book.add(signed.to_note().map_err(io::Error::other)?)
    }
}

impl Book {
    fn add(&mut self, note: String) -> io::Result<()> {
        self.kept.push(note);
        if self.kept.len() > MAX_CHECKPOINTS {
            self.thin_out();
            self.is_behind = true;
        }
        if self.is_behind {
            self.write_anew()?;
            self.is_behind = false;
            return Ok(());
        }
        let between = if self.kept.len() > 1 { "\n" } else { "" };
        let added = self.kept.last().map_or("", String::as_str);
        let written = self.file.write_all(format!("{between}{added}").as_bytes());
        self.is_behind = written.is_err();
        written
    }

    /// Drops every second one but the first and the last: what is old is known less finely.
    fn thin_out(&mut self) {
        let last = self.kept.len().saturating_sub(1);
        let mut number = 0;
        self.kept.retain(|_| {
            let is_kept = number % 2 == 0 || number == last;
            number += 1;
            is_kept
        });
    }

    /// Puts a new file in the place of the old one, so that there is a whole one at any time.
    fn write_anew(&mut self) -> io::Result<()> {
        let aside = self.path.with_extension("notes.new");
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = create(&aside)?;
        file.write_all(self.kept.join("\n").as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, &self.path)?;
        self.file = file;
        sync_folder(folder_of(&self.path))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    restrict(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn make_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// It has the rights of the folder it is made in.
#[cfg(windows)]
fn make_folder(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).create(folder)
}
