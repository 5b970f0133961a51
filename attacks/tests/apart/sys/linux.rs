//! Files for every user.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The name of the copied program.
pub(crate) const PROGRAM: &str = "program";

/// Sets what may be done with a file or folder, and by whom.
pub(crate) fn set_mode(path: &Path, mode: u32) -> io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}
