//! Unix.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// Makes the folder's entries last.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Makes a folder, and those around it, that nobody else enters.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Makes or empties a file that nobody else opens.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// Whether a file can have this name. Any name of a bundle can.
pub(crate) fn may_name(_: &str) -> bool {
    true
}

/// Removing a file is a matter of its folder.
pub(crate) fn prepare_removal(_: &Path) -> io::Result<()> {
    Ok(())
}
