//! Reading a folder.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::sys::{Entry, Folder};
use crate::{BundleError, Digest, Problem, name};

/// Most files of a bundle. Stops a folder of empty files from filling the host's memory.
pub const MAX_FILES: usize = 4096;

/// Most bytes of one file.
pub const MAX_FILE_BYTES: u64 = 64 << 20;

/// Most bytes of all files. Stops a bundle from filling the host's memory.
pub const MAX_BYTES: u64 = 128 << 20;

/// Deepest nesting of folders. Stops a chain of folders from exhausting descriptors and stack.
pub const MAX_DEPTH: usize = 32;

/// A plugin's files, in memory.
#[derive(Clone, Debug)]
pub struct Bundle {
    folder: PathBuf,
    files: Arc<BTreeMap<String, Arc<[u8]>>>,
    digest: Digest,
}

impl Bundle {
    /// Takes every file of a folder.
    ///
    /// Only the folder itself may be reached through a symbolic link; nothing below it may be one,
    /// and none is followed even if it is planted during the reading.
    ///
    /// # Errors
    /// [`BundleError`] with the entry at fault.
    pub fn read(folder: &Path) -> Result<Self, BundleError> {
        let mut reading = Reading { root: folder, files: BTreeMap::new(), bytes: 0 };
        let opened = Folder::open(folder).map_err(|problem| reading.error("", problem))?;
        reading.take(&opened, "", 0)?;
        Ok(Self::from_files(folder, reading.files))
    }

    /// A bundle of files that are in memory already.
    #[must_use]
    pub fn from_files(folder: &Path, files: BTreeMap<String, Arc<[u8]>>) -> Self {
        let digest = Digest::of(&files);
        Self { folder: folder.to_owned(), files: Arc::new(files), digest }
    }

    /// Where it was read from; for people.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The identity of its content.
    #[must_use]
    pub const fn digest(&self) -> Digest {
        self.digest
    }

    /// Path (with `/`) to content.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, Arc<[u8]>> {
        &self.files
    }

    /// The same, to be kept.
    #[must_use]
    pub fn shared_files(&self) -> Arc<BTreeMap<String, Arc<[u8]>>> {
        Arc::clone(&self.files)
    }

    /// One file's content.
    #[must_use]
    pub fn file(&self, path: &str) -> Option<&Arc<[u8]>> {
        self.files.get(path)
    }
}

struct Reading<'a> {
    root: &'a Path,
    files: BTreeMap<String, Arc<[u8]>>,
    bytes: u64,
}

impl Reading<'_> {
    fn take(&mut self, folder: &Folder, prefix: &str, depth: usize) -> Result<(), BundleError> {
        if depth > MAX_DEPTH {
            return Err(self.error(prefix, Problem::TooDeep));
        }
        let names = folder.names(MAX_FILES).map_err(|problem| self.error(prefix, problem))?;
        for raw in names {
            let shown = format!("{prefix}{}", raw.to_string_lossy().escape_debug());
            let Some(name) = raw.to_str().filter(|name| name::is_portable(name)) else {
                return Err(self.error(&shown, Problem::Name));
            };
            let path = format!("{prefix}{name}");
            match folder
                .enter(name, MAX_FILE_BYTES)
                .map_err(|problem| self.error(&shown, problem))?
            {
                Entry::File(content) => self.keep(path, content)?,
                Entry::Folder(below) => self.take(&below, &format!("{path}/"), depth + 1)?,
            }
        }
        Ok(())
    }

    fn keep(&mut self, path: String, content: Vec<u8>) -> Result<(), BundleError> {
        self.bytes += content.len() as u64;
        if self.bytes > MAX_BYTES {
            return Err(self.error(&path, Problem::TooLarge));
        }
        if self.files.len() >= MAX_FILES {
            return Err(self.error(&path, Problem::TooManyFiles));
        }
        self.files.insert(path, content.into());
        Ok(())
    }

    fn error(&self, entry: &str, problem: Problem) -> BundleError {
        BundleError {
            folder: self.root.to_owned(),
            entry: entry.trim_end_matches('/').to_owned(),
            problem,
        }
    }
}
