//! Chunks: how lines and attachments share a pipe.
//!
//! A chunk is a header of five bytes, which are its kind and the length of what follows (32 bits,
//! little-endian), and so many bytes:
//!
//! | kind | from | length | what follows |
//! |---|---|---|---|
//! | 0 | both | 1 to 65536 | the next bytes of the stream of lines |
//! | 1 | cell | at most a payload's | a whole attachment: the host opens no object of a cell's |
//! | 2 | host | 16 | the value of a handle, and the size of the section behind it; 64 bits each, little-endian |
//!
//! Attachments come before the first byte of their line, in order.

use std::io::{self, Write};

const HEADER: usize = 5;

const LINE: u8 = 0;
const ATTACHMENT: u8 = 1;
const SECTION: u8 = 2;

/// Most bytes of lines in a chunk. As many are written at a time, since the system may hold all of a
/// write in memory that it has little of.
const PIECE: usize = 64 << 10;

/// Bytes of a section's chunk.
const SECTION_BYTES: usize = 16;

/// What is no chunk, or none of a host's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ChunkError {
    /// Of no kind that a host sends.
    #[error("a host sends no chunk of kind {0}")]
    Kind(u8),
    /// Longer or shorter than one of its kind may be.
    #[error("a chunk of kind {kind} cannot have {length} bytes")]
    Length {
        /// Its kind.
        kind: u8,
        /// Its length, as the header says.
        length: u32,
    },
}

/// A chunk of the host's.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Chunk<'a> {
    /// The next bytes of the stream of lines.
    Line(&'a [u8]),
    /// A section that the host has put into this process.
    Section {
        /// The value of its handle.
        handle: u64,
        /// Its size in bytes.
        size: u64,
    },
}

/// Puts chunks together from what is read. Holds no more than was pushed and not yet handed out.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    buffer: Vec<u8>,
    /// Start of the bytes not yet handed out.
    start: usize,
}

impl Decoder {
    /// Adds bytes that arrived.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole chunk, or `None` when more bytes are needed.
    ///
    /// # Errors
    /// [`ChunkError`], as soon as the header is there, and from then on.
    pub(super) fn next(&mut self) -> Result<Option<Chunk<'_>>, ChunkError> {
        let rest = self.buffer.get(self.start..).unwrap_or_default();
        let Some((header, rest)) = rest.split_first_chunk::<HEADER>() else { return Ok(None) };
        let &[kind, length @ ..] = header;
        let length = checked(kind, u32::from_le_bytes(length))?;
        let Some(body) = rest.get(..length) else { return Ok(None) };
        self.start += HEADER + length;
        Ok(Some(match (kind, body.as_chunks()) {
            (SECTION, ([handle, size], [])) => Chunk::Section {
                handle: u64::from_le_bytes(*handle),
                size: u64::from_le_bytes(*size),
            },
            _ => Chunk::Line(body),
        }))
    }
}

/// The length of a chunk's body, if a chunk of this kind may have it.
fn checked(kind: u8, length: u32) -> Result<usize, ChunkError> {
    let wrong = ChunkError::Length { kind, length };
    let bytes = usize::try_from(length).map_err(|_| wrong)?;
    let fits = match kind {
        LINE => (1..=PIECE).contains(&bytes),
        SECTION => bytes == SECTION_BYTES,
        other => return Err(ChunkError::Kind(other)),
    };
    fits.then_some(bytes).ok_or(wrong)
}

/// Writes a line, newline included.
///
/// # Errors
/// As of `out`.
pub(super) fn write_line(out: &mut impl Write, line: &[u8]) -> io::Result<()> {
    line.chunks(PIECE).try_for_each(|piece| write(out, LINE, piece))
}

/// Writes an attachment.
///
/// # Errors
/// As of `out`.
pub(super) fn write_attachment(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    write(out, ATTACHMENT, bytes)
}

fn write(out: &mut impl Write, kind: u8, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let (first, rest) = bytes.split_at(bytes.len().min(PIECE));
    let mut begin = Vec::with_capacity(HEADER + first.len());
    begin.push(kind);
    begin.extend_from_slice(&length.to_le_bytes());
    begin.extend_from_slice(first);
    out.write_all(&begin)?;
    rest.chunks(PIECE).try_for_each(|piece| out.write_all(piece))
}

#[cfg(test)]
pub(super) mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    /// The chunk by which a host hands over a section.
    pub(in crate::channel) fn section(handle: u64, size: u64) -> Vec<u8> {
        let mut chunk = vec![2, 16, 0, 0, 0];
        chunk.extend(handle.to_le_bytes());
        chunk.extend(size.to_le_bytes());
        chunk
    }

    /// Kind and body of the next chunk, as a host reads them; `None` at the end.
    pub(in crate::channel) fn read(from: &mut impl Read) -> Option<(u8, Vec<u8>)> {
        let mut header = [0; 5];
        from.read_exact(&mut header).ok()?;
        let [kind, length @ ..] = header;
        let mut body = vec![0; u32::from_le_bytes(length) as usize];
        from.read_exact(&mut body).unwrap();
        Some((kind, body))
    }

    #[derive(Clone, Debug, PartialEq)]
    enum Told {
        Line(Vec<u8>),
        Section(u64, u64),
        Wrong(ChunkError),
    }

    /// What comes of bytes that arrive in pieces of these lengths, again and again.
    fn told(bytes: &[u8], lengths: &[usize]) -> Vec<Told> {
        let (mut decoder, mut told, mut rest) = (Decoder::default(), Vec::new(), bytes);
        for length in lengths.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, after) = rest.split_at(rest.len().min(*length));
            decoder.push(piece);
            rest = after;
            loop {
                match decoder.next() {
                    Ok(Some(Chunk::Line(bytes))) => told.push(Told::Line(bytes.to_vec())),
                    Ok(Some(Chunk::Section { handle, size })) => {
                        told.push(Told::Section(handle, size));
                    }
                    Ok(None) => break,
                    Err(error) => {
                        assert_eq!(decoder.next(), Err(error), "it stays");
                        told.push(Told::Wrong(error));
                        return told;
                    }
                }
            }
        }
        told
    }

    fn written(chunks: &[Told]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for chunk in chunks {
            match chunk {
                Told::Line(line) => write_line(&mut bytes, line).unwrap(),
                Told::Section(handle, size) => bytes.extend(section(*handle, *size)),
                Told::Wrong(_) => {}
            }
        }
        bytes
    }

    #[test]
    fn the_bytes_on_the_pipe_are_these() {
        let mut bytes = Vec::new();
        write_attachment(&mut bytes, b"ab").unwrap();
        write_attachment(&mut bytes, b"").unwrap();
        write_line(&mut bytes, b"{}\n").unwrap();
        assert_eq!(bytes, b"\x01\x02\0\0\0ab\x01\0\0\0\0\0\x03\0\0\0{}\n");
        let bytes = b"\x02\x10\0\0\0\x01\x02\0\0\0\0\0\x80\xff\0\0\0\0\0\0\0\0\x01\0\0\0x";
        let expect = [Told::Section(0x8000_0000_0000_0201, 0xff), Told::Line(b"x".to_vec())];
        assert_eq!(told(bytes, &[100]), expect);
    }

    #[test]
    fn a_long_line_goes_in_several_chunks() {
        let line: Vec<u8> = (0..PIECE * 2 + 1).map(|at| (at % 251) as u8).collect();
        let mut bytes = Vec::new();
        write_line(&mut bytes, &line).unwrap();
        let mut from = &*bytes;
        let chunks: Vec<_> = std::iter::from_fn(|| read(&mut from)).collect();
        let lengths: Vec<_> = chunks.iter().map(|(kind, body)| (*kind, body.len())).collect();
        assert_eq!(lengths, [(LINE, PIECE), (LINE, PIECE), (LINE, 1)]);
        assert_eq!(chunks.into_iter().flat_map(|(_, body)| body).collect::<Vec<_>>(), line);
    }

    #[test]
    fn other_kinds_and_lengths_are_refused_by_the_header_alone() {
        let length = |kind, length| ChunkError::Length { kind, length };
        for (header, expect) in [
            (*b"\x01\x01\0\0\0", ChunkError::Kind(1)),
            (*b"\x03\x01\0\0\0", ChunkError::Kind(3)),
            (*b"\xff\xff\xff\xff\xff", ChunkError::Kind(255)),
            (*b"\0\0\0\0\0", length(0, 0)),
            (*b"\0\x01\0\x01\0", length(0, 65_537)),
            (*b"\0\xff\xff\xff\xff", length(0, u32::MAX)),
            (*b"\x02\x0f\0\0\0", length(2, 15)),
            (*b"\x02\x11\0\0\0", length(2, 17)),
        ] {
            assert_eq!(told(&header, &[5]), [Told::Wrong(expect)], "{header:?}");
        }
        for header in [*b"\0\x01\0\0\0", *b"\0\0\0\x01\0", *b"\x02\x10\0\0\0"] {
            assert_eq!(told(&header, &[5]), [], "{header:?} is a header of a chunk to come");
        }
    }

    fn chunks() -> impl Strategy<Value = Vec<Told>> {
        let line = proptest::collection::vec(any::<u8>(), 1..40).prop_map(Told::Line);
        let section = any::<(u64, u64)>().prop_map(|(handle, size)| Told::Section(handle, size));
        proptest::collection::vec(prop_oneof![line, section], 0..20)
    }

    fn lengths() -> impl Strategy<Value = Vec<usize>> {
        proptest::collection::vec(1usize..50, 1..10)
    }

    proptest! {
        #[test]
        fn cutting_the_stream_anywhere_gives_the_same_chunks(chunks in chunks(), lengths in lengths()) {
            prop_assert_eq!(told(&written(&chunks), &lengths), chunks);
        }

        #[test]
        fn whatever_follows_is_read_the_same_in_pieces_and_hides_no_chunk_before_it(
            chunks in chunks(),
            bytes in proptest::collection::vec(prop_oneof![0u8..4, Just(16), any::<u8>()], 0..100),
            lengths in lengths(),
        ) {
            let all = [written(&chunks), bytes].concat();
            let whole = told(&all, &[all.len().max(1)]);
            prop_assert_eq!(told(&all, &lengths), whole.clone());
            prop_assert!(whole.starts_with(&chunks));
        }
    }
}
