//! Reading back what a program has changed in a staging tree.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;

use aether_path::VirtualPath;

use super::config::StageKind;
use super::known::{AllKnown, Known};
use super::lay::Stage;
use super::place::{Place, Top};
use crate::blob::{Blob, Keeper, MAX_KEPT_IN_MEMORY};
use crate::config::{Quota, Usage};
use crate::error::{Error, HostProblem, Problem};
use crate::fingerprint::{ContentHash, hash_file};
use crate::inode::{Content, Inode, Mode, Time};
use crate::layer::{Budget, LeftOutReason, LeftOuts, Written, check_unchanged, unreadable};
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen};
use crate::sys::{HostFile, HostKind, Meta};
use crate::upper::{Base, Node};

impl Stage {
    /// What a program that has ended has changed in the staging tree, compared with what was copied.
    ///
    /// - A file is changed if its content is another. Permissions, times, owners and which files are
    ///   one by hard link are not read; on Unix, that a new file can be executed is.
    /// - What was copied and is gone is removed on the host. A folder of which something was not
    ///   [shown](Self::not_shown) stays, with all that is in it.
    /// - A file that was moved is found again by its content, as
    ///   [`read_layers`](crate::read_layers) does.
    /// - Of a blank place nothing is removed. A file in it takes the place of the host's of that name,
    ///   and of nothing else that the host has there.
    /// - A single file that is gone is no change, nor is one that was laid empty and is still so, with
    ///   the time of last modification that it was given.
    /// - Symlinks are left out, wherever they lead.
    /// - Where the host takes several spellings for one name, so does this: a file that was only
    ///   spelled otherwise is no change.
    /// - Of a copied place the host is not looked at again. What it has now is compared with what was
    ///   copied when the changes are applied, and any other content is a conflict.
    ///
    /// The quota is for what is changed: bytes of content that are kept, and files and folders that
    /// are made, changed or removed. Each name of a file counts. As much again is looked at as was
    /// copied.
    pub fn written(self, quota: Quota) -> Written {
        let Self { host, staged, places, known, copied, .. } = self;
        // Where other places begin, there are folders that were not copied.
        let entries = copied.entries.saturating_add(places.len() as u64);
        let mut reader = Reader {
            overlay: Overlay::over(host, quota, MAX_KEPT_IN_MEMORY),
            known,
            budget: Budget::among(quota, Usage { entries, ..copied }),
            changes: quota.entries,
            keeper: Keeper::new(std::env::temp_dir()),
            left_out: LeftOuts::default(),
        };
        for (place, mounted) in places.iter().zip(staged.iter()) {
            let top = Top { place, mounted };
            match place.kind {
                StageKind::Shown => {}
                StageKind::Copied | StageKind::Blank if place.single => reader.single_file(&top),
                StageKind::Copied | StageKind::Blank => reader.folders(&top),
            }
        }
        Written {
            changes: reader.overlay.changeset(),
            left_out: reader.left_out.named,
            left_out_unnamed: reader.left_out.unnamed,
        }
    }
}

/// A staging tree on its way into an overlay.
struct Reader {
    /// Filled as if the program had written to it.
    overlay: Overlay,
    known: AllKnown,
    budget: Budget,
    /// How many files and folders may still be made, changed or removed.
    changes: u64,
    keeper: Keeper,
    left_out: LeftOuts,
}

/// Something of a staging tree: where it is there, and the path that it stands for.
struct Found {
    staged: VirtualPath,
    path: VirtualPath,
}

/// What a place had at a path before the program.
enum Before {
    Nothing,
    Folder,
    /// A file; its copy, if one was made.
    File(Base, Option<(u64, ContentHash)>),
}

impl Reader {
    fn folders(&mut self, top: &Top<'_>) {
        let at = &top.place.at;
        match top.mounted.root.meta(OsStr::new("")) {
            // One that was removed lists as an empty folder does, where it can be removed.
            Ok(meta) if meta.links == 0 => return self.leave_out(at, LeftOutReason::MountPoint),
            Ok(_) => {}
            Err(problem) => return self.leave_out(at, LeftOutReason::Unreadable(problem)),
        }
        let mut open = vec![Found { staged: at.clone(), path: at.clone() }];
        while let Some(folder) = open.pop() {
            let found = self.folder(top, &folder);
            open.extend(found.into_iter().rev());
        }
    }

    /// Reads one folder; gives those in it that are to be read.
    fn folder(&mut self, top: &Top<'_>, folder: &Found) -> Vec<Found> {
        let root = &top.mounted.root;
        let below = top.below(&folder.staged);
        let list = |most| root.names(below, most).map_err(LeftOutReason::Unreadable);
        let mut names = match self.budget.list(list) {
            Ok(names) => names,
            Err(reason) => {
                self.leave_out(&folder.path, reason);
                return Vec::new();
            }
        };
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        let laid = self.laid_in(top.place, &folder.path);
        let mut seen = BTreeSet::new();
        let mut found = Vec::new();
        for (name, meta) in &names {
            let Some(staged) = self.left_out.path_of(&folder.staged, name) else { continue };
            let path = match self.path_of(top.place, folder, &staged, &laid) {
                Ok(path) => path,
                Err(reason) => {
                    self.leave_out(&staged, reason);
                    continue;
                }
            };
            if top.place.covers(&path) {
                continue;
            }
            // A folder can be told to keep spellings apart that the host's takes for one.
            if !seen.insert(top.place.key(path.as_str())) {
                self.leave_out(&staged, LeftOutReason::Unreadable(HostProblem::Name));
                continue;
            }
            found.extend(self.entry(top, Found { staged, path }, meta));
        }
        for (key, path) in laid {
            let was_there = self.known.get(&path).and_then(Known::base).is_some();
            if was_there
                && !seen.contains(&key)
                && !top.place.covers(&path)
                && let Err(reason) = self.gone(top.place, &path)
            {
                self.leave_out(&path, reason);
            }
        }
        found
    }

    /// What was laid in a folder, by what all its spellings share.
    fn laid_in(&self, place: &Place, folder: &VirtualPath) -> BTreeMap<String, VirtualPath> {
        let laid = self.known.children(folder).filter_map(|(name, _)| folder.join(name).ok());
        laid.map(|path| (place.key(path.as_str()), path)).collect()
    }

    /// The path that something stands for: as it was spelled when it was laid, or as the host spells
    /// it.
    fn path_of(
        &self,
        place: &Place,
        folder: &Found,
        staged: &VirtualPath,
        laid: &BTreeMap<String, VirtualPath>,
    ) -> Result<VirtualPath, LeftOutReason> {
        let name = staged.file_name().unwrap_or_default();
        let path = folder.path.join(name).map_err(|_| LeftOutReason::TooDeep)?;
        if let Some(laid) = laid.get(&place.key(path.as_str())) {
            return Ok(laid.clone());
        }
        if !place.folds || place.kind != StageKind::Blank {
            return Ok(path);
        }
        let spelled = self.overlay.spelling(&folder.path, name).map_err(unreadable)?;
        folder.path.join(&spelled).map_err(|_| LeftOutReason::TooDeep)
    }

    fn entry(&mut self, top: &Top<'_>, found: Found, meta: &Meta) -> Option<Found> {
        let read = match meta.kind {
            HostKind::File => self.file(top, &found),
            HostKind::Folder => match self.found_folder(top.place, &found.path) {
                Ok(()) => return Some(found),
                Err(reason) => Err(reason),
            },
            HostKind::Symlink => Err(LeftOutReason::Symlink),
            HostKind::Special(kind) => Err(LeftOutReason::Special(kind)),
        };
        if let Err(reason) = read {
            self.leave_out(&found.path, reason);
        }
        None
    }

    /// A folder, which is new, was copied or leads to another place.
    fn found_folder(&mut self, place: &Place, path: &VirtualPath) -> Result<(), LeftOutReason> {
        if place.leads(path) {
            return Ok(());
        }
        let base = match self.before(place, path)? {
            Before::Folder => return Ok(()),
            Before::File(..) if place.kind == StageKind::Blank => {
                return Err(LeftOutReason::NotShown);
            }
            Before::File(base, _) => Some(base),
            Before::Nothing => None,
        };
        self.take_change(path)?;
        self.make_way(place, path)?;
        if let Some(base) = base {
            self.overlay.upper.record(path, base);
        }
        self.overlay.upper.put(path, Node::Folder { mode: None, modified: Time::now() });
        Ok(())
    }

    fn file(&mut self, top: &Top<'_>, found: &Found) -> Result<(), LeftOutReason> {
        let file = open_file(top, &found.staged)?;
        self.found_file(top.place, &found.path, &file)
    }

    fn found_file(
        &mut self,
        place: &Place,
        path: &VirtualPath,
        file: &HostFile,
    ) -> Result<(), LeftOutReason> {
        if place.leads(path) {
            return Err(LeftOutReason::MountPoint);
        }
        match self.before(place, path)? {
            Before::Nothing => {
                let content = self.content(file)?;
                self.take_change(path)?;
                self.make_way(place, path)?;
                let mode = Mode::New { executable: file.meta().executable() };
                self.put_file(path, file, content, None, mode);
            }
            Before::Folder if place.kind == StageKind::Blank => {
                return Err(LeftOutReason::NotShown);
            }
            Before::Folder => {
                // Whatever may fail comes first: nothing goes for what does not come.
                let content = self.content(file)?;
                self.take_change(path)?;
                self.gone(place, path)?;
                let mode = Mode::New { executable: file.meta().executable() };
                self.put_file(path, file, content, None, mode);
            }
            Before::File(base, copy) => {
                let Base::File { mode, .. } = base else { return Ok(()) };
                if self.is_copy(file, copy)? {
                    return Ok(());
                }
                let content = self.content(file)?;
                self.take_change(path)?;
                self.overlay.upper.record(path, base);
                self.put_file(path, file, content, Some(path.clone()), Mode::Known(mode));
            }
        }
        Ok(())
    }

    /// A place that is a single file. It was laid, so that the program could write it and not remove
    /// it.
    fn single_file(&mut self, top: &Top<'_>) {
        if let Err(reason) = self.try_single_file(top) {
            self.leave_out(&top.place.at, reason);
        }
    }

    fn try_single_file(&mut self, top: &Top<'_>) -> Result<(), LeftOutReason> {
        let path = &top.place.at;
        match top.mounted.root.meta(OsStr::new("")) {
            Err(HostProblem::NotFound) => return Ok(()),
            Err(problem) => return Err(LeftOutReason::Unreadable(problem)),
            Ok(meta) => match meta.kind {
                HostKind::File => {}
                HostKind::Folder => return Err(LeftOutReason::MountPoint),
                HostKind::Symlink => return Err(LeftOutReason::Symlink),
                HostKind::Special(kind) => return Err(LeftOutReason::Special(kind)),
            },
        }
        self.budget.take_names(1, self.budget.names() > 0)?;
        let file = open_file(top, path)?;
        let copied = matches!(self.known.get(path), Some(Known::File { .. }));
        let meta = file.meta();
        if !copied && meta.len == 0 && Some(meta.modified) == top.place.untouched {
            return Ok(());
        }
        self.found_file(top.place, path, &file)
    }

    /// What the place had at a path: of one that was copied, what was; of a blank one, what the host
    /// has.
    fn before(&mut self, place: &Place, path: &VirtualPath) -> Result<Before, LeftOutReason> {
        if place.kind == StageKind::Blank {
            return self.on_host(path);
        }
        let Some(known) = self.known.get(path) else { return Ok(Before::Nothing) };
        match (known, known.base()) {
            (Known::File { len, hash, .. }, Some(base)) => {
                Ok(Before::File(base, Some((len, hash))))
            }
            (Known::Folder { .. }, _) => Ok(Before::Folder),
            _ => Err(LeftOutReason::NotShown),
        }
    }

    fn on_host(&mut self, path: &VirtualPath) -> Result<Before, LeftOutReason> {
        let meta = match self.overlay.look_for(path) {
            Ok(None | Some(Seen::Upper(_))) => return Ok(Before::Nothing),
            Ok(Some(Seen::Lower(Lower::Virtual))) => return Ok(Before::Folder),
            Ok(Some(Seen::Lower(Lower::Host(meta)))) => meta,
            // About another name, of which this one looks like the escaped form.
            Err(Error { problem: Problem::NotUtf8, .. }) => return Ok(Before::Nothing),
            Err(error) => return Err(unreadable(error)),
        };
        match meta.kind {
            HostKind::Folder => Ok(Before::Folder),
            HostKind::Symlink => Err(LeftOutReason::NotShown),
            HostKind::Special(kind) => Err(LeftOutReason::HostSpecial(kind)),
            HostKind::File => {
                let file = self.overlay.mounts.open_file(path).map_err(unreadable)?;
                let fingerprint = self.budget.hashes.fingerprint(&file);
                let fingerprint = fingerprint.map_err(LeftOutReason::Unreadable)?;
                Ok(Before::File(self.overlay.file_base(path, &file, fingerprint), None))
            }
        }
    }

    /// Whether a file still has the content that was copied.
    fn is_copy(
        &mut self,
        file: &HostFile,
        copy: Option<(u64, ContentHash)>,
    ) -> Result<bool, LeftOutReason> {
        let Some((len, hash)) = copy.filter(|(len, _)| *len == file.meta().len) else {
            return Ok(false);
        };
        self.budget.take_compared(len)?;
        let found = hash_file(file).map_err(LeftOutReason::Unreadable)?;
        check_unchanged(file).map(|()| found == hash)
    }

    fn content(&mut self, file: &HostFile) -> Result<Blob, LeftOutReason> {
        self.budget.take_kept(file.meta().len)?;
        let read = |offset, max| file.read_at(offset, max).map_err(LeftOutReason::Unreadable);
        let content = self.keeper.keep(read)?;
        check_unchanged(file)?;
        match content.size() == file.meta().len {
            true => Ok(content),
            false => Err(LeftOutReason::ChangedMeanwhile),
        }
    }

    fn put_file(
        &mut self,
        path: &VirtualPath,
        file: &HostFile,
        content: Blob,
        origin: Option<VirtualPath>,
        mode: Mode,
    ) {
        let inode = Inode::new(Content::Kept(content.0), mode, Time::of(file.meta()));
        let inode = self.overlay.upper.add_inode(inode);
        self.overlay.upper.put(path, Node::File { inode, origin });
    }

    /// Makes the folders around something new that lead to another place, and stand in the tree
    /// though the host has none there.
    fn make_way(&mut self, place: &Place, path: &VirtualPath) -> Result<(), LeftOutReason> {
        let mut missing = Vec::new();
        let mut folder = path.parent();
        while let Some(around) = folder.filter(|around| *around != place.at) {
            let Some(mount) = self.overlay.mounts.find(&around) else { break };
            let on_host = mount.root.meta(OsStr::new(mount.below(&around)));
            if !place.leads(&around)
                || self.overlay.upper.get(&around).is_some()
                || on_host != Err(HostProblem::NotFound)
            {
                break;
            }
            folder = around.parent();
            missing.push(around);
        }
        for folder in missing {
            self.take_change(&folder)?;
            self.overlay.upper.put(&folder, Node::Folder { mode: None, modified: Time::now() });
        }
        Ok(())
    }

    /// Records that what was laid at a path is gone, with everything below it. If that cannot be,
    /// nothing of it goes.
    fn gone(&mut self, place: &Place, path: &VirtualPath) -> Result<(), LeftOutReason> {
        let mut bases = Vec::new();
        let mut open = vec![path.clone()];
        while let Some(path) = open.pop() {
            if place.covers(&path) || place.leads(&path) {
                return Err(LeftOutReason::MountPoint);
            }
            let base = self.known.get(&path).and_then(Known::base);
            for (name, _) in self.known.children(&path) {
                // What no path names was not shown either.
                open.push(path.join(name).map_err(|_| LeftOutReason::NotShown)?);
            }
            bases.push((path, base.ok_or(LeftOutReason::NotShown)?));
        }
        for (path, _) in &bases {
            self.take_change(path)?;
        }
        for (path, base) in bases {
            self.overlay.upper.record(&path, base);
        }
        Ok(())
    }

    /// Takes what one thing that is made, changed or removed costs.
    fn take_change(&mut self, path: &VirtualPath) -> Result<(), LeftOutReason> {
        self.budget.take_path(path)?;
        self.changes = self.changes.checked_sub(1).ok_or(self.budget.too_many())?;
        Ok(())
    }

    fn leave_out(&mut self, path: &VirtualPath, reason: LeftOutReason) {
        self.left_out.add(path.as_str(), reason);
    }
}

/// Opens what was listed as a file.
fn open_file(top: &Top<'_>, staged: &VirtualPath) -> Result<HostFile, LeftOutReason> {
    let file = top.mounted.root.open_file(top.below(staged));
    let file = file.map_err(LeftOutReason::Unreadable)?;
    match file.meta().kind {
        HostKind::File => Ok(file),
        _ => Err(LeftOutReason::ChangedMeanwhile),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Mount;
    use crate::stage::{StageConfig, StagedPlace};

    /// As on Windows, where a program has told a folder of the staging tree to keep spellings apart.
    #[test]
    fn spellings_that_are_one_name_to_the_host_are_one_change() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().canonicalize().unwrap();
        let (host, into) = (top.join("host"), top.join("stage"));
        for folder in [&host, &host.join("Docs"), &into] {
            fs::create_dir(folder).unwrap();
        }
        for name in ["README", "a", "Docs/x"] {
            fs::write(host.join(name), "old").unwrap();
        }
        let mount = Mount::folder(VirtualPath::parse("/w").unwrap(), &host);
        let places = vec![StagedPlace { mount, kind: StageKind::Copied, into: into.clone() }];
        let mut stage = Stage::lay(StageConfig { places, ..StageConfig::default() }).unwrap();
        stage.places.iter_mut().for_each(|place| place.folds = true);
        fs::rename(into.join("README"), into.join("readme")).unwrap();
        fs::rename(into.join("Docs"), into.join("DOCS")).unwrap();
        for name in ["A", "N", "n", "DOCS/X"] {
            fs::write(into.join(name), "new").unwrap();
        }
        fs::remove_file(into.join("DOCS/x")).unwrap();
        let written = stage.written(Quota::default());
        let changes: Vec<&str> =
            written.changes.changes().iter().map(|change| change.path.as_str()).collect();
        assert_eq!(changes, ["/w/Docs/x", "/w/N", "/w/a"]);
        let left_out: Vec<&str> = written.left_out.iter().map(|one| one.path.as_str()).collect();
        assert_eq!(left_out, ["/w/a", "/w/n"]);
    }
}
