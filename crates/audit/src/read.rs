//! Reading a log without judging it.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use crate::lines::{Line, Lines};
use crate::{ReadError, Record};

/// The records of the file at `path`, in order. Nothing is verified: use
/// [`verify`](crate::verify()) for that.
pub fn read(path: &Path) -> Result<Records<BufReader<File>>, ReadError> {
    let file =
        File::open(path).map_err(|error| ReadError::Open { path: path.to_owned(), error })?;
    Ok(Records::new(BufReader::new(file)))
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
            Ok(Some(Line::Whole(bytes))) => {
                let record = serde_json::from_slice(bytes);
                Some(record.map_err(|error| ReadError::NotARecord { line, error }))
            }
            Ok(Some(Line::CutOff(_))) => Some(Err(ReadError::CutOff { line })),
            Ok(Some(Line::TooLong)) => Some(Err(ReadError::TooLong { line })),
            Ok(None) => None,
            Err(error) => {
                self.failed = true;
                Some(Err(ReadError::Read { line: last, error }))
            }
        }
    }
}
