//! Lines of a byte stream, none longer than a cap.

use std::io::{self, BufRead};

/// Longest line, bytes, newline excluded: as much as an agent writes into a file at once, and no
/// more than a host can hold several times over. A client that never sends a newline must not grow
/// its memory.
pub(super) const MAX_LINE: usize = 4 << 20;

/// What came.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A whole line, without its newline.
    Whole(Vec<u8>),
    /// A line longer than the cap, of which nothing was kept. It may not have ended yet.
    TooLong,
}

/// Reads lines.
pub(super) struct Lines<R> {
    from: R,
    cap: usize,
    /// Within a line that is too long.
    skipping: bool,
}

impl<R: BufRead> Lines<R> {
    pub(super) const fn new(from: R, cap: usize) -> Self {
        Self { from, cap, skipping: false }
    }

    /// The next line; nothing at the end. What stands before the end without a newline is no line.
    pub(super) fn next(&mut self) -> io::Result<Option<Line>> {
        let mut line = Vec::new();
        loop {
            let bytes = match self.from.fill_buf() {
                Ok([]) => return Ok(None),
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let newline = bytes.iter().position(|byte| *byte == b'\n');
            let part = &bytes[..newline.unwrap_or(bytes.len())];
            let was_skipping = self.skipping;
            let too_long = !was_skipping && line.len() + part.len() > self.cap;
            if !was_skipping && !too_long {
                line.extend_from_slice(part);
            }
            let taken = part.len() + usize::from(newline.is_some());
            self.from.consume(taken);
            self.skipping = (was_skipping || too_long) && newline.is_none();
            if too_long {
                return Ok(Some(Line::TooLong));
            }
            if newline.is_some() && !was_skipping {
                return Ok(Some(Line::Whole(line)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use proptest::prelude::*;

    use super::*;

    /// Everything that is read, a few bytes at a time.
    fn all(text: &[u8], cap: usize, at_once: usize) -> Vec<Line> {
        let mut lines = Lines::new(BufReader::with_capacity(at_once, text), cap);
        std::iter::from_fn(|| lines.next().expect("a slice")).collect()
    }

    fn whole(text: &str) -> Line {
        Line::Whole(text.as_bytes().to_vec())
    }

    #[test]
    fn a_line_at_the_cap_passes_and_one_byte_more_is_told_once() {
        for at_once in 1..8 {
            let check = |text: &str, expect: &[Line]| {
                assert_eq!(all(text.as_bytes(), 4, at_once), expect, "{text:?}, {at_once}");
            };
            check("abcd\n\nx\n", &[whole("abcd"), whole(""), whole("x")]);
            check("abcde\nx\n", &[Line::TooLong, whole("x")]);
            check("abcdefghijkl\nabcdefgh\nx\n", &[Line::TooLong, Line::TooLong, whole("x")]);
            check("abcdefgh", &[Line::TooLong]);
            check("x\nabc", &[whole("x")]);
            check("", &[]);
        }
    }

    proptest! {
        #[test]
        fn reading_in_pieces_gives_the_same_lines(
            text in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200),
            cap in 1usize..40,
            at_once in 1usize..50,
        ) {
            let mut expect: Vec<Line> = text
                .split(|byte| *byte == b'\n')
                .map(|line| match line.len() > cap {
                    true => Line::TooLong,
                    false => Line::Whole(line.to_vec()),
                })
                .collect();
            if matches!(expect.pop(), Some(Line::TooLong)) {
                expect.push(Line::TooLong);
            }
            prop_assert_eq!(all(&text, cap, at_once), expect);
        }
    }
}
