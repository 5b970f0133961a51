//! Making folders, in memory.

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::inode::Time;
use crate::overlay::Overlay;
use crate::read::not_a_folder;
use crate::resolve::Resolved;
use crate::sys::HostKind;
use crate::upper::{Node, add, cost};

impl Overlay {
    /// Makes a folder in an existing one. Resolve with [`LastLink::Keep`](crate::LastLink::Keep): a
    /// symlink there means that something exists.
    pub fn mkdir(&mut self, at: &Resolved) -> Result<(), Error> {
        let path = at.path();
        if self.look_for(path)?.is_some() {
            return Err(Problem::Exists.at(path));
        }
        self.check_folder_of(path)?;
        self.room(cost(path, 0), Usage::default()).map_err(|problem| problem.at(path))?;
        self.make_folder(path);
        Ok(())
    }

    /// Makes a folder and those on the way to it, as far as they are missing. `may` is asked for
    /// each that is to be made; if it refuses one, none is made.
    pub fn mkdir_all(
        &mut self,
        at: &Resolved,
        mut may: impl FnMut(&VirtualPath) -> bool,
    ) -> Result<(), Error> {
        let missing = self.missing_folders(at.path())?;
        let Some(first) = missing.first() else { return Ok(()) };
        self.check_folder_of(first)?;
        let mut need = Usage::default();
        for folder in &missing {
            if !may(folder) {
                return Err(Problem::Refused.at(folder));
            }
            need = add(need, cost(folder, 0));
        }
        self.room(need, Usage::default()).map_err(|problem| problem.at(at.path()))?;
        missing.iter().for_each(|folder| self.make_folder(folder));
        Ok(())
    }

    fn make_folder(&mut self, path: &VirtualPath) {
        self.upper.put(path, Node::Folder { mode: None, modified: Time::now() });
        self.upper.entries_changed(path);
    }

    /// The folders to be made for a path to be one, outermost first.
    fn missing_folders(&self, path: &VirtualPath) -> Result<Vec<VirtualPath>, Error> {
        let mut missing = Vec::new();
        let mut folder = path.clone();
        loop {
            match self.look_for(&folder)?.map(|seen| seen.kind()) {
                None => missing.push(folder.clone()),
                Some(HostKind::Folder) => break,
                Some(_) if folder == *path => return Err(Problem::Exists.at(path)),
                Some(kind) => return Err(not_a_folder(kind).at(&folder)),
            }
            match folder.parent() {
                Some(parent) => folder = parent,
                None => break,
            }
        }
        missing.reverse();
        Ok(missing)
    }
}
