//! Reading all layers of a program into one changeset.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs::File;

use aether_path::VirtualPath;

use super::budget::Budget;
use super::left_out::LeftOuts;
use super::{LeftOut, LeftOutReason};
use crate::blob::{Blob, Keeper, MAX_KEPT_IN_MEMORY};
use crate::changeset::Changeset;
use crate::config::{Absent, Mount, Quota, Resolution};
use crate::error::{HostProblem, SetupError};
use crate::mounts::{Lower, Mounted, Mounts};
use crate::overlay::Overlay;
use crate::sys::{Attributes, HostFile, HostKind, Marks, Meta, Names, Root};
use crate::upper::Node;

/// What [`read_layers`] needs.
#[derive(Debug, Default)]
pub struct LayersConfig {
    /// The layers of one program. They may lie within each other.
    pub layers: Vec<Layer>,
    /// Other places in the virtual tree that were mounted over the layers for the program, so that
    /// it could not write there: what a layer has at or below them was not made by it.
    pub covered: Vec<VirtualPath>,
    /// Those layers, by the places of their grants, whose program saw nothing of what the host has
    /// there: all that is in them is new to it. The permissions of what it wrote in the place of
    /// something are then not compared, and what the host may execute can still be executed.
    pub blank: Vec<VirtualPath>,
    /// How much is read, of all layers together: bytes of content, and files and folders looked at.
    ///
    /// With the size and the number of files of the file system that the layers are on, only sparse
    /// files and what a removed folder held can go beyond it.
    pub quota: Quota,
    /// How paths are resolved.
    pub resolution: Resolution,
}

/// What a program wrote to one grant, and what it lies over.
#[derive(Debug)]
pub struct Layer {
    /// The granted folder or file: where it stands in the virtual tree, and on the host. It is a
    /// single file if nothing stands there while the host has nothing ([`Absent::Nothing`]).
    pub mount: Mount,
    /// A folder, opened (`O_PATH` is enough).
    ///
    /// Of a granted folder, the one that was the overlay's `upperdir`. It was mounted with
    /// `userxattr`, and without `redirect_dir` or `metacopy`, which go without saying then.
    ///
    /// Of a single file, one in which the program's copy stands under the last name of the place.
    /// What else is in it is not looked at.
    pub upper: File,
}

/// What a program has written.
#[derive(Debug)]
pub struct Written {
    /// What it would change on the host.
    pub changes: Changeset,
    /// What it did beyond that, in the order in which it was met.
    pub left_out: Vec<LeftOut>,
    /// How many more things were left out than are named, which is at most
    /// [`MAX_LEFT_OUT`](crate::MAX_LEFT_OUT).
    pub left_out_unnamed: u64,
}

/// Layers that cannot be read at all. It names host paths: for the host's people, not for plugins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayerError {
    /// A granted folder cannot be used.
    #[error(transparent)]
    Setup(#[from] SetupError),
    /// What was granted as a folder is none, so no layer can lie over it.
    #[error("{at} is not a folder")]
    NotFolder {
        /// Where it stands.
        at: VirtualPath,
    },
    /// The layer is not a folder.
    #[error("cannot read what was written to {at}: {problem}")]
    Upper {
        /// Where it lies.
        at: VirtualPath,
        /// Why not.
        problem: HostProblem,
    },
}

/// Reads what a program that has ended left in its layers, and compares it with the host.
///
/// - A file that was only opened for writing, or whose times were changed, is no change. Permissions
///   are read, but for those that a plugin may not give; times, owners and which files are one by
///   hard link are not.
/// - A symlink is read if it certainly stays in its mount.
/// - A file that was moved is found again by its content, where one file went and one came with it;
///   else it is deleted at one path and added at the other.
/// - A folder that was removed is the removal of everything that the host has in it.
/// - A single file that is not in its layer is no change: what was mounted cannot be removed.
/// - Contents are held in memory up to [`MAX_KEPT_IN_MEMORY`](crate::MAX_KEPT_IN_MEMORY), and what
///   is beyond in a file without a name in the system's folder for temporary files, where holes stay
///   holes: at most as much as the quota together.
/// - The host is looked at now, not when the program first wrote. A host file that was changed since
///   the layer was made cannot be compared with what the program saw: changes of it are conflicts
///   when they are applied. Where the layer's file system does not tell when that was, they are not.
///
/// Fails only if a layer or what it lies over cannot be opened; anything else that goes wrong is
/// [`LeftOut`].
///
/// ```no_run
/// use aether_overlay::{Layer, LayersConfig, Mount, Quota, read_layers};
/// use aether_path::VirtualPath;
///
/// # fn example(upper: std::fs::File) -> Result<(), Box<dyn std::error::Error>> {
/// let mount = Mount::folder(VirtualPath::parse("/workspace/out")?, "/srv/out");
/// let written = read_layers(LayersConfig {
///     layers: vec![Layer { mount, upper }],
///     quota: Quota { bytes: 64 << 20, entries: 16_384 },
///     ..LayersConfig::default()
/// })?;
/// for left_out in &written.left_out {
///     eprintln!("{}: {}", left_out.path.escape_debug(), left_out.reason);
/// }
/// let report = aether_overlay::apply(&written.changes, |_| true);
/// # Ok(()) }
/// ```
pub fn read_layers(config: LayersConfig) -> Result<Written, LayerError> {
    let LayersConfig { layers, covered, blank, quota, resolution } = config;
    let mut mounts = Vec::with_capacity(layers.len());
    let mut tops = Vec::with_capacity(layers.len());
    for Layer { mount, upper } in layers {
        let blank = blank.contains(&mount.at);
        tops.push(Top { blank, ..Top::open(&mount, upper, resolution)? });
        mounts.push(mount);
    }
    let mounts = Mounts::open(mounts, resolution)?;
    for mount in mounts.iter().filter(|mount| mount.absent == Absent::Folder) {
        check_folder(mount)?;
    }
    let mut reader = Reader {
        overlay: Overlay::over(mounts, quota, MAX_KEPT_IN_MEMORY),
        covered,
        budget: Budget::new(quota),
        contents: BTreeMap::new(),
        keeper: Keeper::new(std::env::temp_dir()),
        left_out: LeftOuts::default(),
    };
    for top in &tops {
        match top.single {
            true => reader.single_file(top),
            false => reader.layer(top),
        }
    }
    Ok(Written {
        changes: reader.overlay.changeset(),
        left_out: reader.left_out.named,
        left_out_unnamed: reader.left_out.unnamed,
    })
}

/// A layer lies over a folder, be it one that the host does not have yet.
fn check_folder(mount: &Mounted) -> Result<(), LayerError> {
    match mount.root.meta(OsStr::new("")) {
        Ok(meta) if meta.kind == HostKind::Folder => Ok(()),
        Err(HostProblem::NotFound) => Ok(()),
        Ok(_) => Err(LayerError::NotFolder { at: mount.at.clone() }),
        Err(problem) => {
            let (at, host) = (mount.at.clone(), mount.host.clone());
            Err(SetupError::Mount { at, host, problem }.into())
        }
    }
}

/// The top of a layer.
#[derive(Debug)]
pub(super) struct Top {
    /// Where the grant stands.
    at: VirtualPath,
    /// Whether the grant is a single file.
    single: bool,
    /// Where the folder of the layer stands: with the grant, or around a single file.
    folder: VirtualPath,
    /// Whether its program saw nothing of what the host has there.
    pub(super) blank: bool,
    upper: Root,
    /// When the layer was made, in seconds and nanoseconds since the epoch.
    pub(super) made: Option<(i64, u32)>,
}

impl Top {
    fn open(mount: &Mount, upper: File, resolution: Resolution) -> Result<Self, LayerError> {
        let at = mount.at.clone();
        let failed = |problem| LayerError::Upper { at: at.clone(), problem };
        let upper = Root::of(upper, resolution).map_err(failed)?;
        let single = mount.absent == Absent::Nothing;
        let folder = match at.parent() {
            Some(parent) if single => parent,
            _ => at.clone(),
        };
        Ok(Self { at, single, folder, blank: false, made: upper.born(), upper })
    }

    fn below<'a>(&self, path: &'a VirtualPath) -> &'a OsStr {
        OsStr::new(path.strip_prefix(&self.folder).unwrap_or_default())
    }

    /// Where the grant stands.
    pub(super) fn at(&self) -> &VirtualPath {
        &self.at
    }

    pub(super) fn meta(&self, path: &VirtualPath) -> Result<Meta, HostProblem> {
        self.upper.meta(self.below(path))
    }

    pub(super) fn names(&self, path: &VirtualPath, max: usize) -> Result<Names, HostProblem> {
        self.upper.names(self.below(path), max)
    }

    pub(super) fn open_file(&self, path: &VirtualPath) -> Result<HostFile, HostProblem> {
        self.upper.open_file(self.below(path))
    }

    pub(super) fn link_target(&self, path: &VirtualPath) -> Result<OsString, HostProblem> {
        self.upper.link_target(self.below(path))
    }

    pub(super) fn attributes(
        &self,
        path: &VirtualPath,
    ) -> Result<(Marks, Option<Attributes>), HostProblem> {
        self.upper.attributes(self.below(path))
    }
}

/// All layers on their way into an overlay.
#[derive(Debug)]
pub(super) struct Reader {
    /// Filled as if the program had written to it.
    pub(super) overlay: Overlay,
    covered: Vec<VirtualPath>,
    pub(super) budget: Budget,
    /// Contents by device and inode: hard links make many files of one without using more of the
    /// layer.
    pub(super) contents: BTreeMap<(u64, u64), Blob>,
    pub(super) keeper: Keeper,
    left_out: LeftOuts,
}

/// A folder of a layer that is still to be read.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) path: VirtualPath,
    /// Whether the host has a folder there too, with which it is compared.
    pub(super) on_host: bool,
    /// Whether what the host has in it, and the layer has not, is gone. So it is then in all folders
    /// below, which bear no mark of their own.
    pub(super) opaque: bool,
}

impl Reader {
    fn layer(&mut self, top: &Top) {
        let mut open = vec![Open { path: top.at.clone(), on_host: true, opaque: false }];
        while let Some(folder) = open.pop() {
            let found = self.folder(top, &folder);
            open.extend(found.into_iter().rev());
        }
    }

    /// Reads one folder; gives those in it that are to be read.
    fn folder(&mut self, top: &Top, folder: &Open) -> Vec<Open> {
        let list = |most| top.names(&folder.path, most).map_err(LeftOutReason::Unreadable);
        let mut names = match self.budget.list(list) {
            Ok(names) => names,
            Err(reason) => {
                self.leave_out(&folder.path, reason);
                return Vec::new();
            }
        };
        names.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        if folder.opaque {
            self.hidden(top, &folder.path, &names);
        }
        let mut found = Vec::new();
        for (name, meta) in &names {
            if let Some(path) = self.path_of(&folder.path, name)
                && !self.is_covered(top, &path)
            {
                found.extend(self.entry(top, folder, path, meta));
            }
        }
        found
    }

    fn entry(&mut self, top: &Top, folder: &Open, path: VirtualPath, meta: &Meta) -> Option<Open> {
        let host = match self.on_host(folder, &path) {
            Ok(host) => host,
            Err(reason) => {
                self.leave_out(&path, reason);
                return None;
            }
        };
        if meta.kind == HostKind::Folder {
            return self.found_folder(top, folder, path, meta, host);
        }
        let done = match meta.kind {
            _ if meta.whiteout => self.found_whiteout(top, &path, host),
            HostKind::File => self.found_file(top, &path, host),
            HostKind::Symlink => self.found_symlink(top, &path, host),
            HostKind::Special(kind) => Err(LeftOutReason::Special(kind)),
            HostKind::Folder => Ok(()),
        };
        if let Err(reason) = done {
            self.leave_out(&path, reason);
        }
        None
    }

    /// A whiteout: the program removed what the host has.
    pub(super) fn found_whiteout(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        host: Option<Lower>,
    ) -> Result<(), LeftOutReason> {
        // One over nothing stays behind when what was made in place of something is removed too.
        host.map_or(Ok(()), |host| self.remove_on_host(top, path, host))
    }

    /// Symlinks of the host are copied up when their owner or times change.
    fn found_symlink(
        &mut self,
        top: &Top,
        path: &VirtualPath,
        host: Option<Lower>,
    ) -> Result<(), LeftOutReason> {
        let target = top.link_target(path).map_err(LeftOutReason::Unreadable)?;
        let is_link = host.is_some_and(|host| host.kind() == HostKind::Symlink);
        if is_link && self.overlay.mounts.link_target(path).is_ok_and(|theirs| theirs == target) {
            return Ok(());
        }
        let target = target.into_string().map_err(|_| LeftOutReason::Symlink)?;
        let named = self.overlay.check_link(path, &target).map_err(|_| LeftOutReason::Symlink)?;
        // On the host, another folder is there than the program saw.
        if self.is_covered(top, &named) {
            return Err(LeftOutReason::Symlink);
        }
        self.budget.take_link(path, &target)?;
        if let Some(other) = host {
            self.remove_on_host(top, path, other)?;
        }
        self.overlay.upper.put(path, Node::Symlink { target, origin: None });
        Ok(())
    }

    pub(super) fn leave_out(&mut self, path: &VirtualPath, reason: LeftOutReason) {
        self.left_out.add(path.as_str(), reason);
    }

    /// The path of a name in a folder; what has none is left out.
    pub(super) fn path_of(&mut self, folder: &VirtualPath, name: &OsStr) -> Option<VirtualPath> {
        self.left_out.path_of(folder, name)
    }

    /// Whether something else was mounted over a path of a layer.
    fn is_covered(&self, top: &Top, path: &VirtualPath) -> bool {
        let by_layer = self.overlay.mounts.find(path).is_some_and(|mount| mount.at != top.at);
        // What lies around a layer was mounted before it, and covers nothing of it.
        let over = |covered: &&VirtualPath| covered.starts_with(&top.at);
        by_layer || self.covered.iter().filter(over).any(|covered| path.starts_with(covered))
    }

    /// Whether a path has to stay: it is, or leads to, a place where something is mounted.
    pub(super) fn pins(&self, path: &VirtualPath) -> bool {
        self.overlay.mounts.pin(path)
            || self.covered.iter().any(|covered| covered.starts_with(path))
    }
}
