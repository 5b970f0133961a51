//! From observations to lines, permission by permission.

use std::collections::BTreeSet;

use aether_manifest::{MAX_ENTRIES, Manifest, Permission};
use aether_path::VirtualPath;

use super::draft::drafts;
use super::line::{NotSuggested, SuggestedLine};
use super::listed::{without_folders, without_listed};
use super::wanted::Wanted;
use crate::blind::is_native;
use crate::covered::Asked;
use crate::options::Options;
use crate::{Observations, Use};

/// A suggestion while it is made.
pub(super) struct Making<'a> {
    seen: &'a Observations,
    manifest: Option<&'a Manifest>,
    options: &'a Options,
    is_native: bool,
    made: Made,
}

/// Lines, and what is not asked for.
#[derive(Debug, Default)]
pub(super) struct Made {
    pub(super) lines: Vec<SuggestedLine>,
    pub(super) left: Vec<NotSuggested>,
}

impl<'a> Making<'a> {
    pub(super) fn new(
        seen: &'a Observations,
        manifest: Option<&'a Manifest>,
        options: &'a Options,
    ) -> Self {
        let is_native = is_native(manifest, seen);
        Making { seen, manifest, options, is_native, made: Made::default() }
    }

    pub(super) fn made(mut self) -> Made {
        let others = Permission::ALL.into_iter().filter(|of| *of != Permission::FilesystemRead);
        others.for_each(|permission| self.permission(permission));
        // Last, for what may be written can be looked at.
        self.reads();
        self.others();
        self.made
    }

    fn permission(&mut self, permission: Permission) {
        let asked = self.asked(permission);
        let covered = |object: &str| asked.iter().any(|entry| entry.covers(object));
        let wanted = self.wanted(permission, Use::Of(permission), covered);
        self.keep(self.drafts(permission, wanted));
    }

    /// What was read, and what was only looked at where nothing else that is asked for shows it.
    fn reads(&mut self) {
        let read = Permission::FilesystemRead;
        let asked = self.asked(read);
        let covered = |object: &str| asked.iter().any(|entry| entry.covers(object));
        let mut wanted = self.wanted(read, Use::Of(read), covered);
        let drafted = self.drafts(read, wanted.clone());
        let looks = self.looks(&wanted, &drafted.lines);
        if looks.is_empty() {
            return self.keep(drafted);
        }
        wanted.extend(looks);
        let mut drafted = self.drafts(read, wanted);
        drop_shown(&mut drafted.lines);
        self.keep(drafted);
    }

    /// What was only looked at, and is shown by nothing that is asked for or would be.
    fn looks(&mut self, read: &[Wanted<'_>], lines: &[SuggestedLine]) -> Vec<Wanted<'a>> {
        let files = [Permission::FilesystemRead, Permission::FilesystemWrite];
        let new = lines.iter().chain(&self.made.lines).filter(|l| files.contains(&l.permission));
        let new = new.filter_map(|line| Asked::of(line.permission, &line.entry));
        let old = files.into_iter().flat_map(|permission| self.asked(permission));
        let asked: Vec<Asked> = new.chain(old).collect();
        let read: BTreeSet<&str> = read.iter().map(|one| one.object).collect();
        // The root is on the way to everything.
        let shows =
            |path: &VirtualPath| path.is_root() || asked.iter().any(|entry| entry.shows(path));
        let shown = |object: &str| {
            read.contains(object) || VirtualPath::parse(object).is_ok_and(|path| shows(&path))
        };
        let looks = self.wanted(Permission::FilesystemRead, Use::Look, shown);
        match (self.is_native, self.options.looks) {
            (true, _) => without_folders(looks, &mut self.made.left),
            (false, true) => looks,
            (false, false) => without_listed(looks, self.seen, &mut self.made.left),
        }
    }

    /// What was seen of a use and is not covered yet, but for what is not asked for.
    fn wanted(
        &mut self,
        permission: Permission,
        of: Use,
        covered: impl Fn(&str) -> bool,
    ) -> Vec<Wanted<'a>> {
        let mut wanted = Vec::new();
        for (object, observed) in self.seen.objects(of).filter(|(object, _)| !covered(object)) {
            match Wanted::of(permission, of, object, observed, self.options) {
                Ok(one) => wanted.push(one),
                Err(left) => self.made.left.push(left),
            }
        }
        wanted
    }

    fn others(&mut self) {
        for (what, observed) in self.seen.others() {
            let why = match observed.is_allowed() {
                true => {
                    "a token allowed it, or it is on record in a way that could mean several things"
                }
                false => "no entry of a manifest allows it",
            };
            self.made.left.push(NotSuggested::of(None, what, observed, why.to_owned()));
        }
    }

    fn asked(&self, permission: Permission) -> Vec<Asked> {
        let permissions = self.manifest.map(|manifest| &manifest.permissions);
        permissions.map(|all| Asked::all(all, permission)).unwrap_or_default()
    }

    fn keep(&mut self, drafted: Made) {
        self.made.lines.extend(drafted.lines);
        self.made.left.extend(drafted.left);
    }

    /// Lines for all that is wanted of a permission, as many as its list has room for.
    fn drafts(&self, permission: Permission, wanted: Vec<Wanted<'_>>) -> Made {
        let asked = self.manifest.map_or(0, |all| all.permissions.entries(permission).len());
        let room = MAX_ENTRIES.saturating_sub(asked);
        drafts(permission, wanted, room, self.is_native, self.options)
    }
}

/// Drops folders that were looked at and that another line leads to anyway.
fn drop_shown(lines: &mut Vec<SuggestedLine>) {
    let asked: Vec<(String, Option<Asked>)> = lines
        .iter()
        .map(|line| (line.entry.clone(), Asked::of(line.permission, &line.entry)))
        .collect();
    lines.retain(|line| {
        let path = line.samples.first().and_then(|sample| VirtualPath::parse(sample).ok());
        let Some(path) = path.filter(|_| line.is_look && !line.is_widened) else { return true };
        let shows = |entry: &Asked| entry.shows(&path);
        let mut others = asked.iter().filter(|(entry, _)| *entry != line.entry);
        !others.any(|(_, entry)| entry.as_ref().is_some_and(shows))
    });
}
