//! The stores of a host's plugins, on disk.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, Weak};

use aether_gateway::limits::{KV_BYTES, KV_KEYS};
use aether_gateway::{Values, ValuesError};
use aether_store::{Owner, Quota, Store, StoreError, StoreProblem};

use crate::host::lock;
use crate::private;

const QUOTA: Quota = Quota { bytes: KV_BYTES, keys: KV_KEYS as u64 };

/// Where the stores are, one file for each plugin's name, and those that cells of this host have
/// open.
#[derive(Debug)]
pub(crate) struct Stores {
    folder: PathBuf,
    open: Mutex<BTreeMap<String, Opened>>,
}

/// A store that some cell had open.
#[derive(Debug)]
struct Opened {
    store: Weak<Mutex<Store>>,
    /// The version that opened it, and is to be its owner.
    digest: String,
}

impl Stores {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder, open: Mutex::default() }
    }

    /// Removes what was stored under a plugin's name, unless a cell has it open.
    pub(crate) fn remove(&self, plugin: &str) -> io::Result<()> {
        let open = lock(&self.open);
        if open.get(plugin).is_some_and(|opened| opened.store.strong_count() > 0) {
            return Err(io::Error::new(io::ErrorKind::ResourceBusy, "a cell has it open"));
        }
        match std::fs::remove_file(self.folder.join(format!("{plugin}.store"))) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// The store of a plugin's name, and the version that wrote it last.
    fn open(&self, owner: &Owner) -> Result<(Arc<Mutex<Store>>, Option<String>), ValuesError> {
        let mut open = lock(&self.open);
        if let Some(opened) = open.get(&owner.plugin)
            && let Some(store) = opened.store.upgrade()
        {
            return Ok((store, Some(opened.digest.clone())));
        }
        make_private(&self.folder).map_err(|error| {
            ValuesError::Unusable(format!("the folder {}: {error}", self.folder.display()))
        })?;
        // The name has letters, digits, `.`, `_` and `-` alone, and begins with one of the former.
        let file = self.folder.join(format!("{}.store", owner.plugin));
        let store = Store::open(&file, owner.clone(), QUOTA).map_err(|error| told(&error))?;
        let before = store.before().map(|before| before.digest.clone());
        let store = Arc::new(Mutex::new(store));
        let opened = Opened { store: Arc::downgrade(&store), digest: owner.digest.clone() };
        open.insert(owner.plugin.clone(), opened);
        Ok((store, before))
    }
}

fn told(error: &StoreError) -> ValuesError {
    match error.problem() {
        StoreProblem::Full(_) => ValuesError::Full,
        StoreProblem::InUse => ValuesError::InUse(error.to_string()),
        _ => ValuesError::Unusable(error.to_string()),
    }
}

/// Makes the folder, for this user alone. One that others may look into is not used: they could have
/// laid a store there, or a link.
fn make_private(folder: &Path) -> io::Result<()> {
    private::make_folder(folder)?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::mode(&folder.metadata()?) & 0o077 != 0 {
        return Err(io::Error::other("others than its owner may use it"));
    }
    Ok(())
}

/// One cell's hold on its plugin's store, opened when it is first used: most plugins never do.
#[derive(Debug)]
pub(crate) struct Kept {
    stores: Arc<Stores>,
    owner: Owner,
    store: Option<Arc<Mutex<Store>>>,
    /// The version that wrote it last, if it is another one.
    other: Option<String>,
}

impl Kept {
    pub(crate) fn new(stores: Arc<Stores>, plugin: &str, digest: &str) -> Self {
        let owner = Owner { plugin: plugin.to_owned(), digest: digest.to_owned() };
        Self { stores, owner, store: None, other: None }
    }

    fn with<T>(
        &mut self,
        act: impl FnOnce(&mut Store) -> Result<T, StoreError>,
    ) -> Result<T, ValuesError> {
        let store = match &self.store {
            Some(store) => store,
            None => {
                let (store, last) = self.stores.open(&self.owner)?;
                self.other = last.filter(|last| *last != self.owner.digest);
                self.store.insert(store)
            }
        };
        act(&mut lock(store)).map_err(|error| told(&error))
    }
}

impl Values for Kept {
    fn get(&mut self, key: &str) -> Result<Option<String>, ValuesError> {
        self.with(|store| store.get(key))
    }

    fn set(&mut self, key: String, value: String) -> Result<(), ValuesError> {
        self.with(|store| store.set(key, value))
    }

    fn delete(&mut self, key: &str) -> Result<bool, ValuesError> {
        self.with(|store| store.delete(key))
    }

    fn names(&mut self, prefix: &str) -> Result<Vec<String>, ValuesError> {
        self.with(|store| store.names(prefix))
    }

    fn flush(&mut self) -> Result<(), ValuesError> {
        if self.store.is_none() { Ok(()) } else { self.with(Store::flush) }
    }

    fn written_by_other(&self) -> Option<&str> {
        self.other.as_deref()
    }
}

impl Drop for Kept {
    /// Under the lock: whoever opens the store next finds it open, or closed, and nothing between.
    fn drop(&mut self) {
        let _open = lock(&self.stores.open);
        self.store = None;
    }
}
