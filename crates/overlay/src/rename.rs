//! Moving files and folders within the virtual tree.

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen, now};
use crate::read::milliseconds;
use crate::resolve::Resolved;
use crate::survey::Item;
use crate::sys::HostKind;
use crate::upper::{Content, FileNode, Node, add, cost};

impl Overlay {
    /// Moves a file, symlink or folder, over an existing file or empty folder if there is one.
    /// Contents of host files are not copied. Resolve both with
    /// [`LastLink::Keep`](crate::LastLink::Keep).
    ///
    /// A folder is moved with everything below it; `may` is asked for the old and new path of each
    /// thing, and if it refuses one, nothing is moved. What is moved can be read under its new
    /// path afterwards: the caller has to mind that too.
    ///
    /// # Errors
    /// [`Problem::LeadsOut`] for a symlink whose target, read from its new place, would not lead
    /// to where the same mount is: programs of the host would follow it.
    pub fn rename(
        &mut self,
        from: &Resolved,
        to: &Resolved,
        mut may: impl FnMut(&VirtualPath, &VirtualPath) -> bool,
    ) -> Result<(), Error> {
        let (from, to) = (from.path(), to.path());
        let moved = self.look(from)?.kind();
        if from == to {
            return Ok(());
        }
        self.check_ends(from, to, moved)?;
        let items = self.survey(from)?;
        let moves = self.plan(from, to, &items)?;
        if let Some((_, new, _)) = moves.iter().find(|(old, new, _)| !may(old, new)) {
            return Err(Problem::Refused.at(new));
        }
        let replaced = match self.look_for(to)? {
            Some(_) => self.survey(to)?,
            None => Vec::new(),
        };
        self.check_room_for(from, &items, &replaced, &moves)?;
        let mut bases = self.bases_of(&items)?;
        bases.extend(self.bases_of(&replaced)?);
        for (path, base) in bases {
            self.upper.record(&path, base);
        }
        self.clear(from);
        self.clear(to);
        for (_, new, node) in moves {
            self.upper.put(&new, node);
        }
        Ok(())
    }

    /// The rules of `rename(2)`.
    fn check_ends(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        moved: HostKind,
    ) -> Result<(), Error> {
        if let HostKind::Special(kind) = moved {
            return Err(Problem::Special(kind).at(from));
        }
        if to.starts_with(from) {
            let problem =
                if moved == HostKind::Folder { Problem::IntoItself } else { Problem::NotFolder };
            return Err(problem.at(to));
        }
        if let Some(pinned) = [from, to].into_iter().find(|path| self.mounts.pin(path)) {
            return Err(Problem::MountPoint.at(pinned));
        }
        let there = self.look_for(to)?.map(|seen| seen.kind());
        match (moved, there) {
            (_, None) => self.check_folder_of(to),
            (_, Some(HostKind::Special(kind))) => Err(Problem::Special(kind).at(to)),
            (HostKind::Folder, Some(HostKind::Folder)) if self.merge(to)?.entries.is_empty() => {
                Ok(())
            }
            (HostKind::Folder, Some(HostKind::Folder)) => Err(Problem::NotEmpty.at(to)),
            (HostKind::Folder, Some(_)) => Err(Problem::NotFolder.at(to)),
            (_, Some(HostKind::Folder)) => Err(Problem::IsFolder.at(to)),
            (_, Some(_)) => Ok(()),
        }
    }

    /// Old path, new path and new entry of each item.
    fn plan(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        items: &[Item],
    ) -> Result<Vec<(VirtualPath, VirtualPath, Node)>, Error> {
        let mut moves = Vec::with_capacity(items.len());
        for item in items {
            let new = match item.path.strip_prefix(from) {
                None | Some("") => to.clone(),
                Some(below) => to.join(below).map_err(|_| Problem::TooDeep.at(to))?,
            };
            if new.components().count() > crate::overlay::MAX_DEPTH {
                return Err(Problem::TooDeep.at(&new));
            }
            let node = self.moved_node(&item.path)?;
            if let Node::Symlink { target, .. } = &node {
                self.leads_to(&new, target)?;
            }
            moves.push((item.path.clone(), new, node));
        }
        Ok(moves)
    }

    fn moved_node(&self, path: &VirtualPath) -> Result<Node, Error> {
        match self.look(path)? {
            Seen::Upper(node) => Ok(node.clone()),
            Seen::Lower(Lower::Virtual) => Ok(Node::Folder { modified: now() }),
            Seen::Lower(Lower::Host(meta)) => match meta.kind {
                HostKind::Folder => Ok(Node::Folder { modified: now() }),
                HostKind::File => Ok(Node::File(FileNode {
                    content: Content::Origin { len: meta.len },
                    origin: Some(path.clone()),
                    executable: meta.executable(),
                    modified: milliseconds(&meta),
                })),
                HostKind::Symlink => {
                    let target = self.mounts.link_target(path)?;
                    let target = target.into_string().map_err(|_| Problem::BadLink.at(path))?;
                    Ok(Node::Symlink { target, origin: path.clone() })
                }
                HostKind::Special(kind) => Err(Problem::Special(kind).at(path)),
            },
        }
    }

    fn check_room_for(
        &self,
        from: &VirtualPath,
        items: &[Item],
        replaced: &[Item],
        moves: &[(VirtualPath, VirtualPath, Node)],
    ) -> Result<(), Error> {
        let (mut need, mut freed) = (Usage::default(), Usage::default());
        let hidden =
            items.first().is_some_and(|item| !item.upper) || self.upper.base(from).is_some();
        if hidden {
            // A whiteout stays behind.
            need = cost(from, 0);
        }
        for item in items.iter().chain(replaced) {
            match item.upper {
                true => freed = add(freed, self.upper.cost_at(&item.path)),
                false => need = add(need, self.upper.base_cost(&item.path)),
            }
        }
        for (_, new, node) in moves {
            need = add(need, cost(new, crate::upper::node_bytes(node)));
        }
        self.room(need, freed).map_err(|problem| problem.at(from))
    }
}
