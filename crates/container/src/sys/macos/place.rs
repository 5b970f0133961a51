//! A native program's root, as far as the host's own tree is like it.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::{LaunchError, Mount, MountKind, Native};

/// The folder of a root that is private to its cell.
const TEMPORARY: &str = "/tmp";

/// The same program for the host's own tree, with `own` in place of its root's `/tmp`.
///
/// # Errors
/// [`LaunchError::Unsupported`] names what cannot be had. What is not where it lies is refused and not
/// moved: the program would find something else there.
pub(super) fn in_place(native: &Native, own: &Path) -> Result<Native, LaunchError> {
    let refuse = |why| Err(LaunchError::Unsupported(why));
    if native.networked {
        return refuse("a native program has no network on macOS");
    }
    if native.broker || native.trace_files {
        return refuse("what a native program opens is not told to its host on macOS");
    }
    let mut mounts = Vec::new();
    for mount in &native.mounts {
        if is_shown(mount, &native.mounts)? {
            let from = mount.from.clone();
            mounts.push(Mount { at: from.clone(), from, ..mount.clone() });
        }
    }
    if native.links.iter().any(|link| fs::read_link(&link.at).ok().as_ref() != Some(&link.to)) {
        return refuse("a link of the plugin's root is not on this machine");
    }
    let real = |path: &PathBuf| {
        let gone = |error| LaunchError::Program { path: path.display().to_string(), error };
        path.canonicalize().map_err(gone)
    };
    let variable = |(name, value): &(OsString, OsString)| {
        let own = || own.as_os_str().to_owned();
        (name.clone(), if value == TEMPORARY { own() } else { value.clone() })
    };
    let stays = native.folder != Path::new(TEMPORARY) && native.folder.is_dir();
    Ok(Native {
        program: real(&native.program)?,
        environment: native.environment.iter().map(variable).collect(),
        folder: if stays { native.folder.clone() } else { own.to_owned() },
        mounts,
        links: Vec::new(),
        executable: native.executable.iter().map(real).collect::<Result<_, _>>()?,
        proxy: None,
        inbound: Vec::new(),
        ..native.clone()
    })
}

/// Whether the host's tree shows it; what stands in for something that is denied anyway is left out.
fn is_shown(mount: &Mount, all: &[Mount]) -> Result<bool, LaunchError> {
    if mount.kind == MountKind::StandIn {
        let shown = |one: &Mount| one.kind != MountKind::StandIn && is_within(&mount.at, &one.at);
        return match all.iter().any(shown) {
            true => Err(LaunchError::Unsupported("nothing can stand in for a file on macOS")),
            false => Ok(false),
        };
    }
    if mount.kind.is_layer() {
        return Err(LaunchError::Unsupported("there are no layers of changes on macOS"));
    }
    match mount.at.canonicalize().ok().as_ref() == Some(&mount.from) {
        true => Ok(true),
        false => Err(LaunchError::Unsupported("a grant lies elsewhere on this machine")),
    }
}

/// Whether one path is within another on a disk that takes letters of either case for the same.
fn is_within(path: &Path, folder: &Path) -> bool {
    let plain = |path: &Path| PathBuf::from(path.to_string_lossy().to_lowercase());
    plain(path).starts_with(plain(folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Door, Link};

    fn native(mounts: &[(MountKind, &Path, &Path)]) -> Native {
        let mount = |&(kind, at, from): &(MountKind, &Path, &Path)| Mount {
            at: at.to_owned(),
            from: from.to_owned(),
            kind,
            places: Vec::new(),
            as_root: false,
        };
        Native {
            program: "/bin/sh".into(),
            command: vec!["sh".into()],
            environment: vec![("HOME".into(), "/tmp".into()), ("A".into(), "/tmp/a".into())],
            folder: "/tmp".into(),
            mounts: mounts.iter().map(mount).collect(),
            links: Vec::new(),
            executable: vec!["/bin/sh".into()],
            door: Door::Closed,
            proxy: Some(1),
            networked: false,
            inbound: vec![2],
            scratch: 1,
            processes: 1,
            trace_files: false,
            broker: false,
            stage: None,
        }
    }

    fn made(native: &Native) -> Result<Native, String> {
        in_place(native, Path::new("/own")).map_err(|error| error.to_string())
    }

    #[track_caller]
    fn refused(native: &Native, why: &str) {
        let error = made(native).unwrap_err();
        assert!(error.contains(why), "{error}");
    }

    #[test]
    fn a_private_folder_stands_for_the_temporary_one_on_macos() {
        let made = made(&native(&[])).unwrap();
        assert_eq!(made.folder, Path::new("/own"));
        let values: Vec<_> = made.environment.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, ["/own", "/tmp/a"]);
        assert_eq!(made.program, Path::new("/bin/sh").canonicalize().unwrap());
        assert_eq!(made.executable, [made.program]);
        assert!(made.proxy.is_none() && made.inbound.is_empty());
    }

    #[test]
    fn what_lies_elsewhere_or_needs_layers_is_refused_on_macos() {
        use MountKind as M;
        let host = tempfile::tempdir().unwrap();
        let host = host.path().canonicalize().unwrap();
        let there = native(&[(M::ReadOnly, &host, &host)]);
        assert_eq!(made(&there).unwrap().mounts, there.mounts);
        refused(&native(&[(M::ReadOnly, Path::new("/data"), &host)]), "lies elsewhere");
        for kind in [M::Overlay, M::NewFolder, M::FileCopy, M::NewFile] {
            refused(&native(&[(kind, &host, &host)]), "no layers");
        }
    }

    #[test]
    fn a_stand_in_is_left_out_on_macos_where_what_it_stands_for_is_denied() {
        use MountKind as M;
        let host = tempfile::tempdir().unwrap();
        let host = host.path().canonicalize().unwrap();
        let (inside, source) = (host.join("secret"), Path::new("/dev/null"));
        assert_eq!(made(&native(&[(M::StandIn, &inside, source)])).unwrap().mounts, []);
        let shown = (M::ReadOnly, host.as_path(), host.as_path());
        refused(&native(&[shown, (M::StandIn, &inside, source)]), "stand in");
        let loud = PathBuf::from(inside.to_str().unwrap().to_uppercase());
        refused(&native(&[shown, (M::StandIn, &loud, source)]), "stand in");
    }

    #[test]
    fn a_network_a_broker_and_links_that_are_not_there_are_refused_on_macos() {
        refused(&Native { networked: true, ..native(&[]) }, "no network");
        refused(&Native { broker: true, ..native(&[]) }, "not told");
        refused(&Native { trace_files: true, ..native(&[]) }, "not told");
        let host = tempfile::tempdir().unwrap();
        let link = Link { at: host.path().join("link"), to: "there".into() };
        let linked = Native { links: vec![link.clone()], ..native(&[]) };
        refused(&linked, "a link");
        std::os::unix::fs::symlink("there", &link.at).unwrap();
        assert!(made(&linked).is_ok());
    }
}
