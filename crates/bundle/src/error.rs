//! Why a folder is not a bundle.

use std::io;
use std::path::PathBuf;

use crate::bundle;

/// A folder that cannot be taken, with the entry at fault.
#[derive(Debug, thiserror::Error)]
#[error("{}: {problem}", self.shown())]
pub struct BundleError {
    /// The bundle's folder.
    pub folder: PathBuf,
    /// The entry within it, escaped for showing; empty for the folder itself.
    pub entry: String,
    /// What is wrong.
    pub problem: Problem,
}

impl BundleError {
    /// Whether it is about what is in the folder, and not about the folder itself.
    #[must_use]
    pub const fn is_within(&self) -> bool {
        !self.entry.is_empty() || matches!(self.problem, Problem::TooLarge | Problem::TooManyFiles)
    }

    fn shown(&self) -> String {
        let folder = self.folder.display();
        if self.entry.is_empty() { folder.to_string() } else { format!("{folder}/{}", self.entry) }
    }
}

/// What is wrong with a bundle's entry.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Problem {
    /// The system's error.
    #[error("{0}")]
    Io(#[from] io::Error),
    /// Not a folder.
    #[error("not a folder")]
    NotAFolder,
    /// A symbolic link.
    #[error("a symbolic link, which a bundle may not hold: copy what it points to")]
    Symlink,
    /// A device, socket or pipe.
    #[error("neither a file nor a folder")]
    Special,
    /// A name that is not UTF-8, or has a control character, `\` or `:`.
    #[error("its name is not portable: name it in UTF-8, without control characters, `\\` and `:`")]
    Name,
    /// Too many files.
    #[error("more than {} files", bundle::MAX_FILES)]
    TooManyFiles,
    /// A file that is too large.
    #[error("larger than {} MiB", bundle::MAX_FILE_BYTES >> 20)]
    FileTooLarge,
    /// All files together are too large.
    #[error("the bundle is larger than {} MiB", bundle::MAX_BYTES >> 20)]
    TooLarge,
    /// Folders nested too deep.
    #[error("nested deeper than {} folders", bundle::MAX_DEPTH)]
    TooDeep,
}
