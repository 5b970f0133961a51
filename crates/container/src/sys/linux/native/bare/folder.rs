//! The only place that can be written without namespaces: a folder of the cell's own.
//!
//! It lies on a disk of the host's, which no file system of ours bounds: `RLIMIT_FSIZE` bounds each
//! file, and the host measures all of it. A program can make what is hard to look at or to remove
//! (no right to a folder of its own, a thousand folders within each other), so neither follows a
//! path: folders are opened one below the other.

use std::collections::BTreeSet;
use std::ffi::{CStr, CString};
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, Dir, Mode, OFlags, chmodat, openat, renameat, statat, unlinkat};

/// Folders within each other that are measured; who makes more has written too much.
const DEPTH: usize = 64;

/// A measurement is followed by a pause of so many times its length: what it takes grows with what
/// a program makes.
const PAUSE: u32 = 10;

/// Shortest such pause.
const LEAST_PAUSE: Duration = Duration::from_millis(20);

/// Names that are tried for something that is brought up.
const TRIES: u32 = 64;

/// A private folder, removed when dropped.
#[derive(Debug)]
pub(in super::super::super) struct PrivateFolder {
    path: PathBuf,
    device: u64,
    most: u64,
    rest: Option<Instant>,
}

impl PrivateFolder {
    /// Makes one that may hold so many bytes, among the temporary files of the host's user.
    pub(in super::super::super) fn new(most: u64) -> io::Result<Self> {
        let mut bytes = [0u8; 16];
        rustix::rand::getrandom(&mut bytes, rustix::rand::GetRandomFlags::empty())?;
        let name = format!("aether-cell-{:032x}", u128::from_le_bytes(bytes));
        let path = std::env::temp_dir().canonicalize()?.join(name);
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        let device = fs::symlink_metadata(&path)?.dev();
        Ok(Self { path, device, most, rest: None })
    }

    pub(in super::super::super) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is more in it than may be, also in files that only the processes still hold.
    pub(in super::super::super) fn is_too_full(
        &mut self,
        processes: impl FnOnce() -> Vec<i32>,
    ) -> bool {
        let begin = Instant::now();
        if self.rest.is_some_and(|until| until > begin) {
            return false;
        }
        let within = measure(&self.path, files_of(self.most));
        let bytes = within.map(|within| within + self.held(&processes()));
        let end = Instant::now();
        self.rest = Some(end + ((end - begin) * PAUSE).max(LEAST_PAUSE));
        bytes.is_none_or(|bytes| bytes > self.most)
    }

    /// Bytes of files without a name.
    fn held(&self, processes: &[i32]) -> u64 {
        let (mut seen, mut bytes) = (BTreeSet::new(), 0);
        for pid in processes {
            let entries = fs::read_dir(format!("/proc/{pid}/fd"));
            for entry in entries.into_iter().flatten().flatten() {
                // Through the link: what is open.
                let Ok(meta) = fs::metadata(entry.path()) else { continue };
                let unnamed = meta.is_file() && meta.nlink() == 0 && meta.dev() == self.device;
                if unnamed && seen.insert(meta.ino()) {
                    bytes += meta.blocks() * 512;
                }
            }
        }
        bytes
    }
}

impl Drop for PrivateFolder {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// A file takes a block at least, so this many have room; the bound stops empty ones.
const fn files_of(bytes: u64) -> u64 {
    let files = bytes / 4096;
    if files < 64 { 64 } else { files }
}

const FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// Bytes in a folder; `None` when there is too much in it to tell.
fn measure(path: &Path, most_files: u64) -> Option<u64> {
    let Ok(top) = openat(CWD, path, FOLDER, Mode::empty()) else { return Some(0) };
    let (mut bytes, mut files) = (0, 0);
    let mut stack = vec![Dir::new(top).ok()?];
    while let Some(folder) = stack.last_mut() {
        let Some(entry) = folder.read() else {
            stack.pop();
            continue;
        };
        // Gone meanwhile.
        let Ok(entry) = entry else { continue };
        if matches!(entry.file_name().to_bytes(), b"." | b"..") {
            continue;
        }
        files += 1;
        if files > most_files || stack.len() > DEPTH {
            return None;
        }
        let Some(folder) = stack.last_mut().and_then(|folder| folder.fd().ok()) else { continue };
        let Ok(stat) = statat(folder, entry.file_name(), AtFlags::SYMLINK_NOFOLLOW) else {
            continue;
        };
        bytes += u64::try_from(stat.st_blocks).unwrap_or(0) * 512;
        if rustix::fs::FileType::from_raw_mode(stat.st_mode).is_dir() {
            // One that cannot be opened holds nothing that was not counted before.
            let inner = openat(folder, entry.file_name(), FOLDER, Mode::empty());
            stack.extend(inner.ok().and_then(|inner| Dir::new(inner).ok()));
        }
    }
    Some(bytes)
}

/// Removes a folder with everything in it, once nobody writes to it any more. What cannot be removed
/// stays.
pub(super) fn remove(path: &Path) {
    let Ok(top) = openat(CWD, path, FOLDER, Mode::empty()) else { return };
    let mut number = 0;
    loop {
        let names = names_in(&top);
        let mut any = false;
        for name in &names {
            any |= take_out(&top, name, &mut number);
        }
        if !any {
            break;
        }
    }
    let _gone = fs::remove_dir(path);
}

/// Removes one thing of a folder. What lies within it is brought up beside it first, so that
/// nothing has to be followed down.
fn take_out(top: &OwnedFd, name: &CStr, number: &mut u64) -> bool {
    if unlinkat(top, name, AtFlags::empty()).is_ok() {
        return true;
    }
    // A folder; its owner may have taken every right to it from itself.
    let all = Mode::from_raw_mode(0o700);
    let _as_it_is = chmodat(top, name, all, AtFlags::empty());
    let Ok(folder) = openat(top, name, FOLDER, Mode::empty()) else { return false };
    for inner in names_in(&folder) {
        if unlinkat(&folder, &inner, AtFlags::empty()).is_err() {
            let _as_it_is = chmodat(&folder, &inner, all, AtFlags::empty());
            // Another number where the program has made something of that name.
            for _ in 0..TRIES {
                *number += 1;
                if renameat(&folder, &inner, top, format!(".aether-{number}")).is_ok() {
                    break;
                }
            }
        }
    }
    unlinkat(top, name, AtFlags::REMOVEDIR).is_ok()
}

fn names_in(folder: &OwnedFd) -> Vec<CString> {
    let entries = Dir::read_from(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_owned());
    names.filter(|name| !matches!(name.to_bytes(), b"." | b"..")).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_is_hard_to_remove_is_removed() {
        let folder = PrivateFolder::new(1 << 20).unwrap();
        let path = folder.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(path.join(".aether-1"), "in the way").unwrap();
        fs::create_dir(path.join("closed")).unwrap();
        fs::write(path.join("closed/file"), "").unwrap();
        fs::create_dir(path.join("closed/within")).unwrap();
        fs::set_permissions(path.join("closed/within"), fs::Permissions::from_mode(0o0)).unwrap();
        fs::set_permissions(path.join("closed"), fs::Permissions::from_mode(0o0)).unwrap();
        std::os::unix::fs::symlink("/etc", path.join("link")).unwrap();
        // Deeper than any path may be.
        let mut at = openat(CWD, &path, FOLDER, Mode::empty()).unwrap();
        for _ in 0..3000 {
            rustix::fs::mkdirat(&at, "deeper-and-deeper", Mode::from_raw_mode(0o700)).unwrap();
            at = openat(&at, "deeper-and-deeper", FOLDER, Mode::empty()).unwrap();
        }
        drop(folder);
        assert!(fs::symlink_metadata(&path).is_err());
        assert!(Path::new("/etc").is_dir());
    }

    #[test]
    fn bytes_files_and_depth_are_bounded() {
        let full = |make: &dyn Fn(&Path)| {
            let mut folder = PrivateFolder::new(1 << 20).unwrap();
            make(folder.path());
            folder.is_too_full(Vec::new)
        };
        assert!(!full(&|path| fs::write(path.join("a"), [1; 4096]).unwrap()));
        assert!(full(&|path| fs::write(path.join("a"), vec![1; 2 << 20]).unwrap()));
        // A file with holes takes what is in it.
        assert!(!full(&|path| fs::File::create(path.join("a")).unwrap().set_len(9 << 20).unwrap()));
        assert!(full(
            &|path| (0..300).for_each(|n| fs::write(path.join(n.to_string()), "").unwrap())
        ));
        let deep = "a/".repeat(DEPTH + 2);
        assert!(full(&|path| fs::create_dir_all(path.join(&deep)).unwrap()));
    }

    #[test]
    fn a_file_without_a_name_is_measured_by_who_holds_it() {
        use std::io::Write;
        let mut folder = PrivateFolder::new(1 << 20).unwrap();
        let path = folder.path().join("a");
        let mut file = fs::File::create(&path).unwrap();
        fs::remove_file(path).unwrap();
        file.write_all(&vec![1; 2 << 20]).unwrap();
        assert!(!folder.is_too_full(Vec::new));
        folder.rest = None;
        assert!(folder.is_too_full(|| vec![std::process::id().cast_signed()]));
    }
}
