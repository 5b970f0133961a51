//! Writing files and making folders, in memory.

use std::sync::Arc;

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::fingerprint::{ContentHash, Fingerprint, HashBudget};
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen, now};
use crate::read::{not_a_file, not_a_folder, unread};
use crate::resolve::Resolved;
use crate::sys::{HostFile, HostKind};
use crate::upper::{Content, FileNode, Node, add, cost};

impl Overlay {
    /// Makes `bytes` the whole content of a file, which is created if it is missing. A host file
    /// is not copied for that.
    pub fn write(&mut self, at: &Resolved, bytes: Vec<u8>) -> Result<(), Error> {
        let path = at.path();
        let old = self.descent(path)?;
        let lower = matches!(old, Some(Descent::Host(_)));
        self.check_room(path, bytes.len() as u64, lower)?;
        let (origin, executable) = match old {
            None => (None, false),
            Some(Descent::Upper(file)) => (file.origin.clone(), file.executable),
            Some(Descent::Host(file)) => {
                let fingerprint = HashBudget::new().fingerprint(&file);
                let fingerprint = fingerprint.map_err(|problem| Problem::from(problem).at(path))?;
                let executable = file.meta().executable();
                let base = self.file_base(path, &file, fingerprint);
                self.upper.record(path, base);
                (Some(path.clone()), executable)
            }
        };
        self.put_file(path, bytes, origin, executable);
        Ok(())
    }

    /// Adds `bytes` to the end of a file, which is created if it is missing.
    pub fn append(&mut self, at: &Resolved, bytes: &[u8]) -> Result<(), Error> {
        let Some(len) = self.len_of(at.path())? else {
            return self.write(at, bytes.to_vec());
        };
        let new_len = len.saturating_add(bytes.len() as u64);
        self.edit(at.path(), u64::MAX, new_len, |content| content.extend_from_slice(bytes))
    }

    /// Writes `bytes` into a file from `offset` on; a gap before it is filled with zeros.
    pub fn write_at(&mut self, at: &Resolved, offset: u64, bytes: &[u8]) -> Result<(), Error> {
        let len = self.len_of(at.path())?.ok_or_else(|| Problem::NotFound.at(at.path()))?;
        let end = offset.saturating_add(bytes.len() as u64);
        let new_len = if bytes.is_empty() { len } else { len.max(end) };
        self.edit(at.path(), u64::MAX, new_len, |content| {
            // Within the quota, which is memory, an offset fits.
            let (Ok(start), Ok(end)) = (usize::try_from(offset), usize::try_from(end)) else {
                return;
            };
            if !bytes.is_empty() {
                content.resize(content.len().max(end), 0);
                if let Some(place) = content.get_mut(start..end) {
                    place.copy_from_slice(bytes);
                }
            }
        })
    }

    /// Cuts a file to `len` bytes, or fills it with zeros up to there.
    pub fn truncate(&mut self, at: &Resolved, len: u64) -> Result<(), Error> {
        self.len_of(at.path())?.ok_or_else(|| Problem::NotFound.at(at.path()))?;
        self.edit(at.path(), len, len, |content| {
            if let Ok(len) = usize::try_from(len) {
                content.resize(len, 0);
            }
        })
    }

    /// Makes a folder in an existing one. Resolve with [`LastLink::Keep`](crate::LastLink::Keep): a
    /// symlink there means that something exists.
    pub fn mkdir(&mut self, at: &Resolved) -> Result<(), Error> {
        let path = at.path();
        if self.look_for(path)?.is_some() {
            return Err(Problem::Exists.at(path));
        }
        self.check_folder_of(path)?;
        self.check_room(path, 0, false)?;
        self.upper.put(path, Node::Folder { modified: now() });
        Ok(())
    }

    /// Makes a folder and those on the way to it, as far as they are missing. `may` is asked for
    /// each that is to be made; if it refuses one, none is made.
    pub fn mkdir_all(
        &mut self,
        at: &Resolved,
        mut may: impl FnMut(&VirtualPath) -> bool,
    ) -> Result<(), Error> {
        let missing = self.missing_folders(at.path())?;
        let Some(first) = missing.first() else { return Ok(()) };
        self.check_folder_of(first)?;
        let mut need = Usage::default();
        for folder in &missing {
            if !may(folder) {
                return Err(Problem::Refused.at(folder));
            }
            need = add(need, cost(folder, 0));
        }
        self.room(need, Usage::default()).map_err(|problem| problem.at(at.path()))?;
        for folder in &missing {
            self.upper.put(folder, Node::Folder { modified: now() });
        }
        Ok(())
    }

    /// The folders to be made for a path to be one, outermost first.
    fn missing_folders(&self, path: &VirtualPath) -> Result<Vec<VirtualPath>, Error> {
        let mut missing = Vec::new();
        let mut folder = path.clone();
        loop {
            match self.look_for(&folder)?.map(|seen| seen.kind()) {
                None => missing.push(folder.clone()),
                Some(HostKind::Folder) => break,
                Some(_) if folder == *path => return Err(Problem::Exists.at(path)),
                Some(kind) => return Err(not_a_folder(kind).at(&folder)),
            }
            match folder.parent() {
                Some(parent) => folder = parent,
                None => break,
            }
        }
        missing.reverse();
        Ok(missing)
    }

    /// The file at a path, of whichever layer; `None` if there is nothing and a file can be made.
    fn descent(&self, path: &VirtualPath) -> Result<Option<Descent<'_>>, Error> {
        match self.look_for(path)? {
            None => self.check_folder_of(path).map(|()| None),
            Some(Seen::Upper(Node::File(file))) => Ok(Some(Descent::Upper(file))),
            Some(Seen::Lower(Lower::Host(meta))) if meta.kind == HostKind::File => {
                Ok(Some(Descent::Host(self.mounts.open_file(path)?)))
            }
            Some(other) => Err(not_a_file(other.kind()).at(path)),
        }
    }

    fn len_of(&self, path: &VirtualPath) -> Result<Option<u64>, Error> {
        Ok(self.descent(path)?.map(|file| match file {
            Descent::Upper(file) => file.content.len(),
            Descent::Host(file) => file.meta().len,
        }))
    }

    /// Changes a file's content. Of a host file the first `keep` bytes are copied up.
    fn edit(
        &mut self,
        path: &VirtualPath,
        keep: u64,
        new_len: u64,
        change: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), Error> {
        let Some(old) = self.descent(path)? else { return Err(Problem::NotFound.at(path)) };
        let lower = matches!(old, Descent::Host(_));
        self.check_room(path, new_len, lower)?;
        let fail = |problem| Problem::from(problem).at(path);
        let (mut content, origin, executable) = match old {
            Descent::Upper(file) => {
                let content = match (&file.content, &file.origin) {
                    (Content::Memory(bytes), _) => bytes.clone(),
                    (Content::Spilled(spilled), _) => {
                        let keep = usize::try_from(keep.min(new_len)).unwrap_or(usize::MAX);
                        let bytes = spilled.read(0, keep);
                        Arc::new(bytes.map_err(|error| unread(&error).at(path))?)
                    }
                    (Content::Origin { .. }, origin) => {
                        let host = self.mounts.open_file(origin.as_ref().unwrap_or(path))?;
                        Arc::new(load(&host, keep.min(new_len)).map_err(fail)?)
                    }
                };
                (content, file.origin.clone(), file.executable)
            }
            Descent::Host(file) => {
                let content = load(&file, keep.min(new_len)).map_err(fail)?;
                let fingerprint = fingerprint_of(&file, &content).map_err(fail)?;
                let executable = file.meta().executable();
                let base = self.file_base(path, &file, fingerprint);
                self.upper.record(path, base);
                (Arc::new(content), Some(path.clone()), executable)
            }
        };
        // With the entry's own reference gone, the content is changed in place unless a changeset
        // holds it too.
        self.upper.take(path);
        let bytes = Arc::make_mut(&mut content);
        let changed = reserve(bytes, new_len, self.upper.quota().bytes);
        if changed.is_ok() {
            change(bytes);
        }
        self.upper.put(
            path,
            Node::File(FileNode {
                content: Content::Memory(content),
                origin,
                executable,
                modified: now(),
            }),
        );
        changed.map_err(|problem| problem.at(path))
    }

    fn check_room(&self, path: &VirtualPath, len: u64, lower: bool) -> Result<(), Error> {
        let base = if lower { self.upper.base_cost(path) } else { Usage::default() };
        let room = self.room(add(cost(path, len), base), self.upper.cost_at(path));
        room.map_err(|problem| problem.at(path))
    }

    fn put_file(
        &mut self,
        path: &VirtualPath,
        mut bytes: Vec<u8>,
        origin: Option<VirtualPath>,
        executable: bool,
    ) {
        // What the caller had reserved beyond the content is not in the quota.
        bytes.shrink_to_fit();
        let content = Content::Memory(Arc::new(bytes));
        self.upper.put(path, Node::File(FileNode { content, origin, executable, modified: now() }));
    }
}

/// A file that is to be written to.
enum Descent<'a> {
    Upper(&'a FileNode),
    Host(HostFile),
}

fn load(file: &HostFile, keep: u64) -> Result<Vec<u8>, crate::error::HostProblem> {
    file.read_at(0, usize::try_from(keep).unwrap_or(usize::MAX))
}

/// The fingerprint of a file of which the beginning has been read.
fn fingerprint_of(file: &HostFile, read: &[u8]) -> Result<Fingerprint, crate::error::HostProblem> {
    if read.len() as u64 == file.meta().len {
        return Ok(Fingerprint::new(file.meta(), Some(ContentHash::of(read))));
    }
    HashBudget::new().fingerprint(file)
}

/// Makes room for a content of `len` bytes. It grows by half, so that appending stays cheap, but
/// never reserves more than the quota.
fn reserve(bytes: &mut Vec<u8>, len: u64, quota: u64) -> Result<(), Problem> {
    /// The system's number for "out of memory".
    const ENOMEM: i32 = 12;
    if len <= bytes.capacity() as u64 {
        return Ok(());
    }
    let grown = (bytes.capacity() as u64).saturating_mul(3) / 2;
    let target = usize::try_from(len.max(grown.min(quota))).map_err(|_| Problem::Io(ENOMEM))?;
    bytes.try_reserve_exact(target.saturating_sub(bytes.len())).map_err(|_| Problem::Io(ENOMEM))
}
