//! The root of a native cell: what was granted, and what every program needs.

use std::collections::BTreeMap;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Mode, OFlags, chmodat, chownat, fstat, mkdirat, openat, symlinkat, unlinkat,
};
use rustix::io::Errno;
use rustix::mount::{
    MountAttrFlags, MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_change, unmount,
};
use rustix::path::Arg;
use rustix::process::{Gid, Resource, Rlimit, Uid, chdir, getrlimit, pivot_root, setrlimit};

use super::mounts::{
    attach, by_descriptor, copy_of, host_place, is_folder, made_place, new, place, read_only,
    reconfigure, restrict,
};
use crate::{Link, Mount, MountKind, Native, Protection};

/// Devices that every program may use. They hold nothing, or only chance.
const DEVICES: [&str; 5] = ["null", "zero", "full", "random", "urandom"];

/// Links that programs expect among the devices.
const DEVICE_LINKS: [(&str, &str); 4] = [
    ("/proc/self/fd", "fd"),
    ("/proc/self/fd/0", "stdin"),
    ("/proc/self/fd/1", "stdout"),
    ("/proc/self/fd/2", "stderr"),
];

/// Files of `/proc` that tell of the machine or steer it; a device that holds nothing is mounted
/// over each. Most can be opened by the machine's root only; masking them costs nothing.
const MASKED_FILES: [&str; 18] = [
    "cmdline",
    "config.gz",
    "diskstats",
    "iomem",
    "ioports",
    "kallsyms",
    "kcore",
    "key-users",
    "keys",
    "kmsg",
    "latency_stats",
    "modules",
    "partitions",
    "sched_debug",
    "slabinfo",
    "sysrq-trigger",
    "timer_list",
    "vmallocinfo",
];

/// Folders of `/proc` of the same kind; an empty one is mounted over each.
const MASKED_FOLDERS: [&str; 8] = ["acpi", "asound", "bus", "driver", "fs", "irq", "scsi", "tty"];

/// Where the bounded layer is while the root is made. Gone from the root afterwards.
const SCRATCH: &str = "/.aether";

/// Folders on which the new root is mounted for a moment; the first that exists is taken.
const STAGES: [&str; 2] = ["/tmp", "/usr"];

/// The same, for a root that is begun before it is known what will be granted: folders of which
/// hardly anything ever is.
const AHEAD: [&str; 4] = ["/sys", "/boot", "/srv", "/media"];

/// Why a root cannot be made.
#[derive(Debug, thiserror::Error)]
#[error("{step} {}: {error}", path.display())]
pub(super) struct RootError {
    step: &'static str,
    path: PathBuf,
    error: Errno,
}

/// The step that only a kernel with overlayfs in user namespaces can do.
const LAYING_OVER: &str = "laying over";

impl RootError {
    /// What cannot be had for this reason.
    pub(super) fn protection(&self) -> Protection {
        if self.step == LAYING_OVER { Protection::Writes } else { Protection::Root }
    }
}

fn at<'a>(step: &'static str, path: &'a Path) -> impl FnOnce(Errno) -> RootError + 'a {
    move |error| RootError { step, path: path.to_owned(), error }
}

/// Copies of mounts that the host made, by the number of the mount that each is for.
pub(super) type Given = BTreeMap<usize, OwnedFd>;

/// What the root of every cell has, before anything is granted: devices, `/proc`, `/tmp`, and room
/// for what is written.
#[derive(Debug)]
pub(super) struct Base {
    stage: PathBuf,
    root: OwnedFd,
    scratch: Scratch,
}

/// Where everything is that the program writes.
#[derive(Debug)]
struct Scratch {
    top: OwnedFd,
    /// Whose it is, if not this process's own user's.
    owner: Option<u32>,
}

impl Base {
    /// Begins a root on a folder of the host, which it covers from here on.
    ///
    /// Needs `CAP_SYS_ADMIN` over a mount namespace of our own, which nobody else is in.
    pub(super) fn begin(stage: &Path, owner: Option<u32>) -> Result<Self, RootError> {
        let top = Path::new("/");
        let slave = MountPropagationFlags::DOWNSTREAM | MountPropagationFlags::REC;
        // Otherwise mounts would travel to the host through shared propagation. What the host takes
        // off goes here too, for as long as nobody knows what this will be.
        mount_change("/", slave).map_err(at("keeping mounts below to itself, of", top))?;
        let flags = MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
        let options = c"size=1m,nr_inodes=16384,mode=0755";
        mount("aether", stage, "tmpfs", flags, Some(options))
            .map_err(at("making the root at", stage))?;
        let root = host_place(stage).map_err(at("opening", stage))?;
        let scratch = Scratch::new(root.as_fd(), owner)?;
        devices(root.as_fd(), &scratch)?;
        process_files(root.as_fd(), &scratch)?;
        Ok(Self { stage: stage.to_owned(), root, scratch })
    }
}

/// Makes the root and enters it. Gives the layers of the overlays, in the order of the mounts, and
/// the scratch that everything written is in.
///
/// Of a root that was begun already, nothing may be granted that lies where it was begun.
pub(super) fn make(
    native: &Native,
    given: Given,
    begun: Option<Base>,
    owner: Option<u32>,
) -> Result<(Vec<OwnedFd>, OwnedFd), RootError> {
    let (Base { stage, root, scratch }, sources) = match begun {
        Some(base) if lies_beside(native, &base.stage) => (base, sources(native)?),
        Some(base) => return Err(at("a root was begun at", &base.stage)(Errno::BUSY)),
        None => {
            // The new root covers a folder of the host for a moment: what lies there is found
            // before.
            let sources = sources(native)?;
            (Base::begin(stage()?, owner)?, sources)
        }
    };
    let top = Path::new("/");
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(at("keeping mounts private below", top))?;
    let root = root.as_fd();
    resize(scratch.top.as_fd(), native.scratch)?;
    let mut layers = Vec::new();
    let mut order: Vec<(usize, &Mount)> = native.mounts.iter().enumerate().collect();
    // A folder before what is mounted within it.
    order.sort_by(|(_, a), (_, b)| a.at.cmp(&b.at));
    for (number, one) in order {
        let copy = given.get(&number).map(AsFd::as_fd);
        let runs = native.executable.iter().any(|place| overlaps(place, &one.at));
        let found = sources.get(&number).map(AsFd::as_fd);
        let source = Source { one, given: copy, found, runs };
        layers.extend(source.grant(root, &scratch, number)?);
    }
    for link in &native.links {
        symlink(root, link).map_err(at("linking", &link.at))?;
    }
    made_place(root, &native.folder, true).map_err(at("making", &native.folder))?;
    // Reachable through the layers' own mounts only, from here on.
    let hidden = stage.join(SCRATCH.trim_start_matches('/'));
    unmount(&hidden, UnmountFlags::DETACH).map_err(at("hiding", &hidden))?;
    unlinkat(root, &SCRATCH[1..], AtFlags::REMOVEDIR).map_err(at("hiding", &hidden))?;
    enter(&stage)?;
    Ok((layers, scratch.top))
}

/// Where a root can be begun before it is known what it will hold.
pub(in super::super) fn stage_ahead() -> Option<&'static Path> {
    let is_there = |stage: &&Path| {
        host_place(stage).and_then(|place| is_folder(place.as_fd())).is_ok_and(|folder| folder)
    };
    AHEAD.iter().map(Path::new).find(is_there)
}

/// The same, for a program that is known.
pub(in super::super) fn stage_beside(native: &Native) -> Option<&'static Path> {
    stage_ahead().filter(|stage| lies_beside(native, stage))
}

/// Whether a root that is begun at a stage covers nothing that is to be mounted.
pub(in super::super) fn lies_beside(native: &Native, stage: &Path) -> bool {
    let sources = native.mounts.iter().filter(|mount| mount.kind.has_source());
    !sources.into_iter().any(|mount| overlaps(&mount.from, stage))
}

fn stage() -> Result<&'static Path, RootError> {
    let found = STAGES.iter().map(Path::new).find(|stage| host_place(stage).is_ok());
    found.ok_or_else(|| at("finding a place for the root below", Path::new("/"))(Errno::NOENT))
}

impl Scratch {
    /// One bounded file system for everything that the program writes: `/tmp`, `/dev/shm`, and the
    /// layers of overlays.
    fn new(root: BorrowedFd<'_>, owner: Option<u32>) -> Result<Self, RootError> {
        let path = Path::new(SCRATCH);
        // Not `noexec`: each mount that is made of it has that by itself, unless programs may run
        // there.
        let flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
        let here = made_place(root, path, true).map_err(at("making", path))?;
        let options = [("size", "1m"), ("nr_inodes", "64"), ("mode", "0700")];
        let system = new("tmpfs", &options, flags).map_err(at("making", path))?;
        attach(system.as_fd(), here.as_fd()).map_err(at("mounting", path))?;
        let scratch = Self { top: place(root, path).map_err(at("opening", path))?, owner };
        private_folder(root, &scratch, "tmp", Path::new("/tmp"))?;
        Ok(scratch)
    }

    /// A new folder in it, which the program may write to.
    fn folder(&self, name: &str) -> rustix::io::Result<OwnedFd> {
        mkdirat(&self.top, name, Mode::from_raw_mode(0o755))?;
        self.give(self.top.as_fd(), name)?;
        place(self.top.as_fd(), &Path::new("/").join(name))
    }

    /// Makes something the program's own.
    fn give(&self, folder: BorrowedFd<'_>, name: impl Arg) -> rustix::io::Result<()> {
        let Some(id) = self.owner else { return Ok(()) };
        let (user, group) = (Uid::from_raw(id), Gid::from_raw(id));
        chownat(folder, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)
    }
}

/// Gives the scratch its size.
fn resize(scratch: BorrowedFd<'_>, bytes: u64) -> Result<(), RootError> {
    // None at all would be no limit, tmpfs(5).
    let size = bytes.max(1).to_string();
    // A file takes a page at least, so this many have room; the bound stops empty ones.
    let files = (bytes / 4096).clamp(64, 1 << 20).to_string();
    reconfigure(scratch, &[("size", &size), ("nr_inodes", &files)])
        .map_err(at("resizing", Path::new(SCRATCH)))
}

/// A folder of the scratch, mounted for everyone in the cell.
fn private_folder(
    root: BorrowedFd<'_>,
    scratch: &Scratch,
    name: &str,
    path: &Path,
) -> Result<(), RootError> {
    let folder = scratch.folder(name).map_err(at("making", path))?;
    let here = made_place(root, path, true).map_err(at("making", path))?;
    let copy = copy_of(folder.as_fd()).map_err(at("copying", path))?;
    restrict(copy.as_fd(), MountAttrFlags::MOUNT_ATTR_NOEXEC).map_err(at("restricting", path))?;
    attach(copy.as_fd(), here.as_fd()).map_err(at("mounting", path))
}

/// Every file and folder of the host that is to be mounted, by the number of its mount.
fn sources(native: &Native) -> Result<BTreeMap<usize, OwnedFd>, RootError> {
    // One descriptor each, for a moment.
    let most = getrlimit(Resource::Nofile).maximum;
    let raised = Rlimit { current: most, maximum: most };
    let _as_it_is = setrlimit(Resource::Nofile, raised);
    let mut found = BTreeMap::new();
    for (number, one) in native.mounts.iter().enumerate() {
        if one.kind.has_source() {
            match host_place(&one.from) {
                Ok(place) => drop(found.insert(number, place)),
                // The host may have handed over what only it can reach.
                Err(Errno::ACCESS) => {}
                Err(error) => return Err(at("opening", &one.from)(error)),
            }
        }
    }
    Ok(found)
}

/// Whether one path lies within the other, or the other within it.
fn overlaps(a: &Path, b: &Path) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn symlink(root: BorrowedFd<'_>, link: &Link) -> rustix::io::Result<()> {
    let (Some(parent), Some(name)) = (link.at.parent(), link.at.file_name()) else {
        return Err(Errno::INVAL);
    };
    symlinkat(&link.to, made_place(root, parent, true)?, name)
}

/// One grant on its way into the root.
struct Source<'a> {
    one: &'a Mount,
    /// The copy of its mount that the host made.
    given: Option<BorrowedFd<'a>>,
    /// Where it is on the host.
    found: Option<BorrowedFd<'a>>,
    /// Whether there are programs in it that may be executed.
    runs: bool,
}

impl Source<'_> {
    /// Mounts it; gives the layer of its changes.
    fn grant(
        &self,
        root: BorrowedFd<'_>,
        scratch: &Scratch,
        number: usize,
    ) -> Result<Option<OwnedFd>, RootError> {
        let one = self.one;
        if matches!(one.kind, MountKind::ReadOnly | MountKind::StandIn) && one.places.is_empty() {
            let (copy, folder) = self.copy()?;
            let here = made_place(root, &one.at, folder);
            let here = here.map_err(at("making a place for", &one.at))?;
            let flags = self.flags() | MountAttrFlags::MOUNT_ATTR_RDONLY;
            restrict(copy.as_fd(), flags).map_err(at("making read-only", &one.from))?;
            attach(copy.as_fd(), here.as_fd()).map_err(at("mounting", &one.at))?;
            return Ok(None);
        }
        let upper = scratch.folder(&format!("upper-{number}"));
        let upper = upper.map_err(at("making a layer for", &one.at))?;
        let single = matches!(one.kind, MountKind::FileCopy | MountKind::NewFile);
        let here = made_place(root, &one.at, !single);
        let here = here.map_err(at("making a place for", &one.at))?;
        let mount = match one.kind {
            MountKind::ReadOnly | MountKind::StandIn | MountKind::View | MountKind::Overlay => {
                for (place, folder) in &one.places {
                    made_place(upper.as_fd(), &Path::new("/").join(place), *folder)
                        .map_err(at("making a place in", &one.at))?;
                }
                self.overlay(scratch, upper.as_fd(), number)?
            }
            MountKind::NewFolder => copy_of(upper.as_fd()).map_err(at("copying", &one.at))?,
            MountKind::FileCopy | MountKind::NewFile => self.file(scratch, upper.as_fd())?,
        };
        let read_only = !one.kind.is_layer();
        let flags = match read_only {
            true => self.flags() | MountAttrFlags::MOUNT_ATTR_RDONLY,
            false => self.flags(),
        };
        restrict(mount.as_fd(), flags).map_err(at("restricting", &one.at))?;
        attach(mount.as_fd(), here.as_fd()).map_err(at("mounting", &one.at))?;
        Ok(Some(upper).filter(|_| !read_only))
    }

    fn flags(&self) -> MountAttrFlags {
        let flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NODEV;
        if self.runs { flags } else { flags | MountAttrFlags::MOUNT_ATTR_NOEXEC }
    }

    /// A copy of the host's mount, and whether it is a folder.
    fn copy(&self) -> Result<(OwnedFd, bool), RootError> {
        let from = &self.one.from;
        let copy = match self.given {
            Some(copy) => copy.try_clone_to_owned().map_err(|error| {
                at("copying the mount of", from)(Errno::from_io_error(&error).unwrap_or(Errno::IO))
            })?,
            None => {
                let place = self.found.ok_or(Errno::ACCESS).map_err(at("opening", from))?;
                copy_of(place).map_err(at("copying the mount of", from))?
            }
        };
        let folder = is_folder(copy.as_fd()).map_err(at("looking at", from))?;
        Ok((copy, folder))
    }

    fn overlay(
        &self,
        scratch: &Scratch,
        upper: BorrowedFd<'_>,
        number: usize,
    ) -> Result<OwnedFd, RootError> {
        let from = &self.one.from;
        let work = scratch.folder(&format!("work-{number}"));
        let work = work.map_err(at("making a layer for", from))?;
        let attached;
        let source = match self.given {
            Some(copy) => {
                // A layer must be attached somewhere; here it is hidden with the scratch.
                let name = format!("lower-{number}");
                let lower = scratch.folder(&name);
                let lower = lower.map_err(at("making a layer for", from))?;
                attach(copy, lower.as_fd()).map_err(at("mounting", from))?;
                attached = place(scratch.top.as_fd(), &Path::new("/").join(name));
                attached.as_ref().map_err(|error| at("opening", from)(*error))?.as_fd()
            }
            None => self.found.ok_or(Errno::ACCESS).map_err(at("opening", from))?,
        };
        // What lies on top has the rights of what it lies over.
        let mode =
            fstat(source).map(|stat| stat.st_mode & 0o1777).map_err(at("looking at", from))?;
        chmodat(
            &scratch.top,
            format!("upper-{number}"),
            Mode::from_raw_mode(mode),
            AtFlags::empty(),
        )
        .map_err(at("making a layer for", from))?;
        // By descriptor: each is the place that was found, wherever links lead by now.
        let [lower, upper, work] = [source, upper, work.as_fd()].map(by_descriptor);
        let options = [
            ("lowerdir", lower.as_str()),
            ("upperdir", upper.as_str()),
            ("workdir", work.as_str()),
            // Marks that the owner of a user namespace may write.
            ("userxattr", ""),
        ];
        new("overlay", &options, MountAttrFlags::empty()).map_err(|error| match error {
            // Mounts that a user namespace inherits must not be looked below.
            Errno::INVAL => {
                at("something else is mounted within, so that nothing can lie over", from)(error)
            }
            error => at(LAYING_OVER, from)(error),
        })
    }

    /// A single file in a layer of its own, ready to be attached.
    fn file(&self, scratch: &Scratch, upper: BorrowedFd<'_>) -> Result<OwnedFd, RootError> {
        let Mount { at: place, from, kind, .. } = self.one;
        let name = place.file_name().ok_or(Errno::INVAL).map_err(at("making", place))?;
        let flags = OFlags::CREATE | OFlags::EXCL | OFlags::WRONLY | OFlags::CLOEXEC;
        let file = openat(upper, name, flags, Mode::from_raw_mode(0o644));
        let file = File::from(file.map_err(at("making", place))?);
        let io = |error: std::io::Error| Errno::from_io_error(&error).unwrap_or(Errno::IO);
        if *kind == MountKind::FileCopy {
            let (copy, _) = self.copy()?;
            let source = read_only(copy.as_fd()).map_err(at("opening", from))?;
            let mut source = File::from(source);
            std::io::copy(&mut source, &mut &file).map_err(io).map_err(at("copying", from))?;
            // Whether it can be executed, or not be written, is what the program finds of it.
            let mode = rustix::fs::fstat(&source).map(|stat| stat.st_mode & 0o777);
            mode.and_then(|mode| rustix::fs::fchmod(&file, Mode::from_raw_mode(mode)))
                .map_err(at("copying", from))?;
        } else {
            file.set_modified(std::time::SystemTime::UNIX_EPOCH)
                .map_err(io)
                .map_err(at("making", place))?;
        }
        drop(file);
        scratch.give(upper, name).map_err(at("making", place))?;
        let found = openat(upper, name, OFlags::PATH | OFlags::CLOEXEC, Mode::empty());
        copy_of(found.map_err(at("opening", place))?.as_fd()).map_err(at("copying", place))
    }
}

fn devices(root: BorrowedFd<'_>, scratch: &Scratch) -> Result<(), RootError> {
    let flags = MountAttrFlags::MOUNT_ATTR_NOSUID | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    for name in DEVICES {
        let path = Path::new("/dev").join(name);
        let device = host_place(&path).map_err(at("opening", &path))?;
        let here = made_place(root, &path, false).map_err(at("making a place for", &path))?;
        let copy = copy_of(device.as_fd()).map_err(at("copying", &path))?;
        restrict(copy.as_fd(), flags).map_err(at("restricting", &path))?;
        attach(copy.as_fd(), here.as_fd()).map_err(at("mounting", &path))?;
    }
    let folder = Path::new("/dev");
    let dev = place(root, folder).map_err(at("opening", folder))?;
    for (target, name) in DEVICE_LINKS {
        symlinkat(target, &dev, name).map_err(at("linking below", folder))?;
    }
    private_folder(root, scratch, "shm", Path::new("/dev/shm"))
}

/// `/proc` of the own process namespace, nothing of it writable, and nothing of the machine's in it
/// that a program has no need of.
fn process_files(root: BorrowedFd<'_>, scratch: &Scratch) -> Result<(), RootError> {
    let path = Path::new("/proc");
    let flags = MountAttrFlags::MOUNT_ATTR_RDONLY
        | MountAttrFlags::MOUNT_ATTR_NOSUID
        | MountAttrFlags::MOUNT_ATTR_NODEV
        | MountAttrFlags::MOUNT_ATTR_NOEXEC;
    let here = made_place(root, path, true).map_err(at("making", path))?;
    let system = new("proc", &[], flags).map_err(at("making", path))?;
    attach(system.as_fd(), here.as_fd()).map_err(at("mounting", path))?;
    let device = Path::new("/dev/null");
    let nothing = place(root, device).map_err(at("opening", device))?;
    mask(root, &MASKED_FILES, nothing, flags)?;
    let nothing = scratch.folder("nothing").map_err(at("making masks for", path))?;
    mask(root, &MASKED_FOLDERS, nothing, flags)
}

/// Mounts the same over each of some names of `/proc`.
fn mask(
    root: BorrowedFd<'_>,
    names: &[&str],
    with: OwnedFd,
    flags: MountAttrFlags,
) -> Result<(), RootError> {
    let process_files = Path::new("/proc");
    let mut with = with;
    let mut first = true;
    for name in names {
        let path = process_files.join(name);
        // Kernels differ in what they have.
        let Ok(here) = place(root, &path) else { continue };
        let copy = copy_of(with.as_fd()).map_err(at("making a mask for", &path))?;
        if first {
            restrict(copy.as_fd(), flags).map_err(at("restricting the mask of", &path))?;
        }
        attach(copy.as_fd(), here.as_fd()).map_err(at("masking", &path))?;
        if first {
            // A copy of it has its flags.
            with = place(root, &path).map_err(at("opening", &path))?;
            first = false;
        }
    }
    Ok(())
}

/// Makes the stage the root, read-only, and lets go of the old one.
fn enter(stage: &Path) -> Result<(), RootError> {
    chdir(stage).map_err(at("entering", stage))?;
    // pivot_root(2), "pivot_root(".", ".")": the old root ends up stacked on the new one, which
    // needs no folder for it; then it is taken off.
    pivot_root(".", ".").map_err(at("turning to", stage))?;
    unmount(".", UnmountFlags::DETACH).map_err(at("leaving the old root of", stage))?;
    let top = Path::new("/");
    chdir(top).map_err(at("entering", top))?;
    let flags = MountFlags::NOSUID
        | MountFlags::NODEV
        | MountFlags::NOEXEC
        | MountFlags::RDONLY
        | MountFlags::BIND;
    rustix::mount::mount_remount(top, flags, c"").map_err(at("sealing", top))
}
