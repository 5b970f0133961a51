//! Permissions and times.

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::fingerprint::HashBudget;
use crate::inode::{InodeId, Mode, Time};
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen};
use crate::resolve::Resolved;
use crate::sys::HostKind;
use crate::upper::{Node, Touched, add, cost};

/// That others than its owner may write a file.
const OTHERS_WRITE: u32 = 0o022;

/// All that a plugin may set of a mode.
const PERMISSIONS: u32 = 0o777;

impl Overlay {
    /// Sets who may read, write and execute a file or folder on the host, once that is applied.
    ///
    /// # Errors
    /// [`Problem::SpecialBits`] where the mode has more than permission bits: a file of a plugin's
    /// never runs as somebody else; [`Problem::OthersWrite`] where it lets more people write.
    /// [`Problem::MountPoint`] for the top of a granted folder.
    pub fn set_mode(&mut self, at: &Resolved, mode: u32) -> Result<(), Error> {
        if mode & !PERMISSIONS != 0 {
            return Err(Problem::SpecialBits.at(at.path()));
        }
        let old = self.stat(at)?.mode;
        if mode & OTHERS_WRITE & !old != 0 {
            return Err(Problem::OthersWrite.at(at.path()));
        }
        self.set(at.path(), Attribute::Mode(mode))
    }

    /// Sets when a file or folder was last modified, in milliseconds since the epoch. It is kept
    /// until the next change of it.
    ///
    /// # Errors
    /// [`Problem::MountPoint`] for the top of a granted folder.
    pub fn set_times(&mut self, at: &Resolved, modified: i64) -> Result<(), Error> {
        self.set(at.path(), Attribute::Modified(modified))
    }

    fn set(&mut self, path: &VirtualPath, attribute: Attribute) -> Result<(), Error> {
        let seen = self.look(path)?;
        match (seen.kind(), &seen) {
            (HostKind::File, Seen::Upper(Node::File { inode, .. })) => {
                let inode = *inode;
                self.set_on_file(inode, attribute);
                Ok(())
            }
            (HostKind::File, _) => self.set_on_host_file(path, attribute),
            (HostKind::Folder, _) => self.set_on_folder(path, attribute),
            (HostKind::Symlink, _) => Err(Problem::LinkInTheWay.at(path)),
            (HostKind::Special(kind), _) => Err(Problem::Special(kind).at(path)),
        }
    }

    fn set_on_file(&mut self, inode: InodeId, attribute: Attribute) {
        if let Some(inode) = self.upper.inode_mut(inode) {
            match attribute {
                Attribute::Mode(mode) => inode.mode = Mode::Known(mode),
                Attribute::Modified(at) => inode.modified = Time { at, set: true },
            }
        }
    }

    /// Its content stays with the host.
    fn set_on_host_file(&mut self, path: &VirtualPath, attribute: Attribute) -> Result<(), Error> {
        let file = self.mounts.open_file(path)?;
        let need = add(cost(path, 0), self.upper.base_cost(path));
        self.room(need, Usage::default()).map_err(|problem| problem.at(path))?;
        let fingerprint = HashBudget::new().fingerprint(&file);
        let fingerprint = fingerprint.map_err(|problem| Problem::from(problem).at(path))?;
        let base = self.file_base(path, &file, fingerprint);
        self.upper.record(path, base);
        let inode = self.upper.raise(path, file.meta());
        self.set_on_file(inode, attribute);
        Ok(())
    }

    fn set_on_folder(&mut self, path: &VirtualPath, attribute: Attribute) -> Result<(), Error> {
        if self.mounts.pin(path) {
            return Err(Problem::MountPoint.at(path));
        }
        if let Some(Node::Folder { mode, modified }) = self.upper.get_mut(path) {
            match attribute {
                Attribute::Mode(new) => *mode = Some(new),
                Attribute::Modified(at) => *modified = Time { at, set: true },
            }
            return Ok(());
        }
        let known = self.upper.touched(path).copied();
        let mut touched = match (known, self.mounts.look(path)?) {
            (Some(touched), _) => touched,
            (None, Lower::Host(meta)) => {
                self.room(cost(path, 0), Usage::default()).map_err(|problem| problem.at(path))?;
                Touched::of(&meta)
            }
            (None, Lower::Virtual) => return Err(Problem::MountPoint.at(path)),
        };
        match attribute {
            Attribute::Mode(mode) => touched.mode = mode,
            Attribute::Modified(at) => touched.modified = Time { at, set: true },
        }
        self.upper.touch(path, touched);
        Ok(())
    }
}

#[derive(Clone, Copy)]
enum Attribute {
    Mode(u32),
    /// Milliseconds since the epoch.
    Modified(i64),
}
