//! Folders of a layer.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};

use aether_path::VirtualPath;

use super::LeftOutReason;
use super::files::{changed_bits, loses_bits, new_bits};
use super::read::{Open, Reader, Top};
use crate::inode::{NEW_FOLDER, Time};
use crate::mounts::Lower;
use crate::sys::{HostKind, Meta};
use crate::upper::{Node, Touched};

impl Reader {
    /// A folder, which is new or was only entered. Gives it back if it is to be read.
    pub(super) fn found_folder(
        &mut self,
        top: &Top,
        around: &Open,
        path: VirtualPath,
        meta: &Meta,
        host: Option<Lower>,
    ) -> Option<Open> {
        match self.try_folder(top, &path, meta, host) {
            Ok((on_host, opaque)) => {
                Some(Open { path, on_host, opaque: on_host && (opaque || around.opaque) })
            }
            Err(reason) => {
                self.leave_out(&path, reason);
                None
            }
        }
    }

    /// Whether the host has the folder too, and whether the layer says that what is in it there is
    /// hidden.
    fn try_folder(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        meta: &Meta,
        host: Option<Lower>,
    ) -> Result<(bool, bool), LeftOutReason> {
        let (marks, attributes) = top.attributes(path).map_err(LeftOutReason::Unreadable)?;
        if marks.elsewhere {
            return Err(LeftOutReason::Elsewhere);
        }
        let (on_host, same_mode, same_attributes) = match host {
            Some(Lower::Host(theirs)) if theirs.kind == HostKind::Folder => {
                let known = self.overlay.mounts.folder_attributes(path);
                let same_mode = self.known_folder(top, path, meta, &theirs)?;
                (true, same_mode, known.is_none() || known == attributes)
            }
            Some(Lower::Virtual) => (true, true, true),
            other => {
                self.budget.take_path(path)?;
                if let Some(other) = other {
                    self.remove_on_host(top, path, other)?;
                }
                let mode = new_bits(meta.mode, &[NEW_FOLDER]);
                self.overlay.upper.put(path, Node::Folder { mode, modified: Time::now() });
                let none = attributes.is_some_and(|attributes| attributes.is_empty());
                (false, !loses_bits(meta.mode), none)
            }
        };
        if !same_mode {
            self.leave_out(path, LeftOutReason::Mode { mode: meta.mode });
        }
        if !same_attributes {
            self.leave_out(path, LeftOutReason::Attributes);
        }
        Ok((on_host, marks.opaque))
    }

    /// A folder that the host has too. Tells whether it gets all permissions that it has in the layer.
    fn known_folder(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        meta: &Meta,
        theirs: &Meta,
    ) -> Result<bool, LeftOutReason> {
        if top.blank {
            // It was made with the permissions of a new one, which say nothing of the host's.
            return Ok(!loses_bits(meta.mode));
        }
        let mode = changed_bits(meta.mode, theirs.permissions());
        if mode != theirs.permissions() {
            self.budget.take_path(path)?;
            self.overlay.upper.touch(path, Touched { mode, ..Touched::of(theirs) });
        }
        Ok(meta.mode == mode | theirs.mode & !0o777)
    }

    /// An opaque folder: what the host has in it is gone, but for what the layer has under the same
    /// name, which is compared as anything else.
    pub(super) fn hidden(&mut self, top: &Top, folder: &VirtualPath, ours: &[(OsString, Meta)]) {
        let ours: BTreeSet<&OsStr> = ours.iter().map(|(name, _)| name.as_os_str()).collect();
        let listed = match self.names_on_host(folder) {
            Ok(listed) => listed,
            Err(reason) => return self.leave_out(folder, reason),
        };
        for (name, meta) in listed {
            if ours.contains(name.as_os_str()) {
                continue;
            }
            if let Some(path) = self.path_of(folder, &name)
                && let Err(reason) = self.remove_on_host(top, &path, Lower::Host(meta))
            {
                self.leave_out(&path, reason);
            }
        }
    }
}
