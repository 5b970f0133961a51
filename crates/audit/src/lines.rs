//! Lines of an untrusted file, none longer than the cap in memory.

use std::io::{self, BufRead, Read as _};

use crate::MAX_LINE;

pub(crate) struct Lines<R> {
    reader: R,
    buffer: Vec<u8>,
    number: u64,
    length: u64,
    is_whole: bool,
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
        Lines { reader, buffer: Vec::new(), number: 0, length: 0, is_whole: false }
    }

    /// The number of the line last read, from 1; 0 before the first.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// How many bytes the line last read has, its line end included.
    pub(crate) fn length(&self) -> u64 {
        self.length
    }

    /// Whether it has a line end.
    pub(crate) fn is_whole(&self) -> bool {
        self.is_whole
    }

    pub(crate) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        let cap = MAX_LINE as u64 + 1;
        self.length = self.reader.by_ref().take(cap).read_until(b'\n', &mut self.buffer)? as u64;
        if self.length == 0 {
            return Ok(None);
        }
        self.number += 1;
        self.is_whole = self.buffer.last() == Some(&b'\n');
        if !self.is_whole && self.buffer.len() > MAX_LINE {
            self.skip()?;
            return Ok(Some(Line::TooLong));
        }
        Ok(Some(match self.buffer.strip_suffix(b"\n") {
            Some(line) => Line::Whole(line),
            None => Line::CutOff(&self.buffer),
        }))
    }

    fn skip(&mut self) -> io::Result<()> {
        loop {
            let ready = self.reader.fill_buf()?;
            let end = ready.iter().position(|byte| *byte == b'\n');
            let skipped = end.map_or(ready.len(), |end| end + 1);
            self.reader.consume(skipped);
            self.length += skipped as u64;
            self.is_whole = end.is_some();
            if end.is_some() || skipped == 0 {
                return Ok(());
            }
        }
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
        assert_eq!(lines.length(), 3);
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(b"")));
        assert_eq!(lines.next().unwrap(), Some(Line::Whole(&long)));
        assert_eq!(lines.next().unwrap(), Some(Line::TooLong));
        assert_eq!((lines.length(), lines.is_whole()), (MAX_LINE as u64 + 2, true));
        assert_eq!(lines.next().unwrap(), Some(Line::CutOff(b"end")));
        assert!(!lines.is_whole());
        assert_eq!(lines.next().unwrap(), None);
        assert_eq!(lines.number(), 5);
    }

    #[test]
    fn a_line_that_is_too_long_and_has_no_end_is_told_apart() {
        let long = vec![b'x'; MAX_LINE + 5];
        let mut lines = Lines::new(&long[..]);
        assert_eq!(lines.next().unwrap(), Some(Line::TooLong));
        assert_eq!((lines.length(), lines.is_whole()), (long.len() as u64, false));
    }
}
