//! Symlinks, followed by us and within the virtual tree only.

use aether_path::VirtualPath;

use crate::error::{Error, Problem};
use crate::overlay::{MAX_DEPTH, Overlay, Seen};
use crate::sys::HostKind;
use crate::upper::Node;

/// Most symlinks followed for one path, as Linux does. Two symlinks that point at each other would
/// otherwise hold the host for ever.
pub const MAX_LINKS: usize = 40;

/// Whether a symlink at the end of a path is followed; those before it always are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LastLink {
    /// For reading and writing.
    Follow,
    /// For removing and renaming, which mean the symlink itself.
    Keep,
}

/// A path of which no component was a symlink when it was resolved.
///
/// The caller checks [`path`](Self::path), not what was asked for, before using it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved {
    path: VirtualPath,
    links: Vec<VirtualPath>,
    /// Whether a file of the host's stood there.
    pub(crate) is_host_file: bool,
}

impl Resolved {
    /// Where the path leads.
    pub fn path(&self) -> &VirtualPath {
        &self.path
    }

    /// The same, for keeping: without the symlinks that were followed.
    #[must_use]
    pub fn at_its_place(self) -> Self {
        Self { links: Vec::new(), ..self }
    }

    /// The symlinks that were followed, in order.
    pub fn links(&self) -> &[VirtualPath] {
        &self.links
    }
}

impl Overlay {
    /// Finds out where a path leads. What it leads to need not exist.
    ///
    /// An absolute target means that path of the virtual tree; `..` in a target stops at its root.
    pub fn resolve(&self, path: &VirtualPath, last: LastLink) -> Result<Resolved, Error> {
        if path.components().count() > MAX_DEPTH {
            return Err(Problem::TooDeep.at(path));
        }
        if self.mounts.any_folds() {
            return Walk::new(self, path, last).run();
        }
        let mut is_host_file = false;
        match self.look(path) {
            Ok(seen) if seen.kind() != HostKind::Symlink || last == LastLink::Keep => {
                is_host_file = matches!(seen, Seen::Lower(_)) && seen.kind() == HostKind::File;
            }
            Ok(_) => return Walk::new(self, path, last).run(),
            Err(error) => match error.problem {
                Problem::NotFound | Problem::NotFolder => {}
                Problem::LinkInTheWay => return Walk::new(self, path, last).run(),
                _ => return Err(error),
            },
        }
        Ok(Resolved { path: path.clone(), links: Vec::new(), is_host_file })
    }

    /// The target of the symlink at a path; `None` if there is none.
    pub(crate) fn link_target(&self, path: &VirtualPath) -> Result<Option<String>, Error> {
        match self.look(path)? {
            Seen::Upper(Node::Symlink { target, .. }) => Ok(Some(target.clone())),
            Seen::Lower(lower) if lower.kind() == HostKind::Symlink => {
                let target = self.mounts.link_target(path)?;
                target.into_string().map(Some).map_err(|_| Problem::BadLink.at(path))
            }
            _ => Ok(None),
        }
    }
}

/// A resolution one component at a time.
struct Walk<'a> {
    overlay: &'a Overlay,
    asked: &'a VirtualPath,
    last: LastLink,
    /// Where it stands: a path without symlinks.
    at: VirtualPath,
    /// The names still to go, next one last. At most the path's and [`MAX_LINKS`] targets' names.
    names: Vec<String>,
    links: Vec<VirtualPath>,
}

impl<'a> Walk<'a> {
    fn new(overlay: &'a Overlay, asked: &'a VirtualPath, last: LastLink) -> Self {
        let names =
            asked.components().map(str::to_owned).collect::<Vec<_>>().into_iter().rev().collect();
        Self { overlay, asked, last, at: VirtualPath::root(), names, links: Vec::new() }
    }

    fn run(mut self) -> Result<Resolved, Error> {
        while let Some(name) = self.names.pop() {
            if name == ".." {
                self.leave()?;
                continue;
            }
            let name = self.overlay.spelling(&self.at, &name)?;
            let next = self.enter(&name)?;
            if self.names.is_empty() && self.last == LastLink::Keep {
                self.at = next;
                break;
            }
            match self.overlay.link_target(&next) {
                Ok(Some(target)) => self.follow(next, &target)?,
                Ok(None) => self.at = next,
                Err(error) => match error.problem {
                    Problem::NotFound | Problem::NotFolder => {
                        self.at = next;
                        self.take_rest_as_it_is(&error)?;
                        break;
                    }
                    _ => return Err(error),
                },
            }
        }
        self.finish()
    }

    fn enter(&self, name: &str) -> Result<VirtualPath, Error> {
        let next = self.at.join(name).map_err(|_| Problem::TooDeep.at(self.asked))?;
        if next.components().count() > MAX_DEPTH {
            return Err(Problem::TooDeep.at(self.asked));
        }
        Ok(next)
    }

    fn leave(&mut self) -> Result<(), Error> {
        if self.overlay.look(&self.at)?.kind() != HostKind::Folder {
            return Err(Problem::NotFolder.at(self.asked));
        }
        self.at = self.at.parent().unwrap_or_else(VirtualPath::root);
        Ok(())
    }

    fn follow(&mut self, link: VirtualPath, target: &str) -> Result<(), Error> {
        if self.links.len() == MAX_LINKS {
            return Err(Problem::TooManyLinks.at(self.asked));
        }
        if target.is_empty() || target.contains('\0') {
            return Err(Problem::BadLink.at(&link));
        }
        if target.starts_with('/') {
            self.at = VirtualPath::root();
        }
        let names = target.split('/').filter(|name| !matches!(*name, "" | "."));
        self.names.extend(names.rev().map(str::to_owned));
        self.links.push(link);
        Ok(())
    }

    /// Below what does not exist there are no symlinks, and `..` has no meaning.
    fn take_rest_as_it_is(&mut self, missing: &Error) -> Result<(), Error> {
        while let Some(name) = self.names.pop() {
            if name == ".." {
                return Err(missing.clone());
            }
            self.at = self.enter(&name)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<Resolved, Error> {
        let mounts = &self.overlay.mounts;
        let outside =
            mounts.find(&self.at).is_none() && !mounts.lead_from(&self.at) && !self.at.is_root();
        match self.links.last() {
            Some(link) if outside => {
                Err(Problem::EscapesByLink { link: link.clone(), target: self.at }.at(self.asked))
            }
            _ => Ok(Resolved { path: self.at, links: self.links, is_host_file: false }),
        }
    }
}
