//! Where the lines go.

use std::fs::{File, OpenOptions};
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

/// A new file of mode 0600 (on Windows, with the rights of its folder). A file, link or anything
/// else that is there already is refused by the operating system, in the same step.
pub(crate) fn create(path: &Path) -> Result<File, LogError> {
    open(path, OpenOptions::new().write(true).create_new(true))
}

/// An existing log, to be read and then continued. What is not a plain file is refused before it
/// is opened, since opening a pipe would wait for its other end.
pub(crate) fn open_existing(path: &Path) -> Result<File, LogError> {
    let failed = |error| LogError::Open { path: path.to_owned(), error };
    if !path.symlink_metadata().map_err(failed)?.is_file() {
        return Err(LogError::NotAFile { path: path.to_owned() });
    }
    open(path, OpenOptions::new().read(true).write(true))
}

fn open(path: &Path, options: &mut OpenOptions) -> Result<File, LogError> {
    restrict(options);
    let file =
        options.open(path).map_err(|error| LogError::Open { path: path.to_owned(), error })?;
    claim(&file, path)?;
    Ok(file)
}

#[cfg(unix)]
fn restrict(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

/// Others may read the file while it is open, not write or delete it.
#[cfg(windows)]
fn restrict(options: &mut OpenOptions) {
    use std::os::windows::fs::OpenOptionsExt as _;
    const FILE_SHARE_READ: u32 = 1;
    options.share_mode(FILE_SHARE_READ);
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
