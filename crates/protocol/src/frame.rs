//! Splitting a byte stream into lines, with the cap before anything else.

use crate::limits;

/// A line grew past the cap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a line longer than {cap} bytes")]
pub struct Overflow {
    /// The cap in force, in bytes.
    pub cap: usize,
}

/// Collects bytes and hands out whole lines.
///
/// Memory is bounded by the cap plus one read, whatever the peer sends: after an overflow the
/// reader forgets the line and reports [`Overflow`] once; the caller ends the peer.
#[derive(Debug)]
pub struct FrameReader {
    buffer: Vec<u8>,
    /// Start of the bytes not yet handed out; compacted when the buffer runs dry.
    start: usize,
    /// Up to here no newline was found, so that a line sent byte by byte costs linear time.
    searched: usize,
    cap: usize,
}

impl Default for FrameReader {
    fn default() -> Self {
        Self::with_cap(limits::FRAME_BYTES)
    }
}

impl FrameReader {
    /// A reader whose lines are at most `cap` bytes long, newline excluded.
    #[must_use]
    pub const fn with_cap(cap: usize) -> Self {
        Self { buffer: Vec::new(), start: 0, searched: 0, cap }
    }

    /// Adds bytes that arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line without its newline, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`Overflow`] when the line exceeds the cap, whether or not its newline has arrived.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, Overflow> {
        let newline = self.buffer[self.searched..].iter().position(|&b| b == b'\n');
        let Some(offset) = newline else {
            self.searched = self.buffer.len();
            if self.buffer.len() - self.start > self.cap {
                return Err(self.overflow());
            }
            return Ok(None);
        };
        let end = self.searched + offset;
        let begin = self.start;
        if end - begin > self.cap {
            return Err(self.overflow());
        }
        self.start = end + 1;
        self.searched = self.start;
        Ok(Some(&self.buffer[begin..end]))
    }

    /// Whether bytes of an unfinished line are waiting.
    #[must_use]
    pub fn is_mid_frame(&self) -> bool {
        self.buffer.len() > self.start
    }

    fn overflow(&mut self) -> Overflow {
        self.buffer = Vec::new();
        self.start = 0;
        self.searched = 0;
        Overflow { cap: self.cap }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(reader: &mut FrameReader) -> Vec<Vec<u8>> {
        let mut out = Vec::new();
        while let Some(line) = reader.next_frame().unwrap() {
            out.push(line.to_vec());
        }
        out
    }

    #[test]
    fn a_line_at_the_cap_passes_and_one_byte_more_does_not() {
        let mut reader = FrameReader::with_cap(4);
        reader.push(b"abcd\n");
        assert_eq!(reader.next_frame(), Ok(Some(&b"abcd"[..])));
        reader.push(b"abcde\n");
        assert_eq!(reader.next_frame(), Err(Overflow { cap: 4 }));
    }

    #[test]
    fn a_line_without_end_is_refused_before_its_newline() {
        let mut reader = FrameReader::with_cap(4);
        reader.push(b"abcde");
        assert_eq!(reader.next_frame(), Err(Overflow { cap: 4 }));
        assert!(!reader.is_mid_frame());
    }

    proptest! {
        #[test]
        fn cutting_the_stream_anywhere_gives_the_same_lines(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..300),
            cuts in proptest::collection::vec(1usize..40, 1..40),
        ) {
            let mut whole = FrameReader::with_cap(1000);
            whole.push(&text);
            let expect = lines(&mut whole);
            let mut pieces = FrameReader::with_cap(1000);
            let mut got = Vec::new();
            let mut rest = &text[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (head, tail) = rest.split_at((*cut).min(rest.len()));
                pieces.push(head);
                got.extend(lines(&mut pieces));
                rest = tail;
            }
            prop_assert_eq!(got, expect);
        }
    }
}
