//! What a plugin was seen to do.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use aether_audit::{Kind, Record};
use aether_manifest::Permission;
use aether_path::VirtualPath;
use aether_policy::sensitive;

use crate::act::{Act, What, acts};
use crate::limits::{MAX_ACTIONS, MAX_CELLS, MAX_CHANGED, MAX_CLOSED, MAX_OBJECTS, MAX_OTHERS};

/// The answer of a consent that nobody gave: what was asked for was granted to learn from it.
const LEARNING: &str = "learning";

/// The check that found a sensitive file where a plugin that is learned from was shown the others.
const CLOSED: &str = "closed";

/// What something is a use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// A permission of the manifest.
    Of(Permission),
    /// Looking at a file or folder without reading it. Whatever file permission names it, or
    /// something below it, allows that.
    Look,
}

/// What was seen of one object.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// How often it was allowed.
    pub allowed: u64,
    /// How often it was denied.
    pub denied: u64,
    /// The number of the first record of it.
    pub first: u64,
    /// How it was used, as the log has it: a few of the ways.
    pub actions: Vec<String>,
    /// Whether the log may hold only the beginning of its name.
    pub is_cut: bool,
}

impl Observed {
    /// How often it was seen.
    pub fn count(&self) -> u64 {
        self.allowed.saturating_add(self.denied)
    }

    /// Whether it was ever allowed.
    pub fn is_allowed(&self) -> bool {
        self.allowed > 0
    }

    fn add(&mut self, act: &Act, seq: u64) {
        self.first = if self.count() == 0 { seq } else { self.first.min(seq) };
        match act.allowed {
            true => self.allowed = self.allowed.saturating_add(1),
            false => self.denied = self.denied.saturating_add(1),
        }
        self.is_cut |= act.is_cut;
        if !self.actions.contains(&act.action) && self.actions.len() < MAX_ACTIONS {
            self.actions.push(act.action.clone());
        }
    }
}

/// Objects by name, up to a number.
#[derive(Debug, Clone, Default)]
struct Objects {
    kept: BTreeMap<String, Observed>,
    not_kept: u64,
}

impl Objects {
    fn add(&mut self, act: &Act, seq: u64, most: usize) {
        if let Some(known) = self.kept.get_mut(&act.object) {
            known.add(act, seq);
        } else if self.kept.len() < most {
            self.kept.entry(act.object.clone()).or_default().add(act, seq);
        } else {
            self.not_kept = self.not_kept.saturating_add(1);
        }
    }
}

/// What one plugin was seen to do in a run, by permission and object: all of it up to
/// [`MAX_OBJECTS`](crate::MAX_OBJECTS) different objects of a permission, and beyond that a count.
///
/// A record tells that something was tried and allowed, not that it succeeded: whoever reads a file
/// that is not there is on record as whoever reads one that is.
#[derive(Debug, Clone)]
pub struct Observations {
    plugin: String,
    uses: BTreeMap<Use, Objects>,
    /// Opened by the gateway, for a purpose that the record does not tell.
    opened: Objects,
    others: Objects,
    missing: Objects,
    /// Sensitive files that were kept from it while it was learned from.
    closed: BTreeSet<VirtualPath>,
    changed: BTreeSet<VirtualPath>,
    added: BTreeSet<VirtualPath>,
    /// Cells of native programs whose own program is known to have been started.
    cells: BTreeSet<Option<u32>>,
    is_seen: bool,
    is_learned_from: bool,
    is_native: bool,
    traces_files: bool,
}

impl Observations {
    /// What the records tell of the plugin of this name, from any number of runs. They are looked at
    /// one by one, and none is kept.
    pub fn of(records: impl IntoIterator<Item = impl Borrow<Record>>, plugin: &str) -> Self {
        let mut found = Observations::begun(plugin);
        records.into_iter().for_each(|record| found.take(record.borrow()));
        found.settled()
    }

    /// The same of each of these plugins, by their names, in one pass.
    pub fn of_each<'p>(
        records: impl IntoIterator<Item = impl Borrow<Record>>,
        plugins: impl IntoIterator<Item = &'p str>,
    ) -> BTreeMap<String, Self> {
        let begun = plugins.into_iter().map(|plugin| (plugin.to_owned(), Self::begun(plugin)));
        let mut all: BTreeMap<String, Self> = begun.collect();
        for record in records {
            let record = record.borrow();
            match &record.plugin {
                Some(plugin) => all.get_mut(plugin).into_iter().for_each(|one| one.take(record)),
                // What was changed may be anybody's.
                None => all.values_mut().for_each(|one| one.take(record)),
            }
        }
        all.into_iter().map(|(name, one)| (name, one.settled())).collect()
    }

    /// The plugin's name.
    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// What was seen of a use, by object in their order.
    pub fn objects(&self, of: Use) -> impl Iterator<Item = (&str, &Observed)> {
        let kept = self.uses.get(&of).map(|objects| &objects.kept);
        kept.into_iter().flatten().map(|(object, observed)| (object.as_str(), observed))
    }

    /// How often something was seen that was not kept, because too many different objects were kept
    /// already.
    pub fn not_kept(&self, of: Use) -> u64 {
        self.uses.get(&of).map_or(0, |objects| objects.not_kept)
    }

    /// What was seen that no manifest could ask for, by action and object: operations by a token,
    /// refused system calls, links that lead out of the grant.
    pub fn others(&self) -> impl Iterator<Item = (&str, &Observed)> {
        self.others.kept.iter().map(|(object, observed)| (object.as_str(), observed))
    }

    /// Files that a native program looked for in vain. Those that the machine has were not shown to it.
    pub fn missing(&self) -> impl Iterator<Item = &str> {
        self.missing.kept.keys().map(String::as_str)
    }

    /// Sensitive files that are known to be there and were never allowed: no wildcard may cover one.
    pub(crate) fn closed(&self) -> Vec<VirtualPath> {
        let of = [Permission::FilesystemRead, Permission::FilesystemWrite].map(Use::Of);
        let objects = of.into_iter().chain([Use::Look]).flat_map(|of| self.objects(of));
        let denied = objects.filter(|(_, observed)| !observed.is_allowed());
        let sensitive = |path: &VirtualPath| sensitive::reached_by(path.as_str()).is_some();
        let paths = denied.filter_map(|(object, _)| VirtualPath::parse(object).ok());
        self.closed.iter().cloned().chain(paths.filter(sensitive)).collect()
    }

    /// Whether anything at all is on record of it.
    pub fn is_seen(&self) -> bool {
        self.is_seen
    }

    /// Whether it was given what it asked for, to see what it does: what was still denied then is what
    /// nobody should be given by habit, or what the policy refuses.
    pub fn is_learned_from(&self) -> bool {
        self.is_learned_from
    }

    /// Whether the files of a native program are on record; they are only where they were traced.
    pub fn traces_files(&self) -> bool {
        self.traces_files
    }

    /// Whether it was seen to make system calls, as only native programs are.
    pub fn is_native(&self) -> bool {
        self.is_native
    }

    /// The folder of this path, if it was listed.
    pub(crate) fn listing_of(&self, object: &str) -> Option<VirtualPath> {
        let folder = VirtualPath::parse(object).ok()?.parent()?;
        let seen = self.uses.get(&Use::Look)?.kept.get(folder.as_str())?;
        let listed = seen.actions.iter().any(|action| action == "fs.list");
        (listed && seen.is_allowed()).then_some(folder)
    }

    fn begun(plugin: &str) -> Self {
        Observations {
            plugin: plugin.to_owned(),
            uses: BTreeMap::new(),
            opened: Objects::default(),
            others: Objects::default(),
            missing: Objects::default(),
            closed: BTreeSet::new(),
            changed: BTreeSet::new(),
            added: BTreeSet::new(),
            cells: BTreeSet::new(),
            is_seen: false,
            is_learned_from: false,
            is_native: false,
            traces_files: false,
        }
    }

    /// All that was taken, with what follows from all of it together.
    fn settled(mut self) -> Self {
        self.settle_opened();
        self.settle_folders();
        self.complete_changes();
        self
    }

    fn take(&mut self, record: &Record) {
        let is_ours = record.plugin.as_deref() == Some(self.plugin.as_str());
        match record.kind {
            _ if !is_ours && record.plugin.is_some() => return,
            Kind::Changeset => self.take_change(record),
            Kind::Consent => self.is_learned_from |= record.action == LEARNING,
            _ => {}
        }
        if !is_ours {
            return;
        }
        self.is_seen = true;
        if record.kind == Kind::Check && record.action == CLOSED {
            self.take_closed(record);
        }
        self.is_native |= record.kind == Kind::SystemCall;
        let started = self.has_started(record);
        for act in acts(record, started) {
            self.traces_files |= act.is_traced_file;
            self.add(&act, record.seq);
        }
    }

    fn add(&mut self, act: &Act, seq: u64) {
        match act.what {
            What::Use(of) => self.uses.entry(of).or_default().add(act, seq, MAX_OBJECTS),
            What::Opened => self.opened.add(act, seq, MAX_OBJECTS),
            What::Missing => self.missing.add(act, seq, MAX_OTHERS),
            What::Other => self.others.add(act, seq, MAX_OTHERS),
            What::Nothing => {}
        }
    }

    /// Whether the cell's own program was started before; its start is no wish of its own.
    fn has_started(&mut self, record: &Record) -> bool {
        let executes = record.kind == Kind::SystemCall && record.action.starts_with("execve");
        if !executes || self.cells.contains(&record.cell) {
            return executes;
        }
        if self.cells.len() < MAX_CELLS {
            self.cells.insert(record.cell);
        }
        false
    }

    fn take_change(&mut self, record: &Record) {
        let path = record.object.as_deref().and_then(|object| VirtualPath::parse(object).ok());
        let Some(path) = path.filter(|_| self.changed.len() < MAX_CHANGED) else { return };
        if record.action == "folder-added" {
            self.added.insert(path.clone());
        }
        self.changed.insert(path);
    }

    fn take_closed(&mut self, record: &Record) {
        let path = record.object.as_deref().and_then(|object| VirtualPath::parse(object).ok());
        if self.closed.len() < MAX_CLOSED {
            self.closed.extend(path);
        }
    }

    /// The log does not tell what a file was opened for. What was then read or written is on
    /// record; of the rest, those that were changed were opened to be written.
    fn settle_opened(&mut self) {
        let opened = std::mem::take(&mut self.opened);
        let (read, write) =
            (Use::Of(Permission::FilesystemRead), Use::Of(Permission::FilesystemWrite));
        for (object, observed) in opened.kept {
            let known = [read, write].into_iter().any(|of| self.sees(of, &object));
            let changed =
                VirtualPath::parse(&object).is_ok_and(|path| self.changed.contains(&path));
            if !known {
                self.put(if changed { write } else { read }, object, observed);
            }
        }
        self.uses.entry(read).or_default().not_kept += opened.not_kept;
    }

    /// A native program opens folders as it does files, and needs nothing for those on the way to
    /// what it reads and writes.
    fn settle_folders(&mut self) {
        if !self.is_native {
            return;
        }
        let (read, write) =
            (Use::Of(Permission::FilesystemRead), Use::Of(Permission::FilesystemWrite));
        let files = [read, write].into_iter().flat_map(|of| self.objects(of));
        let all: BTreeSet<VirtualPath> =
            files.filter_map(|(object, _)| VirtualPath::parse(object).ok()).collect();
        let is_folder = |path: &VirtualPath| {
            let next = all.range(path.clone()..).nth(1);
            *path == VirtualPath::workspace() || next.is_some_and(|next| next.starts_with(path))
        };
        let folders: Vec<String> = self
            .objects(read)
            .filter(|(object, _)| VirtualPath::parse(object).is_ok_and(|path| is_folder(&path)))
            .map(|(object, _)| object.to_owned())
            .collect();
        for folder in folders {
            let kept = self.uses.get_mut(&read).and_then(|objects| objects.kept.remove(&folder));
            if let Some(observed) = kept {
                self.put(Use::Look, folder, observed);
            }
        }
    }

    /// Who makes a folder with those above it, or removes one with what is in it, needs to write
    /// all of them, and the log names only the one that was asked for. The changes have the others.
    fn complete_changes(&mut self) {
        let write = Use::Of(Permission::FilesystemWrite);
        let mut more = Vec::new();
        for (object, observed) in self.uses.get(&write).into_iter().flat_map(|all| &all.kept) {
            let Ok(path) = VirtualPath::parse(object) else { continue };
            let did = |action: &str| observed.actions.iter().any(|known| known == action);
            if did("fs.mkdir") {
                let above = std::iter::successors(path.parent(), VirtualPath::parent);
                more.extend(
                    above.filter(|path| self.added.contains(path)).map(|p| (p, observed.first)),
                );
            }
            if did("fs.remove") {
                let below = self.changed.range(path.clone()..).skip(1);
                let below = below.take_while(|other| other.starts_with(&path));
                more.extend(below.map(|other| (other.clone(), observed.first)));
            }
        }
        for (path, first) in more {
            let seen = Observed { allowed: 1, first, ..Observed::default() };
            self.put(write, path.as_str().to_owned(), seen);
        }
    }

    fn sees(&self, of: Use, object: &str) -> bool {
        self.uses.get(&of).is_some_and(|objects| objects.kept.contains_key(object))
    }

    /// Keeps what is not known yet, as far as there is room.
    fn put(&mut self, of: Use, object: String, observed: Observed) {
        let objects = self.uses.entry(of).or_default();
        if objects.kept.len() >= MAX_OBJECTS && !objects.kept.contains_key(&object) {
            objects.not_kept = objects.not_kept.saturating_add(observed.count());
            return;
        }
        objects.kept.entry(object).or_insert(observed);
    }
}
