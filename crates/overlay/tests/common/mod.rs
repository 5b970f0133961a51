//! A host folder, an overlay over it, and operations by text.

#![allow(dead_code, reason = "each test file uses a part of it")]

#[cfg(unix)]
pub(crate) mod kill;
#[cfg(unix)]
pub(crate) mod layer;
#[cfg(unix)]
pub(crate) mod memory;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use aether_overlay::{
    ApplyReport, Change, ChangeKind, Changeset, Error, Handle, LastLink, Mount, Outcome, Overlay,
    OverlayConfig, Quota, Resolution, Resolved, Stat,
};
use aether_path::VirtualPath;
use tempfile::TempDir;

/// Says something past the test harness, which shows nothing of a test that passes.
pub(crate) fn say(what: &str) {
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    let line = format!("{test}: {what}\n");
    std::io::stderr().write_all(line.as_bytes()).expect("standard error");
}

pub(crate) fn path(text: &str) -> VirtualPath {
    VirtualPath::parse(text).expect(text)
}

/// An overlay with the host folder `host` of a temporary folder mounted at `/w`.
pub(crate) struct Lab {
    pub(crate) overlay: Overlay,
    /// Goes last: Windows removes no folder that an overlay holds.
    pub(crate) dir: TempDir,
}

impl Lab {
    /// Host files are given as `name` and content, folders with a trailing slash, symlinks as
    /// `name -> target`.
    pub(crate) fn new(host: &[(&str, &str)]) -> Self {
        Self::with(host, Quota::default(), Resolution::Auto)
    }

    pub(crate) fn with(host: &[(&str, &str)], quota: Quota, resolution: Resolution) -> Self {
        Self::configured(host, OverlayConfig { quota, resolution, ..OverlayConfig::default() })
    }

    /// With what the configuration says beside the mount.
    pub(crate) fn configured(host: &[(&str, &str)], config: OverlayConfig) -> Self {
        let dir = tempfile::tempdir().expect("a temporary folder");
        let top = dir.path().canonicalize().expect("its path").join("host");
        fs::create_dir(&top).expect("the host folder");
        fill(&top, host);
        let mounts = vec![Mount::folder(path("/w"), &top)];
        let overlay = Overlay::new(OverlayConfig { mounts, ..config }).expect("an overlay");
        Self { dir, overlay }
    }

    pub(crate) fn mounted(dir: TempDir, mounts: Vec<Mount>) -> Self {
        let overlay =
            Overlay::new(OverlayConfig { mounts, ..OverlayConfig::default() }).expect("an overlay");
        Self { dir, overlay }
    }

    pub(crate) fn host(&self, name: &str) -> PathBuf {
        self.dir.path().canonicalize().expect("its path").join("host").join(name)
    }

    pub(crate) fn at(&self, text: &str) -> Result<Resolved, Error> {
        self.overlay.resolve(&path(text), LastLink::Follow)
    }

    pub(crate) fn itself(&self, text: &str) -> Result<Resolved, Error> {
        self.overlay.resolve(&path(text), LastLink::Keep)
    }

    pub(crate) fn read(&self, text: &str) -> Result<String, &'static str> {
        let chunk = self
            .at(text)
            .and_then(|at| self.overlay.read(&at, 0, usize::MAX))
            .map_err(|error| error.code())?;
        Ok(String::from_utf8(chunk.bytes).expect("text"))
    }

    pub(crate) fn write(&mut self, text: &str, content: &str) -> Result<(), &'static str> {
        self.at(text)
            .and_then(|at| self.overlay.write(&at, content.into()))
            .map_err(|error| error.code())
    }

    pub(crate) fn append(&mut self, text: &str, content: &str) -> Result<(), &'static str> {
        self.at(text)
            .and_then(|at| self.overlay.append(&at, content.as_bytes()))
            .map_err(|error| error.code())
    }

    pub(crate) fn write_at(
        &mut self,
        text: &str,
        offset: u64,
        content: &str,
    ) -> Result<(), &'static str> {
        self.at(text)
            .and_then(|at| self.overlay.write_at(&at, offset, content.as_bytes()))
            .map_err(|error| error.code())
    }

    pub(crate) fn truncate(&mut self, text: &str, len: u64) -> Result<(), &'static str> {
        self.at(text).and_then(|at| self.overlay.truncate(&at, len)).map_err(|error| error.code())
    }

    pub(crate) fn mkdir(&mut self, text: &str) -> Result<(), &'static str> {
        self.itself(text).and_then(|at| self.overlay.mkdir(&at)).map_err(|error| error.code())
    }

    pub(crate) fn mkdir_all(&mut self, text: &str) -> Result<(), &'static str> {
        self.at(text)
            .and_then(|at| self.overlay.mkdir_all(&at, |_| true))
            .map_err(|error| error.code())
    }

    pub(crate) fn remove_file(&mut self, text: &str) -> Result<(), &'static str> {
        self.itself(text).and_then(|at| self.overlay.remove_file(&at)).map_err(|error| error.code())
    }

    pub(crate) fn remove_folder(&mut self, text: &str) -> Result<(), &'static str> {
        self.itself(text)
            .and_then(|at| self.overlay.remove_folder(&at))
            .map_err(|error| error.code())
    }

    pub(crate) fn remove_tree(&mut self, text: &str) -> Result<(), &'static str> {
        self.itself(text)
            .and_then(|at| self.overlay.remove_tree(&at, |_| true))
            .map_err(|error| error.code())
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), &'static str> {
        let ends = self.itself(from).and_then(|from| Ok((from, self.itself(to)?)));
        let renamed = ends.and_then(|(from, to)| self.overlay.rename(&from, &to, |_, _| true));
        renamed.map_err(|error| error.code())
    }

    pub(crate) fn link(&mut self, from: &str, to: &str) -> Result<(), &'static str> {
        let ends = self.itself(from).and_then(|from| Ok((from, self.itself(to)?)));
        let linked = ends.and_then(|(from, to)| self.overlay.link(&from, &to));
        linked.map_err(|error| error.code())
    }

    pub(crate) fn symlink(&mut self, target: &str, text: &str) -> Result<(), &'static str> {
        let at = self.itself(text).map_err(|error| error.code())?;
        self.overlay.symlink(target, &at, |_| true).map_err(|error| error.code())
    }

    pub(crate) fn readlink(&self, text: &str) -> Result<String, &'static str> {
        let at = self.itself(text).map_err(|error| error.code())?;
        self.overlay.readlink(&at).map_err(|error| error.code())
    }

    pub(crate) fn set_mode(&mut self, text: &str, mode: u32) -> Result<(), &'static str> {
        self.at(text).and_then(|at| self.overlay.set_mode(&at, mode)).map_err(|error| error.code())
    }

    pub(crate) fn set_times(&mut self, text: &str, at: i64) -> Result<(), &'static str> {
        let found = self.at(text).and_then(|file| self.overlay.set_times(&file, at));
        found.map_err(|error| error.code())
    }

    pub(crate) fn open(&mut self, text: &str) -> Result<Handle, &'static str> {
        self.at(text).and_then(|at| self.overlay.open(&at)).map_err(|error| error.code())
    }

    pub(crate) fn read_open(&self, handle: &Handle) -> Result<String, &'static str> {
        let chunk = self.overlay.read_open(handle, 0, usize::MAX);
        chunk
            .map(|chunk| String::from_utf8(chunk.bytes).expect("text"))
            .map_err(|error| error.code())
    }

    pub(crate) fn stat(&self, text: &str) -> Stat {
        self.itself(text).and_then(|at| self.overlay.stat(&at)).expect(text)
    }

    pub(crate) fn list(&self, text: &str) -> Result<Vec<String>, &'static str> {
        let listing = self
            .at(text)
            .and_then(|at| self.overlay.list(&at, |_| true))
            .map_err(|error| error.code())?;
        Ok(listing.entries.into_iter().map(|entry| entry.name).collect())
    }

    pub(crate) fn exists(&self, text: &str) -> bool {
        self.itself(text).and_then(|at| self.overlay.stat(&at)).is_ok()
    }

    /// The changeset in short: `+` added, `~` modified, `-` deleted, `>` renamed, `/` a folder.
    pub(crate) fn changes(&self) -> Vec<String> {
        short(&self.overlay.changeset())
    }
}

pub(crate) fn short(changeset: &Changeset) -> Vec<String> {
    let line = |change: &Change| {
        let at = &change.path;
        match &change.kind {
            ChangeKind::Added => format!("+ {at}"),
            ChangeKind::Modified => format!("~ {at}"),
            ChangeKind::Deleted => format!("- {at}"),
            ChangeKind::Renamed { from, .. } if change.after.is_some() => {
                format!("> {from} {at} ~")
            }
            ChangeKind::Renamed { from, .. } => format!("> {from} {at}"),
            ChangeKind::FolderAdded => format!("+ {at}/"),
            ChangeKind::FolderRemoved => format!("- {at}/"),
            ChangeKind::LinkAdded { target } => format!("+ {at} -> {target}"),
            ChangeKind::ModeChanged => {
                format!("m {at}{}", if change.is_folder() { "/" } else { "" })
            }
            ChangeKind::TimeChanged => {
                format!("t {at}{}", if change.is_folder() { "/" } else { "" })
            }
        }
    };
    changeset.changes().iter().map(line).collect()
}

/// What became of each change, in short.
pub(crate) fn outcomes(report: &ApplyReport) -> Vec<String> {
    let line = |outcome: &Outcome| match outcome {
        Outcome::Conflict(conflict) => format!("{conflict:?}"),
        Outcome::Blocked(by) => format!("blocked by {by}"),
        other => format!("{other:?}"),
    };
    report
        .changes
        .iter()
        .map(|change| format!("{} {}", change.path, line(&change.outcome)))
        .collect()
}

/// The permissions of something, itself and not what it links to.
#[cfg(unix)]
pub(crate) fn mode(at: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    at.symlink_metadata().expect("metadata").permissions().mode() & 0o7777
}

/// How many cases a property is tried with: as many as is asked for, or the usual number.
pub(crate) fn cases(usual: u32) -> u32 {
    let asked = std::env::var("OVERLAY_ORACLE_CASES");
    asked.map_or(usual, |asked| asked.parse().expect("OVERLAY_ORACLE_CASES is a number"))
}

pub(crate) fn fill(top: &Path, host: &[(&str, &str)]) {
    for (name, content) in host {
        if let Some((link, target)) = name.split_once(" -> ") {
            let link = top.join(link);
            fs::create_dir_all(link.parent().expect("a folder")).expect("a folder");
            symlink(Path::new(target), &link);
        } else if let Some(folder) = name.strip_suffix('/') {
            fs::create_dir_all(top.join(folder)).expect("a folder");
        } else {
            let file = top.join(name);
            fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
            fs::write(file, content).expect("a file");
        }
    }
}

#[cfg(unix)]
pub(crate) fn symlink(target: &Path, link: &Path) {
    std::os::unix::fs::symlink(target, link).expect("a symlink");
}

/// Only who has a right for it, or a machine of developers, makes one on Windows.
#[cfg(windows)]
pub(crate) fn symlink(target: &Path, link: &Path) {
    panic!("a test that needs a symlink to {target:?} at {link:?} is not for Windows");
}

/// Everything below a host folder: folders with a trailing slash, symlinks with their target, files
/// with their content.
pub(crate) fn tree(top: &Path) -> Vec<String> {
    fn below(top: &Path, folder: &Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).expect("a folder") {
            let at = entry.expect("an entry").path();
            let name = at
                .strip_prefix(top)
                .expect("below")
                .display()
                .to_string()
                .replace(std::path::MAIN_SEPARATOR, "/");
            let kind = at.symlink_metadata().expect("metadata").file_type();
            if kind.is_symlink() {
                found
                    .push(format!("{name} -> {}", fs::read_link(&at).expect("a target").display()));
            } else if kind.is_dir() {
                found.push(format!("{name}/"));
                below(top, &at, found);
            } else {
                found.push(format!(
                    "{name}={}",
                    String::from_utf8_lossy(&fs::read(&at).expect("content"))
                ));
            }
        }
    }
    let mut found = Vec::new();
    below(top, top, &mut found);
    found.sort();
    found
}
