//! Folders of hosts that are gone: one that was killed could not take its own away.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::Path;

#[cfg(unix)]
use rustix::fs::{CWD, FileType, Mode, OFlags, fstat, openat};

/// How such a folder is named, before some random letters.
pub(super) const PREFIX: &str = "aether-shelf-";

/// The file in it that its host keeps locked. The kernel lets go of the lock with the process,
/// whatever ends it, and no process with the same number can be taken for it.
const OWNER: &str = "owner";

/// Names that are looked at: a folder for temporary files that is full of them, be they somebody
/// else's, must not make each start slow.
const MAX_LOOKED_AT: usize = 4096;

/// Makes a new folder this process's, as long as what is given back lives.
pub(super) fn claim(folder: &Path) -> io::Result<File> {
    let unnamed = folder.join("owner.new");
    let file = OpenOptions::new().read(true).write(true).create_new(true).open(&unnamed)?;
    file.try_lock()?;
    // Nobody finds it under its name and not locked.
    fs::rename(unnamed, folder.join(OWNER))?;
    Ok(file)
}

/// Removes the folders that processes of this user claimed and that are gone. What cannot be removed
/// stays for the next one.
#[cfg(unix)]
pub(super) fn sweep(within: &Path, user: u32) {
    let Ok(entries) = fs::read_dir(within) else { return };
    for entry in entries.take(MAX_LOOKED_AT).filter_map(Result::ok) {
        let is_one = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        if is_one && let Some(lock) = left(&entry.path(), user) {
            remove(&entry.path());
            drop(lock);
        }
    }
}

/// The lock of a folder, if nobody holds it.
#[cfg(unix)]
fn left(folder: &Path, user: u32) -> Option<File> {
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let folder =
        openat(CWD, folder, flags | OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty()).ok()?;
    let of_user = |file, kind| {
        fstat(file)
            .is_ok_and(|stat| stat.st_uid == user && FileType::from_raw_mode(stat.st_mode) == kind)
    };
    if !of_user(&folder, FileType::Directory) {
        return None;
    }
    let waits_for_nobody = flags | OFlags::RDWR | OFlags::NONBLOCK | OFlags::NOCTTY;
    let lock = openat(&folder, OWNER, waits_for_nobody, Mode::empty()).ok()?;
    if !of_user(&lock, FileType::RegularFile) {
        return None;
    }
    let lock = File::from(lock);
    lock.try_lock().ok()?;
    Some(lock)
}

/// The same. Of a folder that is this user's alone nobody else makes anything, be it a link.
#[cfg(windows)]
pub(super) fn sweep(within: &Path) {
    let Ok(entries) = fs::read_dir(within) else { return };
    for entry in entries.take(MAX_LOOKED_AT).filter_map(Result::ok) {
        let is_one = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
        let path = entry.path();
        if !is_one || !aether_container::is_its_users(&path).unwrap_or(false) {
            continue;
        }
        let lock = OpenOptions::new().read(true).write(true).open(path.join(OWNER)).ok();
        if lock.as_ref().is_some_and(|lock| lock.try_lock().is_ok()) {
            remove(&path);
        }
    }
}

/// Removes a folder, its lock last: what is cut off here is still found by the next. No link is
/// followed by the library.
fn remove(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for entry in entries.filter(|entry| entry.file_name() != OWNER) {
        let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
        let path = entry.path();
        // What stays is seen to by the next.
        drop(if is_folder { fs::remove_dir_all(path) } else { fs::remove_file(path) });
    }
    drop(fs::remove_dir_all(folder));
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{MetadataExt, symlink};
    use std::path::PathBuf;

    use super::*;

    fn user_of(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().uid()
    }

    /// A folder as a shelf makes it, with something in it.
    fn made(within: &Path, name: &str) -> PathBuf {
        let folder = within.join(format!("{PREFIX}{name}"));
        fs::create_dir_all(folder.join("bundle-0/deep")).unwrap();
        fs::write(folder.join("bundle-0/deep/file"), "content").unwrap();
        folder
    }

    #[test]
    fn only_what_nobody_holds_is_removed() {
        let top = tempfile::tempdir().unwrap();
        let user = user_of(top.path());
        let [held, gone, bare] = ["held", "gone", "bare"].map(|name| made(top.path(), name));
        let other = top.path().join("aether-other");
        fs::create_dir(&other).unwrap();
        drop(claim(&other).unwrap());
        let lock = claim(&held).unwrap();
        drop(claim(&gone).unwrap());
        sweep(top.path(), user);
        // One without a lock may be about to get it.
        assert_eq!(
            [&held, &gone, &bare, &other].map(|one| one.exists()),
            [true, false, true, true]
        );
        drop(lock);
        sweep(top.path(), user.wrapping_add(1));
        assert!(held.exists(), "it is another user's");
        sweep(top.path(), user);
        assert!(!held.exists());
    }

    #[test]
    fn no_link_is_followed() {
        let top = tempfile::tempdir().unwrap();
        let aside = tempfile::tempdir().unwrap();
        let user = user_of(top.path());
        let precious = made(aside.path(), "precious");
        drop(claim(&precious).unwrap());
        // The folder itself, its lock, and what is in it.
        symlink(&precious, top.path().join(format!("{PREFIX}link"))).unwrap();
        let with_link = made(top.path(), "lock");
        symlink(precious.join(OWNER), with_link.join(OWNER)).unwrap();
        let holding = made(top.path(), "holding");
        symlink(&precious, holding.join("inner")).unwrap();
        drop(claim(&holding).unwrap());
        sweep(top.path(), user);
        assert!(precious.join("bundle-0/deep/file").exists());
        assert!(with_link.exists() && !holding.exists());
    }
}
