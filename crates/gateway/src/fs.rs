//! Files: the grant is asked for the path that was typed and for the path that it leads to, then
//! the overlay acts on the latter.

use aether_audit::{Kind as AuditKind, Verdict};
use aether_overlay::{
    AtOnce, Change, Chunk, Entry, Error, Kind, LastLink, Overlay, Problem, Resolved,
};
use aether_path::{MAX_NAME_BYTES, VirtualPath};
use aether_protocol::limits::PAYLOAD_BYTES;
use aether_protocol::v1::{
    Empty, FsData, FsEntries, FsEntry, FsKind, FsList, FsLook, FsMkdir, FsRead, FsRemove, FsRename,
    FsWrite,
};
use aether_protocol::{Code, Payload, RpcError};

use crate::answer::{Answer, Blobs};
use crate::door::{Door, bad_payload};
use crate::files::told;
use crate::limits;
use crate::listing::fitting;
use crate::rate::Class;
use crate::rights::{Reach, Right};

impl Door {
    pub(crate) fn fs_read(&mut self, asked: FsRead) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Read, LastLink::Follow)?;
        let most = asked.length.unwrap_or(PAYLOAD_BYTES).min(PAYLOAD_BYTES);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.record("fs.read", Some(at.path().as_str()))?;
        let read = self.services.overlay.read(&at, asked.offset, most);
        chunk(read.map_err(|error| self.failed(&error))?)
    }

    pub(crate) fn fs_write(
        &mut self,
        asked: FsWrite,
        blobs: &mut dyn Blobs,
    ) -> Result<Answer, RpcError> {
        if asked.through {
            return self.write_through(asked, blobs);
        }
        if asked.token.is_some() {
            let text = "a token is for what is written `through` the overlay";
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        // A symlink is something that exists, whether or not it leads anywhere.
        let last = if asked.exclusive { LastLink::Keep } else { LastLink::Follow };
        let at = self.find(&asked.path, Right::Write, last)?;
        let blob = self.claim(&asked.data, blobs)?;
        let bytes = asked.data.into_bytes(blob).map_err(|error| bad_payload(&error))?;
        self.record("fs.write", Some(at.path().as_str()))?;
        if asked.exclusive && self.services.overlay.stat(&at).is_ok() {
            return Err(io("EEXIST", format!("{}: already exists", at.path())));
        }
        let written = self.change(&[at.path()], |overlay, _| match asked.append {
            true => overlay.append(&at, &bytes),
            false => overlay.write(&at, bytes),
        });
        written?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_list(&mut self, asked: FsList) -> Result<Answer, RpcError> {
        if asked.after.as_ref().is_some_and(|after| after.len() > MAX_NAME_BYTES) {
            let text = format!("`after` is longer than a name of {MAX_NAME_BYTES} bytes");
            return Err(RpcError::new(Code::InvalidParams, text));
        }
        let at = self.find(&asked.path, Right::Look, LastLink::Follow)?;
        self.record("fs.list", Some(at.path().as_str()))?;
        let rights = &self.rights;
        let visible = |path: &VirtualPath| rights.shows(path);
        let overlay = &self.services.overlay;
        let most = limits::LIST_ENTRIES;
        let listed = overlay.list_after(&at, asked.after.as_deref(), most, visible);
        let listing = listed.map_err(|error| self.failed(&error))?;
        let entry = |entry: Entry| FsEntry {
            kind: kind(entry.stat.kind),
            size: entry.stat.size,
            name: entry.name,
        };
        let count = listing.entries.len();
        let (entries, _) = fitting(listing.entries.into_iter().map(entry));
        let is_cut = entries.len() < count;
        let truncated = !listing.complete || is_cut;
        // Where the host's folder has more than are ever looked through, there is nothing to go on
        // with.
        let last = || entries.last().map(|entry| entry.name.clone());
        let next = if is_cut { last() } else { listing.next };
        Answer::of(&FsEntries { entries, truncated, next })
    }

    pub(crate) fn fs_stat(&mut self, asked: &FsLook) -> Result<Answer, RpcError> {
        let last = if asked.no_follow { LastLink::Keep } else { LastLink::Follow };
        let at = self.find(&asked.path, Right::Look, last)?;
        self.record("fs.stat", Some(at.path().as_str()))?;
        let overlay = &self.services.overlay;
        let stat = overlay.stat(&at).and_then(|stat| Ok((stat, overlay.id(&at)?)));
        let (stat, id) = stat.map_err(|error| self.failed(&error))?;
        Answer::of(&told(&stat, id))
    }

    pub(crate) fn fs_remove(&mut self, asked: FsRemove) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Write, LastLink::Keep)?;
        self.record("fs.remove", Some(at.path().as_str()))?;
        self.change(&[at.path()], |overlay, reach| match overlay.stat(&at)?.kind {
            Kind::Folder if asked.recursive => overlay.remove_tree(&at, |path| reach.changes(path)),
            Kind::Folder => overlay.remove_folder(&at),
            _ => overlay.remove_file(&at),
        })?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_rename(&mut self, asked: FsRename) -> Result<Answer, RpcError> {
        let from = self.find(&asked.from, Right::Write, LastLink::Keep)?;
        let to = self.find(&asked.to, Right::Write, LastLink::Keep)?;
        self.record("fs.rename", Some(&format!("{} -> {}", from.path(), to.path())))?;
        self.change(&[from.path(), to.path()], |overlay, reach| {
            // What is moved can be read under its new path: a file that may not be read must not come
            // to a place where it may.
            let may = |old: &VirtualPath, new: &VirtualPath| {
                let shows = reach.rights.reads(old) || !reach.rights.reads(new);
                reach.changes(old) && reach.changes(new) && shows
            };
            overlay.rename(&from, &to, may)
        })?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_mkdir(&mut self, asked: FsMkdir) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Write, LastLink::Keep)?;
        self.record("fs.mkdir", Some(at.path().as_str()))?;
        self.change(&[at.path()], |overlay, reach| match asked.recursive {
            true => overlay.mkdir_all(&at, |path| reach.changes(path)),
            false => overlay.mkdir(&at),
        })?;
        Answer::of(&Empty {})
    }

    /// Changes what stands at these paths: in the overlay, or on disk at once where the policy says so.
    /// What is below them has to be of the same kind.
    pub(crate) fn change<T>(
        &mut self,
        paths: &[&VirtualPath],
        work: impl FnOnce(&mut Overlay, &Reach<'_>) -> Result<T, Error>,
    ) -> Result<T, RpcError> {
        let direct = paths.iter().filter(|path| self.rights.0.is_direct(path)).count();
        if direct > 0 && direct < paths.len() {
            let text = "one of the two is changed on disk at once, and the other is not";
            return Err(io("EXDEV", text.to_owned()));
        }
        let is_direct = direct > 0;
        if is_direct {
            self.before_direct(paths)?;
        }
        let reach = Reach { rights: &self.rights, is_direct };
        let overlay = &mut self.services.overlay;
        if !is_direct {
            return work(overlay, &reach).map_err(|error| self.failed(&error));
        }
        let done = overlay.at_once(paths, |overlay| work(overlay, &reach));
        let AtOnce { changes, result } = done.map_err(|error| self.failed(&error))?;
        self.after_direct(&changes)?;
        result.map_err(|error| self.failed(&error))
    }

    /// Files are written anew as a whole: that counts, and is written down before.
    fn before_direct(&mut self, paths: &[&VirtualPath]) -> Result<(), RpcError> {
        let overlay = &self.services.overlay;
        let size = |path: &VirtualPath| {
            let at = overlay.resolve(path, LastLink::Keep)?;
            overlay.stat(&at).map(|stat| stat.size)
        };
        let bytes = paths.iter().filter_map(|path| size(path).ok()).fold(0, u64::saturating_add);
        self.keep_to_rates(Class::Write, bytes)?;
        for path in paths {
            let event = self.auditor.event(AuditKind::Apply, "direct", Verdict::Allowed);
            self.written(&event.object(path.as_str()))?;
        }
        Ok(())
    }

    /// Each change that was made on disk without anybody having looked at it.
    fn after_direct(&mut self, changes: &[Change]) -> Result<(), RpcError> {
        for change in changes {
            let event = self.auditor.event(AuditKind::Apply, "applied", Verdict::Allowed);
            let event = event.object(change.path.as_str()).detail("kind", change.kind.word());
            let details = change.details();
            let event =
                details.iter().fold(event, |event, (name, text)| event.detail(name, text.as_str()));
            self.written(&event)?;
            self.ledger.changed_at_once(change);
        }
        Ok(())
    }

    /// The path that was typed, checked; what it leads to, checked too.
    pub(crate) fn find(
        &mut self,
        typed: &str,
        right: Right,
        last: LastLink,
    ) -> Result<Resolved, RpcError> {
        if typed.len() > limits::PATH_BYTES {
            return Err(io(
                "ENAMETOOLONG",
                format!("a path has at most {} bytes", limits::PATH_BYTES),
            ));
        }
        let path = match VirtualPath::resolve(&self.services.cwd, typed) {
            Ok(path) => path,
            Err(error) => {
                self.note_border(typed, &error.to_string());
                return Err(io("EINVAL", error.to_string()));
            }
        };
        self.allow_path(&path, right)?;
        let at = match self.services.overlay.resolve(&path, last) {
            Ok(at) => at,
            Err(error) => {
                self.touched.push(path);
                return Err(self.failed(&error));
            }
        };
        if at.path() != &path {
            self.allow_path(at.path(), right)?;
            self.touched.push(path);
        }
        self.touched.push(at.path().clone());
        Ok(at)
    }

    /// As [`Door::failed`], at this path.
    pub(crate) fn failed_at(&mut self, path: &VirtualPath, problem: Problem) -> RpcError {
        self.failed(&Error { path: path.clone(), problem })
    }

    /// An overlay error for the plugin; meetings with a limit or a border are also written down.
    pub(crate) fn failed(&mut self, error: &Error) -> RpcError {
        let (path, reason) = (error.path.as_str(), error.problem.to_string());
        let code = match error.problem {
            Problem::QuotaExceeded { .. } => {
                self.note_disk_limit(path, &reason);
                Code::QuotaExceeded
            }
            _ => {
                if error.is_exception() {
                    self.note_border(path, &reason);
                }
                Code::Io
            }
        };
        RpcError::new(code, error.to_string())
            .with("code", error.code())
            .with("path", error.path.as_str())
    }
}

/// A piece of a file, as text where it is text.
pub(crate) fn chunk(read: Chunk) -> Result<Answer, RpcError> {
    let size = read.total;
    let outgoing = match String::from_utf8(read.bytes) {
        Ok(text) => Payload::text(text),
        Err(error) => Payload::bytes(error.into_bytes()),
    };
    let outgoing = outgoing.map_err(|error| bad_payload(&error))?;
    Answer::payload(outgoing, |data| FsData { data, size })
}

pub(crate) fn io(code: &str, message: String) -> RpcError {
    RpcError::new(Code::Io, message).with("code", code)
}

pub(crate) const fn kind(kind: Kind) -> FsKind {
    match kind {
        Kind::File => FsKind::File,
        Kind::Folder => FsKind::Directory,
        Kind::Symlink => FsKind::Symlink,
        Kind::Special(_) => FsKind::Special,
    }
}
