//! One file per platform family, each with the same interface.

#[cfg(any(unix, windows))]
use std::fs::File;
#[cfg(any(unix, windows))]
use std::io::Read as _;

#[cfg(any(unix, windows))]
use crate::Problem;

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

/// What is in a file, if it is no more than that.
#[cfg(any(unix, windows))]
fn read(file: File, max_bytes: u64) -> Result<Vec<u8>, Problem> {
    let mut content = Vec::new();
    // The size may change while it is read, so the reading itself is bounded.
    file.take(max_bytes + 1).read_to_end(&mut content)?;
    if content.len() as u64 > max_bytes {
        return Err(Problem::FileTooLarge);
    }
    Ok(content)
}
