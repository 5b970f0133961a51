//! Laying a staging tree.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::OpenOptions;

use aether_path::VirtualPath;

use super::config::{StageConfig, StageError, StageKind, StagedPlace};
use super::known::{AllKnown, Known};
use super::place::{Place, Top};
use crate::blob;
use crate::config::{Mount, Quota, Usage};
use crate::error::{HostProblem, QuotaKind};
use crate::fingerprint::{ContentHash, Fingerprint};
use crate::layer::{LeftOut, LeftOutReason, LeftOuts, unreadable};
use crate::mounts::{Lower, Mounted, Mounts, escape_name};
use crate::sys::{Folder, HostFile, HostKind, Meta, Settings};

/// A staging tree that was laid.
///
/// It holds the folders that places were laid into, so that Windows lets nobody rename or remove
/// them while it is there.
#[derive(Debug)]
pub struct Stage {
    /// What the places have on the host.
    pub(super) host: Mounts,
    /// What they were laid into, in the same order.
    pub(super) staged: Mounts,
    pub(super) places: Vec<Place>,
    /// Of places whose changes are read back.
    pub(super) known: AllKnown,
    pub(super) copied: Usage,
    not_shown: LeftOuts,
}

impl Stage {
    /// Copies what the places have on the host, before a program is started that is to work on the
    /// copies.
    ///
    /// - Regular files and folders are copied. Symlinks and special files are not, nor what cannot be
    ///   read, has a name that is not UTF-8 or lies too deep: [`not_shown`](Self::not_shown) tells of
    ///   it.
    /// - A copy has the content and the last modification of its file. On Unix it has its permissions
    ///   too; everywhere its owner may write it, though the host's file is read-only.
    /// - A host file that changes while it is copied is copied as it is found. The program's change of
    ///   it is a conflict then.
    ///
    /// # Errors
    /// If a place cannot be used, a copy cannot be made, or the places hold too much. What was laid
    /// until then stays for the caller to remove.
    ///
    /// ```no_run
    /// use aether_overlay::{Mount, Quota, Stage, StageConfig, StageKind, StagedPlace};
    /// use aether_path::VirtualPath;
    ///
    /// # fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// let mount = Mount::folder(VirtualPath::parse("/workspace/out")?, r"C:\Users\me\out");
    /// std::fs::create_dir(r"C:\Stage\out")?;
    /// let stage = Stage::lay(StageConfig {
    ///     places: vec![StagedPlace { mount, kind: StageKind::Copied, into: r"C:\Stage\out".into() }],
    ///     ..StageConfig::default()
    /// })?;
    /// // The program runs on `C:\Stage\out`, and ends.
    /// let written = stage.written(Quota { bytes: 64 << 20, entries: 16_384 });
    /// let report = aether_overlay::apply(&written.changes, |_| true);
    /// # Ok(()) }
    /// ```
    pub fn lay(config: StageConfig) -> Result<Self, StageError> {
        let StageConfig { places, copied, resolution } = config;
        let into = |place: &StagedPlace| Mount { host: place.into.clone(), ..place.mount.clone() };
        let host = places.iter().map(|place| place.mount.clone()).collect();
        let host = Mounts::open(host, resolution)?;
        let staged = Mounts::open(places.iter().map(into).collect(), resolution)?;
        let of = |(place, on_host): (_, &Mounted)| Place::new(place, &places, on_host.folds);
        let mut laid: Vec<Place> = places.iter().zip(host.iter()).map(of).collect();
        for ((place, mounted), on_host) in laid.iter().zip(staged.iter()).zip(host.iter()) {
            check(&Top { place, mounted }, on_host)?;
        }
        let mut laying = Laying {
            host: &host,
            limit: copied,
            known: AllKnown::default(),
            copied: Usage::default(),
            not_shown: LeftOuts::default(),
        };
        for (place, mounted) in laid.iter_mut().zip(staged.iter()) {
            if place.single {
                place.untouched = Some(laying.single_file(&Top { place, mounted })?);
            } else if place.kind != StageKind::Blank {
                laying.folders(&Top { place, mounted })?;
            }
        }
        let Laying { known, copied, not_shown, .. } = laying;
        Ok(Self { host, staged, places: laid, known, copied, not_shown })
    }

    /// Bytes of content that were copied, and files and folders that were looked at for it.
    pub fn copied(&self) -> Usage {
        self.copied
    }

    /// What of the host's is not in the staging tree although its folder is, and why: at most
    /// [`MAX_LEFT_OUT`](crate::MAX_LEFT_OUT) of it. A program can neither replace nor remove it.
    pub fn not_shown(&self) -> &[LeftOut] {
        &self.not_shown.named
    }
}

/// Fails unless a place is of one kind on both sides.
fn check(top: &Top<'_>, on_host: &Mounted) -> Result<(), StageError> {
    let at = || top.place.at.clone();
    let single = top.place.single;
    let wanted = if single { HostKind::File } else { HostKind::Folder };
    if !top.mounted.root.meta(OsStr::new("")).is_ok_and(|meta| meta.kind == wanted) {
        return Err(StageError::Into { at: at(), into: top.mounted.host.clone() });
    }
    match on_host.root.meta(OsStr::new("")) {
        Ok(meta) if meta.kind == wanted => Ok(()),
        Err(HostProblem::NotFound) => Ok(()),
        Err(problem) => Err(StageError::Unread { at: at(), problem }),
        Ok(_) if single => Err(StageError::NotFile { at: at() }),
        Ok(_) => Err(StageError::NotFolder { at: at() }),
    }
}

/// A staging tree that is being laid.
struct Laying<'a> {
    host: &'a Mounts,
    limit: Quota,
    known: AllKnown,
    copied: Usage,
    not_shown: LeftOuts,
}

/// What is set on a single file that is laid empty: its last modification, at the epoch.
const EMPTY: Settings = Settings { mode: None, modified: Some((0, 0)) };

/// What a single file's permissions get where the host's can be executed.
const EXECUTABLE: u32 = 0o111;

/// A folder that is still to be laid.
struct Open {
    path: VirtualPath,
    /// Permission bits of the host's; `None` for the top of a place.
    mode: Option<u32>,
}

/// Why a file was not copied.
enum Failed {
    /// The host's file cannot be read.
    Source(HostProblem),
    /// The copy cannot be written.
    Copy(HostProblem),
    TooMuch(QuotaKind),
}

impl Laying<'_> {
    fn folders(&mut self, top: &Top<'_>) -> Result<(), StageError> {
        let mut open = vec![Open { path: top.place.at.clone(), mode: None }];
        while let Some(folder) = open.pop() {
            let found = self.folder(top, &folder)?;
            open.extend(found.into_iter().rev());
        }
        Ok(())
    }

    /// Lays one folder and the files in it; gives the folders in it that are to be laid.
    fn folder(&mut self, top: &Top<'_>, folder: &Open) -> Result<Vec<Open>, StageError> {
        let (path, place) = (&folder.path, top.place);
        let left = self.limit.entries.saturating_sub(self.copied.entries);
        let left = usize::try_from(left).unwrap_or(usize::MAX);
        let listed = match self.host.names(path, left).map_err(unreadable) {
            Ok(listed) => listed,
            Err(LeftOutReason::Unreadable(problem))
                if folder.mode.is_none() || place.leads(path) =>
            {
                return Err(StageError::Unread { at: path.clone(), problem });
            }
            Err(reason) => {
                self.not_shown(path, reason);
                return Ok(Vec::new());
            }
        };
        if !listed.complete {
            return Err(self.too_much(path, QuotaKind::Entries));
        }
        self.copied.entries += listed.names.len() as u64;
        if let Some(mode) = folder.mode {
            self.make_folder(top, path, mode)?;
        }
        let mut names = listed.names;
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let mut spellings = BTreeSet::new();
        let mut into = None;
        let mut found = Vec::new();
        for (name, meta) in &names {
            let Some(at) = self.not_shown.path_of(path, name) else {
                self.known.note(path, &escape_name(name), Known::NotShown);
                continue;
            };
            if place.covers(&at) {
                continue;
            }
            // Of several spellings that are one name in the staging tree, it gets the first.
            let once = !place.folds || spellings.insert(place.key(at.as_str()));
            match meta.kind {
                _ if !once => self.not_shown(&at, LeftOutReason::Unreadable(HostProblem::Name)),
                HostKind::Folder => found.push(Open { path: at, mode: Some(meta.permissions()) }),
                HostKind::File if place.leads(&at) => {
                    self.not_shown(&at, LeftOutReason::MountPoint);
                }
                HostKind::File => {
                    let made = match into.take() {
                        Some(made) => made,
                        None => folder_of(top, &at)?,
                    };
                    self.file(top, &at, into.insert(made))?;
                }
                HostKind::Symlink => self.not_shown(&at, LeftOutReason::Symlink),
                HostKind::Special(kind) => self.not_shown(&at, LeftOutReason::Special(kind)),
            }
        }
        Ok(found)
    }

    fn make_folder(
        &mut self,
        top: &Top<'_>,
        path: &VirtualPath,
        mode: u32,
    ) -> Result<(), StageError> {
        match folder_of(top, path)?.make_folder(OsStr::new(name_of(path))) {
            Ok(()) => {}
            // The caller has made it, for the other place.
            Err(HostProblem::Exists) if top.place.leads(path) => {}
            Err(problem) => return Err(StageError::Unlaid { at: path.clone(), problem }),
        }
        self.note(top, path, Known::Folder { mode });
        Ok(())
    }

    fn file(&mut self, top: &Top<'_>, path: &VirtualPath, into: &Folder) -> Result<(), StageError> {
        let file = match self.host.open_file(path) {
            Ok(file) => file,
            Err(error) => {
                self.not_shown(path, unreadable(error));
                return Ok(());
            }
        };
        let name = OsStr::new(name_of(path));
        let unlaid = |problem| StageError::Unlaid { at: path.clone(), problem };
        let copy = into.create(name).map_err(unlaid)?;
        match self.content(&file, |offset, data| copy.write_at(offset, data)) {
            Ok((len, known)) => {
                copy.set_len(len).map_err(unlaid)?;
                copy.set_mode(mode_of_copy(file.meta())).map_err(unlaid)?;
                // A time that cannot be had here is no reason not to run.
                copy.set_modified(file.meta().modified).unwrap_or_default();
                self.note(top, path, known);
                Ok(())
            }
            Err(Failed::Source(problem)) => {
                drop(copy);
                self.not_shown(path, LeftOutReason::Unreadable(problem));
                into.remove_file(name).map_err(unlaid)
            }
            Err(Failed::Copy(problem)) => Err(unlaid(problem)),
            Err(Failed::TooMuch(kind)) => Err(self.too_much(path, kind)),
        }
    }

    /// Lays a single file, and tells when it was last modified then.
    fn single_file(&mut self, top: &Top<'_>) -> Result<(i64, u32), StageError> {
        let at = &top.place.at;
        self.copied.entries += 1;
        if self.copied.entries > self.limit.entries {
            return Err(self.too_much(at, QuotaKind::Entries));
        }
        let is_file = |lower: Lower| lower.kind() == HostKind::File;
        if top.place.kind == StageKind::Blank || !self.host.look(at).is_ok_and(is_file) {
            return settle(top, EMPTY);
        }
        let file = match self.host.open_file(at) {
            Ok(file) => file,
            Err(error) => {
                self.not_shown(at, unreadable(error));
                return settle(top, EMPTY);
            }
        };
        let unlaid = |problem| StageError::Unlaid { at: at.clone(), problem };
        let copy = OpenOptions::new().write(true).open(&top.mounted.host);
        let mut copy = copy.map_err(|error| unlaid(error.into()))?;
        let write = |offset, data: &[u8]| Ok(blob::write_at(&mut copy, offset, data)?);
        let copied = self.content(&file, write);
        let len = copied.as_ref().map_or(0, |(len, _)| *len);
        copy.set_len(len).map_err(|error| unlaid(error.into()))?;
        drop(copy);
        match copied {
            Ok((_, known)) => {
                self.note(top, at, known);
                let mode = file.meta().executable().then_some(EXECUTABLE);
                settle(top, Settings { mode, modified: Some(file.meta().modified) })
            }
            Err(Failed::Source(problem)) => {
                self.not_shown(at, LeftOutReason::Unreadable(problem));
                settle(top, EMPTY)
            }
            Err(Failed::Copy(problem)) => Err(unlaid(problem)),
            Err(Failed::TooMuch(kind)) => Err(self.too_much(at, kind)),
        }
    }

    /// Gives the content of a host file to `write`, as far as it is data; tells its length, and what
    /// is to be known of it.
    fn content(
        &mut self,
        file: &HostFile,
        mut write: impl FnMut(u64, &[u8]) -> Result<(), HostProblem>,
    ) -> Result<(u64, Known), Failed> {
        let mut left = self.limit.bytes.saturating_sub(self.copied.bytes);
        if file.meta().len > left {
            return Err(Failed::TooMuch(QuotaKind::Bytes));
        }
        let mut hasher = blake3::Hasher::new();
        let read = |offset, max| {
            let piece = file.read_at(offset, max).map_err(Failed::Source)?;
            left = left.checked_sub(piece.len() as u64).ok_or(Failed::TooMuch(QuotaKind::Bytes))?;
            hasher.update(&piece);
            Ok(piece)
        };
        let len = blob::copy(read, |offset, data| write(offset, data).map_err(Failed::Copy))?;
        self.copied.bytes += len;
        let hash = ContentHash::of_hashed(&hasher);
        let meta = file.meta();
        let steady = len == meta.len && file.meta_now().is_ok_and(|now| now == *meta);
        let fingerprint = match steady {
            true => Fingerprint::new(meta, Some(hash)),
            false => Fingerprint::unseen(meta),
        };
        Ok((len, Known::File { len, hash, fingerprint, mode: meta.permissions() }))
    }

    fn note(&mut self, top: &Top<'_>, path: &VirtualPath, known: Known) {
        if let Some(folder) = path.parent()
            && top.place.kind == StageKind::Copied
        {
            self.known.note(&folder, name_of(path), known);
        }
    }

    fn not_shown(&mut self, path: &VirtualPath, reason: LeftOutReason) {
        self.not_shown.add(path.as_str(), reason);
        if let Some(folder) = path.parent() {
            self.known.note(&folder, name_of(path), Known::NotShown);
        }
    }

    fn too_much(&self, at: &VirtualPath, kind: QuotaKind) -> StageError {
        let limit = match kind {
            QuotaKind::Bytes => self.limit.bytes,
            QuotaKind::Entries => self.limit.entries,
        };
        StageError::TooMuch { at: at.clone(), kind, limit }
    }
}

/// The folder of a staging tree that a path is laid into.
fn folder_of(top: &Top<'_>, path: &VirtualPath) -> Result<Folder, StageError> {
    let unlaid = |problem| StageError::Unlaid { at: path.clone(), problem };
    let reached = top.mounted.root.parent(top.below(path)).map_err(unlaid)?;
    reached.map(|(folder, _)| folder).ok_or(HostProblem::NotFound).map_err(unlaid)
}

/// Sets something on a single file, and tells when it was last modified then.
fn settle(top: &Top<'_>, settings: Settings) -> Result<(i64, u32), StageError> {
    let unlaid = |problem| StageError::Unlaid { at: top.place.at.clone(), problem };
    let root = &top.mounted.root;
    let reached = root.parent(OsStr::new("")).map_err(unlaid)?;
    let (folder, name) = reached.ok_or(HostProblem::NotFound).map_err(unlaid)?;
    let mode = root.meta(OsStr::new("")).map_err(unlaid)?.permissions();
    let mode = settings.mode.map(|more| mode | more);
    let is_file = |meta: &Meta| meta.kind == HostKind::File;
    let set = |modified| folder.set(&name, is_file, Settings { mode, modified });
    // A time that cannot be had here is no reason not to run.
    if set(settings.modified).is_err() {
        set(None).map_err(unlaid)?;
    }
    root.meta(OsStr::new("")).map(|meta| meta.modified).map_err(unlaid)
}

fn name_of(path: &VirtualPath) -> &str {
    path.file_name().unwrap_or_default()
}

/// The permissions of a copy: those of the host's file, and that its owner may write it.
fn mode_of_copy(meta: &Meta) -> u32 {
    meta.permissions() | 0o600
}
