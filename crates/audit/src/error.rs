//! What can go wrong with a log.

use std::io;
use std::path::PathBuf;

use crate::{Kind, RunIdError, Verification};

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
    /// A caller hands over a record of a kind that only the log itself writes.
    #[error("a record of the kind `{kind}` is written by the audit log alone", kind = kind.as_str())]
    Reserved {
        /// The kind.
        kind: Kind,
    },
    /// Checkpoints are to be written where whoever can change the log can change them too.
    #[error(
        "the checkpoints of the audit log {log} cannot be kept in {folder}: they prove nothing \
         beside the log", log = log.display(), folder = folder.display()
    )]
    CheckpointsBeside {
        /// The log.
        log: PathBuf,
        /// The folder given.
        folder: PathBuf,
    },
    /// The file for the checkpoints cannot be made.
    #[error("cannot keep checkpoints in {path}: {error}", path = path.display())]
    Checkpoints {
        /// The folder or file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// No run id.
    #[error(transparent)]
    RunId(#[from] RunIdError),
    /// A thread that serves the log cannot be started.
    #[error("cannot start a thread of the audit log: {0}")]
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
    /// A log that is followed became shorter than what was read of it; nothing more comes.
    #[error("the audit log was cut off or replaced while it was followed, in segment {segment}")]
    Replaced {
        /// The segment.
        segment: u64,
    },
    /// The last line has no line end: the host was stopped while it was being written.
    #[error("line {line} of the audit log is cut off")]
    CutOff {
        /// The line, from 1.
        line: u64,
    },
}
