//! Keeping a changeset in a folder, so that a later process can show and apply it.
//!
//! The folder holds `index.json` and, in `blobs`, the contents under the names of their hashes.

use std::collections::BTreeSet;
use std::collections::btree_map::Entry;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use aether_path::VirtualPath;
use serde::{Deserialize, Serialize};

use super::change::{After, Change, ChangeKind, Changeset, Contents, Modes};
use crate::blob::{Blob, Keeper, MAX_KEPT_IN_MEMORY, write_at};
use crate::config::{Absent, Mount};
use crate::fingerprint::ContentHash;
use crate::lexical::leads_to;
use crate::pool::SpillError;
use crate::sys;

/// The version of `index.json` written and read.
const VERSION: u32 = 2;

/// Longest `index.json` read. It stops a file put in its place from filling memory; the default
/// quota's entries take a tenth.
const MAX_INDEX_BYTES: u64 = 64 << 20;

/// A changeset that could not be kept or read back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file of the folder could not be written or read.
    #[error("cannot {doing} `{}`", path.display())]
    Io {
        /// What was attempted.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// `index.json` is too long.
    #[error("`{}` is longer than {MAX_INDEX_BYTES} bytes", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// `index.json` is not one.
    #[error("`{}` is not the index of a changeset", path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where it fails.
        source: serde_json::Error,
    },
    /// `index.json` was written by another version.
    #[error("the changeset was kept by another version (format {found}, this one reads {VERSION})")]
    Version {
        /// The version found.
        found: u32,
    },
    /// A change contradicts itself or the mounts.
    #[error("the change of `{}` is inconsistent", path.as_str().escape_debug())]
    Inconsistent {
        /// Its path.
        path: VirtualPath,
    },
    /// A mount contradicts itself.
    #[error("a mount of the changeset is not an absolute path")]
    Mount,
    /// A blob is not the content that was stored.
    #[error("`{}` does not hold the content it is named after", path.display())]
    Content {
        /// The blob.
        path: PathBuf,
    },
    /// Contents that are too much for memory could not be put elsewhere.
    #[error("no temporary file can be made of contents beyond {} MiB", MAX_KEPT_IN_MEMORY >> 20)]
    Spill(#[source] io::Error),
}

impl From<SpillError> for StoreError {
    fn from(SpillError(error): SpillError) -> Self {
        Self::Spill(error)
    }
}

impl Changeset {
    /// Keeps the changeset in a new folder, which only this user can enter.
    pub fn save(&self, folder: &Path) -> Result<(), StoreError> {
        let blobs = folder.join("blobs");
        for folder in [folder, &blobs] {
            sys::create_private_folder(folder).map_err(failed("create", folder))?;
        }
        for (content, blob) in &self.contents {
            write_blob(&blobs.join(content.to_string()), blob)?;
        }
        sync_folder(&blobs)?;
        // Written last, and under its name only when it is whole: a folder with an index is complete.
        let (unfinished, index) = (folder.join("index.json.tmp"), folder.join("index.json"));
        let text = serde_json::to_vec(&Index::of(self))
            .map_err(|source| StoreError::Malformed { path: index.clone(), source })?;
        write_file(&unfinished, &text)?;
        fs::rename(&unfinished, &index).map_err(failed("name", &index))?;
        sync_folder(folder)
    }

    /// Reads a changeset back, and checks that it is whole and makes sense.
    pub fn load(folder: &Path) -> Result<Self, StoreError> {
        let index = read_index(&folder.join("index.json"))?;
        let mounts: Vec<Mount> =
            index.mounts.into_iter().map(MountRecord::into_mount).collect::<Result<_, _>>()?;
        let mut changes = index.changes;
        let mut seen = BTreeSet::new();
        for change in &mut changes {
            change.host = host_of(&mounts, &change.path).ok_or_else(|| inconsistent(change))?;
            if !is_consistent(change, &mounts)
                || !seen.insert((change.path.clone(), change.kind.is_removal()))
            {
                return Err(inconsistent(change));
            }
        }
        let blobs = folder.join("blobs");
        let mut contents = Contents::new();
        // Beside what is read: where that had room, there is most likely room.
        let mut keeper = Keeper::new(&blobs);
        for After { len, content } in changes.iter().filter_map(|change| change.after) {
            if let Entry::Vacant(entry) = contents.entry(content) {
                entry.insert(read_blob(&mut keeper, &blobs, content, len)?);
            }
        }
        Ok(Self { mounts, changes, contents })
    }
}

/// The form in which changesets are stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Index {
    version: u32,
    mounts: Vec<MountRecord>,
    changes: Vec<Change>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MountRecord {
    at: String,
    host: HostRecord,
    empty_folder_if_absent: bool,
}

/// A host path: as text where it is text.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum HostRecord {
    Text(String),
    Bytes(Vec<u8>),
}

impl Index {
    fn of(changeset: &Changeset) -> Self {
        let mounts = changeset.mounts.iter().map(MountRecord::of).collect();
        Self { version: VERSION, mounts, changes: changeset.changes.clone() }
    }
}

impl MountRecord {
    fn of(mount: &Mount) -> Self {
        let host = match mount.host.to_str() {
            Some(text) => HostRecord::Text(text.to_owned()),
            None => HostRecord::Bytes(sys::name_to_bytes(mount.host.as_os_str()).to_vec()),
        };
        let empty_folder_if_absent = mount.absent == Absent::Folder;
        Self { at: mount.at.as_str().to_owned(), host, empty_folder_if_absent }
    }

    fn into_mount(self) -> Result<Mount, StoreError> {
        let host = match self.host {
            HostRecord::Text(text) => PathBuf::from(text),
            HostRecord::Bytes(bytes) => PathBuf::from(sys::name_from_bytes(bytes)),
        };
        let at = VirtualPath::parse(&self.at).map_err(|_| StoreError::Mount)?;
        if !host.is_absolute() {
            return Err(StoreError::Mount);
        }
        let absent = if self.empty_folder_if_absent { Absent::Folder } else { Absent::Nothing };
        Ok(Mount { at, host, absent })
    }
}

fn host_of(mounts: &[Mount], path: &VirtualPath) -> Option<PathBuf> {
    mount_of(mounts, path).map(|mount| mount.host_of(path))
}

fn mount_of<'a>(mounts: &'a [Mount], path: &VirtualPath) -> Option<&'a Mount> {
    let holding = mounts.iter().filter(|mount| path.starts_with(&mount.at));
    holding.max_by_key(|mount| mount.at.as_str().len())
}

fn is_consistent(change: &Change, mounts: &[Mount]) -> bool {
    let (before, after) = (change.before.is_some(), change.after.is_some());
    let permissions = |mode: u32| mode <= 0o777;
    let attributes = change
        .mode
        .is_none_or(|Modes { old, new }| permissions(new) && old.is_none_or(permissions));
    let no_attributes = change.mode.is_none() && change.modified.is_none();
    attributes
        && match &change.kind {
            ChangeKind::Added => after && !before && !change.symlink,
            ChangeKind::Modified => after && before && !change.symlink,
            ChangeKind::Deleted => before && !after && no_attributes,
            ChangeKind::Renamed { from, .. } => {
                before
                    && !(change.symlink && (after || !no_attributes))
                    && *from != change.path
                    && mount_of(mounts, from).is_some()
            }
            ChangeKind::FolderAdded => !before && !after && !change.symlink,
            ChangeKind::FolderRemoved => !before && !after && !change.symlink && no_attributes,
            ChangeKind::LinkAdded { target } => {
                let mount_of =
                    |path: &VirtualPath| mount_of(mounts, path).map(|one| one.at.clone());
                !before
                    && !after
                    && change.symlink
                    && no_attributes
                    && leads_to(&change.path, target, mount_of).is_ok()
            }
            ChangeKind::ModeChanged => !after && !change.symlink && change.mode.is_some(),
            ChangeKind::TimeChanged => {
                !after && !change.symlink && change.mode.is_none() && change.modified.is_some()
            }
        }
}

fn inconsistent(change: &Change) -> StoreError {
    StoreError::Inconsistent { path: change.path.clone() }
}

fn read_index(path: &Path) -> Result<Index, StoreError> {
    let mut text = Vec::new();
    let file = File::open(path).map_err(failed("open", path))?;
    file.take(MAX_INDEX_BYTES + 1).read_to_end(&mut text).map_err(failed("read", path))?;
    if text.len() as u64 > MAX_INDEX_BYTES {
        return Err(StoreError::TooLong { path: path.to_owned() });
    }
    /// Read alone first, so that another version is not merely malformed.
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let malformed = |source| StoreError::Malformed { path: path.to_owned(), source };
    match serde_json::from_slice::<Versioned>(&text).map_err(malformed)?.version {
        VERSION => serde_json::from_slice(&text).map_err(malformed),
        found => Err(StoreError::Version { found }),
    }
}

fn read_blob(
    keeper: &mut Keeper,
    blobs: &Path,
    content: ContentHash,
    len: u64,
) -> Result<Blob, StoreError> {
    let path = blobs.join(content.to_string());
    let file = File::open(&path).map_err(failed("open", &path))?;
    // One byte more would tell that it is longer.
    let mut rest = file.take(len.saturating_add(1));
    let blob = keeper.keep(|_, max| {
        let mut piece = Vec::new();
        let next = rest.by_ref().take(max as u64).read_to_end(&mut piece);
        next.map_err(failed("read", &path))?;
        Ok::<_, StoreError>(piece)
    })?;
    let hash = blob.hash().map_err(failed("read", &path))?;
    if blob.size() != len || hash != content {
        return Err(StoreError::Content { path });
    }
    Ok(blob)
}

/// Its holes stay holes.
fn write_blob(path: &Path, blob: &Blob) -> Result<(), StoreError> {
    let mut file = sys::create_private_file(path).map_err(failed("create", path))?;
    let written = blob
        .copy(|offset, data| write_at(&mut file, offset, data))
        .and_then(|len| file.set_len(len))
        .and_then(|()| file.sync_data());
    written.map_err(failed("write", path))
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let mut file = sys::create_private_file(path).map_err(failed("create", path))?;
    file.write_all(bytes).and_then(|()| file.sync_data()).map_err(failed("write", path))
}

fn sync_folder(path: &Path) -> Result<(), StoreError> {
    sys::sync_folder(path).map_err(failed("sync", path))
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> StoreError {
    let path = path.to_owned();
    move |source| StoreError::Io { doing, path, source }
}
