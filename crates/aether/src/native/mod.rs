//! Native programs: from a grant to a root, a command and an environment.
#![cfg_attr(windows, allow(dead_code, reason = "nothing is mounted there"))]

mod changes;
mod error;
mod files;
mod leftovers;
mod mounted;
mod program;
mod reach;
#[cfg(not(windows))]
mod rooted;
mod runtime;
mod shelf;
#[cfg(windows)]
mod staged;
mod walk;

use std::path::{Path, PathBuf};

use aether_container::{Door, Link, Mount, MountKind, Native};
use aether_policy::grant::Grant;

use crate::Plugin;
use crate::mounts::Places;

pub(crate) use changes::Layers;
pub use error::NativeError;
pub(crate) use reach::Reach;
pub(crate) use runtime::holds as is_system;
pub(crate) use shelf::Shelf;

#[cfg(not(windows))]
pub(crate) use rooted::{look_for_program, prepare, trial};
#[cfg(windows)]
pub(crate) use staged::{look_for_program, prepare, trial};

/// Where a native plugin finds its own files.
pub(crate) const PLUGIN: &str = "/plugin";

/// Descriptors that a native program may have.
pub(crate) const OPEN_FILES: u32 = 1024;

/// Everything about a native program but its protections.
#[derive(Debug)]
pub(crate) struct Prepared {
    pub(crate) native: Native,
    /// What the layers of the cell will be, in their order.
    pub(crate) layers: Layers,
}

/// What is to be run, and how it meets its host.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub(crate) plugin: &'a Plugin,
    pub(crate) grant: &'a Grant,
    pub(crate) places: &'a Places,
    pub(crate) reach: &'a Reach,
    pub(crate) door: Door,
    /// Whose container it is, where containers have names.
    #[cfg_attr(not(windows), expect(dead_code, reason = "none has a name"))]
    pub(crate) container: &'a str,
    /// Whether it may run without one.
    #[cfg_attr(not(windows), expect(dead_code, reason = "there are none"))]
    pub(crate) may_lack: bool,
    /// The folder that it starts in.
    pub(crate) folder: &'a Path,
    /// Whether every program of the system may be executed.
    pub(crate) runs_system: bool,
}

fn read_only(at: &Path, from: &Path) -> Mount {
    Mount {
        at: at.to_owned(),
        from: from.to_owned(),
        kind: MountKind::ReadOnly,
        places: Vec::new(),
        as_root: true,
    }
}

/// Follows the links of a root by name: where a path of the root is really mounted.
fn through(links: &[Link], path: &Path) -> PathBuf {
    for link in links {
        if let Ok(rest) = path.strip_prefix(&link.at) {
            let above = link.at.parent().unwrap_or(Path::new("/"));
            let to = above.join(&link.to);
            return if rest.as_os_str().is_empty() { to } else { to.join(rest) };
        }
    }
    path.to_owned()
}
