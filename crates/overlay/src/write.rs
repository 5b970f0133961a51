//! Writing files, in memory.

use std::io;

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, HostProblem, Problem};
use crate::fingerprint::{Fingerprint, HashBudget};
use crate::inode::{Content, Inode, InodeId, Mode, Time};
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen};
use crate::paged::Paged;
use crate::pool::Pool;
use crate::read::{not_a_file, unread};
use crate::resolve::Resolved;
use crate::sys::{HostFile, HostKind};
use crate::upper::{Node, add, cost};

impl Overlay {
    /// Makes `bytes` the whole content of a file, which is created if it is missing. A host file
    /// is not copied for that.
    pub fn write(&mut self, at: &Resolved, bytes: Vec<u8>) -> Result<(), Error> {
        let path = at.path();
        let target = self.target(path)?;
        let len = bytes.len() as u64;
        self.check_room(path, &target, len)?;
        let base = match &target {
            Target::Host(file) => {
                let fingerprint = HashBudget::new().fingerprint(file);
                let fingerprint = fingerprint.map_err(|problem| Problem::from(problem).at(path))?;
                Some(self.file_base(path, file, fingerprint))
            }
            Target::Nothing | Target::File(_) => None,
        };
        let content =
            self.upper.make_room(len).and_then(|()| self.upper.keep(|pool| Paged::of(bytes, pool)));
        let content = content.map_err(|error| unread(&error).at(path))?;
        if let Some(base) = base {
            self.upper.record(path, base);
        }
        let id = self.inode_for(path, &target);
        self.upper.set_content(id, content);
        self.modified(id);
        Ok(())
    }

    /// Adds `bytes` to the end of a file, which is created if it is missing.
    pub fn append(&mut self, at: &Resolved, bytes: &[u8]) -> Result<(), Error> {
        let path = at.path();
        let target = self.target(path)?;
        if matches!(target, Target::Nothing) {
            return self.write(at, bytes.to_vec());
        }
        let offset = self.len_of(&target);
        self.edit(path, target, &Edit::Write { offset, bytes })
    }

    /// Writes `bytes` into a file from `offset` on; a gap before it reads as zeros.
    pub fn write_at(&mut self, at: &Resolved, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let target = self.target(at.path())?;
        self.edit(at.path(), target, &Edit::Write { offset, bytes })
    }

    /// Cuts a file to `len` bytes, or lets it end with zeros up to there.
    pub fn truncate(&mut self, at: &Resolved, len: u64) -> Result<(), Error> {
        let target = self.target(at.path())?;
        self.edit(at.path(), target, &Edit::Cut(len))
    }

    /// What would be written to at a path.
    pub(crate) fn target(&self, path: &VirtualPath) -> Result<Target, Error> {
        match self.look_for(path)? {
            None => self.check_folder_of(path).map(|()| Target::Nothing),
            Some(Seen::Upper(Node::File { inode, .. })) => Ok(Target::File(*inode)),
            Some(Seen::Lower(Lower::Host(meta))) if meta.kind == HostKind::File => {
                Ok(Target::Host(self.mounts.open_file(path)?))
            }
            Some(other) => Err(not_a_file(other.kind()).at(path)),
        }
    }

    fn len_of(&self, target: &Target) -> u64 {
        match target {
            Target::Nothing => 0,
            Target::File(id) => self.upper.inode(*id).map_or(0, |inode| inode.content.len()),
            Target::Host(file) => file.meta().len,
        }
    }

    fn check_room(&self, path: &VirtualPath, target: &Target, len: u64) -> Result<(), Error> {
        let content = Usage { bytes: len, entries: 0 };
        let (need, freed) = match target {
            Target::Nothing => (cost(path, len), 0),
            Target::Host(_) => (add(cost(path, len), self.upper.base_cost(path)), 0),
            Target::File(id) => (content, self.upper.inode(*id).map_or(0, Inode::bytes)),
        };
        let freed = Usage { bytes: freed, entries: 0 };
        self.room(need, freed).map_err(|problem| problem.at(path))
    }

    /// The file that stands for a target from now on.
    fn inode_for(&mut self, path: &VirtualPath, target: &Target) -> InodeId {
        match target {
            Target::File(id) => *id,
            Target::Host(file) => self.upper.raise(path, file.meta()),
            Target::Nothing => {
                let content = Content::Kept(Default::default());
                let inode = self.upper.add_inode(Inode::new(content, Mode::NEW, Time::now()));
                self.upper.put(path, Node::File { inode, origin: None });
                self.upper.entries_changed(path);
                inode
            }
        }
    }

    /// Changes the content of what there is at a path.
    pub(crate) fn edit(
        &mut self,
        path: &VirtualPath,
        target: Target,
        edit: &Edit<'_>,
    ) -> Result<(), Error> {
        match target {
            Target::Nothing => return Err(Problem::NotFound.at(path)),
            _ if edit.is_nothing() => return Ok(()),
            _ => {}
        }
        let len = edit.len_after(self.len_of(&target));
        self.check_room(path, &target, len)?;
        let id = match target {
            Target::Host(file) => self.copy_up(path, &file, edit.keeps())?,
            target => self.inode_for(path, &target),
        };
        self.edit_inode(path, id, edit)
    }

    /// Changes the content of a file of the tree, or of one that has no name any more. The caller has
    /// made sure that there is room for it in the quota.
    pub(crate) fn edit_inode(
        &mut self,
        path: &VirtualPath,
        id: InodeId,
        edit: &Edit<'_>,
    ) -> Result<(), Error> {
        self.load_origin(path, id, edit.keeps())?;
        let room = self.upper.make_room(edit.bytes());
        let changed =
            room.and_then(|()| self.upper.change(id, |content, pool| edit.apply(content, pool)));
        self.modified(id);
        changed.map_err(|error| unread(&error).at(path))
    }

    /// Brings a file of the host into the tree with the first `keep` bytes of its content.
    pub(crate) fn copy_up(
        &mut self,
        path: &VirtualPath,
        file: &HostFile,
        keep: u64,
    ) -> Result<InodeId, Error> {
        let fail = |problem| Problem::from(problem).at(path);
        let content = self.load(file, keep).map_err(fail)?;
        let fingerprint = match content.len() == file.meta().len {
            true => content
                .hash()
                .map(|hash| Fingerprint::new(file.meta(), Some(hash)))
                .map_err(HostProblem::from),
            false => HashBudget::new().fingerprint(file),
        };
        let fingerprint = match fingerprint {
            Ok(fingerprint) => fingerprint,
            Err(problem) => {
                self.upper.keep(|pool| content.release(pool));
                return Err(fail(problem));
            }
        };
        let base = self.file_base(path, file, fingerprint);
        self.upper.record(path, base);
        let id = self.upper.raise(path, file.meta());
        self.upper.set_content(id, content);
        Ok(id)
    }

    /// Makes the content of a file its own, if it still is that of a host file.
    pub(crate) fn load_origin(
        &mut self,
        path: &VirtualPath,
        id: InodeId,
        keep: u64,
    ) -> Result<(), Error> {
        let Some(Inode { content: Content::Origin { from, .. }, .. }) = self.upper.inode(id) else {
            return Ok(());
        };
        let file = self.mounts.open_file(from)?;
        // It may have grown since there was room for it.
        let bytes = file.meta().len.min(keep);
        let room = self.room(Usage { bytes, entries: 0 }, Usage::default());
        room.map_err(|problem| problem.at(path))?;
        let content = self.load(&file, keep).map_err(|problem| Problem::from(problem).at(path))?;
        self.upper.set_content(id, content);
        Ok(())
    }

    fn load(&mut self, file: &HostFile, keep: u64) -> Result<Paged, HostProblem> {
        self.upper.make_room(keep.min(file.meta().len))?;
        let read = |offset: u64, max: usize| {
            let rest = usize::try_from(keep.saturating_sub(offset)).unwrap_or(usize::MAX);
            file.read_at(offset, max.min(rest))
        };
        self.upper.keep(|pool| Paged::read_from(read, pool))
    }

    fn modified(&mut self, id: InodeId) {
        if let Some(inode) = self.upper.inode_mut(id) {
            inode.modified = Time::now();
        }
    }
}

/// What is written to.
pub(crate) enum Target {
    Nothing,
    File(InodeId),
    Host(HostFile),
}

/// A change of a content.
pub(crate) enum Edit<'a> {
    /// Bytes from an offset on.
    Write { offset: u64, bytes: &'a [u8] },
    /// A new length.
    Cut(u64),
}

impl Edit<'_> {
    /// Whether a file stays as it is, with its time: bytes were to be written, and there are none.
    pub(crate) fn is_nothing(&self) -> bool {
        matches!(self, Self::Write { bytes: [], .. })
    }

    /// The length of a content of `len` bytes after it.
    pub(crate) fn len_after(&self, len: u64) -> u64 {
        match self {
            Self::Write { offset, bytes } => len.max(offset.saturating_add(bytes.len() as u64)),
            Self::Cut(len) => *len,
        }
    }

    /// How much of the beginning of the old content is still there after it, at the most.
    fn keeps(&self) -> u64 {
        match self {
            Self::Write { .. } => u64::MAX,
            Self::Cut(len) => *len,
        }
    }

    /// Bytes that come with it.
    fn bytes(&self) -> u64 {
        match self {
            Self::Write { bytes, .. } => bytes.len() as u64,
            Self::Cut(_) => 0,
        }
    }

    fn apply(&self, content: &mut Paged, pool: &mut Pool) -> io::Result<()> {
        match self {
            Self::Write { offset, bytes } => content.write(*offset, bytes, pool),
            Self::Cut(len) => content.set_len(*len, pool),
        }
    }
}
