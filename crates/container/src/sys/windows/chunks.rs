//! What travels in the pipes of a gateway. There is no socket that carries handles, so that lines and
//! what is attached to them come in chunks: a kind, a length of four bytes, and so many bytes.
//!
//! The bytes of a cell are a stranger's. What it attaches comes as bytes, in the pipe: its host opens
//! nothing that the cell names.

use std::collections::VecDeque;
use std::io::{self, Read as _};

/// Bytes of the stream of lines.
const LINES: u8 = 0;

/// A whole attachment, from the cell.
const ATTACHED: u8 = 1;

/// A section that the host has put into the cell: its handle there, and its size.
const SECTION: u8 = 2;

/// Bytes before each chunk.
const HEAD: usize = 5;

/// Most bytes of lines in one chunk.
pub(super) const PIECE: usize = 64 << 10;

/// Largest attachment that a cell sends, bytes: as large as the memory files of other systems.
const ATTACHMENT: usize = 16 << 20;

/// Attachments that are kept until the line comes that they belong to.
const WAITING: usize = 4;

/// What a cell's pipe is taken apart into.
///
/// What is attached belongs to the line after it. So nothing is taken apart beyond an attachment that
/// comes after lines which wait: as much as one line may have is all that is kept.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    /// What has arrived and was not taken apart yet.
    arrived: VecDeque<u8>,
    /// What is left of the chunk under way.
    left: usize,
    /// The attachment under way.
    attachment: Option<Vec<u8>>,
    lines: VecDeque<u8>,
    attached: Vec<Vec<u8>>,
    /// More was attached than is kept.
    flooded: bool,
    /// It is no chunk of a cell's.
    wrong: Option<&'static str>,
}

impl Chunks {
    /// Takes in what has arrived.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.arrived.extend(bytes);
        self.wrong = self.wrong.or(self.take_apart().err());
    }

    fn take_apart(&mut self) -> Result<(), &'static str> {
        while !self.flooded {
            if self.left == 0 {
                match self.begin()? {
                    true => continue,
                    false => break,
                }
            }
            let to = self.attachment.as_mut();
            let count = self.left.min(self.arrived.len());
            match to {
                Some(attachment) => attachment.extend(self.arrived.drain(..count)),
                None => self.lines.extend(self.arrived.drain(..count)),
            }
            self.left -= count;
            if self.left > 0 {
                break;
            }
            self.end();
        }
        Ok(())
    }

    /// Begins the next chunk, if it has come and may be begun.
    fn begin(&mut self) -> Result<bool, &'static str> {
        let Some(kind) = self.arrived.front().copied() else { return Ok(false) };
        if self.arrived.len() < HEAD || (kind == ATTACHED && !self.lines.is_empty()) {
            return Ok(false);
        }
        let head = self.arrived.drain(..HEAD).skip(1);
        let length = head.rev().fold(0, |all, byte| all << 8 | usize::from(byte));
        match kind {
            LINES if (1..=PIECE).contains(&length) => {}
            ATTACHED if length <= ATTACHMENT => self.attachment = Some(Vec::new()),
            LINES | ATTACHED => return Err("a chunk of a length that none may have"),
            _ => return Err("a chunk of a kind that no cell sends"),
        }
        self.left = length;
        if length == 0 {
            self.end();
        }
        Ok(true)
    }

    fn end(&mut self) {
        let Some(attachment) = self.attachment.take() else { return };
        match self.attached.len() < WAITING {
            true => self.attached.push(attachment),
            false => self.flooded = true,
        }
    }

    /// Whether there is something to be taken.
    pub(super) fn has_some(&self) -> bool {
        !self.lines.is_empty() || self.flooded || self.wrong.is_some()
    }

    /// Bytes of lines, as many as there is room for; what was attached before them; and whether that was
    /// more than is kept.
    ///
    /// # Errors
    /// `InvalidData`: it is no chunk of a cell's, once all before it was taken.
    pub(super) fn take(&mut self, room: &mut [u8]) -> io::Result<(usize, Vec<Vec<u8>>, bool)> {
        if self.lines.is_empty()
            && let Some(why) = self.wrong
        {
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let mut count = 0;
        // It may be in two pieces, and is never refused.
        while let Some(rest) = room.get_mut(count..)
            && let Ok(some @ 1..) = self.lines.read(rest)
        {
            count += some;
        }
        let attached = std::mem::take(&mut self.attached);
        let flooded = self.flooded;
        if self.lines.is_empty() && self.wrong.is_none() {
            self.wrong = self.take_apart().err();
        }
        Ok((count, attached, flooded))
    }
}

/// A chunk that says which section of the host's the cell has under which handle.
#[cfg(windows)]
pub(super) fn section(handle: u64, size: u64) -> Vec<u8> {
    let mut chunk = head(SECTION, 16).to_vec();
    chunk.extend(handle.to_le_bytes());
    chunk.extend(size.to_le_bytes());
    chunk
}

/// What goes before so many bytes of lines, [`PIECE`] at most.
pub(super) fn lines(count: usize) -> [u8; HEAD] {
    head(LINES, u32::try_from(count).unwrap_or(u32::MAX))
}

fn head(kind: u8, length: u32) -> [u8; HEAD] {
    let [a, b, c, d] = length.to_le_bytes();
    [kind, a, b, c, d]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn attached(bytes: &[u8]) -> Vec<u8> {
        let mut chunk = head(ATTACHED, bytes.len() as u32).to_vec();
        chunk.extend(bytes);
        chunk
    }

    fn said(bytes: &[u8]) -> Vec<u8> {
        let mut chunk = lines(bytes.len()).to_vec();
        chunk.extend(bytes);
        chunk
    }

    fn taken(chunks: &mut Chunks) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut room = vec![0; 1 << 20];
        let (count, attached, flooded) = chunks.take(&mut room).unwrap();
        assert!(!flooded);
        room.truncate(count);
        (room, attached)
    }

    #[test]
    fn what_is_attached_comes_with_the_line_after_it() {
        let mut chunks = Chunks::default();
        chunks.push(&[attached(b"one"), attached(b""), said(b"line\n")].concat());
        assert!(chunks.has_some());
        let expect = (b"line\n".to_vec(), vec![b"one".to_vec(), Vec::new()]);
        assert_eq!(taken(&mut chunks), expect);
        assert!(!chunks.has_some());
    }

    #[test]
    fn what_is_attached_waits_for_its_line() {
        let mut chunks = Chunks::default();
        chunks.push(&attached(b"one"));
        assert!(!chunks.has_some());
        chunks.push(&said(b"x"));
        assert_eq!(taken(&mut chunks), (b"x".to_vec(), vec![b"one".to_vec()]));
    }

    #[test]
    fn lines_that_come_together_keep_what_is_theirs() {
        let mut chunks = Chunks::default();
        let each = |number: u8| [attached(&[number]), said(&[number])].concat();
        chunks.push(&(0..9).flat_map(each).collect::<Vec<_>>());
        for number in 0..9 {
            assert!(chunks.has_some());
            assert_eq!(taken(&mut chunks), (vec![number], vec![vec![number]]));
        }
        assert!(!chunks.has_some());
    }

    #[test]
    fn a_flood_is_told_without_any_line() {
        let mut chunks = Chunks::default();
        for _ in 0..=WAITING {
            chunks.push(&attached(b""));
        }
        assert!(chunks.has_some());
        let (_, kept, flooded) = chunks.take(&mut [0; 8]).unwrap();
        assert!(flooded && kept.len() == WAITING);
    }

    #[test]
    fn what_no_cell_sends_is_refused_before_it_is_kept() {
        let huge = u32::try_from(ATTACHMENT + 1).unwrap();
        let long = u32::try_from(PIECE + 1).unwrap();
        for head in [
            head(LINES, 0),
            head(LINES, long),
            head(LINES, u32::MAX),
            head(ATTACHED, huge),
            head(SECTION, 16),
            head(3, 1),
            head(255, 0),
        ] {
            let mut chunks = Chunks::default();
            chunks.push(&said(b"before"));
            chunks.push(&head);
            assert_eq!(taken(&mut chunks).0, b"before");
            assert!(chunks.has_some(), "{head:?}");
            let refused = chunks.take(&mut [0; 8]).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidData, "{head:?}");
        }
    }

    #[test]
    fn a_length_alone_takes_no_memory() {
        let mut chunks = Chunks::default();
        chunks.push(&head(ATTACHED, ATTACHMENT as u32));
        assert_eq!(chunks.attachment.unwrap().capacity(), 0);
    }

    proptest! {
        #[test]
        fn it_is_the_same_however_it_is_cut(
            all in proptest::collection::vec((any::<bool>(), 1..300usize), 1..4),
            cuts in proptest::collection::vec(1..40usize, 1..20),
        ) {
            let mut bytes = Vec::new();
            let (mut text, mut with) = (Vec::new(), Vec::new());
            for (number, (line, size)) in all.iter().enumerate() {
                let content = vec![number as u8; *size];
                match line {
                    true => { bytes.extend(said(&content)); text.extend(content); }
                    false => { bytes.extend(attached(&content)); with.push(content); }
                }
            }
            let mut chunks = Chunks::default();
            let mut rest = &bytes[..];
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break }
                let (now, later) = rest.split_at(rest.len().min(*cut));
                chunks.push(now);
                rest = later;
            }
            let (mut all_text, mut all_with) = (Vec::new(), Vec::new());
            loop {
                let (text, with) = taken(&mut chunks);
                if text.is_empty() && with.is_empty() { break }
                prop_assert!(with.len() <= WAITING);
                all_text.extend(text);
                all_with.extend(with);
            }
            prop_assert_eq!((all_text, all_with), (text, with));
        }

        #[test]
        fn no_bytes_panic_or_grow_it(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let mut chunks = Chunks::default();
            chunks.push(&bytes);
            let mut all = 0;
            while chunks.has_some()
                && let Ok((count, attached, false)) = chunks.take(&mut [0; 1024])
            {
                all += count + attached.iter().map(Vec::len).sum::<usize>();
            }
            prop_assert!(all <= bytes.len());
        }
    }
}
