//! Open files, second names, symlinks, permissions and times.

use std::collections::BTreeMap;

use aether_overlay::{Handle, Kind, LastLink, Problem, Resolved, Stat};
use aether_path::VirtualPath;
use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::v1::{
    Empty, FsAccess, FsChmod, FsFile, FsLink, FsOpen, FsOpened, FsPath, FsPread, FsPwrite,
    FsResize, FsSize, FsStat, FsSymlink, FsTarget, FsUtimes,
};
use aether_protocol::{Code, RpcError};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, bad_payload};
use crate::fs::{chunk, io, kind};
use crate::rate::Class;
use crate::rights::Right;

/// Most files that one program is lent: what becomes of them its host does not hear.
const MOST_LENT: u32 = 1024;

/// A file that is open, and what it was opened for.
#[derive(Clone, Debug)]
struct Opened {
    handle: Handle,
    at: Resolved,
    reads: bool,
    writes: bool,
}

/// The files that a plugin has open, by its numbers.
#[derive(Debug, Default)]
pub(crate) struct OpenFiles {
    open: BTreeMap<u64, Opened>,
    next: u64,
}

impl OpenFiles {
    fn add(&mut self, opened: Opened) -> u64 {
        self.next += 1;
        self.open.insert(self.next, opened);
        self.next
    }

    fn get(&self, file: u64) -> Result<&Opened, RpcError> {
        self.open.get(&file).ok_or_else(|| not_open(file))
    }
}

impl Door {
    /// An open file, for one of the ways in which it was opened. What was taken from its plugin
    /// meanwhile is taken from it too.
    fn opened(&mut self, file: u64, right: Right) -> Result<(Handle, Resolved), RpcError> {
        let opened = self.open_files.get(file)?;
        let (is_open, what) = match right {
            Right::Read => (opened.reads, "read"),
            Right::Write => (opened.writes, "written"),
            Right::Look => (true, "looked at"),
        };
        if !is_open {
            return Err(io("EBADF", format!("the file {file} is not open to be {what}")));
        }
        let Opened { handle, at, .. } = opened.clone();
        if self.was_narrowed() {
            self.allow_path(at.path(), right)?;
        }
        self.touched.push(at.path().clone());
        Ok((handle, at))
    }

    /// Opens a file. The grant is asked now, and again only where something is taken away meanwhile: what
    /// becomes of the file's name changes nothing.
    pub(crate) fn fs_open(&mut self, asked: &FsOpen) -> Result<Answer, RpcError> {
        if asked.lend {
            return self.fs_lend(asked);
        }
        let (reads, writes) = match asked.access {
            FsAccess::Read => (true, false),
            FsAccess::Write => (false, true),
            FsAccess::Both => (true, true),
        };
        if (asked.create || asked.truncate) && !writes {
            let text = "`create` and `truncate` are for files that are opened to be written";
            return Err(io("EINVAL", text.to_owned()));
        }
        let last = if asked.no_follow { LastLink::Keep } else { LastLink::Follow };
        let right = if writes { Right::Write } else { Right::Read };
        let exclusive = asked.create && asked.exclusive;
        let last = if exclusive { LastLink::Keep } else { last };
        let at = self.find(&asked.path, right, last)?.at_its_place();
        let path = at.path().clone();
        if reads && writes {
            self.allow_path(&path, Right::Read)?;
        }
        if asked.create || asked.truncate {
            self.keep_to_rates(Class::Write, 0)?;
        }
        self.record("fs.open", Some(path.as_str()))?;
        // Before anything is changed for it.
        self.services.overlay.check_open(&at).map_err(|error| self.failed(&error))?;
        match self.services.overlay.stat(&at) {
            Ok(_) if exclusive => return Err(self.failed_at(&path, Problem::Exists)),
            Ok(stat) if stat.kind == Kind::Symlink => {
                return Err(self.failed_at(&path, Problem::LinkInTheWay));
            }
            Ok(_) if asked.truncate => {
                self.change(&[&path], |overlay, _| overlay.truncate(&at, 0))?;
            }
            Ok(_) => {}
            Err(error) if error.problem == Problem::NotFound && asked.create => {
                self.change(&[&path], |overlay, _| overlay.write(&at, Vec::new()))?;
            }
            Err(error) => return Err(self.failed(&error)),
        }
        let handle = self.services.overlay.open(&at).map_err(|error| self.failed(&error))?;
        let size =
            self.services.overlay.stat_open(&handle).map_err(|error| self.failed(&error))?.size;
        let file = self.open_files.add(Opened { handle, at, reads, writes });
        Answer::of(&FsOpened { file, size, handle: None })
    }

    /// Opens a file of the host's and gives it to the program, to be read. What is taken from its plugin
    /// later it keeps: nobody takes a handle back.
    fn fs_lend(&mut self, asked: &FsOpen) -> Result<Answer, RpcError> {
        if asked.access != FsAccess::Read || asked.create || asked.exclusive || asked.truncate {
            return Err(io("EINVAL", "a file is lent to be read".to_owned()));
        }
        if self.lender.is_none() {
            let text = "files are lent to native plugins on Windows, and to no others";
            return Err(RpcError::new(Code::MethodNotFound, text));
        }
        if self.lent >= MOST_LENT {
            return Err(io("EMFILE", format!("{MOST_LENT} files were lent already")));
        }
        let last = if asked.no_follow { LastLink::Keep } else { LastLink::Follow };
        let at = self.find(&asked.path, Right::Read, last)?.at_its_place();
        let path = at.path().clone();
        self.record("fs.open", Some(path.as_str()))?;
        let opened = self.services.overlay.lend(&at).map_err(|error| self.failed(&error))?;
        let lent = opened.metadata().and_then(|about| {
            let handle = self.lender.as_ref().map(|lender| lender.lend(&opened)).transpose()?;
            Ok(FsOpened { file: 0, size: about.len(), handle })
        });
        let lent = lent.map_err(|error| io("EIO", format!("it cannot be lent: {error}")))?;
        self.lent += 1;
        Answer::of(&lent)
    }

    pub(crate) fn fs_close(&mut self, asked: &FsFile) -> Result<Answer, RpcError> {
        let opened =
            self.open_files.open.remove(&asked.file).ok_or_else(|| not_open(asked.file))?;
        self.services.overlay.close(&opened.handle).map_err(|error| self.failed(&error))?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_pread(&mut self, asked: &FsPread) -> Result<Answer, RpcError> {
        let (handle, _) = self.opened(asked.file, Right::Read)?;
        self.record("fs.pread", Some(handle.path().as_str()))?;
        let most = asked.length.unwrap_or(PAYLOAD_BYTES).min(PAYLOAD_BYTES);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let read = self.services.overlay.read_open(&handle, asked.offset, most);
        chunk(read.map_err(|error| self.failed(&error))?)
    }

    pub(crate) fn fs_pwrite(
        &mut self,
        asked: FsPwrite,
        blobs: &mut dyn Blobs,
    ) -> Result<Answer, RpcError> {
        let (handle, at) = self.opened(asked.file, Right::Write)?;
        let blob = self.claim(&asked.data, blobs)?;
        let bytes = asked.data.into_bytes(blob).map_err(|error| bad_payload(&error))?;
        self.record("fs.pwrite", Some(handle.path().as_str()))?;
        let is_direct = self.rights.0.is_direct(at.path());
        self.change(&[at.path()], |overlay, _| match asked.offset {
            // By its name: where it is changed on disk, there is no other.
            Some(offset) if is_direct => overlay.write_at(&at, offset, &bytes),
            None if is_direct => overlay.stat(&at).and_then(|_| overlay.append(&at, &bytes)),
            Some(offset) => overlay.write_open(&handle, offset, &bytes),
            None => overlay.append_open(&handle, &bytes),
        })?;
        let stat = self.services.overlay.stat_open(&handle);
        Answer::of(&FsSize { size: stat.map_err(|error| self.failed(&error))?.size })
    }

    pub(crate) fn fs_resize(&mut self, asked: &FsResize) -> Result<Answer, RpcError> {
        let (handle, at) = self.opened(asked.file, Right::Write)?;
        self.record("fs.resize", Some(handle.path().as_str()))?;
        let is_direct = self.rights.0.is_direct(at.path());
        self.change(&[at.path()], |overlay, _| match is_direct {
            true => overlay.truncate(&at, asked.size),
            false => overlay.truncate_open(&handle, asked.size),
        })?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_fstat(&mut self, asked: &FsFile) -> Result<Answer, RpcError> {
        let (handle, _) = self.opened(asked.file, Right::Look)?;
        self.record("fs.fstat", Some(handle.path().as_str()))?;
        let overlay = &self.services.overlay;
        let stat =
            overlay.stat_open(&handle).and_then(|stat| Ok((stat, overlay.id_open(&handle)?)));
        let (stat, id) = stat.map_err(|error| self.failed(&error))?;
        Answer::of(&told(&stat, id))
    }

    /// Gives a file a second name. What is written under one is read under the other, so both have to
    /// be writable, and what may not be read must not get a name that may.
    pub(crate) fn fs_link(&mut self, asked: &FsLink) -> Result<Answer, RpcError> {
        let from = self.find(&asked.from, Right::Write, LastLink::Keep)?;
        let to = self.find(&asked.to, Right::Write, LastLink::Keep)?;
        self.record("fs.link", Some(&format!("{} -> {}", from.path(), to.path())))?;
        if self.rights.reads(to.path()) && !self.rights.reads(from.path()) {
            return Err(self.failed_at(from.path(), Problem::Refused));
        }
        self.change(&[from.path(), to.path()], |overlay, _| overlay.link(&from, &to))?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_symlink(&mut self, asked: &FsSymlink) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Write, LastLink::Keep)?;
        self.record("fs.symlink", Some(at.path().as_str()))?;
        self.change(&[at.path()], |overlay, reach| {
            // Who applies it gets a link to what the plugin at least knew of.
            let may = |named: &VirtualPath| reach.rights.path(named, Right::Look).is_ok();
            overlay.symlink(&asked.target, &at, may)
        })?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_readlink(&mut self, asked: &FsPath) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Look, LastLink::Keep)?;
        self.record("fs.readlink", Some(at.path().as_str()))?;
        let target = self.services.overlay.readlink(&at).map_err(|error| self.failed(&error))?;
        // One of the host's own may name what the plugin is to know nothing of.
        let named = self.services.overlay.named_by_link(&at);
        if !named.is_ok_and(|named| self.rights.path(&named, Right::Look).is_ok()) {
            return Err(io(
                "EACCES",
                format!("{}: the link leads out of what was granted", at.path()),
            ));
        }
        Answer::of(&FsTarget { target })
    }

    pub(crate) fn fs_chmod(&mut self, asked: &FsChmod) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Write, LastLink::Follow)?;
        self.record("fs.chmod", Some(at.path().as_str()))?;
        self.change(&[at.path()], |overlay, _| overlay.set_mode(&at, asked.mode))?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_utimes(&mut self, asked: &FsUtimes) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Write, LastLink::Follow)?;
        self.record("fs.utimes", Some(at.path().as_str()))?;
        let modified = i64::try_from(asked.modified_ms).unwrap_or(i64::MAX);
        self.change(&[at.path()], |overlay, _| overlay.set_times(&at, modified))?;
        Answer::of(&Empty {})
    }
}

/// What a plugin is told of a file.
pub(crate) fn told(stat: &Stat, id: u64) -> FsStat {
    FsStat {
        kind: kind(stat.kind),
        size: stat.size,
        modified_ms: u64::try_from(stat.modified).unwrap_or(0),
        mode: stat.mode,
        links: stat.links,
        id,
    }
}

fn not_open(file: u64) -> RpcError {
    io("EBADF", format!("no file {file} is open"))
}
