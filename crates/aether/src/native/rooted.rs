//! Native programs where a root can be made for one: what it finds is mounted there.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use aether_bundle::Bundle;
use aether_container::{Door, Mount, MountKind, Native};
use aether_manifest::Permission;
use aether_policy::given;
use aether_policy::grant::Grant;

use super::program::{self, Around};
use super::{NativeError, PLUGIN, Prepared, Reach, Shelf, Wanted, files, read_only, runtime};
use crate::Plugin;

/// Where the folder is that a trial lays over.
const FOLDER: &str = "/workspace";

/// Bytes that a trial may write.
const SCRATCH: u64 = 1 << 20;

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
        stage: None,
    };
    Ok(Prepared { native, layers: granted.layers })
}

/// Whether a plugin's program is there, without granting or running anything.
pub(crate) fn look_for_program(plugin: &Plugin) -> Result<(), NativeError> {
    let runtime = runtime::profile();
    let around = program::Around { bundle: plugin.bundle(), granted: &[], links: &runtime.links };
    around.command(&plugin.words()).map(drop)
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

/// `true`, with everything around it that a native plugin has, and what has to stay as long as it runs.
pub(crate) fn trial(shelf: &Shelf) -> Result<(Native, ()), NativeError> {
    let runtime = runtime::profile();
    let bundle = Bundle::from_files(Path::new("/"), std::collections::BTreeMap::new());
    let around = Around { bundle: &bundle, granted: &[], links: &runtime.links };
    let command = around.command(&[OsString::from("true")])?;
    let mut mounts = runtime.mounts;
    let hosts = read_only(Path::new("/etc/hosts"), &shelf.hosts()?);
    mounts.push(Mount { kind: MountKind::StandIn, ..hosts });
    mounts.push(Mount {
        at: PathBuf::from(FOLDER),
        from: shelf.empty()?,
        kind: MountKind::Overlay,
        places: Vec::new(),
        as_root: true,
    });
    let mut executable = runtime.loaders;
    executable.extend(command.programs);
    executable.sort();
    executable.dedup();
    let native = Native {
        program: command.program,
        command: command.words,
        environment: Vec::new(),
        folder: PathBuf::from(FOLDER),
        mounts,
        links: runtime.links,
        executable,
        door: Door::Closed,
        proxy: None,
        inbound: Vec::new(),
        networked: false,
        scratch: SCRATCH,
        processes: 1,
        trace_files: false,
        broker: false,
        stage: None,
    };
    Ok((native, ()))
}
