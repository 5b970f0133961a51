//! The runtime profile: the folders of the machine without which no program starts.

use std::path::{Path, PathBuf};

use aether_container::{Link, Mount, MountKind};
use aether_policy::given::{FOLDERS, LOOKED_UP};

pub(super) use aether_policy::given::PATH;

/// Whether a path is among the runtime folders.
pub(crate) fn holds(path: &Path) -> bool {
    FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// Folders, within the runtime folders, of dynamic loaders: the kernel executes one for every
/// program that is linked dynamically. Found by name: `ld-linux-x86-64.so.2`, `ld-musl-….so.1`.
const LOADERS: [&str; 4] = ["/lib64", "/lib", "/usr/lib", "/usr/lib64"];

/// The profile, as this machine has it.
#[derive(Debug, Default)]
pub(super) struct Profile {
    pub(super) mounts: Vec<Mount>,
    pub(super) links: Vec<Link>,
    /// The dynamic loaders.
    pub(super) loaders: Vec<PathBuf>,
    /// Folders of programs, for whom everything in them may be executed.
    pub(super) programs: Vec<PathBuf>,
}

/// Looks at this machine.
pub(super) fn profile() -> Profile {
    let mut found = Profile::default();
    for folder in FOLDERS.map(Path::new) {
        // Links among them, as on systems where `/bin` is `/usr/bin`, stay links.
        if let Ok(to) = std::fs::read_link(folder) {
            found.links.push(Link { at: folder.to_owned(), to });
        } else if folder.is_dir() {
            found.mounts.push(mount(folder, folder));
            found.programs.push(folder.to_owned());
        }
    }
    for path in LOOKED_UP.map(Path::new) {
        // Through links, as the time zone's is one.
        if let Ok(real) = path.canonicalize() {
            found.mounts.push(mount(path, &real));
        }
    }
    for folder in LOADERS.map(Path::new) {
        found.loaders.extend(loaders_in(folder));
    }
    found.loaders.sort();
    found.loaders.dedup();
    found
}

fn mount(at: &Path, from: &Path) -> Mount {
    Mount {
        at: at.to_owned(),
        from: from.to_owned(),
        kind: MountKind::ReadOnly,
        places: Vec::new(),
        // Everybody may read them; so may a cell's user.
        as_root: false,
    }
}

fn loaders_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let is_loader = |name: &str| name.starts_with("ld-linux") || name.starts_with("ld-musl");
    entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_str().is_some_and(is_loader))
        // By its real name: that is where the kernel finds it, whatever links lead there.
        .filter_map(|entry| entry.path().canonicalize().ok())
        .collect()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_programs_and_a_loader() {
        let found = profile();
        assert!(found.programs.contains(&PathBuf::from("/usr")));
        assert!(found.loaders.iter().all(|loader| loader.is_file()), "{:?}", found.loaders);
        assert!(!found.loaders.is_empty());
        assert!(found.mounts.iter().all(|mount| mount.from.canonicalize().unwrap() == mount.from));
        assert!(found.mounts.iter().all(|mount| !mount.at.starts_with("/etc/passwd")));
    }
}
