//! Files of a layer.

use aether_path::VirtualPath;

use super::LeftOutReason;
use super::read::{Reader, Top};
use crate::blob::Blob;
use crate::error::HostProblem;
use crate::inode::{Content, Inode, Mode, Time};
use crate::mounts::Lower;
use crate::sys::{HostFile, HostKind, Meta, with_execution};
use crate::upper::Node;

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
        let kept = match new_bits(mode, &[0o644, 0o755]) {
            Some(bits) if !top.blank => Mode::Known(bits),
            _ => Mode::New { executable: mode & 0o111 != 0 },
        };
        self.put_file(path, file, Content::Kept(content.0), None, kept);
        if loses_bits(mode) {
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
        let old = theirs.permissions();
        let kept = match top.blank {
            // It was made with the permissions of a new file, which say nothing of the host's.
            true => with_execution(old, file.meta().executable() || theirs.executable()),
            false => changed_bits(mode, old),
        };
        if !same || kept != old {
            let content = match same {
                true => Content::Origin { from: path.clone(), len: theirs.len },
                false => Content::Kept(self.content(file)?.0),
            };
            // Once for what was there and once for what is.
            self.budget.take_path(path)?;
            self.budget.take_path(path)?;
            let base = self.base_of(top, path, theirs);
            self.overlay.upper.record(path, base);
            self.put_file(path, file, content, Some(path.clone()), Mode::Known(kept));
        }
        let as_kept = mode == kept | theirs.mode & !0o777;
        if !as_kept && (!top.blank || loses_bits(mode)) {
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
        content: Content,
        origin: Option<VirtualPath>,
        mode: Mode,
    ) {
        let inode = Inode::new(content, mode, Time::of(file.meta()));
        let inode = self.overlay.upper.add_inode(inode);
        self.overlay.upper.put(path, Node::File { inode, origin });
    }

    /// Reads a file's content, unless that was done under another name of the same file.
    fn content(&mut self, file: &HostFile) -> Result<Blob, LeftOutReason> {
        let meta = file.meta();
        if let Some(content) = self.contents.get(&(meta.device, meta.inode)) {
            return Ok(content.clone());
        }
        self.budget.take_kept(meta.len)?;
        let read = |offset, max| file.read_at(offset, max).map_err(LeftOutReason::Unreadable);
        let content = self.keeper.keep(read)?;
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

/// What a program's file never gets on the host: set-user, set-group and sticky bits, and that more
/// people may write to it.
const NEVER_KEPT: u32 = 0o7022;

/// Of the permissions of a new file or folder, those that are kept; `None` if they are the usual
/// ones, which its user may have restricted further on the host.
pub(super) fn new_bits(mode: u32, usual: &[u32]) -> Option<u32> {
    let bits = mode & !NEVER_KEPT;
    (!usual.contains(&bits)).then_some(bits)
}

/// Whether more of a new file's permissions is lost than programs give to all that they make.
pub(super) fn loses_bits(mode: u32) -> bool {
    mode & NEVER_KEPT & !0o020 != 0
}

/// Of the permissions of what the host has too, those that are kept.
pub(super) fn changed_bits(mode: u32, old: u32) -> u32 {
    mode & 0o777 & (!NEVER_KEPT | old)
}

pub(crate) fn check_unchanged(file: &HostFile) -> Result<(), LeftOutReason> {
    let is_same = |now: Result<Meta, HostProblem>| now.is_ok_and(|now| now.same_file(file.meta()));
    if is_same(file.meta_now()) { Ok(()) } else { Err(LeftOutReason::ChangedMeanwhile) }
}
