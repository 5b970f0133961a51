//! Grants over files, as mounts of a native program's root.

use std::io;
use std::path::{Path, PathBuf};

use aether_container::{Mount, MountKind};
use aether_manifest::Permission;
use aether_path::{PathPattern, VirtualPath};
use aether_policy::grant::Grant;

use super::changes::{Layer, Layers};
use super::walk::{matches, names_all};
use super::{NativeError, PLUGIN};
use crate::mounts::Places;

/// Places of the root that are a native program's own: what it is granted to read there is what it
/// has anyway.
const OWN: [&str; 1] = ["/proc"];

/// Places of the root that nothing may be laid over.
const RESERVED: [&str; 2] = ["/dev", PLUGIN];

/// Folders below `/` that a grant of everything leaves out: the program has its own, or none.
const NOT_OF_THE_HOST: [&str; 6] = ["/proc", "/sys", "/dev", "/tmp", "/run", PLUGIN];

/// Mounts, and what the layers among them will be.
#[derive(Debug, Default)]
pub(super) struct Granted {
    pub(super) mounts: Vec<Mount>,
    pub(super) layers: Layers,
}

/// Every grant over files of a grant, resolved to what is there now.
pub(super) fn mounts(grant: &Grant, places: &Places) -> Result<Granted, NativeError> {
    let reads = patterns(grant, Permission::FilesystemRead);
    let mut made = Making::default();
    for pattern in &patterns(grant, Permission::FilesystemWrite) {
        made.write(pattern, &reads, places)?;
    }
    for pattern in &reads {
        made.read(pattern, places)?;
    }
    made.make_places();
    made.granted.mounts.sort_by(|a, b| a.at.cmp(&b.at));
    // The container gives its layers in the order of their places.
    made.granted.layers.sort();
    Ok(made.granted)
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

#[derive(Debug, Default)]
struct Making {
    granted: Granted,
}

impl Making {
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
            self.everything(&host)?;
        } else if names_all(pattern, &at) {
            let kind = view_of(&host);
            self.add(at, host, kind);
        } else {
            for found in matches(pattern, &host)? {
                let kind = view_of(&found.host);
                self.add(found.at, found.host, kind);
            }
        }
        Ok(())
    }

    /// The whole tree of the host, but for what a program has for itself.
    fn everything(&mut self, host: &Path) -> Result<(), NativeError> {
        let entries = std::fs::read_dir(host).map_err(NativeError::io(host))?;
        for entry in entries.filter_map(Result::ok) {
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let Ok(at) = VirtualPath::root().join(&name) else { continue };
            let plain = entry.file_type().is_ok_and(|kind| kind.is_file() || kind.is_dir());
            if plain && !NOT_OF_THE_HOST.contains(&at.as_str()) {
                let kind = view_of(&entry.path());
                self.add(at, entry.path(), kind);
            }
        }
        Ok(())
    }

    fn is_within_a_layer(&self, at: &VirtualPath) -> bool {
        self.granted
            .mounts
            .iter()
            .any(|mount| mount.kind.is_layer() && Path::new(at.as_str()).starts_with(&mount.at))
    }

    /// Adds a mount, unless what it shows is there already.
    fn add(&mut self, at: VirtualPath, from: PathBuf, kind: MountKind) {
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

    /// Whether a mount further up shows the very same at this place.
    fn shows(&self, place: &Path, from: &Path) -> bool {
        let holding = self.granted.mounts.iter().filter(|mount| place.starts_with(&mount.at));
        let inner = holding.max_by_key(|mount| mount.at.components().count());
        inner.is_some_and(|mount| {
            let below = place.strip_prefix(&mount.at).unwrap_or(place);
            mount.kind.has_source() && mount.from.join(below) == from
        })
    }

    /// Mounts need a place: one that the host does not have is made in the folder around it, where
    /// that cannot be written.
    fn make_places(&mut self) {
        let all = self.granted.mounts.clone();
        for mount in &mut self.granted.mounts {
            if !mount.kind.is_layer() {
                mount.places = places_in(mount, &all);
            }
        }
    }
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
    let reserved = |place: &&str| Path::new(at.as_str()).starts_with(place);
    match RESERVED.iter().any(|place| reserved(place)) {
        true => Err(NativeError::Reserved { pattern: pattern.as_str().to_owned() }),
        false => Ok(()),
    }
}
