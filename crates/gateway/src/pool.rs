//! Where blobs are: bytes that never change, and who may read them.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use aether_protocol::{Code, RpcError};

use crate::limits;

/// Bytes that nobody can change any more and that are held outside of the door: a sealed memory
/// file, or a section that can be mapped for reading alone. Handed on without a copy by whoever
/// knows what it is.
pub trait Held: Any + fmt::Debug + Send + Sync {
    /// How many.
    fn size(&self) -> u64;

    /// A copy of them.
    ///
    /// # Errors
    /// One clause saying why they cannot be read.
    fn read(&self) -> Result<Vec<u8>, String>;
}

/// What is attached to a line, or was.
#[derive(Clone, Debug)]
pub enum Attach {
    /// These bytes.
    Bytes(Vec<u8>),
    /// What is held elsewhere.
    Held(Arc<dyn Held>),
}

impl Attach {
    /// How many bytes.
    #[must_use]
    pub fn size(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Held(held) => held.size(),
        }
    }

    /// The bytes themselves.
    ///
    /// # Errors
    /// As [`Held::read`].
    pub fn into_bytes(self) -> Result<Vec<u8>, String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            Self::Held(held) => held.read(),
        }
    }
}

impl PartialEq for Attach {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Bytes(mine), Self::Bytes(other)) => mine == other,
            (Self::Held(mine), Self::Held(other)) => Arc::ptr_eq(mine, other),
            _ => false,
        }
    }
}

impl Eq for Attach {}

/// The blobs of a run, as one cell reaches them. Dropped with its door, which is the end of the
/// blobs that the cell has sent to nobody.
pub trait Pool: fmt::Debug + Send {
    /// Makes a blob; gives its name, which nobody can guess.
    ///
    /// # Errors
    /// [`PoolError`] when there is no room.
    fn create(&mut self, content: Attach) -> Result<String, PoolError>;

    /// What is in a blob that this cell may read.
    ///
    /// # Errors
    /// [`PoolError::Unknown`].
    fn open(&mut self, blob: &str) -> Result<Attach, PoolError>;

    /// Whether this cell could send a blob to a plugin; gives the blob's size.
    ///
    /// # Errors
    /// [`PoolError`].
    fn may_send(&mut self, blob: &str, to: &str) -> Result<u64, PoolError>;

    /// Lets a plugin read a blob of this cell.
    ///
    /// # Errors
    /// As [`Pool::may_send`].
    fn send(&mut self, blob: &str, to: &str) -> Result<(), PoolError>;

    /// Gives up this cell's hold on a blob, which for the one that made it is the blob's end; gives
    /// its size.
    ///
    /// # Errors
    /// [`PoolError::Unknown`].
    fn give_up(&mut self, blob: &str) -> Result<u64, PoolError>;
}

/// Why a blob cannot be had or made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PoolError {
    /// There is none of that name, or none for this cell: which of them is not told.
    #[error("there is no such blob")]
    Unknown,
    /// Who was let read it cannot let others.
    #[error("a blob is sent by the plugin that made it")]
    NotMine,
    /// The plugin has as many bytes in blobs as it may.
    #[error("the plugin's blobs have {0} bytes at most: drop some")]
    Full(u64),
    /// It has as many blobs as it may.
    #[error("a plugin has {} blobs at most: drop some", limits::BLOBS)]
    TooMany,
    /// All plugins together have as many bytes as they may.
    #[error("there is no room left for the blobs of this run")]
    AllFull,
    /// It is sent to as many plugins as it may.
    #[error("a blob is sent to {} plugins at most", limits::BLOB_READERS)]
    TooManyReaders,
    /// No name can be made for it, or no blobs are kept here at all.
    #[error("no blob can be kept here")]
    Nowhere,
}

impl From<PoolError> for RpcError {
    fn from(error: PoolError) -> Self {
        let coded = |code| RpcError::new(Code::Io, error.to_string()).with("code", code);
        match error {
            PoolError::Unknown => coded("ENOENT"),
            PoolError::NotMine => coded("EPERM"),
            PoolError::Full(_)
            | PoolError::TooMany
            | PoolError::AllFull
            | PoolError::TooManyReaders => RpcError::new(Code::QuotaExceeded, error.to_string()),
            PoolError::Nowhere => coded("EIO"),
        }
    }
}

/// No blobs are kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoPool;

impl Pool for NoPool {
    fn create(&mut self, _: Attach) -> Result<String, PoolError> {
        Err(PoolError::Nowhere)
    }

    fn open(&mut self, _: &str) -> Result<Attach, PoolError> {
        Err(PoolError::Unknown)
    }

    fn may_send(&mut self, _: &str, _: &str) -> Result<u64, PoolError> {
        Err(PoolError::Unknown)
    }

    fn send(&mut self, _: &str, _: &str) -> Result<(), PoolError> {
        Err(PoolError::Unknown)
    }

    fn give_up(&mut self, _: &str) -> Result<u64, PoolError> {
        Err(PoolError::Unknown)
    }
}
