//! Landlock alone, over the host's own tree.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use landlock::{ABI, AccessFs, BitFlags, PathBeneath, RulesetCreatedAttr, RulesetStatus};
use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;

use super::super::super::landlock_base::Landlock;
use super::super::mounts::{host_place, is_folder};
use crate::Native;

/// Before this ABI Landlock does not know of truncate(2), by which any file of the user could be
/// emptied. Linux 6.2.
const LEAST: u32 = 3;

/// Devices that every program may use. They hold nothing, or only chance.
const DEVICES: [&str; 5] = ["/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"];

/// A file that everybody may open, and that no grant reaches.
const DENIED: &str = "/proc/self/status";

/// Confines this process and those that it makes to what was granted and the private folder, and
/// tries it. Says with which ABI.
pub(in super::super) fn apply(native: &Native, own: &Path) -> Result<String, String> {
    let kernel = Landlock::of_kernel().ok_or("the kernel has no Landlock")?;
    let Landlock { number, abi } = kernel;
    if number < LEAST {
        return Err(format!("ABI {number}; without namespaces it must be {LEAST} or later"));
    }
    let ruleset = kernel.deny_all()?;
    let mut created = ruleset.create().map_err(|error| error.to_string())?;
    let rules = rules(native, own, abi)?;
    let count = rules.len();
    for (place, access) in rules {
        created =
            created.add_rule(PathBeneath::new(place, access)).map_err(|error| error.to_string())?;
    }
    let status = created.restrict_self().map_err(|error| error.to_string())?;
    if status.ruleset != RulesetStatus::FullyEnforced {
        return Err(format!("ABI {number}, but {:?}", status.ruleset));
    }
    // The kernel tells nobody of Landlock: it must show.
    match rustix::fs::open(DENIED, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
        Err(Errno::ACCESS) => {
            Ok(format!("ABI {number}, {count} rules, alone over the host's tree"))
        }
        Err(error) => Err(format!("ABI {number}, but {DENIED} is not denied: {error}")),
        Ok(_) => Err(format!("ABI {number}, but {DENIED} can be opened")),
    }
}

/// A place that was opened without following any link, and what is allowed below it.
type Rule = (OwnedFd, BitFlags<AccessFs>);

fn rules(native: &Native, own: &Path, abi: ABI) -> Result<Vec<Rule>, String> {
    let look = AccessFs::ReadFile | AccessFs::ReadDir;
    let write = AccessFs::from_write(abi)
        & !(AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::MakeSock);
    let mut wanted: Vec<(&Path, BitFlags<AccessFs>)> = Vec::new();
    wanted.extend(native.mounts.iter().map(|mount| (mount.from.as_path(), look)));
    let run = look | AccessFs::Execute;
    wanted.extend(native.executable.iter().map(|path| (path.as_path(), run)));
    wanted.push((own, look | write));
    let device = AccessFs::ReadFile | AccessFs::WriteFile;
    wanted.extend(DEVICES.map(|path| (Path::new(path), device)));
    let rule = |(path, access): (&Path, BitFlags<AccessFs>)| -> io::Result<Rule> {
        let place = host_place(path)?;
        // Rights over what only folders have are not for files.
        let access = match is_folder(place.as_fd())? {
            true => access,
            false => access & AccessFs::from_file(abi),
        };
        Ok((place, access))
    };
    wanted
        .into_iter()
        .map(|one| rule(one).map_err(|error| format!("{}: {error}", one.0.display())))
        .collect()
}
