//! Native programs: from a grant to a root, a command and an environment.

mod changes;
mod error;
mod files;
mod leftovers;
mod mounted;
mod program;
mod reach;
mod runtime;
mod shelf;
mod trial;
mod walk;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use aether_container::{Door, Link, Mount, MountKind, Native};
use aether_manifest::Permission;
use aether_policy::given;
use aether_policy::grant::Grant;

use crate::Plugin;
use crate::mounts::Places;

pub(crate) use changes::Layers;
pub use error::NativeError;
pub(crate) use reach::Reach;
pub(crate) use runtime::holds as is_system;
pub(crate) use shelf::Shelf;
pub(crate) use trial::trial;

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
    /// The folder that it starts in.
    pub(crate) folder: &'a Path,
    /// Whether every program of the system may be executed.
    pub(crate) runs_system: bool,
}

/// Makes a root, a command and an environment of a grant.
pub(crate) fn prepare(wanted: Wanted<'_>, shelf: &Shelf) -> Result<Prepared, NativeError> {
    let Wanted { plugin, grant, places, .. } = wanted;
    let mut runtime = runtime::profile();
    let granted = files::mounts(grant, places, &runtime)?;
    // What is granted shows what the profile does, and may be written.
    runtime.mounts.retain(|mount| !granted.holds(&mount.at));
    let mut mounts = runtime.mounts;
    let mut executable = runtime.loaders;
    let names = Path::new(given::HOSTS);
    if !granted.holds(names) {
        let hosts = read_only(names, &shelf.hosts()?);
        mounts.push(Mount { kind: MountKind::StandIn, ..hosts });
    }
    let bundle = plugin.bundle();
    if !bundle.files().is_empty() {
        mounts.push(read_only(Path::new(PLUGIN), &shelf.bundle(bundle)?));
        executable.push(PathBuf::from(PLUGIN));
    }
    let around = program::Around { bundle, granted: &granted.mounts, links: &runtime.links };
    let command = around.command(&plugin.words())?;
    executable.extend(command.programs);
    for line in grant.lines().filter(|line| line.permission == Permission::Process) {
        executable.extend(around.granted_programs(&line.resource)?);
    }
    if wanted.runs_system {
        executable.extend(runtime.programs);
    }
    mounts.extend(granted.mounts);
    mounts.extend(wanted.reach.mounts());
    files::make_places(&mut mounts);
    executable.sort();
    executable.dedup();
    let native = Native {
        program: command.program,
        command: command.words,
        environment: environment(grant, wanted.door, wanted.reach),
        folder: wanted.folder.to_owned(),
        mounts,
        links: runtime.links,
        executable,
        door: wanted.door,
        proxy: Some(wanted.reach.proxy_port()),
        inbound: wanted.reach.inbound.clone(),
        networked: grant.domains().next().is_some() || !wanted.reach.inbound.is_empty(),
        scratch: grant.limits().disk,
        processes: grant.limits().processes,
        trace_files: false,
        broker: false,
    };
    Ok(Prepared { native, layers: granted.layers })
}

/// Whether a plugin's program is there, without granting or running anything.
pub(crate) fn look_for_program(plugin: &Plugin) -> Result<(), NativeError> {
    let runtime = runtime::profile();
    let around = program::Around { bundle: plugin.bundle(), granted: &[], links: &runtime.links };
    around.command(&plugin.words()).map(drop)
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

/// The variables of a native program: what every program may know, and what was granted.
fn environment(grant: &Grant, door: Door, reach: &Reach) -> Vec<(OsString, OsString)> {
    let mut all: Vec<(OsString, OsString)> = Vec::new();
    let mut set = |name: &str, value: OsString| {
        // A granted variable of the host's stands before one of ours.
        if all.iter().all(|(known, _)| known != name) {
            all.push((name.into(), value));
        }
    };
    for name in grant.environment() {
        if let Some(value) = std::env::var_os(name) {
            set(name, value);
        }
    }
    set("PATH", runtime::PATH.join(":").into());
    set("HOME", "/tmp".into());
    set("TMPDIR", "/tmp".into());
    set("LANG", "C.UTF-8".into());
    if door == Door::Open {
        set("AETHER_FD", "3".into());
        set("AETHER_PLUGIN", PLUGIN.into());
    }
    for (name, value) in reach.variables() {
        set(name, value);
    }
    all
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
