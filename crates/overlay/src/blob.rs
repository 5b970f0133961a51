//! Written contents, as changesets hold them.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::PathBuf;
use std::sync::Arc;

use crate::fingerprint::ContentHash;
use crate::paged::{Paged, runs};
use crate::pool::{Pool, SpillError};

/// Most bytes of contents that an overlay holds in memory, and a changeset that is read from files.
/// A native program makes a file as long as its whole disk limit, a hole for the most part, with
/// one call and no memory of its own: without this it would be the host's. What is beyond stands in
/// a private file of the host's for temporary files, its holes as holes.
pub const MAX_KEPT_IN_MEMORY: u64 = 32 << 20;

/// How much is read and written at once.
const PIECE: usize = 256 << 10;

/// A content that a change would write.
#[derive(Clone, Debug)]
pub struct Blob(pub(crate) Arc<Paged>);

impl Blob {
    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.0.len()
    }

    /// At most `max` bytes from `offset` on; fewer only at its end.
    ///
    /// # Errors
    /// When it stands in a file, and the system cannot read it.
    pub fn read(&self, offset: u64, max: usize) -> io::Result<Cow<'_, [u8]>> {
        self.0.read(offset, max)
    }

    /// The hash of all of it.
    pub(crate) fn hash(&self) -> io::Result<ContentHash> {
        self.0.hash()
    }

    /// Gives its data to `write`, piece by piece and each with its place, and leaves out its holes.
    pub(crate) fn copy<E: From<io::Error>>(
        &self,
        write: impl FnMut(u64, &[u8]) -> Result<(), E>,
    ) -> Result<u64, E> {
        self.0.copy(write)
    }
}

/// Takes in the contents of one changeset.
#[derive(Debug)]
pub(crate) struct Keeper(Pool);

impl Keeper {
    /// What is too much for memory goes to a file in `folder`.
    pub(crate) fn new(folder: impl Into<PathBuf>) -> Self {
        Self(Pool::new(MAX_KEPT_IN_MEMORY, folder))
    }

    /// Keeps a content. `read` gives at most so many bytes from an offset on, and none at the end,
    /// which it must come to.
    pub(crate) fn keep<E: From<SpillError>>(
        &mut self,
        read: impl FnMut(u64, usize) -> Result<Vec<u8>, E>,
    ) -> Result<Blob, E> {
        Paged::read_from(read, &mut self.0).map(|content| Blob(Arc::new(content)))
    }
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
