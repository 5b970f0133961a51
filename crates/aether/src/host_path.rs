//! How places of the host are named where plugins and policies speak of them: with slashes, from the
//! root.
//!
//! On Unix that is the path itself. Windows has a root on each drive: a name without a drive is on that
//! of the working folder, so that `/var/log` is one place there and no more, and `/D:/logs` is on
//! another. What has no such name, as folders of other machines, no policy can allow; a person can name
//! it on the command line.

use std::io;
use std::path::{Path, PathBuf};

/// The path of the host that a name stands for.
pub(crate) fn of_name(name: &str, workdir: &Path) -> PathBuf {
    #[cfg(windows)]
    return windows::of_name(name, &workdir.to_string_lossy()).into();
    #[cfg(not(windows))]
    {
        let _one_root = workdir;
        PathBuf::from(name)
    }
}

/// How a policy names a path of the host.
pub(crate) fn name_of(host: &Path, workdir: &Path) -> String {
    let host = host.to_string_lossy();
    #[cfg(windows)]
    return windows::name_of(&host, &workdir.to_string_lossy());
    #[cfg(not(windows))]
    {
        let _one_root = workdir;
        host.into_owned()
    }
}

/// Where a path really is, no link on the way, as people write it.
///
/// # Errors
/// The system's, where nothing is there.
pub(crate) fn real(path: &Path) -> io::Result<PathBuf> {
    let found = path.canonicalize()?;
    #[cfg(windows)]
    if let Some(simple) = found.to_str().and_then(windows::simple) {
        return Ok(simple.as_str().into());
    }
    Ok(found)
}

/// Windows' own, by their text alone.
#[cfg(any(windows, test))]
mod windows {
    use aether_path::WindowsPath;

    /// How the system writes paths that it takes as they are.
    const VERBATIM: &str = r"\\?\";

    /// The drive that a path begins with, such as `C:`.
    fn drive(path: &str) -> Option<(&str, &str)> {
        let (drive, rest) = path.split_at_checked(2)?;
        let mut letters = drive.chars();
        let is = letters.next()?.is_ascii_alphabetic() && letters.next() == Some(':');
        is.then_some((drive, rest))
    }

    pub(super) fn of_name(name: &str, workdir: &str) -> String {
        let rest = name.strip_prefix('/').unwrap_or(name);
        let (drive, rest) = match drive(rest) {
            Some((drive, rest)) if rest.is_empty() || rest.starts_with('/') => (drive, rest),
            _ => (self::drive(workdir).map_or("", |(drive, _)| drive), name),
        };
        let rest = rest.replace('/', r"\");
        if rest.is_empty() { format!(r"{drive}\") } else { format!("{drive}{rest}") }
    }

    pub(super) fn name_of(host: &str, workdir: &str) -> String {
        let Ok(path) = WindowsPath::parse(host) else { return host.to_owned() };
        let own = drive(workdir).and_then(|(drive, _)| drive.chars().next());
        let is_own = own.is_some_and(|own| own.eq_ignore_ascii_case(&path.drive()));
        let drive = if is_own { String::new() } else { format!("/{}:", path.drive()) };
        let names = path.components().flat_map(|name| ["/", name]);
        let name: String = std::iter::once(&*drive).chain(names).collect();
        if name.is_empty() { "/".to_owned() } else { name }
    }

    /// The path without what makes the system take it as it is, where it is the same place without.
    pub(super) fn simple(path: &str) -> Option<WindowsPath> {
        path.starts_with(VERBATIM).then(|| WindowsPath::parse(path).ok())?
    }
}

#[cfg(test)]
mod tests {
    use super::windows::{name_of, of_name, simple};

    #[test]
    fn a_name_without_a_drive_is_on_that_of_the_working_folder() {
        for (name, path) in [
            ("/var/log", r"Z:\var\log"),
            ("/D:/logs/a", r"D:\logs\a"),
            ("/D:", r"D:\"),
            ("/", r"Z:\"),
            ("/D:x/y", r"Z:\D:x\y"),
            ("/1:/x", r"Z:\1:\x"),
        ] {
            assert_eq!(of_name(name, r"Z:\work"), path, "{name}");
        }
    }

    #[test]
    fn each_path_of_a_drive_has_one_name_and_the_name_leads_back() {
        for (path, name) in [
            (r"Z:\var\log", "/var/log"),
            (r"z:\var\log", "/var/log"),
            (r"Z:\", "/"),
            (r"d:\logs", "/D:/logs"),
            (r"D:\", "/D:"),
        ] {
            assert_eq!(name_of(path, r"Z:\work"), name, "{path}");
            let back = of_name(name, r"Z:\work");
            assert!(back.eq_ignore_ascii_case(path), "{back}");
        }
        // These have none: no pattern of a policy is written so.
        for path in [r"\\server\share\x", r"\\?\C:\a.", r"C:x", ""] {
            assert_eq!(name_of(path, r"Z:\work"), path);
        }
    }

    #[test]
    fn what_means_the_same_without_is_written_without() {
        let plain = |path: &str| simple(path).map(|path| path.as_str().to_owned());
        assert_eq!(plain(r"\\?\C:\a\b c").as_deref(), Some(r"C:\a\b c"));
        assert_eq!(plain(r"\\?\C:\").as_deref(), Some(r"C:\"));
        for other in [
            r"C:\a",
            r"\\?\C:\a.",
            r"\\?\C:\NUL",
            r"\\?\C:\a \b",
            r"\\?\C:",
            r"\\?\UNC\server\share",
            r"\\?\Volume{1}\x",
        ] {
            assert_eq!(plain(other), None, "{other}");
        }
    }
}
