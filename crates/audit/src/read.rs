//! Reading a log without judging it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use crate::chain;
use crate::lines::{Line, Lines};
use crate::scan::scan;
use crate::segment::open_segment;
use crate::{Kind, ReadError, Record};

/// The records of the log at `path`, over all of its segments, in order. Nothing is verified: use
/// [`verify_log`](crate::verify_log) for that. Lines are counted over all segments.
pub fn read(path: &Path) -> Result<Records<Segments>, ReadError> {
    Ok(Records::new(Segments::open(path)?))
}

/// The runs of the log at `path`, by what it says itself: in their order, each once, and at most so many.
/// Nothing is verified: a line that is no record is passed over, and what cannot be read has none.
pub fn runs(path: &Path, most: usize) -> Vec<String> {
    let (mut runs, mut known) = (Vec::new(), BTreeSet::new());
    let Ok(segments) = Segments::open(path) else { return runs };
    let mut lines = Lines::new(segments);
    while runs.len() < most
        && let Ok(Some(line)) = lines.next()
    {
        let Line::Whole(bytes) = line else { continue };
        // What can be looked at that fast begins no run.
        if chain::unseal(bytes).is_some_and(|(body, _)| scan(body).is_some()) {
            continue;
        }
        if let Ok(record) = serde_json::from_slice::<Record>(bytes)
            && record.kind == Kind::RunStart
            && known.insert(record.run.clone())
        {
            runs.push(record.run);
        }
    }
    runs
}

/// The record that a line is.
pub(crate) fn record(line: Line<'_>, number: u64) -> Result<Record, ReadError> {
    match line {
        Line::Whole(bytes) => serde_json::from_slice(bytes)
            .map_err(|error| ReadError::NotARecord { line: number, error }),
        Line::CutOff(_) => Err(ReadError::CutOff { line: number }),
        Line::TooLong => Err(ReadError::TooLong { line: number }),
    }
}

/// The bytes of the segments of a log, one behind the other.
pub struct Segments {
    log: PathBuf,
    number: u64,
    current: BufReader<File>,
}

impl Segments {
    /// Opens the first of them. The others are opened when they are come to; the first that is not
    /// there is the end.
    pub fn open(log: &Path) -> Result<Segments, ReadError> {
        let file =
            File::open(log).map_err(|error| ReadError::Open { path: log.to_owned(), error })?;
        Ok(Segments { log: log.to_owned(), number: 0, current: BufReader::new(file) })
    }

    fn advance(&mut self) -> io::Result<bool> {
        let next = self.number.saturating_add(1);
        let Some(file) = open_segment(&self.log, next)? else { return Ok(false) };
        self.number = next;
        self.current = BufReader::new(file);
        Ok(true)
    }
}

impl Read for Segments {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let length = ready.len().min(into.len());
        if let (Some(from), Some(into)) = (ready.get(..length), into.get_mut(..length)) {
            into.copy_from_slice(from);
        }
        self.consume(length);
        Ok(length)
    }
}

impl BufRead for Segments {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.current.fill_buf()?.is_empty() {
            if !self.advance()? {
                break;
            }
        }
        self.current.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.current.consume(amount);
    }
}

/// An iterator over records. A line that is none is an error and the next line follows; after a
/// failure to read nothing follows.
pub struct Records<R> {
    lines: Lines<R>,
    failed: bool,
}

impl<R: BufRead> Records<R> {
    /// The records in `reader`.
    pub fn new(reader: R) -> Records<R> {
        Records { lines: Lines::new(reader), failed: false }
    }
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let last = self.lines.number();
        let line = last + 1;
        match self.lines.next() {
            Ok(found) => found.map(|found| record(found, line)),
            Err(error) => {
                self.failed = true;
                Some(Err(ReadError::Read { line: last, error }))
            }
        }
    }
}
