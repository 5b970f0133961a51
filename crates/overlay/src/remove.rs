//! Removing, which leaves a whiteout over what the host has.

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::overlay::Overlay;
use crate::resolve::Resolved;
use crate::survey::Item;
use crate::sys::HostKind;
use crate::upper::{Node, add, cost};

impl Overlay {
    /// Removes a file or symlink. For this and the other removals, resolve with
    /// [`LastLink::Keep`](crate::LastLink::Keep): a symlink itself is meant.
    pub fn remove_file(&mut self, at: &Resolved) -> Result<(), Error> {
        let path = at.path();
        match self.look(path)?.kind() {
            HostKind::File | HostKind::Symlink => {}
            HostKind::Folder => return Err(Problem::IsFolder.at(path)),
            HostKind::Special(kind) => return Err(Problem::Special(kind).at(path)),
        }
        let items = self.survey(path)?;
        self.remove_items(path, &items)
    }

    /// Removes an empty folder.
    pub fn remove_folder(&mut self, at: &Resolved) -> Result<(), Error> {
        let path = at.path();
        if self.look(path)?.kind() != HostKind::Folder {
            return Err(Problem::NotFolder.at(path));
        }
        let merged = self.merge(path)?;
        if self.mounts.pin(path) {
            return Err(Problem::MountPoint.at(path));
        }
        if !merged.is_empty() {
            return Err(Problem::NotEmpty.at(path));
        }
        let items = self.survey(path)?;
        self.remove_items(path, &items)
    }

    /// Removes whatever is at a path, with everything below it. `may` is asked for each thing; if
    /// it refuses one, nothing is removed.
    pub fn remove_tree(
        &mut self,
        at: &Resolved,
        mut may: impl FnMut(&VirtualPath) -> bool,
    ) -> Result<(), Error> {
        let path = at.path();
        self.look(path)?;
        if self.mounts.pin(path) {
            return Err(Problem::MountPoint.at(path));
        }
        let items = self.survey(path)?;
        if let Some(refused) = items.iter().find(|item| !may(&item.path)) {
            return Err(Problem::Refused.at(&refused.path));
        }
        self.remove_items(path, &items)
    }

    fn remove_items(&mut self, path: &VirtualPath, items: &[Item]) -> Result<(), Error> {
        let (mut need, mut freed) = (cost(path, 0), Usage::default());
        for item in items {
            match item.upper {
                true => freed = add(freed, self.upper.cost_at(&item.path)),
                false => need = add(need, self.upper.base_cost(&item.path)),
            }
        }
        self.room(need, freed).map_err(|problem| problem.at(path))?;
        for (path, base) in self.bases_of(items)? {
            self.upper.record(&path, base);
        }
        self.clear(path);
        self.upper.entries_changed(path);
        Ok(())
    }

    /// Takes everything at a path out of sight; what the host has there has been recorded.
    pub(crate) fn clear(&mut self, path: &VirtualPath) {
        self.upper.take_tree(path);
        if self.upper.base(path).is_some() && !self.upper.hides_below(path) {
            self.upper.put(path, Node::Whiteout);
        }
    }
}
