//! One file per platform family, each with the same interface.

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::Folder;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::Folder;

#[cfg(not(any(unix, windows)))]
mod unsupported;
#[cfg(not(any(unix, windows)))]
pub(crate) use unsupported::Folder;

/// What a name in a folder turned out to be.
#[cfg_attr(not(any(unix, windows)), expect(dead_code, reason = "no folder is ever entered"))]
pub(crate) enum Entry {
    /// A file, and its content.
    File(Vec<u8>),
    /// A folder.
    Folder(Folder),
}
