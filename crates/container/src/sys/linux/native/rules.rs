//! Landlock for native programs: beneath the mounts, and besides them for what mounts cannot say,
//! which programs may be executed.

use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, NetPort, PathBeneath, PathFd, RulesetCreatedAttr,
    RulesetStatus,
};

use super::super::landlock_base::Landlock;
use crate::Native;

/// Confines this process and those that it makes. Says with which ABI.
pub(super) fn apply(native: &Native) -> Result<String, String> {
    let Some(kernel) = Landlock::of_kernel() else {
        return Err("the kernel has no Landlock".to_owned());
    };
    let Landlock { number, abi } = kernel;
    let ruleset = kernel.deny_all()?;
    let mut created = ruleset.create().map_err(|error| error.to_string())?;
    if let Some(port) = native.proxy.filter(|_| number >= 4) {
        created = created
            .add_rule(NetPort::new(port, AccessNet::ConnectTcp))
            .map_err(|error| error.to_string())?;
    }
    for port in native.inbound.iter().filter(|_| number >= 4) {
        created = created
            .add_rule(NetPort::new(*port, AccessNet::BindTcp | AccessNet::ConnectTcp))
            .map_err(|error| error.to_string())?;
    }
    let rules = rules(native, abi);
    let count = rules.len();
    for (path, access) in rules {
        let file = PathFd::new(&path).map_err(|error| error.to_string())?;
        // Rights over what only folders have are not for files.
        let access = if path.is_dir() { access } else { access & AccessFs::from_file(abi) };
        created = created
            .add_rule(PathBeneath::new(file, access))
            .map_err(|error| format!("{}: {error}", path.display()))?;
    }
    let status = created.restrict_self().map_err(|error| error.to_string())?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok(format!("ABI {number}, {count} rules")),
        other => Err(format!("ABI {number}, but {other:?}")),
    }
}

fn rules(native: &Native, abi: ABI) -> Vec<(PathBuf, BitFlags<AccessFs>)> {
    let look = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = AccessFs::from_write(abi) & !(AccessFs::MakeChar | AccessFs::MakeBlock);
    let mut rules = Vec::new();
    for mount in &native.mounts {
        let access = if mount.kind.is_layer() { look | write } else { look };
        rules.push((mount.at.clone(), access));
    }
    for path in &native.executable {
        rules.push((path.clone(), look | AccessFs::Execute));
    }
    for path in ["/tmp", "/dev/shm"] {
        rules.push((PathBuf::from(path), look | write));
    }
    rules.push((PathBuf::from("/proc"), look));
    let device = look | AccessFs::WriteFile;
    rules.push((PathBuf::from("/dev"), device & AccessFs::from_all(abi)));
    // What is mounted over nothing at all is looked at, never used.
    rules.push((Path::new("/").to_owned(), AccessFs::ReadDir.into()));
    rules
}
