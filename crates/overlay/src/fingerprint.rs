//! What a file was, so that it can be told whether it still is.

use std::fmt;
use std::str::FromStr;

use aether_path::VirtualPath;
use serde::{Deserialize, Serialize};

use crate::error::HostProblem;
use crate::sys::{HostFile, Meta};

/// The BLAKE3 hash of a file's content.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContentHash([u8; 32]);

impl ContentHash {
    /// The hash of no content: finding one for it would take breaking BLAKE3.
    pub(crate) const NONE: Self = Self([0; 32]);

    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(*blake3::hash(bytes).as_bytes())
    }

    /// Stands for a content that cannot be read back, at some path; no content has it.
    pub(crate) fn of_unreadable(path: &VirtualPath) -> Self {
        let what = "aether overlay 2 a content that cannot be read back";
        Self(blake3::derive_key(what, path.as_str().as_bytes()))
    }

    /// The hash of what a hasher was given.
    pub(crate) fn of_hashed(hasher: &blake3::Hasher) -> Self {
        Self(*hasher.finalize().as_bytes())
    }
}

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&blake3::Hash::from_bytes(self.0).to_hex())
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not 64 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a content hash")]
pub struct NotAHash;

impl FromStr for ContentHash {
    type Err = NotAHash;

    fn from_str(text: &str) -> Result<Self, NotAHash> {
        // One spelling only: the name of a blob must not be found under another.
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(NotAHash);
        }
        blake3::Hash::from_hex(text).map(|hash| Self(*hash.as_bytes())).map_err(|_| NotAHash)
    }
}

impl TryFrom<String> for ContentHash {
    type Error = NotAHash;

    fn try_from(text: String) -> Result<Self, NotAHash> {
        text.parse()
    }
}

impl From<ContentHash> for String {
    fn from(hash: ContentHash) -> Self {
        hash.to_string()
    }
}

/// A host file as it was when a plugin first changed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Length in bytes.
    pub len: u64,
    /// Last modification, in seconds since the epoch.
    pub modified: i64,
    /// Nanoseconds of the last modification.
    pub modified_nanos: u32,
    /// Inode number.
    pub inode: u64,
    /// Hash of the content; of its target for a symlink. Left out where so much is removed or
    /// renamed at once that reading it all would stall the host: length, time and inode are then
    /// compared alone.
    pub content: Option<ContentHash>,
}

/// Most bytes read in one operation to fingerprint files that it removes, renames or replaces.
/// A plugin may rename a folder of a terabyte as cheaply as an empty one; the host may not be made
/// to read it.
const MAX_HASHED_PER_OPERATION: u64 = 64 << 20;

/// How much is read at once for hashing.
const CHUNK: usize = 256 << 10;

/// What an operation may still read for fingerprints.
#[derive(Debug)]
pub(crate) struct HashBudget(u64);

impl HashBudget {
    pub(crate) fn new() -> Self {
        Self(MAX_HASHED_PER_OPERATION)
    }

    /// One for many operations at once: at least as much as for one.
    pub(crate) fn of(bytes: u64) -> Self {
        Self(bytes.max(MAX_HASHED_PER_OPERATION))
    }

    /// The fingerprint of a file, with its content's hash if the budget allows.
    pub(crate) fn fingerprint(&mut self, file: &HostFile) -> Result<Fingerprint, HostProblem> {
        let meta = file.meta();
        let content = match self.0.checked_sub(meta.len) {
            Some(rest) => {
                self.0 = rest;
                Some(hash_file(file)?)
            }
            None => None,
        };
        Ok(Fingerprint::new(meta, content))
    }
}

impl Fingerprint {
    pub(crate) fn new(meta: &Meta, content: Option<ContentHash>) -> Self {
        let (modified, modified_nanos) = meta.modified;
        Self { len: meta.len, modified, modified_nanos, inode: meta.inode, content }
    }

    /// The last modification in milliseconds since the epoch.
    pub(crate) fn modified_ms(&self) -> i64 {
        let millis = i64::from(self.modified_nanos / 1_000_000);
        self.modified.saturating_mul(1000).saturating_add(millis)
    }

    /// Of a file of which it is not known what the plugin saw: nothing on the host will be taken
    /// for it.
    pub(crate) fn unseen(meta: &Meta) -> Self {
        Self::new(meta, Some(ContentHash::NONE))
    }
}

/// Reads a file in chunks, at most as long as it was when opened, and hashes it.
pub(crate) fn hash_file(file: &HostFile) -> Result<ContentHash, HostProblem> {
    let mut hasher = blake3::Hasher::new();
    let mut offset = 0;
    loop {
        let bytes = file.read_at(offset, CHUNK)?;
        if bytes.is_empty() {
            return Ok(ContentHash::of_hashed(&hasher));
        }
        hasher.update(&bytes);
        offset += bytes.len() as u64;
        if file.meta().len == 0 && offset >= MAX_HASHED_PER_OPERATION {
            return Err(HostProblem::Unsupported);
        }
    }
}
