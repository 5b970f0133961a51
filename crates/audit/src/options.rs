//! How a log is opened when it is not opened as usual.

use std::path::Path;

use crate::notes::Notes;
use crate::{CheckpointSink, Clock, Log, LogError, Rotation, RunId, Start, SystemClock};

/// What a log in files does beside being written.
pub struct LogOptions {
    pub(crate) rotation: Rotation,
    checkpoints: Option<CheckpointSink>,
    pub(crate) clock: Box<dyn Clock>,
}

/// Segments of the usual size, no checkpoints, the clock of this machine.
impl Default for LogOptions {
    fn default() -> LogOptions {
        LogOptions {
            rotation: Rotation::default(),
            checkpoints: None,
            clock: Box::new(SystemClock::start()),
        }
    }
}

impl LogOptions {
    /// When a segment is closed.
    pub fn rotation(self, rotation: Rotation) -> LogOptions {
        LogOptions { rotation, ..self }
    }

    /// Where signed checkpoints are written.
    pub fn checkpoints(self, sink: CheckpointSink) -> LogOptions {
        LogOptions { checkpoints: Some(sink), ..self }
    }

    /// Where the times come from.
    pub fn clock(self, clock: Box<dyn Clock>) -> LogOptions {
        LogOptions { clock, ..self }
    }

    /// Makes the place for the checkpoints, before anything of the log itself.
    pub(crate) fn open_notes(
        mut self,
        log: &Path,
        run: &RunId,
    ) -> Result<(Option<Notes>, LogOptions), LogError> {
        let notes = self.checkpoints.take().map(|sink| sink.open(log, run)).transpose()?;
        Ok((notes, self))
    }

    /// As [`Log::create`].
    pub fn create(self, path: &Path, run: RunId, start: &Start<'_>) -> Result<Log, LogError> {
        Log::create_with(self, path, run, start)
    }

    /// As [`Log::create_or_append`].
    pub fn create_or_append(
        self,
        path: &Path,
        run: RunId,
        start: &Start<'_>,
    ) -> Result<Log, LogError> {
        Log::append_with(self, path, run, start)
    }
}
