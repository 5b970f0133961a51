//! The library's folders.
//!
//! ```text
//! root/lock                      held by whoever has the library open
//! root/index.json                what is installed, and with which rights
//! root/plugins/<name>/<digest>/  a version's files, read-only
//! root/staging/<number>/         files that are being written, or removed
//! ```
//!
//! A version is written into `staging`, synced, read back, and moved to its place in one step; only
//! then the index says that it is there. What the index does not name is no part of the library.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aether_bundle::{Bundle, Digest};
use aether_manifest::PluginName;

use crate::state::{Plugin, State};
use crate::{LibraryError, index, sys};

/// What is done with a file of a bundle.
const WRITE: &str = "write";

/// An open library.
#[derive(Debug)]
pub(crate) struct Shared {
    root: PathBuf,
    /// The kernel takes the lock back with the process, however that ends.
    _lock: File,
    next: AtomicU64,
    inner: Mutex<Inner>,
}

/// What changes.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) state: State,
    /// How often each version is held.
    pub(crate) held: BTreeMap<(PluginName, Digest), usize>,
    /// What could not be removed, until the next opening.
    pub(crate) leftovers: Vec<PathBuf>,
}

impl Inner {
    pub(crate) fn is_held(&self, name: &PluginName, digest: &Digest) -> bool {
        self.held.contains_key(&(name.clone(), *digest))
    }

    /// Whether any version of the plugin is held.
    pub(crate) fn is_running(&self, name: &PluginName) -> bool {
        self.held.keys().any(|(held, _)| held == name)
    }
}

impl Shared {
    pub(crate) fn new(root: PathBuf, lock: File, state: State) -> Self {
        let inner = Inner { state, held: BTreeMap::new(), leftovers: Vec::new() };
        Self { root, _lock: lock, next: AtomicU64::new(0), inner: Mutex::new(inner) }
    }

    /// Nothing is left half changed where a thread panics: what is in memory changes in one assignment.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where a version's files are.
    pub(crate) fn folder(&self, name: &PluginName, digest: &Digest) -> PathBuf {
        plugins(&self.root).join(name.as_str()).join(hex(digest))
    }

    /// Whether the files are there and are those of the digest.
    pub(crate) fn is_intact(&self, name: &PluginName, digest: &Digest) -> bool {
        self.read(name, digest).is_some()
    }

    /// The files, if they are those of the digest.
    pub(crate) fn read(&self, name: &PluginName, digest: &Digest) -> Option<Bundle> {
        let bundle = Bundle::read(&self.folder(name, digest)).ok()?;
        (bundle.digest() == *digest).then_some(bundle)
    }

    /// Writes a bundle and moves it to its place.
    pub(crate) fn place(
        &self,
        inner: &mut Inner,
        name: &PluginName,
        bundle: &Bundle,
    ) -> Result<(), LibraryError> {
        let staged = self.fresh();
        let done = self.place_at(inner, name, bundle, &staged);
        if done.is_err() {
            self.remove(inner, &staged);
            // Where it is empty, it was made for this.
            drop(fs::remove_dir(plugins(&self.root).join(name.as_str())));
        }
        done
    }

    fn place_at(
        &self,
        inner: &mut Inner,
        name: &PluginName,
        bundle: &Bundle,
        staged: &Path,
    ) -> Result<(), LibraryError> {
        let names = bundle.files().keys();
        if !names.flat_map(|path| path.split('/')).all(sys::may_name) {
            return Err(LibraryError::NotKept(name.clone()));
        }
        write(staged, bundle).map_err(|error| match error {
            // Two names of the bundle are one here.
            LibraryError::Io { act: WRITE, error, .. }
                if error.kind() == io::ErrorKind::AlreadyExists =>
            {
                LibraryError::NotKept(name.clone())
            }
            other => other,
        })?;
        // A file system may take two names for one, or spell them anew.
        let kept = Bundle::read(staged).map_err(|_| LibraryError::NotKept(name.clone()))?;
        if kept.digest() != bundle.digest() {
            return Err(LibraryError::NotKept(name.clone()));
        }
        let place = self.folder(name, &bundle.digest());
        if fs::symlink_metadata(&place).is_ok() {
            self.remove(inner, &place);
        }
        let around = plugins(&self.root).join(name.as_str());
        sys::private_folder(&around).map_err(LibraryError::io("make", &around))?;
        fs::rename(staged, &place).map_err(LibraryError::io("make", &place))?;
        for folder in [&around, &plugins(&self.root)] {
            sys::sync_folder(folder).map_err(LibraryError::io("sync", folder))?;
        }
        Ok(())
    }

    /// Makes a new state the library's, and removes the files of what no longer is, or did not become,
    /// a part of it.
    pub(crate) fn commit(&self, inner: &mut Inner, state: State) -> Result<(), LibraryError> {
        let versions = |state: &State| {
            let of = |(name, plugin): (&PluginName, &Plugin)| {
                plugin.versions().map(|one| (name.clone(), one.digest)).collect::<Vec<_>>()
            };
            state.plugins.iter().flat_map(of).collect::<BTreeSet<_>>()
        };
        let either = &versions(&inner.state) | &versions(&state);
        let written = index::write(&self.root, &state);
        match &written {
            Ok(()) => inner.state = state,
            // It may have been replaced, and not have been synced: then that is what is there.
            Err(_) => {
                if let Ok(Some(there)) = index::read(&self.root) {
                    inner.state = there;
                }
            }
        }
        for (name, digest) in either {
            self.discard(inner, &name, &digest);
        }
        written
    }

    /// Removes a version's files, unless it is installed or held.
    pub(crate) fn discard(&self, inner: &mut Inner, name: &PluginName, digest: &Digest) {
        if inner.state.knows(name, digest) || inner.is_held(name, digest) {
            return;
        }
        let folder = self.folder(name, digest);
        if fs::symlink_metadata(&folder).is_ok() {
            self.remove(inner, &folder);
        }
        if let Some(around) = folder.parent() {
            // It is not empty where another version is there, and then it stays.
            drop(fs::remove_dir(around));
        }
    }

    /// Removes a folder: first from its place, in one step, then from the disk.
    fn remove(&self, inner: &mut Inner, folder: &Path) {
        let away = self.fresh();
        let from = match fs::rename(folder, &away) {
            Ok(()) => away,
            Err(_) => folder.to_owned(),
        };
        if let Err(error) = remove_tree(&from)
            && error.kind() != io::ErrorKind::NotFound
        {
            inner.leftovers.push(from);
        }
    }

    /// A path in `staging` that was not given before. Nobody else writes there.
    fn fresh(&self) -> PathBuf {
        loop {
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let path = staging(&self.root).join(number.to_string());
            // What could not be removed at the opening is there still.
            if fs::symlink_metadata(&path).is_err() {
                return path;
            }
        }
    }
}

pub(crate) fn plugins(root: &Path) -> PathBuf {
    root.join("plugins")
}

pub(crate) fn staging(root: &Path) -> PathBuf {
    root.join("staging")
}

/// The digest as a folder's name: `:` cannot stand in one on Windows.
pub(crate) fn hex(digest: &Digest) -> String {
    digest.to_string().trim_start_matches("b3:").to_owned()
}

/// Writes every file, read-only, and makes them last.
fn write(folder: &Path, bundle: &Bundle) -> Result<(), LibraryError> {
    sys::private_folder(folder).map_err(LibraryError::io("make", folder))?;
    let mut folders = BTreeSet::from([folder.to_owned()]);
    for (path, content) in bundle.files() {
        let to = folder.join(path);
        let around = to.parent().unwrap_or(folder);
        if !folders.contains(around) {
            sys::private_folder(around).map_err(LibraryError::io("make", around))?;
            let above = around.ancestors().take_while(|above| *above != folder);
            folders.extend(above.map(Path::to_owned));
        }
        write_file(&to, content).map_err(LibraryError::io(WRITE, &to))?;
    }
    for folder in folders.iter().rev() {
        sys::sync_folder(folder).map_err(LibraryError::io("sync", folder))?;
    }
    Ok(())
}

fn write_file(path: &Path, content: &[u8]) -> io::Result<()> {
    // One that is there already is another name's on this file system.
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(content)?;
    let mut permissions = file.metadata()?.permissions();
    permissions.set_readonly(true);
    file.set_permissions(permissions)?;
    file.sync_all()
}

/// Removes a file, a link or a folder with all that is in it; follows no link.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    sys::prepare_removal(path)?;
    if fs::symlink_metadata(path)?.is_dir() {
        fs::remove_dir_all(path)
    } else {
        fs::remove_file(path)
    }
}
