//! The only place that a native program can write to: a folder of its own, among the host's temporary
//! files. Nothing bounds it as a whole.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Names that are tried.
const TRIES: u32 = 64;

/// A private folder, removed when dropped, as far as what is in it lets itself be removed.
#[derive(Debug)]
pub(super) struct PrivateFolder(PathBuf);

impl PrivateFolder {
    pub(super) fn new() -> io::Result<Self> {
        let place = std::env::temp_dir().canonicalize()?;
        for _ in 0..TRIES {
            let path = place.join(fresh_name());
            match fs::DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| Self(path)),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        // Does not follow links.
        let _left = fs::remove_dir_all(&self.0);
    }
}

/// A name that this process has not given yet. Who could have taken it is the host's own user, and then
/// it is not used.
pub(super) fn fresh_name() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("aether-cell-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_private_folder_is_its_owner_s_alone_and_goes_with_what_is_in_it() {
        let (one, other) = (PrivateFolder::new().unwrap(), PrivateFolder::new().unwrap());
        assert_ne!(one.path(), other.path());
        let mode = fs::metadata(one.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let outside = other.path().join("kept");
        fs::write(&outside, "kept").unwrap();
        std::os::unix::fs::symlink(other.path(), one.path().join("link")).unwrap();
        fs::create_dir(one.path().join("within")).unwrap();
        let path = one.path().to_owned();
        drop(one);
        assert!(!path.exists() && outside.exists());
    }
}
