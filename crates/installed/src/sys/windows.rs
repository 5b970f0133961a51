//! Windows.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

/// The rename itself is recorded by the file system before it returns; a folder cannot be synced by
/// what the standard library opens.
pub(crate) fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Makes a folder, with the rights of the one around it: an app's own data is its user's alone there.
pub(crate) fn private_folder(path: &Path) -> io::Result<()> {
    fs::create_dir_all(path)
}

/// Makes or empties a file, with the rights of its folder.
pub(crate) fn private_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(true).open(path)
}

/// Whether a file can have this name, and be no other than it says.
pub(crate) fn may_name(name: &str) -> bool {
    aether_path::windows_name(name).is_ok()
}

/// A file that is read-only cannot be removed on every version.
pub(crate) fn prepare_removal(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if metadata.is_symlink() {
        return Ok(());
    }
    if metadata.is_dir() {
        return fs::read_dir(path)?.try_for_each(|entry| prepare_removal(&entry?.path()));
    }
    let mut permissions = metadata.permissions();
    #[expect(clippy::permissions_set_readonly_false, reason = "the attribute alone, on Windows")]
    permissions.set_readonly(false);
    fs::set_permissions(path, permissions)
}
