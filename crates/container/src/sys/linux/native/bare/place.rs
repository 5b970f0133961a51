//! A native program's root, as far as the host's own tree is like it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use crate::{LaunchError, Mount, MountKind, Native};

/// The folder of a root that is private to its cell.
const TEMPORARY: &str = "/tmp";

/// The same program for the host's own tree, with `own` in place of its root's `/tmp`.
///
/// What lies where the root would show it stays as it is. What the command itself names, its program
/// and the folder that it starts in, is named by where it lies. Everything else that a root would
/// show is refused: the program would not find it, or find something else.
///
/// # Errors
/// [`LaunchError::Rootless`] names the first grant that cannot be had.
pub(in super::super::super) fn in_place(
    native: &Native,
    own: &Path,
) -> Result<Native, LaunchError> {
    if native.networked {
        let why = "no network of its own can be had, and the host's is given to nobody";
        return Err(refuse("access to the network".to_owned(), why));
    }
    let moved = Moved::of(native);
    let mut mounts = Vec::new();
    for mount in native.mounts.iter().filter(|mount| mount.kind != MountKind::StandIn) {
        is_shown(mount, &moved)?;
        let from = mount.from.clone();
        mounts.push(Mount { at: from.clone(), from, places: Vec::new(), ..mount.clone() });
    }
    for link in &native.links {
        if fs::read_link(&link.at).ok().as_ref() != Some(&link.to) {
            return Err(refuse(told(&link.at), "it is no such link on the host"));
        }
    }
    let real = |path: &PathBuf| {
        let path = moved.path(path);
        path.canonicalize().map_err(|error| refuse(told(&path), &error.to_string()))
    };
    let variable = |(name, value): &(OsString, OsString)| {
        let value = match value == TEMPORARY {
            true => own.into(),
            false => moved.text(value),
        };
        (name.clone(), value)
    };
    let folder = moved.path(&native.folder);
    Ok(Native {
        program: moved.path(&native.program),
        command: native.command.iter().map(|word| moved.text(word)).collect(),
        environment: native.environment.iter().map(variable).collect(),
        folder: match folder != Path::new(TEMPORARY) && folder.is_dir() {
            true => folder,
            false => own.to_owned(),
        },
        mounts,
        links: Vec::new(),
        executable: native.executable.iter().map(real).collect::<Result<_, _>>()?,
        proxy: None,
        inbound: Vec::new(),
        ..native.clone()
    })
}

fn refuse(what: String, why: &str) -> LaunchError {
    LaunchError::Rootless { what, why: why.to_owned() }
}

fn told(path: &Path) -> String {
    format!("{:?}", path.display().to_string())
}

/// Whether the host's tree has at its place what a root would have there.
fn is_shown(mount: &Mount, moved: &Moved) -> Result<(), LaunchError> {
    let what = || told(&mount.at);
    if mount.kind.is_layer() {
        let why = "there are no layers of changes, and nothing is written to the host";
        return Err(refuse(format!("writing to {}", what()), why));
    }
    let place = moved.path(&mount.at);
    if place.canonicalize().ok().as_ref() != Some(&mount.from) {
        let why = format!("on the host it lies at {}", told(&mount.from));
        return Err(refuse(what(), &why));
    }
    match process_files_below(&mount.from) {
        None => Ok(()),
        Some(at) => {
            Err(refuse(what(), &format!("the host's processes are in it, at {}", told(&at))))
        }
    }
}

/// Where in a folder a file system with the host's processes is mounted: what is mounted within a
/// granted folder is in it here. proc(5), `/proc/self/mountinfo`.
fn process_files_below(folder: &Path) -> Option<PathBuf> {
    let mounts = fs::read("/proc/self/mountinfo").unwrap_or_default();
    mounts.split(|byte| *byte == b'\n').find_map(|line| {
        let mut fields = line.split(|byte| *byte == b' ');
        let place = unescaped(fields.nth(4)?);
        let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
        (kind == b"proc" && place.starts_with(folder)).then_some(place)
    })
}

/// Blanks and the like stand there as `\040`.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) if first == b'\\' => {
                bytes.push(byte);
                rest = &after[3..];
            }
            _ => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    OsString::from_vec(bytes).into()
}

/// Folders of the root that lie elsewhere on the host, and that the command names.
struct Moved(Vec<(PathBuf, PathBuf)>);

impl Moved {
    fn of(native: &Native) -> Self {
        let elsewhere = |mount: &&Mount| mount.at.canonicalize().ok().as_ref() != Some(&mount.from);
        let named = |mount: &&Mount| {
            let mut names = [&native.folder, &native.program].into_iter().chain(&native.executable);
            names.any(|name| name.starts_with(&mount.at))
        };
        let mounts = native.mounts.iter().filter(elsewhere).filter(named);
        let mut moved = Self(mounts.map(|one| (one.at.clone(), one.from.clone())).collect());
        if moved.path(&native.folder) == native.folder
            && let Some(folder) = common_folder(native)
        {
            moved.0.push((native.folder.clone(), folder));
        }
        moved
    }

    fn path(&self, path: &Path) -> PathBuf {
        let holding = self.0.iter().filter(|(at, _)| path.starts_with(at));
        let inner = holding.max_by_key(|(at, _)| at.components().count());
        let found = inner.and_then(|(at, from)| Some((path.strip_prefix(at).ok()?, from)));
        match found {
            Some((below, from)) if !below.as_os_str().is_empty() => from.join(below),
            Some((_, from)) => from.clone(),
            None => path.to_owned(),
        }
    }

    /// A word that is a path is one of the root.
    fn text(&self, word: &OsStr) -> OsString {
        match word.as_bytes().starts_with(b"/") {
            true => self.path(Path::new(word)).into_os_string(),
            false => word.to_owned(),
        }
    }
}

/// The folder of the host in which everything lies, by its own names, that the root would show in
/// the folder that the program starts in.
fn common_folder(native: &Native) -> Option<PathBuf> {
    let within = native.mounts.iter().filter_map(|mount| {
        let below = mount.at.strip_prefix(&native.folder).ok()?;
        let above = mount.from.ancestors().nth(below.components().count())?;
        Some(Some(above.to_owned()).filter(|_| mount.from.ends_with(below)))
    });
    let mut folders: Vec<Option<PathBuf>> = within.collect();
    folders.dedup();
    match folders.as_slice() {
        [Some(folder)] => Some(folder.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Door;

    fn native(folder: &str, mounts: &[(&str, &Path)]) -> Native {
        let mount = |&(at, from): &(&str, &Path)| Mount {
            at: at.into(),
            from: from.to_owned(),
            kind: MountKind::ReadOnly,
            places: Vec::new(),
            as_root: false,
        };
        Native {
            program: "/bin/sh".into(),
            command: ["sh", "/plugin/main.sh", "--in=/plugin/x", "/plugins"]
                .map(Into::into)
                .to_vec(),
            environment: [("HOME", "/tmp"), ("IN", "/plugin"), ("X", "/tmp/x")]
                .map(|(name, value)| (name.into(), value.into()))
                .to_vec(),
            folder: folder.into(),
            mounts: mounts.iter().map(mount).collect(),
            links: Vec::new(),
            executable: Vec::new(),
            door: Door::Closed,
            proxy: None,
            networked: false,
            inbound: Vec::new(),
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

    #[test]
    fn what_the_command_names_is_named_by_where_it_lies() {
        let host = tempfile::tempdir().unwrap();
        let host = host.path().canonicalize().unwrap();
        fs::create_dir(host.join("data")).unwrap();
        let mut one =
            native("/workspace", &[("/plugin", &host), ("/workspace/data", &host.join("data"))]);
        one.executable = vec!["/plugin".into()];
        let made = made(&one).unwrap();
        let main = host.join("main.sh").into_os_string();
        assert_eq!(made.command, ["sh".into(), main, "--in=/plugin/x".into(), "/plugins".into()]);
        assert_eq!(made.folder, host);
        assert_eq!(made.executable, std::slice::from_ref(&host));
        let values: Vec<_> = made.environment.into_iter().map(|(_, value)| value).collect();
        assert_eq!(values, ["/own".into(), host.into_os_string(), OsString::from("/tmp/x")]);
    }

    #[test]
    fn what_lies_elsewhere_is_refused_by_name() {
        let host = tempfile::tempdir().unwrap();
        let host = host.path().canonicalize().unwrap();
        let error = made(&native("/tmp", &[("/data", &host)])).unwrap_err();
        assert!(error.contains("\"/data\"") && error.contains("it lies at"), "{error}");
        // Of the host's there is one already.
        let error = made(&native("/tmp", &[("/etc/passwd", &host)])).unwrap_err();
        assert!(error.contains("/etc/passwd"), "{error}");
        let error = made(&native("/tmp", &[("/", Path::new("/"))])).unwrap_err();
        assert!(error.contains("processes are in it, at \"/proc\""), "{error}");
    }

    #[test]
    fn writing_and_the_network_are_refused_and_stand_ins_left_out() {
        let host = tempfile::tempdir().unwrap();
        let host = host.path().canonicalize().unwrap();
        let text = host.to_str().unwrap();
        let mut one = native("/tmp", &[(text, &host)]);
        assert_eq!(made(&one).unwrap().folder, Path::new("/own"));
        one.mounts[0].kind = MountKind::Overlay;
        assert!(made(&one).unwrap_err().contains(&format!("writing to {text:?}")));
        one.mounts[0] =
            Mount { at: "/etc/hosts".into(), kind: MountKind::StandIn, ..one.mounts[0].clone() };
        assert!(made(&one).unwrap().mounts.is_empty());
        one.networked = true;
        assert!(made(&one).unwrap_err().contains("network"));
    }

    #[test]
    fn names_of_mounts_are_read_as_they_are_written() {
        assert_eq!(unescaped(br"/a\040b\134c"), Path::new(r"/a b\c"));
        assert_eq!(unescaped(br"/a\04"), Path::new(r"/a\04"));
    }
}
