//! Moving files and folders within the virtual tree.

use aether_path::VirtualPath;

use crate::config::Usage;
use crate::error::{Error, Problem};
use crate::inode::Time;
use crate::mounts::Lower;
use crate::overlay::{Overlay, Seen};
use crate::resolve::Resolved;
use crate::survey::Item;
use crate::sys::{HostKind, Meta};
use crate::upper::{Node, add, cost};

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
        if from == to || self.are_one_file(from, to) {
            return Ok(());
        }
        self.check_ends(from, to, moved)?;
        let items = self.survey(from)?;
        let moves = self.plan(from, to, &items)?;
        if let Some(refused) = moves.iter().find(|one| !may(&one.old, &one.new)) {
            return Err(Problem::Refused.at(&refused.new));
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
        self.make_moves(from, to, moves);
        Ok(())
    }

    fn make_moves(&mut self, from: &VirtualPath, to: &VirtualPath, moves: Vec<Move>) {
        // All are lifted before anything is cleared: a file must not lose its last name in between.
        let mut lifted = Vec::with_capacity(moves.len());
        for Move { old, new, moved } in moves {
            let node = match moved {
                Moved::Upper => self.upper.lift(&old),
                Moved::Host(meta) => {
                    let inode = self.upper.claim(&old, &meta);
                    self.upper.add_name(inode);
                    Some(Node::File { inode, origin: Some(old) })
                }
                Moved::New(node) => Some(node),
            };
            lifted.extend(node.map(|node| (new, node)));
        }
        self.clear(from);
        self.clear(to);
        for (new, node) in lifted {
            self.upper.place(&new, node);
        }
        self.upper.entries_changed(from);
        self.upper.entries_changed(to);
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
            (HostKind::Folder, Some(HostKind::Folder)) if self.merge(to)?.is_empty() => Ok(()),
            (HostKind::Folder, Some(HostKind::Folder)) => Err(Problem::NotEmpty.at(to)),
            (HostKind::Folder, Some(_)) => Err(Problem::NotFolder.at(to)),
            (_, Some(HostKind::Folder)) => Err(Problem::IsFolder.at(to)),
            (_, Some(_)) => Ok(()),
        }
    }

    /// Two names of one file: moving one over the other does nothing.
    fn are_one_file(&self, from: &VirtualPath, to: &VirtualPath) -> bool {
        match (self.look(from), self.look(to)) {
            (
                Ok(Seen::Upper(Node::File { inode: ours, .. })),
                Ok(Seen::Upper(Node::File { inode: theirs, .. })),
            ) => ours == theirs,
            _ => false,
        }
    }

    /// Where each item goes, and as what.
    fn plan(
        &self,
        from: &VirtualPath,
        to: &VirtualPath,
        items: &[Item],
    ) -> Result<Vec<Move>, Error> {
        let mut moves = Vec::with_capacity(items.len());
        for item in items {
            let new = match item.path.strip_prefix(from) {
                None | Some("") => to.clone(),
                Some(below) => to.join(below).map_err(|_| Problem::TooDeep.at(to))?,
            };
            if new.components().count() > crate::overlay::MAX_DEPTH {
                return Err(Problem::TooDeep.at(&new));
            }
            let moved = self.moved(&item.path, &new)?;
            moves.push(Move { old: item.path.clone(), new, moved });
        }
        Ok(moves)
    }

    fn moved(&self, path: &VirtualPath, new: &VirtualPath) -> Result<Moved, Error> {
        match self.look(path)? {
            Seen::Upper(node) => {
                if let Node::Symlink { target, .. } = node {
                    self.check_link(new, target)?;
                }
                Ok(Moved::Upper)
            }
            Seen::Lower(Lower::Virtual) => {
                Ok(Moved::New(Node::Folder { mode: None, modified: Time::now() }))
            }
            Seen::Lower(Lower::Host(meta)) => match meta.kind {
                HostKind::Folder => {
                    let (mode, modified) = match self.upper.touched(path) {
                        Some(touched) => (touched.mode, touched.modified),
                        None => (meta.permissions(), Time::of(&meta)),
                    };
                    Ok(Moved::New(Node::Folder { mode: Some(mode), modified }))
                }
                HostKind::File => Ok(Moved::Host(meta)),
                HostKind::Symlink => {
                    let target = self.mounts.link_target(path)?;
                    let target = target.into_string().map_err(|_| Problem::BadLink.at(path))?;
                    self.check_link(new, &target)?;
                    Ok(Moved::New(Node::Symlink { target, origin: Some(path.clone()) }))
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
        moves: &[Move],
    ) -> Result<(), Error> {
        let (mut need, mut freed) = (Usage::default(), Usage::default());
        let hidden =
            items.first().is_some_and(|item| !item.upper) || self.upper.base(from).is_some();
        if hidden {
            // A whiteout stays behind.
            need = cost(from, 0);
        }
        for item in items {
            match item.upper {
                true => freed = add(freed, self.upper.entry_cost_at(&item.path)),
                false => need = add(need, self.upper.base_cost(&item.path)),
            }
        }
        for item in replaced {
            match item.upper {
                true => freed = add(freed, self.upper.cost_at(&item.path)),
                false => need = add(need, self.upper.base_cost(&item.path)),
            }
        }
        for Move { old, new, moved } in moves {
            let target = match (moved, self.upper.get(old)) {
                (Moved::New(Node::Symlink { target, .. }), _)
                | (Moved::Upper, Some(Node::Symlink { target, .. })) => target.len() as u64,
                _ => 0,
            };
            need = add(need, cost(new, target));
        }
        self.room(need, freed).map_err(|problem| problem.at(from))
    }
}

/// One thing that is moved.
struct Move {
    old: VirtualPath,
    new: VirtualPath,
    moved: Moved,
}

enum Moved {
    /// What the tree has there.
    Upper,
    /// A file that the host has there.
    Host(Meta),
    /// An entry made for what the host has there.
    New(Node),
}
