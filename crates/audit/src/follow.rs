//! Reading a log while it is written.

use std::fs::File;
use std::io::{self, BufReader, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::lines::{Line, Lines};
use crate::read::record;
use crate::segment::{open_segment, segment_path};
use crate::{MAX_POLL, ReadError, Record};

/// The records of a log, as they come, over all of its segments. Half a record is never shown: it is
/// read again when there is more of it. Nothing is verified.
///
/// It waits for nothing: whoever follows calls [`poll`](Follow::poll) from time to time.
pub struct Follow {
    log: PathBuf,
    segment: u64,
    /// The file of that segment, once it is there.
    file: Option<Arc<File>>,
    /// Where the next line begins, and its number.
    place: u64,
    line: u64,
    /// Whether that place is within a line that is too long, of which was told.
    is_within: bool,
    /// Whether the log was cut off or replaced, of which was told.
    is_over: bool,
}

impl Follow {
    /// From the first record on. The log need not be there yet.
    pub fn new(log: &Path) -> Follow {
        Follow {
            log: log.to_owned(),
            segment: 0,
            file: None,
            place: 0,
            line: 1,
            is_within: false,
            is_over: false,
        }
    }

    /// What came since the last call: [`MAX_POLL`] records at most, and what is none as an error.
    pub fn poll(&mut self) -> io::Result<Vec<Result<Record, ReadError>>> {
        let mut found = Vec::new();
        while !self.is_over && found.len() < MAX_POLL {
            // Looked for first: once the next segment is there, nothing is added to this one.
            let has_next = self.has_next()?;
            if !self.read_on(&mut found)? || found.len() >= MAX_POLL || !has_next {
                break;
            }
            self.leave(&mut found)?;
        }
        Ok(found)
    }

    fn has_next(&self) -> io::Result<bool> {
        match segment_path(&self.log, self.segment.saturating_add(1)).symlink_metadata() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Reads the whole lines that this segment has beyond the place. False if there is nothing to
    /// be read from.
    fn read_on(&mut self, found: &mut Vec<Result<Record, ReadError>>) -> io::Result<bool> {
        let Some(file) = self.open()? else { return Ok(false) };
        if file.metadata()?.len() < self.place {
            self.is_over = true;
            found.push(Err(ReadError::Replaced { segment: self.segment }));
            return Ok(false);
        }
        let mut reader = BufReader::new(&*file);
        reader.seek(SeekFrom::Start(self.place))?;
        let mut lines = Lines::new(reader);
        while found.len() < MAX_POLL {
            let read = match lines.next()? {
                Some(Line::CutOff(_)) | None => break,
                Some(_) if self.is_within => None,
                Some(line) => Some(record(line, self.line)),
            };
            found.extend(read);
            self.place += lines.length();
            self.is_within = !lines.is_whole();
            self.line += u64::from(!self.is_within);
        }
        Ok(true)
    }

    /// The file of the segment, if it is there. It stays the same one until the next segment.
    fn open(&mut self) -> io::Result<Option<Arc<File>>> {
        if self.file.is_none() {
            self.file = open_segment(&self.log, self.segment)?.map(Arc::new);
        }
        Ok(self.file.clone())
    }

    /// Goes to the next segment. What is left of this one is what a stopped host left.
    fn leave(&mut self, found: &mut Vec<Result<Record, ReadError>>) -> io::Result<()> {
        let length = self.file.as_ref().map_or(Ok(0), |file| file.metadata().map(|it| it.len()))?;
        if length > self.place {
            found.push(Err(ReadError::CutOff { line: self.line }));
        }
        self.segment = self.segment.saturating_add(1);
        (self.file, self.place, self.line, self.is_within) = (None, 0, 1, false);
        Ok(())
    }
}
