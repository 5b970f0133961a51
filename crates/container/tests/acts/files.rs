//! Files: reading, changing, moving, describing, executing.

use std::ffi::CString;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Command;

use rustix::fs::{
    AtFlags, CWD, FileType, Mode, OFlags, RenameFlags, Timestamps, XattrFlags, chmodat, linkat,
    mkdirat, mknodat, openat, renameat, renameat_with, setxattr, statat, symlinkat, unlinkat,
    utimensat,
};
use rustix::io::Errno;

use super::{Act, act, call, errno};

fn open(path: impl AsRef<Path>, flags: OFlags) -> Result<OwnedFd, Errno> {
    openat(CWD, path.as_ref(), flags | OFlags::CLOEXEC, Mode::from_raw_mode(0o600))
}

fn opens(path: impl AsRef<Path>, flags: OFlags) -> Result<(), Errno> {
    open(path, flags).map(drop)
}

/// The name that the kernel gives a descriptor of this thread.
fn by_number(file: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", file.as_raw_fd())
}

fn list(path: &Path) -> Result<(), Errno> {
    std::fs::read_dir(path).map(drop).map_err(errno)
}

fn c(path: &Path) -> CString {
    CString::new(path.as_os_str().as_bytes()).expect("no zero")
}

pub(super) const FILES: &[Act] = &[
    act("reads", |p| opens(p.granted(), OFlags::RDONLY), "ok", "ok"),
    act("lists", |p| list(&p.read), "ok", "ok"),
    act("reads outside", |p| opens(p.outside.join("f"), OFlags::RDONLY), "ENOENT", "EACCES"),
    act("lists outside", |p| list(&p.outside), "ENOENT", "EACCES"),
    // Landlock has no right for looking.
    act(
        "looks outside",
        |p| statat(CWD, p.outside.join("f"), AtFlags::empty()).map(drop),
        "ENOENT",
        "ok",
    ),
    act("writes", |p| opens(p.granted(), OFlags::WRONLY), "EROFS", "EACCES"),
    act("appends", |p| opens(p.granted(), OFlags::WRONLY | OFlags::APPEND), "EROFS", "EACCES"),
    act("reads and writes", |p| opens(p.granted(), OFlags::RDWR), "EROFS", "EACCES"),
    act("writes outside", |p| opens(p.outside.join("f"), OFlags::WRONLY), "ENOENT", "EACCES"),
    act(
        "cuts by name",
        |p| {
            let path = c(&p.granted());
            call(libc::SYS_truncate, &[path.as_ptr() as usize, 1]).map(drop)
        },
        "EROFS",
        "EACCES|EPERM",
    ),
    act(
        "cuts by opening",
        |p| opens(p.granted(), OFlags::RDONLY | OFlags::TRUNC),
        "EROFS",
        "EACCES",
    ),
    act(
        "cuts by a descriptor for reading",
        |p| rustix::fs::ftruncate(open(p.granted(), OFlags::RDONLY)?, 1),
        "EINVAL",
        "EINVAL",
    ),
    act(
        "makes a file",
        |p| opens(p.read.join("n"), OFlags::WRONLY | OFlags::CREATE),
        "EROFS",
        "EACCES",
    ),
    act(
        "makes an unnamed file",
        |p| opens(&p.read, OFlags::WRONLY | OFlags::TMPFILE),
        "EROFS|EOPNOTSUPP",
        "EACCES",
    ),
    act("makes a folder", |p| mkdirat(CWD, p.read.join("n"), Mode::RWXU), "EROFS", "EACCES"),
    act("makes a link", |p| symlinkat("f", CWD, p.read.join("n")), "EROFS", "EACCES"),
    act(
        "makes a second name",
        |p| linkat(CWD, p.granted(), CWD, p.read.join("n"), AtFlags::empty()),
        "EROFS",
        "EACCES",
    ),
    act(
        "makes a node",
        |p| mknodat(CWD, p.read.join("n"), FileType::RegularFile, Mode::RWXU, 0),
        "EROFS",
        "EACCES",
    ),
    act(
        "makes a pipe",
        |p| mknodat(CWD, p.read.join("n"), FileType::Fifo, Mode::RWXU, 0),
        "EROFS",
        "EACCES",
    ),
    act("removes a file", |p| unlinkat(CWD, p.granted(), AtFlags::empty()), "EROFS", "EACCES"),
    act(
        "removes a folder",
        |p| unlinkat(CWD, p.read.join("d"), AtFlags::REMOVEDIR),
        "EROFS",
        "EACCES",
    ),
    act("renames a file", |p| renameat(CWD, p.granted(), CWD, p.read.join("n")), "EROFS", "EACCES"),
    act(
        "renames a folder",
        |p| renameat(CWD, p.read.join("d"), CWD, p.read.join("n")),
        "EROFS",
        "EACCES",
    ),
    act(
        "exchanges",
        |p| renameat_with(CWD, p.granted(), CWD, p.read.join("true"), RenameFlags::EXCHANGE),
        "EROFS",
        "EACCES",
    ),
    act(
        "changes rights",
        |p| chmodat(CWD, p.granted(), Mode::RWXU, AtFlags::empty()),
        "EROFS",
        "EPERM|EACCES",
    ),
    act(
        "changes the owner",
        |p| {
            rustix::fs::chownat(
                CWD,
                p.granted(),
                Some(rustix::process::getuid()),
                None,
                AtFlags::empty(),
            )
        },
        "EROFS",
        "EPERM|EACCES",
    ),
    act(
        "changes times",
        |p| {
            let now = rustix::fs::Timespec { tv_sec: 0, tv_nsec: rustix::fs::UTIME_NOW };
            let both = Timestamps { last_access: now, last_modification: now };
            utimensat(CWD, p.granted(), &both, AtFlags::empty())
        },
        "EROFS",
        "EPERM|EACCES",
    ),
    act(
        "sets an attribute",
        |p| setxattr(p.granted(), "user.x", b"x", XattrFlags::empty()),
        "EROFS",
        "EPERM|EACCES",
    ),
    // Without namespaces the host's own files are not told apart from the cell's.
    act(
        "changes rights in its own folder",
        |p| chmodat(CWD, p.fresh("rights").join("f"), Mode::RWXU, AtFlags::empty()),
        "ok",
        "EPERM",
    ),
    act(
        "makes all that in its own folder",
        |p| {
            let folder = p.fresh("all");
            let name = |name: &str| folder.join(name);
            opens(name("n"), OFlags::WRONLY | OFlags::CREATE)?;
            opens(name("n"), OFlags::RDWR | OFlags::TRUNC)?;
            mkdirat(CWD, name("m"), Mode::RWXU)?;
            symlinkat("f", CWD, name("l"))?;
            linkat(CWD, name("f"), CWD, name("k"), AtFlags::empty())?;
            renameat(CWD, name("k"), CWD, name("o"))?;
            renameat(CWD, name("m"), CWD, name("q"))?;
            unlinkat(CWD, name("f"), AtFlags::empty())?;
            unlinkat(CWD, name("q"), AtFlags::REMOVEDIR)
        },
        "ok",
        "ok",
    ),
];

pub(super) const MOVING: &[Act] = &[
    act(
        "out of what may be read",
        |p| renameat(CWD, p.granted(), CWD, p.fresh("a").join("n")),
        "EXDEV",
        "EACCES|EXDEV",
    ),
    act(
        "into what may be read",
        |p| renameat(CWD, p.fresh("b").join("f"), CWD, p.read.join("n")),
        "EXDEV",
        "EACCES|EXDEV",
    ),
    act(
        "a folder out of what may be read",
        |p| renameat(CWD, p.read.join("d"), CWD, p.fresh("c").join("n")),
        "EXDEV",
        "EACCES|EXDEV",
    ),
    act(
        "a second name for what may be read",
        |p| linkat(CWD, p.granted(), CWD, p.fresh("d").join("n"), AtFlags::empty()),
        "EXDEV",
        "EACCES|EXDEV",
    ),
    act(
        "a second name in what may be read",
        |p| linkat(CWD, p.fresh("e").join("f"), CWD, p.read.join("n"), AtFlags::empty()),
        "EROFS|EXDEV",
        "EACCES|EXDEV",
    ),
    act(
        "an exchange of both",
        |p| {
            let own = p.fresh("g").join("f");
            renameat_with(CWD, p.granted(), CWD, own, RenameFlags::EXCHANGE)
        },
        "EXDEV",
        "EACCES|EXDEV",
    ),
    act(
        "over what may be read",
        |p| renameat(CWD, p.fresh("h").join("f"), CWD, p.granted()),
        "EXDEV",
        "EACCES|EXDEV",
    ),
    act(
        "out of what is not granted",
        |p| renameat(CWD, p.outside.join("f"), CWD, p.fresh("i").join("n")),
        "ENOENT",
        "EACCES|EXDEV",
    ),
    act(
        "into what is not granted",
        |p| renameat(CWD, p.fresh("j").join("f"), CWD, p.outside.join("n")),
        "ENOENT",
        "EACCES|EXDEV",
    ),
    act(
        "from one layer to another",
        |p| {
            let Some(other) = &p.other else { return Err(Errno::XDEV) };
            renameat(CWD, p.fresh("k").join("f"), CWD, other.join("n"))
        },
        "EXDEV",
        "EXDEV",
    ),
    act(
        "a second name in another layer",
        |p| {
            let Some(other) = &p.other else { return Err(Errno::XDEV) };
            linkat(CWD, p.fresh("l").join("f"), CWD, other.join("n"), AtFlags::empty())
        },
        "EXDEV",
        "EXDEV",
    ),
    act(
        "to another folder of the same",
        |p| {
            let (one, two) = (p.fresh("m"), p.fresh("n"));
            linkat(CWD, one.join("f"), CWD, two.join("k"), AtFlags::empty())?;
            renameat(CWD, one.join("f"), CWD, two.join("g"))?;
            renameat(CWD, &one, CWD, two.join("o"))
        },
        "ok",
        "ok",
    ),
    act(
        "the granted folder itself",
        |p| renameat(CWD, &p.read, CWD, p.fresh("q").join("n")),
        "EBUSY|EXDEV|EROFS",
        "EACCES|EXDEV",
    ),
    act(
        "the layer's folder itself",
        |p| {
            let Some(own) = &p.write else { return Err(Errno::BUSY) };
            unlinkat(CWD, own, AtFlags::REMOVEDIR)
        },
        "EBUSY|EROFS",
        "EBUSY",
    ),
];

pub(super) const DESCRIPTORS: &[Act] = &[
    act(
        "opens its own again, to write",
        |p| {
            let file = open(p.granted(), OFlags::RDONLY)?;
            opens(by_number(&file), OFlags::WRONLY)
        },
        "EROFS",
        "EACCES",
    ),
    act(
        "opens a place again, to write",
        |p| {
            let file = open(p.granted(), OFlags::PATH)?;
            opens(by_number(&file), OFlags::WRONLY)
        },
        "EROFS",
        "EACCES",
    ),
    act(
        "opens a place outside again, to read",
        |p| {
            let file = open(p.outside.join("f"), OFlags::PATH)?;
            opens(by_number(&file), OFlags::RDONLY)
        },
        "ENOENT",
        "EACCES",
    ),
    act("cuts a place", |p| rustix::fs::ftruncate(open(p.granted(), OFlags::PATH)?, 0), "9", "9"),
    act(
        "opens what lies in a place outside",
        |p| {
            let folder = open(&p.outside, OFlags::PATH)?;
            openat(folder.as_fd(), "f", OFlags::RDONLY, Mode::empty()).map(drop)
        },
        "ENOENT",
        "EACCES",
    ),
    act("enters what is not granted", |p| in_there(&p.outside), "ENOENT", "EACCES"),
    act(
        "climbs out of its own",
        |p| {
            let folder = open(p.fresh("a"), OFlags::PATH)?;
            let up = "../".repeat(40) + p.outside.to_str().expect("text") + "/f";
            openat(folder.as_fd(), up, OFlags::RDONLY, Mode::empty()).map(drop)
        },
        "ENOENT",
        "EACCES",
    ),
    act(
        "follows a link of its own",
        |p| {
            let folder = p.fresh("b");
            symlinkat(p.outside.join("f"), CWD, folder.join("l"))?;
            opens(folder.join("l"), OFlags::RDONLY)
        },
        "ENOENT",
        "EACCES",
    ),
    act(
        "reads what has no name any more",
        |p| {
            let path = p.fresh("c").join("f");
            let file = open(&path, OFlags::RDWR)?;
            unlinkat(CWD, &path, AtFlags::empty())?;
            let mut byte = [0];
            rustix::io::pread(&file, &mut byte, 0).map(drop)
        },
        "ok",
        "ok",
    ),
    act(
        "cuts a memory file",
        |_| {
            let flags = rustix::fs::MemfdFlags::NOEXEC_SEAL;
            rustix::fs::ftruncate(rustix::fs::memfd_create("x", flags)?, 100)
        },
        "ok",
        "ok",
    ),
    act(
        "asks a pipe of its own",
        |_| {
            let (reads, _writes) = rustix::pipe::pipe()?;
            rustix::io::ioctl_fionread(&reads).map(drop)
        },
        "ok",
        "ok",
    ),
];

/// The process's folder is that of all its threads: another process enters.
fn in_there(folder: &Path) -> Result<(), Errno> {
    // Whichever of the two steps is refused.
    let said = Command::new("/bin/sh")
        .args(["-c", "cd \"$1\" 2>/dev/null || exit 2; read -r line < f || exit 13", "sh"])
        .arg(folder)
        .stderr(std::process::Stdio::null())
        .status()
        .map_err(errno)?;
    match said.code() {
        Some(0) => Ok(()),
        Some(code @ (libc::ENOENT | libc::EACCES)) => Err(Errno::from_raw_os_error(code)),
        _ => Err(Errno::IO),
    }
}

fn executes(path: impl AsRef<Path>) -> Result<(), Errno> {
    let status = Command::new(path.as_ref()).status().map_err(errno)?;
    if status.success() { Ok(()) } else { Err(Errno::IO) }
}

pub(super) const PROGRAMS: &[Act] = &[
    act("one that may be executed", |p| executes(p.run.join("true")), "ok", "ok"),
    act("one of the system", |_| executes("/bin/true"), "ok", "ok"),
    act("one that may be read", |p| executes(p.read.join("true")), "EACCES", "EACCES"),
    act("one outside", |p| executes(p.outside.join("true")), "ENOENT", "ENOENT|EACCES"),
    act(
        "a copy",
        |p| {
            let copy = p.fresh("a").join("true");
            let program = std::fs::read(p.run.join("true")).map_err(errno)?;
            let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::CLOEXEC;
            let file = openat(CWD, &copy, flags, Mode::from_raw_mode(0o755))?;
            std::io::Write::write_all(&mut std::fs::File::from(file), &program).map_err(errno)?;
            executes(copy)
        },
        "EACCES",
        "EACCES",
    ),
    act(
        "what may be read, by its descriptor",
        |p| {
            let file = open(p.read.join("true"), OFlags::RDONLY)?;
            executes(by_number(&file))
        },
        "EACCES",
        "EACCES|ENOENT",
    ),
    act(
        "memory",
        |_| rustix::fs::memfd_create("x", rustix::fs::MemfdFlags::empty()).map(drop),
        "EPERM",
        "EPERM",
    ),
    act(
        "a descriptor without a name",
        |p| {
            let file = open(p.run.join("true"), OFlags::PATH)?;
            let empty = c"";
            let at = empty.as_ptr() as usize;
            let flags = libc::AT_EMPTY_PATH as usize;
            call(libc::SYS_execveat, &[file.as_raw_fd() as usize, at, 0, 0, flags]).map(drop)
        },
        "EPERM",
        "EPERM",
    ),
];

pub(super) const DEVICES: &[Act] = &[
    act("uses one that holds nothing", |_| opens("/dev/null", OFlags::RDWR), "ok", "ok"),
    act(
        "asks it for what a terminal knows",
        |_| {
            let device = open("/dev/zero", OFlags::RDWR)?;
            let mut room = [0u8; 256];
            let at = room.as_mut_ptr() as usize;
            call(libc::SYS_ioctl, &[device.as_raw_fd() as usize, libc::TCGETS as usize, at])
                .map(drop)
        },
        "EACCES|ENOTTY",
        "EACCES|ENOTTY",
    ),
    act(
        "asks for what any descriptor has",
        |_| {
            let device = open("/dev/zero", OFlags::RDWR)?;
            rustix::io::ioctl_fioclex(&device)?;
            rustix::io::ioctl_fionbio(&device, true)
        },
        "ok",
        "ok",
    ),
    act(
        "makes a character device",
        |p| mknodat(CWD, p.fresh("a").join("n"), FileType::CharacterDevice, Mode::RWXU, 0x103),
        "EPERM",
        "EPERM",
    ),
    act(
        "makes a block device",
        |p| mknodat(CWD, p.fresh("b").join("n"), FileType::BlockDevice, Mode::RWXU, 0x700),
        "EPERM",
        "EPERM",
    ),
    act(
        "types into a terminal",
        |_| {
            let byte = b"#";
            let at = byte.as_ptr() as usize;
            call(libc::SYS_ioctl, &[0, libc::TIOCSTI as usize, at]).map(drop)
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "types by high bits",
        |_| {
            let byte = b"#";
            let at = byte.as_ptr() as usize;
            call(libc::SYS_ioctl, &[0, libc::TIOCSTI as usize | 1 << 32, at]).map(drop)
        },
        "EPERM",
        "EPERM",
    ),
    act(
        "takes a terminal away from itself",
        |_| call(libc::SYS_ioctl, &[0, libc::TIOCNOTTY as usize]).map(drop),
        "ENOTTY|EACCES",
        "EPERM",
    ),
];
