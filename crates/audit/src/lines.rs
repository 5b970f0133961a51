//! Lines of an untrusted file, none longer than the cap in memory.

use std::io::{self, BufRead, Read as _};

use crate::MAX_LINE;

pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
}

/// One line without its line end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Line<'a> {
    Whole(&'a [u8]),
    /// The file ends before the line does.
    CutOff(&'a [u8]),
    /// It has been skipped.
    TooLong,
}

impl<R: BufRead> Lines<R> {
    pub(crate) fn new(reader: R) -> Lines<R> {
        Lines { reader, buffer: Vec::new(), number: 0 }
    }

    /// The number of the line last read, from 1; 0 before the first.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let cap = MAX_LINE as u64 + 1;
        if self.reader.by_ref().take(cap).read_until(b'\n', &mut self.buffer)? == 0 {
            return Ok(None);
        }
        self.number += 1;
        if let Some(line) = self.buffer.strip_suffix(b"\n") {
            return Ok(Some(Line::Whole(line)));
        }
        if self.buffer.len() <= MAX_LINE {
            return Ok(Some(Line::CutOff(&self.buffer)));
        }
        self.reader.skip_until(b'\n')?;
        Ok(Some(Line::TooLong))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_apart() {
        let long = vec![b'x'; MAX_LINE];
        let bytes = [b"ab\n\n", &long[..], b"\n", &long[..], b"y\n", b"end"].concat();
        let mut lines = Lines::new(&bytes[..]);
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"ab")));
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"")));
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(&long)));
        assert_eq!(lines.next().unwrap(), Some(Line::TooLong));
        assert_eq!(lines.next().unwrap(), Some(Line::CutOff(b"end")));
        assert_eq!(lines.next().unwrap(), None);
        assert_eq!(lines.number(), 5);
    }
}
