//! The files of the tree, and those of the host that are open.

use std::io;

use aether_path::VirtualPath;

use super::{Node, Upper};
use crate::config::Usage;
use crate::inode::{Inode, InodeId, Inodes};
use crate::paged::Paged;
use crate::pool::Pool;
use crate::sys::Meta;

impl Upper {
    pub(crate) fn inode(&self, id: InodeId) -> Option<&Inode> {
        self.inodes.get(id)
    }

    /// For its mode and times; its content is changed by [`Upper::change`] alone.
    pub(crate) fn inode_mut(&mut self, id: InodeId) -> Option<&mut Inode> {
        self.inodes.get_mut(id)
    }

    /// A new file, which is to be put somewhere.
    pub(crate) fn add_inode(&mut self, inode: Inode) -> InodeId {
        self.charge(Usage { bytes: inode.bytes(), entries: 0 });
        self.inodes.add(inode)
    }

    /// The file that stands for one of the host's, which may have been opened before.
    pub(crate) fn claim(&mut self, path: &VirtualPath, meta: &Meta) -> InodeId {
        match self.opened.remove(path) {
            Some(inode) => inode,
            None => self.add_inode(Inode::of_host(path, meta)),
        }
    }

    /// Puts a file of the host into the tree, as it is, at its own path.
    pub(crate) fn raise(&mut self, path: &VirtualPath, meta: &Meta) -> InodeId {
        let inode = self.claim(path, meta);
        self.put(path, Node::File { inode, origin: Some(path.clone()) });
        inode
    }

    /// Makes a content in the memory that there is.
    pub(crate) fn keep<T>(&mut self, make: impl FnOnce(&mut Pool) -> T) -> T {
        self.inodes.keep(make)
    }

    pub(crate) fn make_room(&mut self, coming: u64) -> io::Result<()> {
        self.inodes.make_room(coming)
    }

    pub(crate) fn set_content(&mut self, id: InodeId, content: Paged) {
        self.counting(id, |inodes| inodes.set_content(id, content));
    }

    pub(crate) fn change(
        &mut self,
        id: InodeId,
        change: impl FnOnce(&mut Paged, &mut Pool) -> io::Result<()>,
    ) -> io::Result<()> {
        self.counting(id, |inodes| inodes.change(id, change))
    }

    /// Opens a file of the tree.
    pub(crate) fn add_handle(&mut self, id: InodeId) {
        self.inodes.add_handle(id);
    }

    /// Opens a file of the host, which stays what it is.
    pub(crate) fn open_host(&mut self, path: &VirtualPath, meta: &Meta) -> InodeId {
        let id = self.claim(path, meta);
        self.opened.insert(path.clone(), id);
        self.inodes.add_handle(id);
        id
    }

    pub(crate) fn drop_handle(&mut self, id: InodeId) {
        self.counting(id, |inodes| inodes.drop_handle(id));
        if self.inodes.get(id).is_none() {
            self.opened.retain(|_, opened| *opened != id);
        }
    }

    /// The path at which a file is still the host's.
    pub(crate) fn opened_at(&self, id: InodeId) -> Option<&VirtualPath> {
        self.opened.iter().find(|(_, opened)| **opened == id).map(|(path, _)| path)
    }

    /// Counts a name of a file, which is to be placed then.
    pub(crate) fn add_name(&mut self, inode: InodeId) {
        self.inodes.add_name(inode);
    }

    /// Does something that changes what a file counts for.
    pub(super) fn counting<T>(&mut self, id: InodeId, act: impl FnOnce(&mut Inodes) -> T) -> T {
        let before = self.inodes.bytes(id);
        let done = act(&mut self.inodes);
        self.give_back(Usage { bytes: before, entries: 0 });
        self.charge(Usage { bytes: self.inodes.bytes(id), entries: 0 });
        done
    }
}
