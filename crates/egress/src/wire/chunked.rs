//! Bodies in chunks.

use crate::counted::counted;

/// Longest line of a trailer and of all trailers together: they are read and dropped.
const MAX_TRAILER: usize = 8 * 1024;
/// Digits of a chunk's length: more would be a number that some readers cut off.
const MAX_DIGITS: u32 = 15;

/// Reads a body in chunks, a piece at a time. Extensions and blanks after a length are refused:
/// readers differ on where such a line ends.
#[derive(Debug, Default)]
pub(crate) struct Chunked {
    state: State,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// In a chunk's length, with what was read of it.
    Size { value: u64, digits: u32 },
    /// After a length's CR.
    SizeEnd { value: u64 },
    /// In a chunk, with so much left of it.
    Data { left: u64 },
    /// After a chunk.
    DataEnd,
    /// After a chunk's CR.
    DataFeed,
    /// In the trailer: bytes of this line, and of all.
    Trailer { line: usize, all: usize },
    /// After a trailer line's CR.
    TrailerFeed { line: usize, all: usize },
    /// Behind the end.
    Done,
}

impl Default for State {
    fn default() -> Self {
        State::Size { value: 0, digits: 0 }
    }
}

/// What the bytes at hand are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChunkStep {
    /// So many bytes say how long chunks are; more bytes are needed.
    Skip(usize),
    /// After so many bytes that do, so many of the body.
    Data {
        /// To pass over.
        skip: usize,
        /// To pass on.
        length: usize,
    },
    /// The body ended within so many bytes.
    End(usize),
}

/// Why a body is not in chunks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChunkError {
    /// No length, too long a one, or something after it.
    #[error("a chunk has no proper length")]
    Size,
    /// Longer or shorter than it says.
    #[error("a chunk does not end where it says")]
    End,
    /// A trailer that is malformed or has no end.
    #[error("the trailer is malformed or longer than {MAX_TRAILER} bytes")]
    Trailer,
}

impl Chunked {
    /// Looks at the next bytes, of which there is at least one.
    pub(crate) fn step(&mut self, bytes: &[u8]) -> Result<ChunkStep, ChunkError> {
        for (at, &byte) in bytes.iter().enumerate() {
            self.state = match (self.state, byte) {
                (State::Data { left }, _) => {
                    let rest = counted(bytes.len() - at);
                    let length = left.min(rest);
                    self.state = match left - length {
                        0 => State::DataEnd,
                        left => State::Data { left },
                    };
                    let length = usize::try_from(length).unwrap_or(bytes.len() - at);
                    return Ok(ChunkStep::Data { skip: at, length });
                }
                (State::Size { value, digits }, byte) if byte.is_ascii_hexdigit() => {
                    let digit = char::from(byte).to_digit(16).ok_or(ChunkError::Size)?;
                    if digits == MAX_DIGITS {
                        return Err(ChunkError::Size);
                    }
                    State::Size { value: value * 16 + u64::from(digit), digits: digits + 1 }
                }
                (State::Size { value, digits: 1.. }, b'\r') => State::SizeEnd { value },
                (State::Size { .. }, _) => return Err(ChunkError::Size),
                (State::SizeEnd { value: 0 }, b'\n') => State::Trailer { line: 0, all: 0 },
                (State::SizeEnd { value }, b'\n') => State::Data { left: value },
                (State::SizeEnd { .. }, _) => return Err(ChunkError::Size),
                (State::DataEnd, b'\r') => State::DataFeed,
                (State::DataFeed, b'\n') => State::default(),
                (State::DataEnd | State::DataFeed, _) => return Err(ChunkError::End),
                (State::Trailer { line, all }, b'\r') => State::TrailerFeed { line, all },
                (State::Trailer { line, all }, byte) => {
                    let text = matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
                    let folded = line == 0 && matches!(byte, b' ' | b'\t');
                    if all == MAX_TRAILER || !text || folded {
                        return Err(ChunkError::Trailer);
                    }
                    State::Trailer { line: line + 1, all: all + 1 }
                }
                (State::TrailerFeed { line: 0, .. }, b'\n') => {
                    self.state = State::Done;
                    return Ok(ChunkStep::End(at + 1));
                }
                (State::TrailerFeed { all, .. }, b'\n') => State::Trailer { line: 0, all },
                (State::TrailerFeed { .. }, _) => return Err(ChunkError::Trailer),
                (State::Done, _) => {
                    self.state = State::Done;
                    return Ok(ChunkStep::End(at));
                }
            };
        }
        Ok(ChunkStep::Skip(bytes.len()))
    }
}
