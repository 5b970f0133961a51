//! Looking at files and folders, and reading them.

use aether_path::VirtualPath;

use crate::error::{Error, HostProblem, Problem, SpecialKind};
use crate::inode::{Content, Inode, InodeId, NEW_FOLDER, Time};
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen};
use crate::resolve::Resolved;
use crate::sys::{HostFile, HostKind, Meta};
use crate::upper::{Node, Touched};

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
    /// Bytes of content, or of a symlink's target; 0 for folders.
    pub size: u64,
    /// Last modification, in milliseconds since the epoch; 0 for folders the host does not have.
    pub modified: i64,
    /// Whether anyone may execute it.
    pub executable: bool,
    /// Permission bits: who may read, write and execute it. They are kept for the host, and bar the
    /// plugin from nothing.
    pub mode: u32,
    /// How many names of the virtual tree it has; 1 for what only the host has.
    pub links: u32,
}

/// A piece of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    /// The bytes; fewer than asked for only at the end of the file.
    pub bytes: Vec<u8>,
    /// The size of the whole file, in bytes.
    pub total: u64,
}

impl Overlay {
    /// What stands at a path.
    pub fn stat(&self, at: &Resolved) -> Result<Stat, Error> {
        let path = at.path();
        let stat = self.stat_of(&self.look(path)?);
        Ok(match self.upper.touched(path) {
            Some(touched) => touched.on(stat),
            None => stat,
        })
    }

    /// At most `max` bytes of a file from `offset` on; none beyond its end.
    pub fn read(&self, at: &Resolved, offset: u64, max: usize) -> Result<Chunk, Error> {
        let path = at.path();
        // Seen a moment ago; what may have become of it meanwhile is found out below.
        if at.is_host_file
            && self.upper.is_open(path)
            && let Ok(chunk) = self.read_seen(path, offset, max)
        {
            return Ok(chunk);
        }
        match self.look(path)? {
            Seen::Upper(Node::File { inode, .. }) => self.read_inode(path, *inode, offset, max),
            Seen::Lower(lower) if lower.kind() == HostKind::File => {
                self.read_seen(path, offset, max)
            }
            other => Err(not_a_file(other.kind()).at(path)),
        }
    }

    /// The same, of a file of the tree.
    pub(crate) fn read_inode(
        &self,
        path: &VirtualPath,
        id: InodeId,
        offset: u64,
        max: usize,
    ) -> Result<Chunk, Error> {
        match self.upper.inode(id).map(|inode| &inode.content) {
            Some(Content::Kept(content)) => {
                let bytes = content.read(offset, max).map_err(|error| unread(&error).at(path))?;
                Ok(Chunk { bytes: bytes.into_owned(), total: content.len() })
            }
            Some(Content::Origin { from, .. }) => {
                let file = self.mounts.open_file(from)?;
                piece_of(&file, offset, max).map_err(|problem| Problem::from(problem).at(path))
            }
            None => Err(Problem::NotFound.at(path)),
        }
    }

    /// The same, of a file that the host has there. It is remembered in what state it was read.
    pub(crate) fn read_seen(
        &self,
        path: &VirtualPath,
        offset: u64,
        max: usize,
    ) -> Result<Chunk, Error> {
        let file = self.mounts.open_file(path)?;
        if max > 0 {
            self.stamps.note(path, file.meta(), offset, self.upper.left());
        }
        piece_of(&file, offset, max).map_err(|problem| Problem::from(problem).at(path))
    }

    /// Tells what stands at a path from everything else: the same number for two names of one file,
    /// below 2^53. It stays while nothing of it changes.
    pub fn id(&self, at: &Resolved) -> Result<u64, Error> {
        let path = at.path();
        Ok(match self.look(path)? {
            Seen::Upper(Node::File { inode, .. }) => inode.number(),
            _ => id_of(path),
        })
    }

    pub(crate) fn stat_of(&self, seen: &Seen<'_>) -> Stat {
        match seen {
            Seen::Upper(Node::File { inode, .. }) => match self.upper.inode(*inode) {
                Some(inode) => stat_of_inode(inode),
                None => FOLDER,
            },
            Seen::Upper(Node::Symlink { target, .. }) => {
                Stat { kind: Kind::Symlink, size: target.len() as u64, mode: 0o777, ..FOLDER }
            }
            Seen::Upper(Node::Folder { mode, modified }) => {
                Stat { mode: mode.unwrap_or(NEW_FOLDER), modified: modified.at, ..FOLDER }
            }
            Seen::Upper(Node::Whiteout) | Seen::Lower(Lower::Virtual) => FOLDER,
            Seen::Lower(Lower::Host(meta)) => stat_of_meta(meta),
        }
    }
}

impl Touched {
    /// What is told of the folder now.
    pub(crate) fn on(&self, stat: Stat) -> Stat {
        Stat { mode: self.mode, modified: self.modified.at, ..stat }
    }
}

/// What only its path tells from others. The numbers of the host's files would tell of the host.
pub(crate) fn id_of(path: &VirtualPath) -> u64 {
    let hash = blake3::hash(path.as_str().as_bytes());
    let bytes: [u8; 8] = std::array::from_fn(|at| hash.as_bytes()[at]);
    (u64::from_le_bytes(bytes) >> 12) | 1 << 52
}

/// What is told of a folder of which nothing is known.
const FOLDER: Stat = Stat {
    kind: Kind::Folder,
    size: 0,
    modified: 0,
    executable: false,
    mode: NEW_FOLDER,
    links: 1,
};

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

/// A content of ours that the system does not take or give back.
pub(crate) fn unread(error: &std::io::Error) -> Problem {
    HostProblem::from(error).into()
}

fn piece_of(file: &HostFile, offset: u64, max: usize) -> Result<Chunk, HostProblem> {
    let bytes = file.read_at(offset, max)?;
    let end = offset.saturating_add(bytes.len() as u64);
    let total = if bytes.is_empty() { file.meta().len } else { file.meta().len.max(end) };
    Ok(Chunk { bytes, total })
}

pub(crate) fn stat_of_inode(inode: &Inode) -> Stat {
    let mode = inode.mode.bits();
    Stat {
        kind: Kind::File,
        size: inode.content.len(),
        modified: inode.modified.at,
        executable: mode & 0o111 != 0,
        mode,
        links: inode.names(),
    }
}

pub(crate) fn stat_of_meta(meta: &Meta) -> Stat {
    let (kind, size) = match meta.kind {
        HostKind::File => (Kind::File, meta.len),
        HostKind::Folder => (Kind::Folder, 0),
        HostKind::Symlink => (Kind::Symlink, meta.len),
        HostKind::Special(kind) => (Kind::Special(kind), 0),
    };
    Stat {
        kind,
        size,
        modified: Time::of(meta).at,
        executable: meta.kind == HostKind::File && meta.executable(),
        mode: meta.permissions(),
        links: 1,
    }
}
