//! What can go wrong with a store.

use std::path::PathBuf;

use crate::Quota;

/// A store that cannot be used, or a change that it does not take.
#[derive(Debug, thiserror::Error)]
#[error("the store {}: {problem}", file.display())]
pub struct StoreError {
    pub(crate) file: PathBuf,
    pub(crate) problem: StoreProblem,
}

impl StoreError {
    /// What is wrong.
    #[must_use]
    pub const fn problem(&self) -> &StoreProblem {
        &self.problem
    }
}

/// The ways in which a store fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreProblem {
    /// Another process, or another cell of this one, has it open.
    #[error("it is in use")]
    InUse,
    /// It would hold more than its quota. Nothing has changed.
    #[error("it is full: {} bytes in {} keys are the most", .0.bytes, .0.keys)]
    Full(Quota),
    /// The file is none of ours, or of a later version.
    #[error("the file is not a store of this version")]
    Foreign,
    /// The file is damaged.
    #[error("the file is damaged: {0}")]
    Damaged(String),
    /// The system refused to read or write it.
    #[error("{0}")]
    Io(std::io::Error),
}

impl From<redb::StorageError> for StoreProblem {
    fn from(error: redb::StorageError) -> Self {
        match error {
            redb::StorageError::Io(error) => StoreProblem::Io(error),
            other => StoreProblem::Damaged(other.to_string()),
        }
    }
}

impl From<redb::DatabaseError> for StoreProblem {
    fn from(error: redb::DatabaseError) -> Self {
        match error {
            redb::DatabaseError::DatabaseAlreadyOpen
            | redb::DatabaseError::LockProtocolMismatch => StoreProblem::InUse,
            redb::DatabaseError::UpgradeRequired(_) => StoreProblem::Foreign,
            redb::DatabaseError::Storage(redb::StorageError::Io(error))
                if error.kind() == std::io::ErrorKind::InvalidData =>
            {
                StoreProblem::Foreign
            }
            redb::DatabaseError::Storage(error) => error.into(),
            other => StoreProblem::Damaged(other.to_string()),
        }
    }
}

impl From<redb::TransactionError> for StoreProblem {
    fn from(error: redb::TransactionError) -> Self {
        match error {
            redb::TransactionError::Storage(error) => error.into(),
            other => StoreProblem::Damaged(other.to_string()),
        }
    }
}

impl From<redb::TableError> for StoreProblem {
    fn from(error: redb::TableError) -> Self {
        match error {
            redb::TableError::Storage(error) => error.into(),
            _ => StoreProblem::Foreign,
        }
    }
}

impl From<redb::CommitError> for StoreProblem {
    fn from(error: redb::CommitError) -> Self {
        match error {
            redb::CommitError::Storage(error) => error.into(),
            other => StoreProblem::Damaged(other.to_string()),
        }
    }
}
