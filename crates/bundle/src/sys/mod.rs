//! One file per platform family, each with the same interface.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::Folder;

#[cfg(not(unix))]
mod unsupported;
#[cfg(not(unix))]
pub(crate) use unsupported::Folder;

/// What a name in a folder turned out to be.
#[cfg_attr(not(unix), expect(dead_code, reason = "no folder is ever entered"))]
pub(crate) enum Entry {
    /// A file, and its content.
    File(Vec<u8>),
    /// A folder.
    Folder(Folder),
}
