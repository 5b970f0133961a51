//! Files and folders that are this user's alone.
//!
//! On Unix their modes say so. On Windows they have the access list of the folder that they are made in: that
//! of a user's profile lets nobody in but the user, the system and administrators, and one elsewhere often
//! lets everybody in. Both are looked at.

use std::fs::{DirBuilder, OpenOptions};
use std::io;
use std::path::Path;

/// How a file is made that nobody else reads or writes.
pub(crate) fn file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder, and those above it, where they are not there.
///
/// # Errors
/// The system's.
pub(crate) fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Whether nobody else can write to a folder of ours. On Windows the system and administrators can.
///
/// # Errors
/// The system's.
pub(crate) fn is_ours(folder: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let found = folder.metadata()?;
        Ok(found.uid() == rustix::process::geteuid().as_raw() && found.mode() & 0o022 == 0)
    }
    #[cfg(not(unix))]
    aether_container::is_its_users(folder)
}
