//! A program that does nothing, to try on it what a machine can enforce.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use aether_bundle::Bundle;
use aether_container::{Door, Mount, MountKind, Native};

use super::program::Around;
use super::{NativeError, Shelf, read_only, runtime};

/// Where the folder is that is laid over.
const FOLDER: &str = "/workspace";

/// Bytes that it may write.
const SCRATCH: u64 = 1 << 20;

/// `true`, with everything around it that a native plugin has.
pub(crate) fn trial(shelf: &Shelf) -> Result<Native, NativeError> {
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
    Ok(Native {
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
    })
}
