//! Writing checkpoints down where the log is not.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::segment::folder_of;
use crate::sink::{restrict, sync_folder};
use crate::tip::Position;
use crate::writer::Writer;
use crate::{
    CHECKPOINT_INTERVAL, CHECKPOINT_RECORDS, Checkpoint, LogError, MAX_CHECKPOINT_FILES,
    MAX_CHECKPOINTS, MAX_NAME, MAX_NOTES, RunId, Signer,
};

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
///
/// The folder holds [`MAX_CHECKPOINT_FILES`](crate::MAX_CHECKPOINT_FILES): older ones go when a new one
/// is begun. A run that still writes puts its own back.
#[derive(Debug)]
pub struct CheckpointSink {
    folder: PathBuf,
    signer: Signer,
    origin: String,
    log_name: Option<String>,
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
            log_name: None,
            records: CHECKPOINT_RECORDS,
            interval: CHECKPOINT_INTERVAL,
        }
    }

    /// Names whose log it is.
    pub fn origin(self, origin: impl Into<String>) -> CheckpointSink {
        CheckpointSink { origin: origin.into(), ..self }
    }

    /// Notes the run in `NAME.runs` as well, for a log that several runs write: that a later one was
    /// removed from it shows only to who knows that there was one. A name is of letters, digits and
    /// `-`, `_`, `.`.
    pub fn log_name(self, name: impl Into<String>) -> CheckpointSink {
        CheckpointSink { log_name: Some(name.into()), ..self }
    }

    /// The runs that were noted under that name, in their order: none if there is no such list.
    pub fn runs_of(folder: &Path, name: &str) -> io::Result<Vec<RunId>> {
        let mut text = String::new();
        match File::open(runs_file(folder, name)?) {
            Ok(file) => drop(file.take(MAX_NOTES as u64).read_to_string(&mut text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        Ok(text.lines().filter_map(|line| RunId::parse(line).ok()).collect())
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
        make_room(&folder);
        if let Some(name) = &self.log_name {
            note_run(&folder, name, run).map_err(at(&folder))?;
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
        // Others make room, and somebody may tidy up.
        self.is_behind |= self.path.symlink_metadata().is_err();
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
        // The old one is closed first: Windows puts nothing in the place of a file that is open.
        self.file = file;
        fs::rename(&aside, &self.path)?;
        sync_folder(folder_of(&self.path))
    }
}

/// Removes the oldest files when there are too many, and some more, so that it is seldom done. Whatever
/// cannot be removed hinders nobody.
fn make_room(folder: &Path) {
    let is_ours = |path: &PathBuf| {
        path.extension().is_some_and(|extension| extension == "notes" || extension == "runs")
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let files: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_ours).collect();
    if files.len() < MAX_CHECKPOINT_FILES {
        return;
    }
    let written = |path: &Path| path.symlink_metadata().and_then(|meta| meta.modified()).ok();
    let mut files: Vec<_> = files.into_iter().map(|path| (written(&path), path)).collect();
    files.sort();
    let too_many = files.len() - MAX_CHECKPOINT_FILES * 9 / 10;
    for (_, path) in files.iter().take(too_many) {
        drop(fs::remove_file(path));
    }
}

fn note_run(folder: &Path, name: &str, run: &RunId) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    restrict(&mut options);
    let mut file = options.open(runs_file(folder, name)?)?;
    file.write_all(format!("{run}\n").as_bytes())?;
    file.sync_all()
}

fn runs_file(folder: &Path, name: &str) -> io::Result<PathBuf> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    match (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_plain) {
        true => Ok(folder.join(format!("{name}.runs"))),
        false => Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no name for a log")),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn create(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create_new(true);
    restrict(&mut options);
    let_move(&mut options);
    options.open(path)
}

#[cfg(unix)]
fn let_move(_: &mut OpenOptions) {}

/// While it is open it can be renamed, and so removed as well.
#[cfg(windows)]
fn let_move(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_SHARE_READ: u32 = 1;
    const FILE_SHARE_DELETE: u32 = 4;
    options.share_mode(FILE_SHARE_READ | FILE_SHARE_DELETE);
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
