//! Where the lines go.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::LogError;

/// Something that takes the lines of a log and can be told to make them last.
pub trait Sink: Write + Send {
    /// Returns when everything written so far survives a loss of power, or as close to that as
    /// this sink can come. Unless it is overridden, this is `flush`.
    fn sync(&mut self) -> io::Result<()> {
        self.flush()
    }
}

impl Sink for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }
}

/// The bytes of a log that is kept in memory, for tests. Clones share the bytes.
#[derive(Debug, Clone, Default)]
pub struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    /// What has been written so far.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink for Memory {}

/// A new file of mode 0600 (on Windows, with the rights of its folder), claimed. A file, link or
/// anything else that is there already is refused by the operating system, in the same step.
pub(crate) fn create(path: &Path) -> Result<File, LogError> {
    let file = open(path, OpenOptions::new().write(true).create_new(true))?;
    claim(&file, path)?;
    Ok(file)
}

/// An existing log, to be read and then continued, claimed.
pub(crate) fn open_existing(path: &Path) -> Result<File, LogError> {
    let file = open_plain(path, OpenOptions::new().read(true).write(true))?;
    claim(&file, path)?;
    Ok(file)
}

/// A later segment of a log of which the first is claimed.
pub(crate) fn open_segment(path: &Path) -> Result<File, LogError> {
    open_plain(path, OpenOptions::new().read(true).write(true))
}

/// Makes a name that was just made in a folder last.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows gives no handle on a folder for that.
#[cfg(windows)]
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// What is not a plain file is refused before it is opened, since opening a pipe would wait for its
/// other end; and what was put in its place in between, after it.
fn open_plain(path: &Path, options: &mut OpenOptions) -> Result<File, LogError> {
    let failed = |error| LogError::Open { path: path.to_owned(), error };
    let refused = || LogError::NotAFile { path: path.to_owned() };
    let seen = path.symlink_metadata().map_err(failed)?;
    if !seen.is_file() {
        return Err(refused());
    }
    let file = open(path, options)?;
    let opened = file.metadata().map_err(failed)?;
    if is_same(&seen, &opened) { Ok(file) } else { Err(refused()) }
}

fn open(path: &Path, options: &mut OpenOptions) -> Result<File, LogError> {
    restrict(options);
    options.open(path).map_err(|error| {
        let path = path.to_owned();
        if is_kept_to_itself(&error) {
            LogError::InUse { path }
        } else {
            LogError::Open { path, error }
        }
    })
}

/// Whether a name was no link and still means the file it meant.
#[cfg(unix)]
pub(crate) fn is_same(seen: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    opened.is_file() && (seen.dev(), seen.ino()) == (opened.dev(), opened.ino())
}

/// The standard library tells no more on Windows.
#[cfg(windows)]
pub(crate) fn is_same(_: &Metadata, opened: &Metadata) -> bool {
    opened.is_file()
}

#[cfg(unix)]
pub(crate) fn restrict(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

/// Others may read the file while it is open, not write or delete it.
#[cfg(windows)]
pub(crate) fn restrict(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_SHARE_READ: u32 = 1;
    options.share_mode(FILE_SHARE_READ);
}

/// `claim` tells of that.
#[cfg(unix)]
fn is_kept_to_itself(_: &io::Error) -> bool {
    false
}

/// Whether another writer has the file open.
#[cfg(windows)]
fn is_kept_to_itself(error: &io::Error) -> bool {
    const ERROR_SHARING_VIOLATION: i32 = 32;
    error.raw_os_error() == Some(ERROR_SHARING_VIOLATION)
}

/// Two writers would break the chain, so the second is refused. The lock is advisory: it is
/// against a mistake, not against an attacker.
#[cfg(unix)]
fn claim(file: &File, path: &Path) -> Result<(), LogError> {
    use std::fs::TryLockError;
    file.try_lock().map_err(|refused| match refused {
        TryLockError::WouldBlock => LogError::InUse { path: path.to_owned() },
        TryLockError::Error(error) => LogError::Open { path: path.to_owned(), error },
    })
}

/// The share mode has done it already; a lock of Windows would keep readers out too.
#[cfg(windows)]
fn claim(_: &File, _: &Path) -> Result<(), LogError> {
    Ok(())
}
