//! Grants over files, as mounts of a native program's root.

use std::io;
use std::path::{Path, PathBuf};

use aether_container::{Mount, MountKind};
use aether_manifest::Permission;
use aether_path::{PathPattern, VirtualPath};
use aether_policy::grant::Grant;

use super::changes::{Layer, Layers};
use super::mounted::Mounted;
use super::runtime::Profile;
use super::walk::{matches, names_all};
use super::{NativeError, PLUGIN, through};
use crate::mounts::{Places, real};

/// Places of the root that are a native program's own: what it is granted to read there is what it
/// has anyway.
const OWN: [&str; 1] = ["/proc"];

/// Places of the root that nothing may be laid over.
const RESERVED: [&str; 2] = ["/dev", PLUGIN];

/// Folders below `/` that a grant of everything leaves out: the program has its own, or none.
const NOT_OF_THE_HOST: [&str; 6] = ["/proc", "/sys", "/dev", "/tmp", "/run", PLUGIN];

/// Most mounts of one grant. Each costs a launch some time, and the kernel has a limit of its own.
const MOUNTS: usize = 2048;

/// Mounts, and what the layers among them will be.
#[derive(Debug, Default)]
pub(super) struct Granted {
    pub(super) mounts: Vec<Mount>,
    pub(super) layers: Layers,
}

impl Granted {
    /// Whether a place of the root is granted, by itself or with a folder around it.
    pub(super) fn holds(&self, place: &Path) -> bool {
        self.mounts.iter().any(|mount| place.starts_with(&mount.at))
    }
}

/// Every grant over files of a grant, resolved to what is there now. The profile is what the root
/// has beside it.
pub(super) fn mounts(
    grant: &Grant,
    places: &Places,
    profile: &Profile,
) -> Result<Granted, NativeError> {
    let reads = patterns(grant, Permission::FilesystemRead);
    let mounted = Mounted::now();
    let mut made = Making { profile, mounted, wanted: Vec::new(), granted: Granted::default() };
    for pattern in &patterns(grant, Permission::FilesystemWrite) {
        made.write(pattern, &reads, places)?;
    }
    for pattern in &reads {
        made.read(pattern, places)?;
    }
    made.mount_all();
    made.granted.mounts.sort_by(|a, b| a.at.cmp(&b.at));
    // The container gives its layers in the order of their places.
    made.granted.layers.sort();
    Ok(made.granted)
}

/// Mounts need a place: one that the host does not have is made in the folder around it, where that
/// cannot be written.
pub(super) fn make_places(mounts: &mut [Mount]) {
    let all = mounts.to_vec();
    for mount in mounts.iter_mut().filter(|mount| !mount.kind.is_layer()) {
        mount.places = places_in(mount, &all);
    }
}

fn patterns(grant: &Grant, permission: Permission) -> Vec<PathPattern> {
    let lines = grant.lines().filter(|line| line.permission == permission);
    // They were parsed from the same text before.
    lines.filter_map(|line| PathPattern::parse(&line.resource).ok()).collect()
}

/// What is at a path of the host, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum There {
    Nothing,
    File,
    Folder,
}

fn look(pattern: &PathPattern, host: &Path) -> Result<There, NativeError> {
    match std::fs::symlink_metadata(host) {
        Ok(meta) if meta.is_file() => Ok(There::File),
        Ok(meta) if meta.is_dir() => Ok(There::Folder),
        Ok(_) => Err(NativeError::Special {
            pattern: pattern.as_str().to_owned(),
            host: host.to_owned(),
        }),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            Ok(There::Nothing)
        }
        Err(error) => Err(NativeError::io(host)(error)),
    }
}

/// A mount that a grant calls for.
#[derive(Debug)]
struct Wanted {
    at: VirtualPath,
    from: PathBuf,
    kind: MountKind,
}

#[derive(Debug)]
struct Making<'a> {
    profile: &'a Profile,
    mounted: Mounted,
    /// What is to be written first.
    wanted: Vec<Wanted>,
    granted: Granted,
}

impl Making<'_> {
    fn write(
        &mut self,
        pattern: &PathPattern,
        reads: &[PathPattern],
        places: &Places,
    ) -> Result<(), NativeError> {
        let (at, host, exact) = places.place(pattern);
        let written = || pattern.as_str().to_owned();
        refuse_reserved(pattern, &at)?;
        if at.is_root() {
            return Err(NativeError::Reserved { pattern: written() });
        }
        let there = look(pattern, &host)?;
        let kind = if exact {
            let readable = reads.iter().any(|read| read.matches(&at));
            match there {
                There::Folder => return Err(NativeError::Folder { pattern: written(), host }),
                There::File if readable => MountKind::FileCopy,
                // What may not be read is not there to be read.
                There::File | There::Nothing => MountKind::NewFile,
            }
        } else if names_all(pattern, &at) {
            let within = reads.iter().find(|read| {
                !names_all(read, &at) && (read.root().starts_with(&at) || read.leads_to(&at))
            });
            if let Some(read) = within.filter(|_| !reads.iter().any(|read| names_all(read, &at))) {
                let (read, write) = (read.as_str().to_owned(), written());
                return Err(NativeError::PartlyReadable { read, write });
            }
            match there {
                There::File => return Err(NativeError::Special { pattern: written(), host }),
                There::Folder if reads.iter().any(|read| names_all(read, &at)) => {
                    MountKind::Overlay
                }
                There::Folder | There::Nothing => MountKind::NewFolder,
            }
        } else {
            return Err(NativeError::WritePattern { pattern: written() });
        };
        self.add(at, host, kind);
        Ok(())
    }

    fn read(&mut self, pattern: &PathPattern, places: &Places) -> Result<(), NativeError> {
        let (at, host, exact) = places.place(pattern);
        if OWN.iter().any(|own| Path::new(at.as_str()).starts_with(own)) {
            return Ok(());
        }
        refuse_reserved(pattern, &at)?;
        let there = look(pattern, &host)?;
        let written = || pattern.as_str().to_owned();
        if there == There::Nothing {
            // A folder that it makes itself, or a file of one.
            if self.is_within_a_layer(&at) {
                return Ok(());
            }
            return match exact || names_all(pattern, &at) {
                true => Err(NativeError::Missing { pattern: written(), host }),
                false => Ok(()),
            };
        }
        if exact {
            if there == There::Folder {
                return Err(NativeError::Folder { pattern: written(), host });
            }
            self.add(at, host, MountKind::ReadOnly);
        } else if at.is_root() && names_all(pattern, &at) {
            self.everything(pattern, &host)?;
        } else if names_all(pattern, &at) {
            self.view(pattern, at, host)?;
        } else {
            for found in matches(pattern, &host)? {
                self.view(pattern, found.at, found.host)?;
            }
        }
        Ok(())
    }

    /// The whole tree of the host, but for what a program has for itself.
    fn everything(&mut self, pattern: &PathPattern, host: &Path) -> Result<(), NativeError> {
        for (at, host) in pieces(&VirtualPath::root(), host)? {
            if !NOT_OF_THE_HOST.contains(&at.as_str()) {
                self.view(pattern, at, host)?;
            }
        }
        Ok(())
    }

    /// A file or folder to be read. A folder in which something else is mounted is shown in pieces,
    /// without that: an ordinary user may not look below a mount, so neither can the program.
    fn view(
        &mut self,
        pattern: &PathPattern,
        at: VirtualPath,
        host: PathBuf,
    ) -> Result<(), NativeError> {
        let mut open = vec![(at, host)];
        while let Some((at, host)) = open.pop() {
            let kind = view_of(&host);
            if kind != MountKind::View || !self.mounted.is_within(&host) {
                self.add(at, host, kind);
            } else {
                let found = pieces(&at, &host)?;
                open.extend(found.into_iter().filter(|(_, host)| !self.mounted.is_at(host)));
            }
            if self.wanted.len() + open.len() > MOUNTS {
                let pattern = pattern.as_str().to_owned();
                return Err(NativeError::TooMany { pattern, most: MOUNTS, what: "files" });
            }
        }
        Ok(())
    }

    fn is_within_a_layer(&self, at: &VirtualPath) -> bool {
        self.wanted.iter().any(|wanted| wanted.kind.is_layer() && at.starts_with(&wanted.at))
    }

    fn add(&mut self, at: VirtualPath, from: PathBuf, kind: MountKind) {
        self.wanted.push(Wanted { at, from, kind });
    }

    /// Makes the mounts, a folder before what lies within it.
    fn mount_all(&mut self) {
        let mut wanted = std::mem::take(&mut self.wanted);
        wanted.sort_by_key(|wanted| wanted.at.components().count());
        for Wanted { at, from, kind } in wanted {
            let at = self.place_of(at, &from);
            self.mount(at, from, kind);
        }
    }

    /// Where something is mounted. A link on the way, in a folder that is mounted around the place,
    /// stays a link: what it leads to is mounted where it leads.
    fn place_of(&self, at: VirtualPath, from: &Path) -> VirtualPath {
        let plain = through(&self.profile.links, Path::new(at.as_str()));
        let linked = self.holder(&plain).is_some_and(|(_, shown)| {
            shown.is_some_and(|shown| shown != from && real(&shown) == from)
        });
        let place = if linked { from.to_str() } else { plain.to_str() };
        place.and_then(|place| VirtualPath::parse(place).ok()).unwrap_or(at)
    }

    /// The innermost mount at or around a place, and what of the host it shows there.
    fn holder(&self, place: &Path) -> Option<(&Mount, Option<PathBuf>)> {
        let profile = self.profile.mounts.iter().filter(|mount| !self.granted.holds(&mount.at));
        let all = profile.chain(&self.granted.mounts);
        let holding = all.filter(|mount| place.starts_with(&mount.at));
        let inner = holding.max_by_key(|mount| mount.at.components().count())?;
        let below = place.strip_prefix(&inner.at).unwrap_or(place);
        let shown =
            if below.as_os_str().is_empty() { inner.from.clone() } else { inner.from.join(below) };
        Some((inner, inner.kind.has_source().then_some(shown)))
    }

    /// Makes one mount, unless what it shows is there already.
    fn mount(&mut self, at: VirtualPath, from: PathBuf, kind: MountKind) {
        let place = PathBuf::from(at.as_str());
        if self.granted.mounts.iter().any(|mount| mount.at == place) {
            return;
        }
        if kind.is_layer() {
            self.granted.layers.push(Layer { at, host: from.clone(), kind });
        } else if self.shows(&place, &from) {
            return;
        } else {
            self.granted.layers.cover(at);
        }
        let mount = Mount { at: place, from, kind, places: Vec::new(), as_root: true };
        self.granted.mounts.push(mount);
    }

    /// Whether a mount at or around this place shows the very same there.
    fn shows(&self, place: &Path, from: &Path) -> bool {
        self.holder(place).is_some_and(|(_, shown)| shown.as_deref() == Some(from))
    }
}

/// The files and folders in a folder.
fn pieces(at: &VirtualPath, host: &Path) -> Result<Vec<(VirtualPath, PathBuf)>, NativeError> {
    let entries = std::fs::read_dir(host).map_err(NativeError::io(host))?;
    let plain = entries
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir()));
    let placed = plain.filter_map(|entry| {
        let at = entry.file_name().to_str().and_then(|name| at.join(name).ok())?;
        Some((at, entry.path()))
    });
    Ok(placed.collect())
}

/// How something is mounted that may be read. The kernel's own files are no files to lay anything
/// over, and there are no sockets among them.
fn view_of(host: &Path) -> MountKind {
    match host.is_dir() && !host.starts_with("/sys") {
        true => MountKind::View,
        false => MountKind::ReadOnly,
    }
}

/// What is mounted within a mount and has no place there.
fn places_in(outer: &Mount, all: &[Mount]) -> Vec<(PathBuf, bool)> {
    let place = |inner: &Mount| {
        let below = inner.at.strip_prefix(&outer.at).ok()?.to_owned();
        let missing = std::fs::symlink_metadata(outer.from.join(&below)).is_err();
        let folder = match inner.kind {
            MountKind::Overlay | MountKind::NewFolder => true,
            MountKind::FileCopy | MountKind::NewFile | MountKind::StandIn => false,
            MountKind::View => true,
            MountKind::ReadOnly => inner.from.is_dir(),
        };
        missing.then_some((below, folder))
    };
    all.iter().filter(|inner| is_directly_within(inner, outer, all)).filter_map(place).collect()
}

/// Whether one mount lies within another, and in none that lies within that.
fn is_directly_within(inner: &Mount, outer: &Mount, all: &[Mount]) -> bool {
    let within = |a: &Mount, b: &Mount| a.at != b.at && a.at.starts_with(&b.at);
    within(inner, outer)
        && !all.iter().any(|between| within(inner, between) && within(between, outer))
}

fn refuse_reserved(pattern: &PathPattern, at: &VirtualPath) -> Result<(), NativeError> {
    let folded = if cfg!(windows) { at.as_str().to_lowercase() } else { at.as_str().to_owned() };
    let reserved = |place: &&str| Path::new(&folded).starts_with(place);
    match RESERVED.iter().any(reserved) {
        true => Err(NativeError::Reserved { pattern: pattern.as_str().to_owned() }),
        false => Ok(()),
    }
}
