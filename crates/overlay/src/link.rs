//! Second names of files, and symlinks.

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::inode::{Inode, InodeId};
use crate::lexical::leads_to;
use crate::overlay::{Overlay, Seen};
use crate::resolve::{LastLink, Resolved};
use crate::sys::HostKind;
use crate::upper::{Node, add, cost};

impl Overlay {
    /// Gives a file a second name. A host file is copied for that, within the quota. What is written
    /// under one name is read under the other. Resolve with [`LastLink::Keep`].
    ///
    /// On the host each name becomes a file of its own: a host program that changes one of them
    /// must not change another, which may be in another place for a reason. What gets a name can be
    /// read under it: the caller has to mind that, as with [`Overlay::rename`].
    ///
    /// # Errors
    /// [`Problem::OneName`] for a folder or symlink; [`Problem::Exists`] where the name is taken; else as
    /// [`Overlay::append`].
    pub fn link(&mut self, from: &Resolved, to: &Resolved) -> Result<(), Error> {
        let (from, to) = (from.path(), to.path());
        let seen = self.look(from)?;
        let file = match (seen.kind(), &seen) {
            (HostKind::File, Seen::Upper(Node::File { inode, .. })) => Some(*inode),
            (HostKind::File, _) => None,
            (HostKind::Symlink | HostKind::Folder, _) => return Err(Problem::OneName.at(from)),
            (HostKind::Special(kind), _) => return Err(Problem::Special(kind).at(from)),
        };
        self.check_free(to)?;
        let inode = match file {
            Some(inode) => self.own_content(from, inode, cost(to, 0))?,
            None => {
                let file = self.mounts.open_file(from)?;
                let here = add(cost(from, file.meta().len), self.upper.base_cost(from));
                self.check_need(to, add(cost(to, 0), here))?;
                self.copy_up(from, &file, u64::MAX)?
            }
        };
        self.upper.put(to, Node::File { inode, origin: None });
        self.upper.entries_changed(to);
        Ok(())
    }

    /// A file that was only moved so far becomes one of its own: a second one on the host could not
    /// come from the same place.
    fn own_content(
        &mut self,
        path: &VirtualPath,
        inode: InodeId,
        beside: Usage,
    ) -> Result<InodeId, Error> {
        let missing = |inode: &Inode| inode.content.len().saturating_sub(inode.bytes());
        let bytes = self.upper.inode(inode).map_or(0, missing);
        self.check_need(path, add(beside, Usage { bytes, entries: 0 }))?;
        self.load_origin(path, inode, u64::MAX)?;
        Ok(inode)
    }

    /// Makes a symlink. Resolve with [`LastLink::Keep`]. `may` is asked for the path that the
    /// target names.
    ///
    /// # Errors
    /// [`Problem::LeadsOut`] unless the target is relative and stays in the same mount, also where it
    /// leads over other symlinks; [`Problem::BadLink`] where it is no target at all.
    pub fn symlink(
        &mut self,
        target: &str,
        at: &Resolved,
        may: impl FnOnce(&VirtualPath) -> bool,
    ) -> Result<(), Error> {
        let path = at.path();
        self.check_free(path)?;
        // Before anything of the host's is looked at that the plugin may not know of.
        let named = self.named_by(path, target)?;
        if !may(&named) {
            return Err(Problem::Refused.at(&named));
        }
        self.check_link(path, target)?;
        self.check_need(path, cost(path, target.len() as u64))?;
        self.upper.put(path, Node::Symlink { target: target.to_owned(), origin: None });
        self.upper.entries_changed(path);
        Ok(())
    }

    /// The target of the symlink at a path. Resolve with [`LastLink::Keep`].
    pub fn readlink(&self, at: &Resolved) -> Result<String, Error> {
        let path = at.path();
        self.link_target(path)?.ok_or_else(|| Problem::NotLink.at(path))
    }

    /// What the symlink at a path names, by its text. Resolve with [`LastLink::Keep`].
    ///
    /// # Errors
    /// [`Problem::LeadsOut`] where that is not certainly in the same mount.
    pub fn named_by_link(&self, at: &Resolved) -> Result<VirtualPath, Error> {
        self.named_by(at.path(), &self.readlink(at)?)
    }

    /// Whether a symlink may stand at a path; gives what its target names.
    pub(crate) fn check_link(
        &self,
        path: &VirtualPath,
        target: &str,
    ) -> Result<VirtualPath, Error> {
        let named = self.named_by(path, target)?;
        // The text says where it leads, but for symlinks of the host's own people on the way.
        match self.resolve(&named, LastLink::Follow) {
            Err(Error { problem: Problem::EscapesByLink { .. }, .. }) => {
                Err(Problem::LeadsOut.at(path))
            }
            Ok(_) | Err(_) => Ok(named),
        }
    }

    /// What a symlink at a path would name, by its text.
    fn named_by(&self, path: &VirtualPath, target: &str) -> Result<VirtualPath, Error> {
        leads_to(path, target, |path| self.mounts.place_of(path))
            .map_err(|problem| problem.at(path))
    }

    fn check_free(&self, path: &VirtualPath) -> Result<(), Error> {
        match self.look_for(path)? {
            Some(_) => Err(Problem::Exists.at(path)),
            None => self.check_folder_of(path),
        }
    }

    fn check_need(&self, path: &VirtualPath, need: Usage) -> Result<(), Error> {
        self.room(need, Usage::default()).map_err(|problem| problem.at(path))
    }
}
