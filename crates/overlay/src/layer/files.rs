//! Files of a layer.

use aether_path::VirtualPath;

use super::LeftOutReason;
use super::read::{Reader, Top};
use crate::blob::{Blob, Kept};
use crate::error::HostProblem;
use crate::mounts::Lower;
use crate::read::milliseconds;
use crate::sys::{HostFile, HostKind, Meta, with_execution};
use crate::upper::{Content, FileNode, Node};

/// How much is compared at once.
const CHUNK: usize = 256 << 10;

impl Reader {
    pub(super) fn found_file(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        host: Option<Lower>,
    ) -> Result<(), LeftOutReason> {
        let file = top.open_file(path).map_err(LeftOutReason::Unreadable)?;
        if file.meta().kind != HostKind::File {
            return Err(LeftOutReason::ChangedMeanwhile);
        }
        let marks = file.marks().map_err(LeftOutReason::Unreadable)?;
        // Only empty files can be whiteouts of this kind.
        if marks.whiteout && file.meta().len == 0 {
            return self.found_whiteout(top, path, host);
        }
        if marks.elsewhere {
            return Err(LeftOutReason::Elsewhere);
        }
        self.kept_file(top, path, &file, host)
    }

    /// A layer that holds a single file. No overlay was over it, so that nothing but its name in the
    /// layer counts, and no mark has a meaning.
    pub(super) fn single_file(&mut self, top: &Top) {
        if let Err(reason) = self.try_single_file(top) {
            self.leave_out(top.at(), reason);
        }
    }

    fn try_single_file(&mut self, top: &Top) -> Result<(), LeftOutReason> {
        let path = top.at();
        match top.meta(path) {
            // It was mounted, so that the program could write it and not remove it.
            Err(HostProblem::NotFound) => return Ok(()),
            Err(problem) => return Err(LeftOutReason::Unreadable(problem)),
            Ok(meta) => match meta.kind {
                HostKind::File => {}
                HostKind::Symlink => return Err(LeftOutReason::Symlink),
                HostKind::Special(kind) => return Err(LeftOutReason::Special(kind)),
                HostKind::Folder => return Err(LeftOutReason::Elsewhere),
            },
        }
        self.budget.take_names(1, self.budget.names() > 0)?;
        let file = top.open_file(path).map_err(LeftOutReason::Unreadable)?;
        if file.meta().kind != HostKind::File {
            return Err(LeftOutReason::ChangedMeanwhile);
        }
        let host = self.at_mount(path)?;
        self.kept_file(top, path, &file, host)
    }

    fn kept_file(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        file: &HostFile,
        host: Option<Lower>,
    ) -> Result<(), LeftOutReason> {
        match host {
            Some(Lower::Host(theirs)) if theirs.kind == HostKind::File => {
                self.changed_file(top, path, file, &theirs)
            }
            host => self.new_file(top, path, file, host),
        }
    }

    fn new_file(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        file: &HostFile,
        host: Option<Lower>,
    ) -> Result<(), LeftOutReason> {
        // Whatever may fail comes first: nothing goes for what does not come.
        let content = self.content(file)?;
        self.budget.take_path(path)?;
        if let Some(other) = host {
            self.remove_on_host(top, path, other)?;
        }
        let mode = file.meta().mode;
        self.put_file(path, file, content, None, mode & 0o111 != 0);
        if is_unusual(mode) {
            self.leave_out(path, LeftOutReason::Mode { mode });
        }
        if file.attributes().is_none_or(|attributes| !attributes.is_empty()) {
            self.leave_out(path, LeftOutReason::Attributes);
        }
        Ok(())
    }

    /// A file that the host has too: copied up by the kernel, or made in its place.
    fn changed_file(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        file: &HostFile,
        theirs: &Meta,
    ) -> Result<(), LeftOutReason> {
        // One that this user may not read can still be replaced.
        let known = self.overlay.mounts.open_file(path).ok();
        let same = match &known {
            Some(known) if known.meta().len == file.meta().len => self.compare(file, known)?,
            _ => false,
        };
        let mode = file.meta().mode;
        let executable = match top.blank {
            // It was made with the permissions of a new file, which say nothing of the host's.
            true => file.meta().executable() || theirs.executable(),
            false => file.meta().executable(),
        };
        let changes = executable != theirs.executable();
        if !same || changes {
            let content = self.content(file)?;
            // Once for what was there and once for what is.
            self.budget.take_path(path)?;
            self.budget.take_path(path)?;
            let base = self.base_of(top, path, theirs);
            self.overlay.upper.record(path, base);
            self.put_file(path, file, content, Some(path.clone()), executable);
        }
        let kept = match changes {
            true => with_execution(theirs.mode, executable),
            false => theirs.mode,
        };
        if mode != kept && (!top.blank || is_unusual(mode)) {
            self.leave_out(path, LeftOutReason::Mode { mode });
        }
        let attributes = file.attributes();
        if attributes.is_none() || known.is_some_and(|known| known.attributes() != attributes) {
            self.leave_out(path, LeftOutReason::Attributes);
        }
        Ok(())
    }

    fn put_file(
        &mut self,
        path: &VirtualPath,
        file: &HostFile,
        content: Blob,
        origin: Option<VirtualPath>,
        executable: bool,
    ) {
        let content = match content.0 {
            Kept::Memory(bytes) => Content::Memory(bytes),
            Kept::Spilled(spilled) => Content::Spilled(spilled),
        };
        let modified = milliseconds(file.meta());
        let file = FileNode { content, origin, executable, modified };
        self.overlay.upper.put(path, Node::File(file));
    }

    /// Reads a file's content, unless that was done under another name of the same file.
    fn content(&mut self, file: &HostFile) -> Result<Blob, LeftOutReason> {
        let meta = file.meta();
        if let Some(content) = self.contents.get(&(meta.device, meta.inode)) {
            return Ok(content.clone());
        }
        self.budget.take_kept(meta.len)?;
        let read = |offset, max| file.read_at(offset, max).map_err(LeftOutReason::Unreadable);
        let content = self.keeper.keep(meta.len, read)?;
        check_unchanged(file)?;
        if content.size() != meta.len {
            return Err(LeftOutReason::ChangedMeanwhile);
        }
        self.contents.insert((meta.device, meta.inode), content.clone());
        Ok(content)
    }

    /// Whether two files of the same length have the same content.
    fn compare(&mut self, ours: &HostFile, theirs: &HostFile) -> Result<bool, LeftOutReason> {
        let len = ours.meta().len;
        self.budget.take_compared(len)?;
        let mut offset = 0;
        while offset < len {
            let read = |file: &HostFile| file.read_at(offset, CHUNK);
            let piece = read(ours).map_err(LeftOutReason::Unreadable)?;
            // What cannot be read on the host is taken to differ: that loses nothing.
            if piece.is_empty() || read(theirs).ok().is_none_or(|theirs| theirs != piece) {
                return Ok(false);
            }
            offset += piece.len() as u64;
        }
        check_unchanged(ours).map(|()| true)
    }
}

/// Whether the permissions of a new file or folder are others than the usual ones in a way that
/// matters: set-user, set-group or sticky bits, writing for everyone, nothing but for its owner.
pub(super) fn is_unusual(mode: u32) -> bool {
    mode & 0o7002 != 0 || mode & 0o077 == 0
}

fn check_unchanged(file: &HostFile) -> Result<(), LeftOutReason> {
    let is_same = |now: Result<Meta, HostProblem>| now.is_ok_and(|now| now.same_file(file.meta()));
    if is_same(file.meta_now()) { Ok(()) } else { Err(LeftOutReason::ChangedMeanwhile) }
}
