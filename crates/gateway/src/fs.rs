//! Files: the grant is asked for the path that was typed and for the path that it leads to, then
//! the overlay acts on the latter.

use aether_audit::{Kind as AuditKind, Verdict};
use aether_overlay::{Chunk, Entry, Error, Kind, LastLink, MAX_LISTED, Overlay, Problem, Resolved};
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
use crate::rights::{Right, Rights};

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
        let at = self.find(&asked.path, Right::Write, LastLink::Follow)?;
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
        let visible = |path: &VirtualPath, _: Kind| rights.shows(path);
        let overlay = &self.services.overlay;
        let listed = overlay.list_after(&at, asked.after.as_deref(), MAX_LISTED, visible);
        let listing = listed.map_err(|error| self.failed(&error))?;
        let entry = |entry: Entry| FsEntry {
            kind: kind(entry.stat.kind),
            size: entry.stat.size,
            name: entry.name,
        };
        let count = listing.entries.len();
        let entries = listing.entries.into_iter().take(limits::LIST_ENTRIES);
        let (entries, _) = fitting(entries.map(entry));
        let truncated = !listing.complete || entries.len() < count;
        // The name where the overlay would go on may be one that is not to be seen. Where the host's
        // folder has more than are ever looked through, there is nothing to go on with.
        let goes_on = entries.len() < count || listing.next.is_some();
        let next = entries.last().filter(|_| goes_on).map(|entry| entry.name.clone());
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
        self.change(&[at.path()], |overlay, rights| match overlay.stat(&at)?.kind {
            Kind::Folder if asked.recursive => overlay.remove_tree(&at, |path| rights.writes(path)),
            Kind::Folder => overlay.remove_folder(&at),
            _ => overlay.remove_file(&at),
        })?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_rename(&mut self, asked: FsRename) -> Result<Answer, RpcError> {
        let from = self.find(&asked.from, Right::Write, LastLink::Keep)?;
        let to = self.find(&asked.to, Right::Write, LastLink::Keep)?;
        self.record("fs.rename", Some(&format!("{} -> {}", from.path(), to.path())))?;
        self.change(&[from.path(), to.path()], |overlay, rights| {
            // What is moved can be read under its new path: a file that may not be read must not come
            // to a place where it may.
            let may = |old: &VirtualPath, new: &VirtualPath| {
                let shows = rights.reads(old) || !rights.reads(new);
                rights.writes(old) && rights.writes(new) && shows
            };
            overlay.rename(&from, &to, may)
        })?;
        Answer::of(&Empty {})
    }

    pub(crate) fn fs_mkdir(&mut self, asked: FsMkdir) -> Result<Answer, RpcError> {
        let at = self.find(&asked.path, Right::Write, LastLink::Keep)?;
        self.record("fs.mkdir", Some(at.path().as_str()))?;
        self.change(&[at.path()], |overlay, rights| match asked.recursive {
            true => overlay.mkdir_all(&at, |path| rights.writes(path)),
            false => overlay.mkdir(&at),
        })?;
        Answer::of(&Empty {})
    }

    /// Changes what stands at these paths: in the overlay, or on disk at once where the policy says so.
    pub(crate) fn change<T>(
        &mut self,
        paths: &[&VirtualPath],
        work: impl FnOnce(&mut Overlay, &Rights) -> Result<T, Error>,
    ) -> Result<T, RpcError> {
        let direct = paths.iter().filter(|path| self.rights.0.is_direct(path)).count();
        if direct > 0 && direct < paths.len() {
            let text = "one of the two is changed on disk at once, and the other is not";
            return Err(io("EXDEV", text.to_owned()));
        }
        let (overlay, rights) = (&mut self.services.overlay, &self.rights);
        if direct == 0 {
            return work(overlay, rights).map_err(|error| self.failed(&error));
        }
        for path in paths {
            let event = self.auditor.event(AuditKind::Apply, "direct", Verdict::Allowed);
            self.written(&event.object(path.as_str()))?;
        }
        let (overlay, rights) = (&mut self.services.overlay, &self.rights);
        let changed = overlay.at_once(paths, |overlay| work(overlay, rights));
        let changed = changed.map_err(|error| self.failed(&error))?;
        paths.iter().for_each(|path| self.ledger.changed_at_once(path.as_str()));
        Ok(changed)
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
        let at = self.services.overlay.resolve(&path, last).map_err(|error| self.failed(&error))?;
        if at.path() != &path {
            self.allow_path(at.path(), right)?;
        }
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
