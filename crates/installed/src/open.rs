//! Opening a library, and what a crash left of it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use aether_manifest::PluginName;

use crate::disk::{Shared, hex, plugins, remove_tree, staging};
use crate::state::State;
use crate::{LibraryError, index, sys};

const LOCK: &str = "lock";

/// What a library is made of, before its first index is there.
const BEGUN: &[&str] = &[LOCK, "plugins", "staging", "index.json.next"];

/// Opens or makes a library.
pub(crate) fn open(root: &Path) -> Result<Shared, LibraryError> {
    let root = std::path::absolute(root).map_err(LibraryError::io("find", root))?;
    // Before anything is written: the folder may be anybody's.
    refuse_others(&root)?;
    sys::private_folder(&root).map_err(LibraryError::io("make", &root))?;
    let lock = lock(&root)?;
    for folder in [plugins(&root), staging(&root)] {
        sys::private_folder(&folder).map_err(LibraryError::io("make", &folder))?;
        // What is removed below is removed from here, and not from where a link leads.
        let metadata = fs::symlink_metadata(&folder).map_err(LibraryError::io("find", &folder))?;
        if !metadata.is_dir() {
            return Err(LibraryError::NotItsOwn(folder));
        }
    }
    let state = match index::read(&root)? {
        Some(state) => state,
        None => {
            refuse_others(&root)?;
            index::write(&root, &State::default())?;
            State::default()
        }
    };
    let left = sweep(&root, &state)?;
    let shared = Shared::new(root, lock, state);
    shared.lock().leftovers = left;
    Ok(shared)
}

/// Without an index nothing is removed, so nothing of anybody's may be there.
fn refuse_others(root: &Path) -> Result<(), LibraryError> {
    let nothing = |error: &std::io::Error| error.kind() == std::io::ErrorKind::NotFound;
    match fs::symlink_metadata(index::file(root)) {
        Ok(_) => return Ok(()),
        Err(error) if nothing(&error) => {}
        Err(error) => return Err(LibraryError::io("find", &index::file(root))(error)),
    }
    let entries = match fs::read_dir(root) {
        Err(error) if nothing(&error) => return Ok(()),
        other => other.map_err(LibraryError::io("list", root))?,
    };
    for entry in entries {
        let entry = entry.map_err(LibraryError::io("list", root))?;
        let name = entry.file_name();
        let ours = name.to_str().is_some_and(|name| BEGUN.contains(&name));
        let full = name == "plugins"
            && fs::read_dir(entry.path()).is_ok_and(|mut inside| inside.next().is_some());
        if !ours || full {
            return Err(LibraryError::NotALibrary(root.to_owned()));
        }
    }
    Ok(())
}

fn lock(root: &Path) -> Result<File, LibraryError> {
    let path = root.join(LOCK);
    let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
    let file = opened.map_err(LibraryError::io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(LibraryError::InUse(root.to_owned())),
        Err(TryLockError::Error(error)) => Err(LibraryError::io("lock", &path)(error)),
    }
}

/// Removes what the index does not name: versions that were not yet installed, and such as were no
/// longer. Gives what cannot be removed; it does no harm, since nothing looks there.
fn sweep(root: &Path, state: &State) -> Result<Vec<PathBuf>, LibraryError> {
    let mut unknown = list(&staging(root))?;
    for folder in list(&plugins(root))? {
        let name = folder.file_name().and_then(|name| name.to_str());
        if name.is_some_and(|name| state.unreadable.contains_key(name)) {
            continue;
        }
        let name = name.and_then(|name| PluginName::parse(name).ok());
        let plugin = name.and_then(|name| state.plugins.get(&name));
        // A link is not followed, and is none of the library's.
        let is_folder = fs::symlink_metadata(&folder).is_ok_and(|metadata| metadata.is_dir());
        match plugin.filter(|_| is_folder) {
            None => unknown.push(folder),
            Some(plugin) => {
                let known: Vec<_> =
                    plugin.versions().map(|version| folder.join(hex(&version.digest))).collect();
                unknown.extend(list(&folder)?.into_iter().filter(|path| !known.contains(path)));
            }
        }
    }
    unknown.retain(|path| remove_tree(path).is_err());
    Ok(unknown)
}

fn list(folder: &Path) -> Result<Vec<PathBuf>, LibraryError> {
    let entries = fs::read_dir(folder).map_err(LibraryError::io("list", folder))?;
    entries
        .map(|entry| entry.map(|entry| entry.path()).map_err(LibraryError::io("list", folder)))
        .collect()
}
