//! What can go wrong with a log.

use std::io;
use std::path::PathBuf;

use crate::{RunIdError, Verification};

/// A record was not written, or a log cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LogError {
    /// The file cannot be opened as a log; an existing one is not overwritten.
    #[error("cannot open the audit log {path}: {error}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Something else than a plain file stands at the path.
    #[error("cannot open the audit log {path}: it is not a plain file", path = path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// Another program, or another log of this one, is writing the file.
    #[error("the audit log {path} is being written by another run", path = path.display())]
    InUse {
        /// The file.
        path: PathBuf,
    },
    /// An existing log does not verify, so nothing may be appended to it.
    #[error("the audit log {path} cannot be continued: {found}", path = path.display())]
    NotWhole {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        found: Box<Verification>,
    },
    /// No run id.
    #[error(transparent)]
    RunId(#[from] RunIdError),
    /// The thread that flushes the log cannot be started.
    #[error("cannot start the audit log's flusher: {0}")]
    Flusher(io::Error),
    /// Writing or syncing failed now. The log is poisoned from here on.
    #[error("cannot write the audit log: {0}")]
    Write(io::Error),
    /// Writing failed before, or a writer panicked. Records may be missing; none is taken any more.
    #[error("the audit log could not be written and takes no more records")]
    Poisoned,
    /// The run has ended; its last record is written.
    #[error("the audit log has ended and takes no more records")]
    Ended,
}

/// A line could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The file cannot be opened.
    #[error("cannot open the audit log {path}: {error}", path = path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Reading failed; nothing more comes.
    #[error("cannot read the audit log after line {line}: {error}")]
    Read {
        /// The last line that was read, from 1; 0 if none was.
        line: u64,
        /// Why.
        error: io::Error,
    },
    /// The line is longer than [`MAX_LINE`](crate::MAX_LINE).
    #[error("line {line} of the audit log is too long to be a record")]
    TooLong {
        /// The line, from 1.
        line: u64,
    },
    /// The line is not a record.
    #[error("line {line} of the audit log is not a record: {error}")]
    NotARecord {
        /// The line, from 1.
        line: u64,
        /// Why.
        error: serde_json::Error,
    },
    /// The last line has no line end: the host was stopped while it was being written.
    #[error("line {line} of the audit log is cut off")]
    CutOff {
        /// The line, from 1.
        line: u64,
    },
}
