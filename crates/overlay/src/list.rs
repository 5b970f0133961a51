//! Listing folders.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::ops::Bound;

use aether_path::VirtualPath;

use crate::error::{Error, Problem};
use crate::mounts::escape_name;
use crate::overlay::{Overlay, Seen};
use crate::read::{Stat, not_a_folder, stat_of_meta};
use crate::resolve::Resolved;
use crate::sys::{HostKind, Least};
use crate::upper::Node;

/// Most entries that are listed at once. A folder of millions of files, which a plugin may find or
/// a host program may make, would take the host's memory.
pub const MAX_LISTED: usize = 65_536;

/// The entries of a folder, or some of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listing {
    /// The entries that may be seen, by name.
    pub entries: Vec<Entry>,
    /// False when there are more.
    pub complete: bool,
    /// Where to go on, for [`Overlay::list_after`]. `None` at the end, and where a host folder has more names than are looked through: its
    /// listing then ends without being complete.
    pub next: Option<String>,
}

/// One entry of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name. Bytes that are not UTF-8 are shown as `\xE9`, and cannot be opened.
    pub name: String,
    /// What it is.
    pub stat: Stat,
}

impl Overlay {
    /// The entries of a folder that `visible` lets through: the first [`MAX_LISTED`] of them by the
    /// bytes of their names. It is asked for each entry's path; for a name that is not UTF-8, the path
    /// of its escaped form.
    pub fn list(
        &self,
        at: &Resolved,
        visible: impl Fn(&VirtualPath) -> bool,
    ) -> Result<Listing, Error> {
        self.list_after(at, None, MAX_LISTED, visible)
    }

    /// The same, of the names that come after `after`, at most `max` of them. An entry that is there
    /// the whole time is listed once, whatever else comes and goes between two calls.
    pub fn list_after(
        &self,
        at: &Resolved,
        after: Option<&str>,
        max: usize,
        visible: impl Fn(&VirtualPath) -> bool,
    ) -> Result<Listing, Error> {
        let folder = at.path();
        let shows = |name: &str| folder.join(name).is_ok_and(|path| visible(&path));
        let merged = self.merge_after(folder, after, max.clamp(1, MAX_LISTED), &shows)?;
        let complete = merged.is_complete();
        let entries = merged.entries.into_iter().map(|(name, stat)| Entry { name, stat });
        Ok(Listing { entries: entries.collect(), complete, next: merged.next })
    }

    /// What a folder holds, of all layers.
    pub(crate) fn merge(&self, folder: &VirtualPath) -> Result<Merged, Error> {
        self.merge_after(folder, None, MAX_LISTED, &|_| true)
    }

    fn merge_after(
        &self,
        folder: &VirtualPath,
        after: Option<&str>,
        max: usize,
        shows: &dyn Fn(&str) -> bool,
    ) -> Result<Merged, Error> {
        let mut merged = match self.look(folder)? {
            Seen::Upper(Node::Folder { .. }) => Merged::default(),
            Seen::Lower(lower) if lower.kind() == HostKind::Folder => {
                self.merge_host(folder, after, max, shows)?
            }
            other => return Err(not_a_folder(other.kind()).at(folder)),
        };
        for (name, node) in self.upper.children(folder) {
            if !merged.covers(name, after) || !shows(name) {
                continue;
            }
            match node {
                Node::Whiteout => merged.entries.remove(name),
                _ => merged.entries.insert(name.to_owned(), self.stat_of(&Seen::Upper(node))),
            };
        }
        for (path, touched) in self.upper.touched_in(folder) {
            if let Some(stat) = path.file_name().and_then(|name| merged.entries.get_mut(name)) {
                *stat = touched.on(*stat);
            }
        }
        merged.cut(max);
        Ok(merged)
    }

    fn merge_host(
        &self,
        folder: &VirtualPath,
        after: Option<&str>,
        max: usize,
        shows: &dyn Fn(&str) -> bool,
    ) -> Result<Merged, Error> {
        let undecodable = Cell::new(false);
        let wanted = |name: &OsStr| {
            let shown = match name.to_str() {
                Some(name) => name.to_owned(),
                None => {
                    undecodable.set(true);
                    let mut escaped = escape_name(name);
                    // Escaping can make a name longer than names may be.
                    escaped.truncate(escaped.floor_char_boundary(aether_path::MAX_NAME_BYTES));
                    escaped
                }
            };
            let is_wanted = after.is_none_or(|after| shown.as_str() > after) && shows(&shown);
            is_wanted.then_some(shown)
        };
        let Least { names, up_to: next, all } = self.mounts.least_names(folder, max, &wanted)?;
        let entries = names.into_iter().map(|(name, meta)| (name, stat_of_meta(&meta))).collect();
        let undecodable = undecodable.get();
        let mut merged = Merged { entries, undecodable, next, all };
        for name in self.mounts.names_in(folder) {
            if !merged.covers(name, after) || !shows(name) {
                continue;
            }
            let path = folder.join(name).map_err(|_| Problem::TooDeep.at(folder))?;
            match self.mounts.look(&path) {
                Ok(lower) => {
                    merged.entries.insert(name.to_owned(), self.stat_of(&Seen::Lower(lower)))
                }
                Err(_) => merged.entries.remove(name),
            };
        }
        Ok(merged)
    }
}

/// What a folder holds behind some name, and what cannot be told of it.
pub(crate) struct Merged {
    pub(crate) entries: BTreeMap<String, Stat>,
    /// Some of the names are escaped forms.
    pub(crate) undecodable: bool,
    /// The name up to which these are all; `None` if they are all to the end.
    next: Option<String>,
    /// Whether all names of the host's folder were looked at.
    all: bool,
}

impl Default for Merged {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), undecodable: false, next: None, all: true }
    }
}

impl Merged {
    /// Whether there is nothing more.
    pub(crate) fn is_complete(&self) -> bool {
        self.next.is_none() && self.all
    }

    /// Whether there is nothing at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.is_complete()
    }

    fn covers(&self, name: &str, after: Option<&str>) -> bool {
        after.is_none_or(|after| name > after)
            && self.next.as_deref().is_none_or(|next| name <= next)
    }

    fn cut(&mut self, max: usize) {
        let Some(last) = self.entries.keys().nth(max.saturating_sub(1)).cloned() else { return };
        let behind = (Bound::Excluded(last.as_str()), Bound::Unbounded);
        if self.entries.range::<str, _>(behind).next().is_some() {
            self.entries.retain(|name, _| *name <= last);
            self.next = Some(last);
        }
    }
}
