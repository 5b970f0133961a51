//! What a native program changed: its layers, against what they were laid over.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use aether_container::{Descriptor, MountKind};
use aether_overlay::{LayersConfig, Mount, Quota, Written, read_layers};
use aether_path::VirtualPath;

/// A layer of changes over one place of the host.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    /// Where the program sees it.
    pub(crate) at: VirtualPath,
    /// Where it is on the host.
    pub(crate) host: PathBuf,
    pub(crate) kind: MountKind,
}

/// All of them, in the order of their places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Layers {
    layers: Vec<Layer>,
    /// Where something else is mounted, read-only.
    covered: Vec<VirtualPath>,
    /// On Windows: where they stand as copies.
    #[cfg(windows)]
    staged: Option<std::sync::Arc<super::staged::Staged>>,
}

impl Layers {
    pub(super) fn push(&mut self, layer: Layer) {
        self.layers.push(layer);
    }

    pub(super) fn cover(&mut self, at: VirtualPath) {
        self.covered.push(at);
    }

    pub(super) fn sort(&mut self) {
        self.layers.sort_by(|a, b| Path::new(a.at.as_str()).cmp(Path::new(b.at.as_str())));
    }

    /// They stand as copies in a stage.
    #[cfg(windows)]
    pub(super) fn stand_in(&mut self, staged: super::staged::Staged) {
        self.staged = Some(std::sync::Arc::new(staged));
    }

    /// What the layers hold, once nobody writes to them any more; why not, as a sentence.
    pub(crate) fn read(&self, uppers: &[Descriptor], quota: Quota) -> Result<Written, String> {
        #[cfg(windows)]
        if let Some(staged) = &self.staged {
            return staged.written(quota);
        }
        if uppers.len() != self.layers.len() {
            return Err("what it wrote was not handed over".to_owned());
        }
        let mut layers = Vec::new();
        let mut covered = self.covered.clone();
        let of_nothing = |layer: &&Layer| !layer.kind.has_source();
        let blank = self.layers.iter().filter(of_nothing).map(|layer| layer.at.clone()).collect();
        for (layer, upper) in self.layers.iter().zip(uppers) {
            let upper = opened(upper).map_err(|error| error.to_string())?;
            if layer.is_untouched(&upper) {
                // The layer of a folder around it has the place where it was mounted.
                covered.push(layer.at.clone());
            } else {
                layers.push(layer.with(upper));
            }
        }
        let config = LayersConfig { layers, covered, blank, quota, ..LayersConfig::default() };
        read_layers(config).map_err(|error| error.to_string())
    }
}

/// A layer's folder, as a file.
#[cfg(unix)]
fn opened(upper: &Descriptor) -> io::Result<File> {
    upper.try_clone().map(File::from)
}

/// No system hands one over there.
#[cfg(not(unix))]
fn opened(_: &Descriptor) -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Whether a folder has something of this name that is so. By descriptor, and no link is followed: the
/// program may have put anything there.
#[cfg(unix)]
fn is_in(folder: &File, name: &str, is: impl FnOnce(std::fs::Metadata) -> bool) -> bool {
    use std::os::fd::AsRawFd as _;
    let path = format!("/proc/self/fd/{}/{name}", folder.as_raw_fd());
    std::fs::symlink_metadata(path).is_ok_and(is)
}

#[cfg(not(unix))]
fn is_in(_: &File, _: &str, _: impl FnOnce(std::fs::Metadata) -> bool) -> bool {
    false
}

impl Layer {
    fn with(&self, upper: File) -> aether_overlay::Layer {
        let (at, host) = (self.at.clone(), self.host.clone());
        let mount = match self.kind {
            MountKind::FileCopy | MountKind::NewFile => Mount::file(at, host),
            _ => Mount::folder(at, host),
        };
        aether_overlay::Layer { mount, upper }
    }

    /// Whether it is a file that was made for the program, and still as it was made.
    fn is_untouched(&self, upper: &File) -> bool {
        if self.kind != MountKind::NewFile {
            return false;
        }
        let name = self.at.file_name().unwrap_or_default();
        is_in(upper, name, |meta| {
            meta.is_file() && meta.len() == 0 && meta.modified().is_ok_and(|at| at == UNIX_EPOCH)
        })
    }
}
