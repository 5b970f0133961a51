//! Where the lines of a log go, and how a segment follows another there.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::Arc;

use crate::segment::{folder_of, segment_path};
use crate::{LogError, Sink, sink};

pub(crate) enum Target {
    /// What a caller brings: one segment.
    Sink(Box<dyn Sink>),
    Files(Files),
}

/// The files of a log.
pub(crate) struct Files {
    /// The first one, kept open because it is what is claimed.
    _first: Arc<File>,
    current: Arc<File>,
    log: PathBuf,
    number: u64,
}

impl Files {
    pub(crate) fn new(first: File, log: PathBuf) -> Files {
        let first = Arc::new(first);
        Files { current: Arc::clone(&first), _first: first, log, number: 0 }
    }

    /// The same log, going on in another of its files.
    pub(crate) fn at(self, current: File, number: u64) -> Files {
        Files { current: Arc::new(current), number, ..self }
    }

    /// Begins the next file, once the one before it is on the disk: what follows a file that was
    /// not finished would look like a removal after a loss of power.
    fn advance(&mut self) -> Result<(), LogError> {
        let number = self.number.saturating_add(1);
        let path = segment_path(&self.log, number);
        self.current.sync_data().map_err(LogError::Write)?;
        self.current = Arc::new(sink::create(&path)?);
        self.number = number;
        sink::sync_folder(folder_of(&path)).map_err(LogError::Write)
    }
}

impl Target {
    /// Writes the lines, and begins a new segment at each of `breaks`.
    pub(crate) fn write(&mut self, lines: &[u8], breaks: &[usize]) -> Result<(), LogError> {
        let mut rest = lines;
        let mut written = 0;
        for at in breaks {
            let (before, after) =
                rest.split_at_checked(at.saturating_sub(written)).unwrap_or((rest, &[]));
            self.write_all(before).map_err(LogError::Write)?;
            if let Target::Files(files) = self {
                files.advance()?;
            }
            (written, rest) = (*at, after);
        }
        self.write_all(rest).map_err(LogError::Write)
    }

    /// What can be synced while others write; without it, [`sync`](Target::sync) must do.
    pub(crate) fn handle(&self) -> Option<Arc<File>> {
        match self {
            Target::Sink(_) => None,
            Target::Files(files) => Some(Arc::clone(&files.current)),
        }
    }

    pub(crate) fn sync(&mut self) -> io::Result<()> {
        match self {
            Target::Sink(sink) => sink.sync(),
            Target::Files(files) => files.current.sync_data(),
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Target::Sink(sink) => sink.write_all(bytes).and_then(|()| sink.flush()),
            Target::Files(files) => (&*files.current).write_all(bytes),
        }
    }
}
