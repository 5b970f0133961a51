//! The host's own files that native programs see: their bundles, as they were read and hashed.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use aether_bundle::Bundle;
use tempfile::TempDir;

use super::{NativeError, leftovers};
use crate::host_path;

/// What a program finds as `/etc/hosts`: its own loopback, by name.
const HOSTS: &str = "127.0.0.1 localhost\n::1 localhost\n";

/// root's number as a user.
#[cfg(unix)]
const ROOT: u32 = 0;

/// A folder of the host's, made when it is first needed and gone with the host, or at the end of its
/// run.
///
/// A bundle is laid out from memory: what was hashed is what runs, whatever becomes of the folder it
/// was read from.
#[derive(Debug, Default)]
pub(crate) struct Shelf(Mutex<Laid>);

#[derive(Debug, Default)]
struct Laid {
    folder: Option<Folder>,
    bundles: BTreeMap<String, PathBuf>,
}

/// The folder, and what tells others that its host lives.
#[derive(Debug)]
struct Folder {
    // Removed before the lock is let go.
    made: TempDir,
    _lock: File,
}

impl Shelf {
    /// Takes the folder away, once nothing runs that finds it in its root.
    pub(crate) fn clear(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Laid::default();
    }

    /// The file for `/etc/hosts`.
    pub(super) fn hosts(&self) -> Result<PathBuf, NativeError> {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let path = laid.folder()?.join("hosts");
        if !path.exists() {
            write(&path, HOSTS.as_bytes())?;
        }
        Ok(path)
    }

    /// An empty folder.
    pub(super) fn empty(&self) -> Result<PathBuf, NativeError> {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let path = laid.folder()?.join("empty");
        make_folder(&path)?;
        Ok(path)
    }

    /// A new folder, for one program alone, which is gone with what is given back.
    #[cfg(windows)]
    pub(super) fn stage(&self) -> Result<TempDir, NativeError> {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let within = laid.folder()?;
        let made = tempfile::Builder::new().prefix("stage-").tempdir_in(&within);
        made.map_err(NativeError::io(within))
    }

    /// The file of authorities to trust: made once, since it is the same for every program of the
    /// host.
    pub(crate) fn trust(&self, make: impl FnOnce() -> String) -> Result<PathBuf, NativeError> {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let path = laid.folder()?.join("authorities.pem");
        if !path.exists() {
            write(&path, make().as_bytes())?;
        }
        Ok(path)
    }

    /// The folder with a bundle's files. All of them may be executed, by those whom their plugin's
    /// grant lets: a bundle has no rights of its own, only content.
    pub(super) fn bundle(&self, bundle: &Bundle) -> Result<PathBuf, NativeError> {
        let mut laid = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let digest = bundle.digest().to_string();
        if let Some(path) = laid.bundles.get(&digest) {
            return Ok(path.clone());
        }
        let folder = laid.folder()?.join(format!("bundle-{}", laid.bundles.len()));
        make_folder(&folder)?;
        for (name, content) in bundle.files() {
            let path = folder.join(name);
            if let Some(parent) = path.parent() {
                let below = parent.strip_prefix(&folder).unwrap_or(Path::new(""));
                let mut at = folder.clone();
                for part in below.components() {
                    at.push(part);
                    make_folder(&at)?;
                }
            }
            write(&path, content)?;
        }
        laid.bundles.insert(digest, folder.clone());
        Ok(folder)
    }
}

impl Laid {
    fn folder(&mut self) -> Result<PathBuf, NativeError> {
        // Mounts are made of paths without links.
        let real =
            |made: &TempDir| host_path::real(made.path()).map_err(NativeError::io(made.path()));
        if let Some(folder) = &self.folder {
            return real(&folder.made);
        }
        let at = std::env::temp_dir();
        let made = tempfile::Builder::new().prefix(leftovers::PREFIX).tempdir_in(&at);
        let made = made.map_err(NativeError::io(&at))?;
        let path = real(&made)?;
        let lock = leftovers::claim(&path).map_err(NativeError::io(&path))?;
        #[cfg(unix)]
        {
            let user = fs::metadata(&path).map_err(NativeError::io(&path))?;
            let user = std::os::unix::fs::MetadataExt::uid(&user);
            if user == ROOT {
                // Its cells are users of their own. Where the kernel cannot show them root's files as
                // theirs they pass through by name; it is random, and only its owner can list it.
                set_mode(&path, 0o711)?;
            }
            leftovers::sweep(&at, user);
        }
        #[cfg(windows)]
        leftovers::sweep(&at);
        self.folder = Some(Folder { made, _lock: lock });
        Ok(path)
    }
}

fn make_folder(path: &Path) -> Result<(), NativeError> {
    match fs::create_dir(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(NativeError::io(path)(error))
        }
        _ => set_mode(path, 0o755),
    }
}

fn write(path: &Path, content: &[u8]) -> Result<(), NativeError> {
    fs::write(path, content).map_err(NativeError::io(path))?;
    set_mode(path, 0o555)
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) -> Result<(), NativeError> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).map_err(NativeError::io(path))
}

/// Who may do what follows from the folder.
#[cfg(not(unix))]
fn set_mode(_path: &Path, _mode: u32) -> Result<(), NativeError> {
    Ok(())
}
