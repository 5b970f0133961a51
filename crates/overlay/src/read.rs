//! Looking at files and folders, and reading them.

use std::collections::BTreeMap;

use aether_path::VirtualPath;

use crate::error::{Error, HostProblem, Problem, SpecialKind};
use crate::mounts::{Lower, escape_name};
use crate::overlay::{Overlay, Seen};
use crate::resolve::Resolved;
use crate::sys::{HostFile, HostKind, Meta};
use crate::upper::{Content, FileNode, Node};

/// Most entries of a host folder that are listed. A folder of millions of files, which a plugin
/// may find or a host program may make, would take the host's memory.
pub const MAX_LISTED: usize = 65_536;

/// What stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A folder.
    Folder,
    /// A symlink, itself.
    Symlink,
    /// Something that plugins cannot use.
    Special(SpecialKind),
}

/// What is told of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// What it is.
    pub kind: Kind,
    /// Bytes of content; 0 for folders.
    pub size: u64,
    /// Last modification, in milliseconds since the epoch; 0 for folders the host does not have.
    pub modified: i64,
    /// Whether anyone may execute it.
    pub executable: bool,
}

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; fewer than asked for only at the end of the file.
    pub bytes: Vec<u8>,
    /// The size of the whole file, in bytes.
    pub total: u64,
}

/// The entries of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The entries that may be seen, by name.
    pub entries: Vec<Entry>,
    /// False when the host's folder has more than [`MAX_LISTED`] entries.
    pub complete: bool,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name. Bytes that are not UTF-8 are shown as `\xE9`, and cannot be opened.
    pub name: String,
    /// What it is.
    pub stat: Stat,
}

impl Overlay {
    /// What stands at a path.
    pub fn stat(&self, at: &Resolved) -> Result<Stat, Error> {
        Ok(stat_of(&self.look(at.path())?))
    }

    /// At most `max` bytes of a file from `offset` on; none beyond its end.
    pub fn read(&self, at: &Resolved, offset: u64, max: usize) -> Result<Chunk, Error> {
        let path = at.path();
        match self.look(path)? {
            Seen::Upper(Node::File(file)) => match (&file.content, &file.origin) {
                (Content::Memory(bytes), _) => Ok(piece(bytes, offset, max)),
                (Content::Spilled(spilled), _) => {
                    let bytes = spilled.read(offset, max).map_err(|error| unread(&error).at(path));
                    Ok(Chunk { bytes: bytes?, total: spilled.len })
                }
                (Content::Origin { .. }, origin) => {
                    self.read_host(origin.as_ref().unwrap_or(path), offset, max)
                }
            },
            Seen::Lower(lower) if lower.kind() == HostKind::File => {
                let file = self.mounts.open_file(path)?;
                if max > 0 {
                    self.stamps.note(path, file.meta(), offset, self.upper.left());
                }
                piece_of(&file, offset, max).map_err(|problem| Problem::from(problem).at(path))
            }
            other => Err(not_a_file(other.kind()).at(path)),
        }
    }

    /// The entries of a folder that `visible` lets through. It is asked for each entry's path and
    /// kind; for a name that is not UTF-8, the path of its escaped form.
    pub fn list(
        &self,
        at: &Resolved,
        mut visible: impl FnMut(&VirtualPath, Kind) -> bool,
    ) -> Result<Listing, Error> {
        let folder = at.path();
        let merged = self.merge(folder)?;
        let mut listing = Listing { entries: Vec::new(), complete: merged.complete };
        for (name, stat) in merged.entries {
            if folder.join(&name).is_ok_and(|path| visible(&path, stat.kind)) {
                listing.entries.push(Entry { name, stat });
            }
        }
        Ok(listing)
    }

    /// What a folder holds, of all layers.
    pub(crate) fn merge(&self, folder: &VirtualPath) -> Result<Merged, Error> {
        let mut merged = Merged { entries: BTreeMap::new(), undecodable: false, complete: true };
        match self.look(folder)? {
            Seen::Upper(Node::Folder { .. }) => {}
            Seen::Lower(lower) if lower.kind() == HostKind::Folder => {
                self.merge_host(folder, &mut merged)?
            }
            other => return Err(not_a_folder(other.kind()).at(folder)),
        }
        for (name, node) in self.upper.children(folder) {
            match node {
                Node::Whiteout => merged.entries.remove(name),
                _ => merged.entries.insert(name.to_owned(), stat_of(&Seen::Upper(node))),
            };
        }
        Ok(merged)
    }

    fn merge_host(&self, folder: &VirtualPath, merged: &mut Merged) -> Result<(), Error> {
        let names = self.mounts.names(folder, MAX_LISTED)?;
        merged.complete = names.complete;
        for (name, meta) in names.names {
            let shown = match name.into_string() {
                Ok(name) => name,
                Err(name) => {
                    merged.undecodable = true;
                    let mut escaped = escape_name(&name);
                    // Escaping can make a name longer than names may be.
                    escaped.truncate(escaped.floor_char_boundary(aether_path::MAX_NAME_BYTES));
                    escaped
                }
            };
            merged.entries.insert(shown, stat_of_meta(&meta));
        }
        for name in self.mounts.names_in(folder) {
            let path = folder.join(name).map_err(|_| Problem::TooDeep.at(folder))?;
            match self.mounts.look(&path) {
                Ok(lower) => merged.entries.insert(name.to_owned(), stat_of(&Seen::Lower(lower))),
                Err(_) => merged.entries.remove(name),
            };
        }
        Ok(())
    }

    fn read_host(&self, path: &VirtualPath, offset: u64, max: usize) -> Result<Chunk, Error> {
        let file = self.mounts.open_file(path)?;
        piece_of(&file, offset, max).map_err(|problem| Problem::from(problem).at(path))
    }
}

/// What a folder holds, and what cannot be told of it.
pub(crate) struct Merged {
    pub(crate) entries: BTreeMap<String, Stat>,
    /// Some of the names are escaped forms.
    pub(crate) undecodable: bool,
    pub(crate) complete: bool,
}

/// What an operation on files says of something else.
pub(crate) fn not_a_file(kind: HostKind) -> Problem {
    match kind {
        HostKind::Folder => Problem::IsFolder,
        HostKind::Special(kind) => Problem::Special(kind),
        HostKind::Symlink | HostKind::File => Problem::LinkInTheWay,
    }
}

/// What an operation on folders says of something else.
pub(crate) fn not_a_folder(kind: HostKind) -> Problem {
    match kind {
        HostKind::Symlink => Problem::LinkInTheWay,
        HostKind::File | HostKind::Special(_) | HostKind::Folder => Problem::NotFolder,
    }
}

/// A content of ours that the system does not give back.
pub(crate) fn unread(error: &std::io::Error) -> Problem {
    HostProblem::from(error).into()
}

fn piece_of(file: &HostFile, offset: u64, max: usize) -> Result<Chunk, HostProblem> {
    let bytes = file.read_at(offset, max)?;
    let end = offset.saturating_add(bytes.len() as u64);
    let total = if bytes.is_empty() { file.meta().len } else { file.meta().len.max(end) };
    Ok(Chunk { bytes, total })
}

fn piece(bytes: &[u8], offset: u64, max: usize) -> Chunk {
    let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
    let end = start.saturating_add(max).min(bytes.len());
    Chunk { bytes: bytes.get(start..end).unwrap_or_default().to_vec(), total: bytes.len() as u64 }
}

fn stat_of(seen: &Seen<'_>) -> Stat {
    let nothing = Stat { kind: Kind::Folder, size: 0, modified: 0, executable: false };
    match seen {
        Seen::Upper(Node::File(FileNode { content, executable, modified, .. })) => Stat {
            kind: Kind::File,
            size: content.len(),
            modified: *modified,
            executable: *executable,
        },
        Seen::Upper(Node::Symlink { target, .. }) => {
            Stat { kind: Kind::Symlink, size: target.len() as u64, ..nothing }
        }
        Seen::Upper(Node::Folder { modified }) => Stat { modified: *modified, ..nothing },
        Seen::Upper(Node::Whiteout) | Seen::Lower(Lower::Virtual) => nothing,
        Seen::Lower(Lower::Host(meta)) => stat_of_meta(meta),
    }
}

fn stat_of_meta(meta: &Meta) -> Stat {
    let (kind, size) = match meta.kind {
        HostKind::File => (Kind::File, meta.len),
        HostKind::Folder => (Kind::Folder, 0),
        HostKind::Symlink => (Kind::Symlink, meta.len),
        HostKind::Special(kind) => (Kind::Special(kind), 0),
    };
    Stat {
        kind,
        size,
        modified: milliseconds(meta),
        executable: meta.kind == HostKind::File && meta.executable(),
    }
}

/// Last modification in milliseconds since the epoch.
pub(crate) fn milliseconds(meta: &Meta) -> i64 {
    let (seconds, nanos) = meta.modified;
    seconds.saturating_mul(1000).saturating_add(i64::from(nanos / 1_000_000))
}
