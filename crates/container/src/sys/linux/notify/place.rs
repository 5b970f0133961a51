//! Where a plugin's paths lead, for the record only.
//!
//! The host looks with rights that the plugin does not have, so it looks and does nothing else: no
//! file is opened (`O_PATH`), no path leads out of the cell's root, and what was found decides
//! nothing.

use std::ffi::OsStr;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, open, openat2, readlinkat};
use rustix::io::Errno;

use super::decode::Base;
use crate::{Place, PluginText, Presence};

/// The folder that a path of a thread begins at, as a path of the cell's root.
pub(super) fn folder(thread: i32, base: Base) -> Option<PluginText> {
    let link = match base {
        Base::Current => format!("/proc/{thread}/cwd"),
        Base::Descriptor(number) => format!("/proc/{thread}/fd/{number}"),
    };
    let path = readlinkat(CWD, link, Vec::new()).ok()?;
    Some(PluginText::new(path.into_bytes(), false))
}

/// The root of one cell, opened when it is first needed. All its processes have the same: calls
/// that would give one another are refused.
#[derive(Debug, Default)]
pub(super) struct Root(Option<OwnedFd>);

impl Root {
    /// Looks whether something is there.
    pub(super) fn look(&mut self, thread: i32, place: &Place) -> Presence {
        let Some(path) = place.from_root().filter(|path| path.starts_with(b"/")) else {
            return Presence::Unknown;
        };
        let path = Path::new(OsStr::from_bytes(&path));
        // What is there depends on who looks.
        if path.starts_with("/proc") {
            return Presence::Unknown;
        }
        let Some(root) = self.of(thread) else { return Presence::Unknown };
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        match openat2(root, path, flags, Mode::empty(), resolve) {
            Ok(_) => Presence::Present,
            Err(Errno::NOENT | Errno::NOTDIR) => Presence::Absent,
            Err(_) => Presence::Unknown,
        }
    }

    fn of(&mut self, thread: i32) -> Option<&OwnedFd> {
        if self.0.is_none() {
            let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
            self.0 = open(format!("/proc/{thread}/root"), flags, Mode::empty()).ok();
        }
        self.0.as_ref()
    }
}
