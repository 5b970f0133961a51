//! What the host has where a layer has something, and what of it goes.

use std::ffi::OsString;

use aether_path::VirtualPath;

use super::LeftOutReason;
use super::read::{Open, Reader, Top};
use crate::error::{Error, HostProblem, Problem};
use crate::fingerprint::{ContentHash, Fingerprint};
use crate::mounts::Lower;
use crate::sys::{HostKind, Meta, name_to_bytes};
use crate::upper::Base;

impl Reader {
    /// What the host has at a path of a folder.
    pub(super) fn on_host(
        &self,
        folder: &Open,
        path: &VirtualPath,
    ) -> Result<Option<Lower>, LeftOutReason> {
        if !folder.on_host {
            return Ok(None);
        }
        self.at_mount(path)
    }

    /// What the host has at a path that no folder of a layer hides.
    pub(super) fn at_mount(&self, path: &VirtualPath) -> Result<Option<Lower>, LeftOutReason> {
        match self.overlay.mounts.look(path) {
            Ok(lower) => Ok(Some(lower)),
            // The second is about another name, of which this one looks like the escaped form.
            Err(Error { problem: Problem::NotFound | Problem::NotUtf8, .. }) => Ok(None),
            Err(error) => Err(unreadable(error)),
        }
    }

    /// The names in a folder of the host.
    pub(super) fn names_on_host(
        &mut self,
        folder: &VirtualPath,
    ) -> Result<Vec<(OsString, Meta)>, LeftOutReason> {
        let mounts = &self.overlay.mounts;
        self.budget.list(|most| mounts.names(folder, most).map_err(unreadable))
    }

    /// Records that what the host has at a path goes, with everything below it. If that cannot be,
    /// nothing of it goes. What is below and cannot be listed is left out; its folder then stays.
    pub(super) fn remove_on_host(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        host: Lower,
    ) -> Result<(), LeftOutReason> {
        let Lower::Host(meta) = host else { return Err(LeftOutReason::MountPoint) };
        if let HostKind::Special(kind) = meta.kind {
            return Err(LeftOutReason::HostSpecial(kind));
        }
        let mut open = vec![(path.clone(), meta)];
        let mut bases = Vec::new();
        while let Some((path, meta)) = open.pop() {
            if self.pins(&path) {
                return Err(LeftOutReason::MountPoint);
            }
            match meta.kind {
                HostKind::Special(kind) => {
                    self.leave_out(&path, LeftOutReason::HostSpecial(kind));
                    continue;
                }
                HostKind::Folder => {
                    for (name, meta) in self.names_on_host(&path)? {
                        open.extend(self.path_of(&path, &name).map(|path| (path, meta)));
                    }
                }
                HostKind::File | HostKind::Symlink => {}
            }
            self.budget.take_path(&path)?;
            let base = self.base_of(top, &path, &meta);
            bases.push((path, base));
        }
        for (path, base) in bases {
            self.overlay.upper.record(&path, base);
        }
        Ok(())
    }

    /// What the host has at a path, as far as the program can have seen it.
    pub(super) fn base_of(&mut self, top: &Top, path: &VirtualPath, meta: &Meta) -> Base {
        let seen = top.made.is_none_or(|made| meta.changed <= made);
        match meta.kind {
            HostKind::Folder | HostKind::Special(_) => {
                Base::Folder { mode: Some(meta.permissions()) }
            }
            HostKind::File => {
                let fingerprint = match seen {
                    true => self.file_on_host(path, meta),
                    false => Fingerprint::unseen(meta),
                };
                Base::File { fingerprint, mode: meta.permissions() }
            }
            HostKind::Symlink => {
                let target = self.overlay.mounts.link_target(path);
                let content = target.ok().map(|target| ContentHash::of(name_to_bytes(&target)));
                let fingerprint = match seen {
                    true => Fingerprint::new(meta, content),
                    false => Fingerprint::unseen(meta),
                };
                Base::Symlink { fingerprint }
            }
        }
    }

    /// Length, time and inode are compared alone where this user may not read the content.
    fn file_on_host(&mut self, path: &VirtualPath, meta: &Meta) -> Fingerprint {
        let file = self.overlay.mounts.open_file(path).ok();
        let fingerprint = file.and_then(|file| self.budget.hashes.fingerprint(&file).ok());
        fingerprint.unwrap_or_else(|| Fingerprint::new(meta, None))
    }
}

/// That something of the host cannot be read.
pub(crate) fn unreadable(error: Error) -> LeftOutReason {
    LeftOutReason::Unreadable(match error.problem {
        Problem::NotFound => HostProblem::NotFound,
        Problem::NotFolder => HostProblem::NotFolder,
        Problem::LinkInTheWay => HostProblem::Symlink,
        Problem::HostDenied => HostProblem::Denied,
        Problem::Io(number) => HostProblem::Io(number),
        _ => HostProblem::Unsupported,
    })
}
