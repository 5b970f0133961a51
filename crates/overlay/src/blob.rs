//! Written contents: in memory, or in a file of no name where they are too much for it.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::fingerprint::ContentHash;

/// Most bytes of contents that are held in memory for one changeset, once they are read from files.
/// A native program makes a file as long as its whole disk limit, a hole for the most part, with
/// one call and no memory of its own: without this it would be the host's. What is beyond stands in
/// a private file of the host's for temporary files, its holes as holes.
pub const MAX_KEPT_IN_MEMORY: u64 = 32 << 20;

/// How much is read and written at once.
const PIECE: usize = 256 << 10;

/// The least hole that is kept as one: what file systems usually give out at a time.
const BLOCK: usize = 4096;

/// A content that a change would write.
#[derive(Clone, Debug)]
pub struct Blob(pub(crate) Kept);

/// Where a content is kept.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    /// Shared with whoever else holds it.
    Memory(Arc<Vec<u8>>),
    Spilled(Spilled),
}

impl Blob {
    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        match &self.0 {
            Kept::Memory(bytes) => bytes.len() as u64,
            Kept::Spilled(spilled) => spilled.len,
        }
    }

    /// At most `max` bytes from `offset` on; fewer only at its end.
    ///
    /// # Errors
    /// When it stands in a file, and the system cannot read it.
    pub fn read(&self, offset: u64, max: usize) -> io::Result<Cow<'_, [u8]>> {
        match &self.0 {
            Kept::Memory(bytes) => {
                let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
                let end = start.saturating_add(max).min(bytes.len());
                Ok(Cow::Borrowed(bytes.get(start..end).unwrap_or_default()))
            }
            Kept::Spilled(spilled) => spilled.read(offset, max).map(Cow::Owned),
        }
    }

    /// The hash of all of it.
    pub(crate) fn hash(&self) -> ContentHash {
        match &self.0 {
            Kept::Memory(bytes) => ContentHash::of(bytes),
            Kept::Spilled(spilled) => spilled.content,
        }
    }

    /// Gives its data to `write`, piece by piece and each with its place, and leaves out its holes.
    pub(crate) fn copy<E: From<io::Error>>(
        &self,
        write: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        copy(|offset, max| Ok(self.read(offset, max)?.into_owned()), write)
    }
}

/// A content in a file of the host's that nobody else can reach.
#[derive(Clone, Debug)]
pub(crate) struct Spilled {
    file: Arc<Mutex<File>>,
    start: u64,
    pub(crate) len: u64,
    pub(crate) content: ContentHash,
}

impl Spilled {
    pub(crate) fn read(&self, offset: u64, max: usize) -> io::Result<Vec<u8>> {
        let rest = usize::try_from(self.len.saturating_sub(offset)).unwrap_or(usize::MAX);
        let mut bytes = vec![0; max.min(rest)];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.start.saturating_add(offset)))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// What is too much for memory could not be written to a file.
#[derive(Debug)]
pub(crate) struct SpillError(pub(crate) io::Error);

/// Takes in the contents of one changeset.
#[derive(Debug)]
pub(crate) struct Keeper {
    /// Bytes that memory is still there for.
    memory: u64,
    /// Where the file is made, once there is need for it.
    folder: PathBuf,
    spill: Option<Spill>,
}

impl Keeper {
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self { memory: MAX_KEPT_IN_MEMORY, folder: folder.into(), spill: None }
    }

    /// Keeps a content that should have `len` bytes. `read` gives at most so many bytes from an
    /// offset on, and none at the end, which it must come to.
    pub(crate) fn keep<E: From<SpillError>>(
        &mut self,
        len: u64,
        mut read: impl FnMut(u64, usize) -> Result<Vec<u8>, E>,
    ) -> Result<Blob, E> {
        match self.memory.checked_sub(len) {
            Some(rest) => {
                let whole = usize::try_from(len).unwrap_or(usize::MAX);
                let bytes = if len == 0 { Vec::new() } else { read(0, whole)? };
                self.memory = rest;
                Ok(Blob(Kept::Memory(Arc::new(bytes))))
            }
            None => self.spill()?.take(read).map(|spilled| Blob(Kept::Spilled(spilled))),
        }
    }

    fn spill(&mut self) -> Result<&mut Spill, SpillError> {
        if self.spill.is_none() {
            let file = tempfile::tempfile_in(&self.folder).map_err(SpillError)?;
            self.spill = Some(Spill { file: Arc::new(Mutex::new(file)), end: 0 });
        }
        self.spill.as_mut().ok_or_else(|| SpillError(io::ErrorKind::NotFound.into()))
    }
}

/// The file, one content behind the other.
#[derive(Debug)]
struct Spill {
    file: Arc<Mutex<File>>,
    /// Nothing was ever written from here on, so that what is left out there is a hole.
    end: u64,
}

impl Spill {
    fn take<E: From<SpillError>>(
        &mut self,
        mut read: impl FnMut(u64, usize) -> Result<Vec<u8>, E>,
    ) -> Result<Spilled, E> {
        let start = self.end;
        let mut hasher = blake3::Hasher::new();
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let hashed = |offset, max| {
            let piece: Result<Vec<u8>, E> = read(offset, max);
            piece.inspect(|piece| {
                hasher.update(piece);
            })
        };
        let end = &mut self.end;
        let len = copy(hashed, |offset, data| {
            // First, since some of it may be there after an error.
            *end = next_block(start + offset + data.len() as u64);
            write_at(&mut file, start + offset, data).map_err(|error| SpillError(error).into())
        })?;
        *end = next_block(start + len);
        file.set_len(*end).map_err(SpillError)?;
        let content = ContentHash::of_hashed(&hasher);
        Ok(Spilled { file: Arc::clone(&self.file), start, len, content })
    }
}

fn next_block(at: u64) -> u64 {
    at.next_multiple_of(BLOCK as u64)
}

pub(crate) fn write_at(file: &mut File, offset: u64, data: &[u8]) -> io::Result<()> {
    file.seek(SeekFrom::Start(offset))?;
    file.write_all(data)
}

/// Reads a content to its end and writes what of it is data; gives its length. Whoever writes sets
/// that in the end: a hole there is not written either.
pub(crate) fn copy<E>(
    mut read: impl FnMut(u64, usize) -> Result<Vec<u8>, E>,
    mut write: impl FnMut(u64, &[u8]) -> Result<(), E>,
) -> Result<u64, E> {
    let mut offset = 0;
    loop {
        let piece = read(offset, PIECE)?;
        if piece.is_empty() {
            return Ok(offset);
        }
        for run in runs(&piece) {
            write(offset + run.start as u64, piece.get(run).unwrap_or_default())?;
        }
        offset += piece.len() as u64;
    }
}

/// Where a piece has data, in whole blocks.
fn runs(piece: &[u8]) -> Vec<Range<usize>> {
    const HOLE: [u8; BLOCK] = [0; BLOCK];
    let mut runs: Vec<Range<usize>> = Vec::new();
    for (index, block) in piece.chunks(BLOCK).enumerate() {
        if HOLE.starts_with(block) {
            continue;
        }
        let start = index * BLOCK;
        let end = start + block.len();
        match runs.last_mut() {
            Some(last) if last.end == start => last.end = end,
            _ => runs.push(start..end),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn data_is_found_in_whole_blocks() {
        let check = |piece: &[u8], expect: &[Range<usize>]| assert_eq!(runs(piece), expect);
        let hole = vec![0; 3 * BLOCK + 7];
        check(&[], &[]);
        check(&hole, &[]);
        check(b"data", std::slice::from_ref(&(0..4)));
        let with = |places: &[usize]| {
            let mut piece = hole.clone();
            places.iter().for_each(|place| piece[*place] = 1);
            piece
        };
        check(&with(&[BLOCK - 1, BLOCK]), std::slice::from_ref(&(0..2 * BLOCK)));
        check(&with(&[0, 3 * BLOCK + 6]), &[0..BLOCK, 3 * BLOCK..3 * BLOCK + 7]);
    }

    /// What is read again of contents that are kept one after the other.
    fn kept(contents: &[Vec<u8>], memory: u64) -> Vec<Vec<u8>> {
        let mut keeper = Keeper { memory, ..Keeper::new(std::env::temp_dir()) };
        let keep = |content: &Vec<u8>| {
            let read = |offset, max| -> Result<Vec<u8>, SpillError> {
                let rest = content.get(usize::try_from(offset).unwrap()..).unwrap_or_default();
                Ok(rest[..rest.len().min(max)].to_vec())
            };
            keeper.keep(content.len() as u64, read).unwrap()
        };
        let blobs: Vec<Blob> = contents.iter().map(keep).collect();
        blobs.iter().map(|blob| blob.read(0, usize::MAX).unwrap().into_owned()).collect()
    }

    #[test]
    fn what_is_kept_is_read_again_wherever_it_is() {
        let hole = vec![0; 3 * BLOCK];
        let mut sparse = vec![0; PIECE + BLOCK + 1];
        sparse[PIECE - 1] = 1;
        let contents = [b"one".to_vec(), hole, Vec::new(), sparse, b"two".to_vec()];
        for memory in [0, 3, MAX_KEPT_IN_MEMORY] {
            assert_eq!(kept(&contents, memory), contents);
        }
    }

    #[test]
    fn nothing_of_what_failed_shows_in_the_holes_of_what_follows() {
        let mut keeper = Keeper { memory: 0, ..Keeper::new(std::env::temp_dir()) };
        let broken = |offset, _| match offset {
            0 => Ok(vec![1; PIECE]),
            _ => Err(SpillError(io::ErrorKind::Other.into())),
        };
        assert!(keeper.keep(2 * PIECE as u64, broken).is_err());
        let hole = |offset, _| -> Result<Vec<u8>, SpillError> {
            Ok(if offset == 0 { vec![0; BLOCK] } else { Vec::new() })
        };
        let blob = keeper.keep(BLOCK as u64, hole).unwrap();
        assert_eq!(*blob.read(0, usize::MAX).unwrap(), [0; BLOCK]);
    }
}
