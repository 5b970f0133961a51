//! Open files, which stay what they are whatever becomes of their names.

use std::collections::BTreeMap;
use std::fs::File;

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::inode::{Inode, InodeId};
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen};
use crate::read::{Chunk, Stat, id_of, not_a_file, stat_of_inode, stat_of_meta};
use crate::resolve::Resolved;
use crate::sys::HostKind;
use crate::upper::{Node, cost};
use crate::write::Edit;

/// Most files that are open at once. A plugin that opens and never closes would else fill the host's
/// memory with what it has removed.
pub const MAX_HANDLES: usize = 1024;

/// A file that is open in an [`Overlay`]. It is of no use in another one, nor once it was closed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Handle {
    number: u64,
    path: VirtualPath,
}

impl Handle {
    /// Where the file stood when it was opened.
    pub fn path(&self) -> &VirtualPath {
        &self.path
    }
}

/// The open files.
#[derive(Debug, Default)]
pub(crate) struct Handles {
    open: BTreeMap<u64, InodeId>,
    next: u64,
}

impl Overlay {
    /// Opens a file. It can be read and written until it is closed, also once it was moved or its
    /// last name was removed. What the caller may do with it is decided now.
    ///
    /// # Errors
    /// As [`Overlay::read`], and [`Problem::TooManyHandles`].
    pub fn open(&mut self, at: &Resolved) -> Result<Handle, Error> {
        let path = at.path();
        let found = match self.look(path)? {
            Seen::Upper(Node::File { inode, .. }) => Ok(*inode),
            Seen::Lower(Lower::Host(meta)) if meta.kind == HostKind::File => Err(meta),
            other => return Err(not_a_file(other.kind()).at(path)),
        };
        self.check_open(at)?;
        let inode = match found {
            Ok(inode) => {
                self.upper.add_handle(inode);
                inode
            }
            Err(meta) => {
                // Whether it can be read is told now.
                self.mounts.open_file(path)?;
                self.upper.open_host(path, &meta)
            }
        };
        self.upper.charge(handle_cost(path));
        let number = self.handles.next;
        self.handles.next += 1;
        self.handles.open.insert(number, inode);
        Ok(Handle { number, path: path.clone() })
    }

    /// A file that the host has there and that was not changed here, opened to be read, for somebody who is
    /// to read it without this overlay.
    ///
    /// # Errors
    /// As [`Overlay::read`]; and [`Problem::Pending`] where a change of it waits to be applied.
    pub fn lend(&self, at: &Resolved) -> Result<File, Error> {
        let path = at.path();
        match self.look(path)? {
            Seen::Upper(Node::File { .. }) => Err(Problem::Pending.at(path)),
            Seen::Lower(lower) if lower.kind() == HostKind::File => {
                Ok(self.mounts.open_file(path)?.into_file())
            }
            other => Err(not_a_file(other.kind()).at(path)),
        }
    }

    /// Whether one more file could be opened there.
    ///
    /// # Errors
    /// [`Problem::TooManyHandles`] and [`Problem::QuotaExceeded`].
    pub fn check_open(&self, at: &Resolved) -> Result<(), Error> {
        let path = at.path();
        if self.handles.open.len() >= MAX_HANDLES {
            return Err(Problem::TooManyHandles.at(path));
        }
        let room = self.room(handle_cost(path), Usage::default());
        room.map_err(|problem| problem.at(path))
    }

    /// Closes a file. One without a name is gone then.
    ///
    /// # Errors
    /// [`Problem::Closed`].
    pub fn close(&mut self, handle: &Handle) -> Result<(), Error> {
        let inode = self.opened(handle)?;
        self.handles.open.remove(&handle.number);
        self.upper.give_back(handle_cost(&handle.path));
        self.upper.drop_handle(inode);
        Ok(())
    }

    /// As [`Overlay::stat`], of an open file.
    pub fn stat_open(&self, handle: &Handle) -> Result<Stat, Error> {
        let inode = self.opened(handle)?;
        match self.upper.opened_at(inode) {
            Some(path) => match self.mounts.look(path)? {
                Lower::Host(meta) if meta.kind == HostKind::File => Ok(stat_of_meta(&meta)),
                other => Err(not_a_file(other.kind()).at(&handle.path)),
            },
            None => Ok(stat_of_inode(self.inode(handle, inode)?)),
        }
    }

    /// As [`Overlay::id`], of an open file.
    pub fn id_open(&self, handle: &Handle) -> Result<u64, Error> {
        let inode = self.opened(handle)?;
        Ok(self.upper.opened_at(inode).map_or_else(|| inode.number(), id_of))
    }

    /// As [`Overlay::read`], of an open file.
    pub fn read_open(&self, handle: &Handle, offset: u64, max: usize) -> Result<Chunk, Error> {
        let inode = self.opened(handle)?;
        match self.upper.opened_at(inode) {
            Some(path) => self.read_seen(path, offset, max),
            None => self.read_inode(&handle.path, inode, offset, max),
        }
    }

    /// As [`Overlay::append`], of an open file.
    pub fn append_open(&mut self, handle: &Handle, bytes: &[u8]) -> Result<(), Error> {
        let offset = self.stat_open(handle)?.size;
        self.edit_open(handle, &Edit::Write { offset, bytes })
    }

    /// As [`Overlay::write_at`], of an open file.
    pub fn write_open(&mut self, handle: &Handle, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        self.edit_open(handle, &Edit::Write { offset, bytes })
    }

    /// As [`Overlay::truncate`], of an open file.
    pub fn truncate_open(&mut self, handle: &Handle, len: u64) -> Result<(), Error> {
        self.edit_open(handle, &Edit::Cut(len))
    }

    fn edit_open(&mut self, handle: &Handle, edit: &Edit<'_>) -> Result<(), Error> {
        let id = self.opened(handle)?;
        if edit.is_nothing() {
            return Ok(());
        }
        if let Some(path) = self.upper.opened_at(id).cloned() {
            let target = self.target(&path)?;
            return self.edit(&path, target, edit);
        }
        let inode = self.inode(handle, id)?;
        let need = Usage { bytes: edit.len_after(inode.content.len()), entries: 0 };
        let freed = Usage { bytes: inode.bytes(), entries: 0 };
        self.room(need, freed).map_err(|problem| problem.at(&handle.path))?;
        self.edit_inode(&handle.path, id, edit)
    }

    fn opened(&self, handle: &Handle) -> Result<InodeId, Error> {
        let found = self.handles.open.get(&handle.number);
        found.copied().ok_or_else(|| Problem::Closed.at(&handle.path))
    }

    fn inode(&self, handle: &Handle, id: InodeId) -> Result<&Inode, Error> {
        self.upper.inode(id).ok_or_else(|| Problem::Closed.at(&handle.path))
    }
}

/// Memory only: an open file is no change.
fn handle_cost(path: &VirtualPath) -> Usage {
    Usage { entries: 0, ..cost(path, 0) }
}
