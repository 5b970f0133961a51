//! What can go wrong.

use std::path::PathBuf;

use aether_path::VirtualPath;

use crate::pool::SpillError;

/// A file operation that failed. It names virtual paths only, so it may be shown to the plugin.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct Error {
    /// The path at which it failed: the one asked for, or one below or on the way.
    pub path: VirtualPath,
    /// What failed.
    pub problem: Problem,
}

impl Error {
    /// The name of the system error that a file system would have given.
    pub fn code(&self) -> &'static str {
        self.problem.code()
    }

    /// Whether the caller should record it: a plugin met a limit or the border of what it was
    /// given, rather than an ordinary missing or existing file.
    pub fn is_exception(&self) -> bool {
        matches!(
            self.problem,
            Problem::QuotaExceeded { .. }
                | Problem::TooManyLinks
                | Problem::LinkInTheWay
                | Problem::EscapesByLink { .. }
                | Problem::LeadsOut
                | Problem::Special(_)
                | Problem::OutsideMounts
                | Problem::HostName
                | Problem::Refused
                | Problem::TooDeep
                | Problem::TooLarge
                | Problem::SpecialBits
                | Problem::OthersWrite
                | Problem::TooManyHandles
        )
    }
}

/// The ways in which a file operation fails.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// Nothing is there.
    #[error("no such file or folder")]
    NotFound,
    /// Something is already there.
    #[error("already exists")]
    Exists,
    /// A folder is needed.
    #[error("not a folder")]
    NotFolder,
    /// A file is needed.
    #[error("is a folder")]
    IsFolder,
    /// Only empty folders can be removed or replaced.
    #[error("folder not empty")]
    NotEmpty,
    /// A folder cannot be moved into itself.
    #[error("cannot be moved into itself")]
    IntoItself,
    /// The plugin used up what it may change.
    #[error("it would exceed the {}", quota(*kind, *limit))]
    QuotaExceeded {
        /// Which of the two.
        kind: QuotaKind,
        /// Its limit.
        limit: u64,
    },
    /// More than [`MAX_LINKS`](crate::MAX_LINKS) symlinks on the way: most likely a loop.
    #[error("too many symlinks on the way")]
    TooManyLinks,
    /// A symlink where none may be: it appeared after the path had been resolved.
    #[error("a symlink appeared on the way")]
    LinkInTheWay,
    /// The symlink's target is not a path that can be used here.
    #[error("symlink with an unusable target")]
    BadLink,
    /// A symlink leads to where nothing is mounted.
    #[error("the symlink {link} leads outside what the plugin was given")]
    EscapesByLink {
        /// The last symlink followed.
        link: VirtualPath,
        /// Where it led.
        target: VirtualPath,
    },
    /// A symlink there would lead out of the granted folder, or its target has a `..` behind a
    /// name, so that nobody can tell.
    #[error("the symlink would lead out of the granted folder from there")]
    LeadsOut,
    /// Only files have several names.
    #[error("only a file can have a second name")]
    OneName,
    /// Not a symlink.
    #[error("not a symlink")]
    NotLink,
    /// More than permission bits.
    #[error("only the permission bits of a mode can be set (0777)")]
    SpecialBits,
    /// A mode by which others may write what only its owner could.
    #[error("a plugin cannot let others than its owner write it")]
    OthersWrite,
    /// More than [`MAX_HANDLES`](crate::MAX_HANDLES) files are open.
    #[error("too many open files")]
    TooManyHandles,
    /// The handle was closed, or is of another overlay.
    #[error("the file is not open")]
    Closed,
    /// Not a file or folder, and never opened.
    #[error("is a {0}, which plugins cannot use")]
    Special(SpecialKind),
    /// The host's name for it is not UTF-8, so no virtual path names it.
    #[error("has a name that is not UTF-8")]
    NotUtf8,
    /// The host would take it for another name, or for no file: `a.`, `NUL` and `a:b` on Windows.
    #[error("not a name that means one file to the host")]
    HostName,
    /// More than [`MAX_DEPTH`](crate::MAX_DEPTH) components, or a longer path than there can be.
    #[error("path too deep or too long")]
    TooDeep,
    /// A folder with too many entries to be moved or removed as a whole.
    #[error("too many entries")]
    TooLarge,
    /// Nothing can be created here: no mount holds the path.
    #[error("outside what the plugin was given")]
    OutsideMounts,
    /// The top of a mounted folder, or a folder leading to a mount, stays where it is.
    #[error("the top of a granted folder can be neither removed nor replaced")]
    MountPoint,
    /// The caller's check refused this path within a larger operation.
    #[error("not allowed")]
    Refused,
    /// A change of it, or of a folder on the way, waits to be applied.
    #[error("a change of it waits to be applied")]
    Pending,
    /// It became another on the host meanwhile.
    #[error("changed on the host meanwhile")]
    Changed,
    /// The host's own user may not do it.
    #[error("the host refuses access")]
    HostDenied,
    /// The host's file system failed; holds the system's error number.
    #[error("input/output error {0}")]
    Io(i32),
}

impl Problem {
    /// The name of the system error that a file system would have given.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotFound | Self::EscapesByLink { .. } => "ENOENT",
            Self::Exists => "EEXIST",
            Self::NotFolder => "ENOTDIR",
            Self::IsFolder => "EISDIR",
            Self::NotEmpty => "ENOTEMPTY",
            Self::IntoItself
            | Self::BadLink
            | Self::NotLink
            | Self::NotUtf8
            | Self::HostName
            | Self::TooDeep => "EINVAL",
            Self::QuotaExceeded { .. } | Self::TooLarge => "ENOSPC",
            Self::TooManyLinks | Self::LinkInTheWay => "ELOOP",
            Self::Special(_) | Self::OutsideMounts | Self::Refused | Self::HostDenied => "EACCES",
            Self::LeadsOut | Self::OneName | Self::SpecialBits | Self::OthersWrite => "EPERM",
            Self::TooManyHandles => "EMFILE",
            Self::Closed => "EBADF",
            Self::MountPoint | Self::Pending | Self::Changed => "EBUSY",
            Self::Io(_) => "EIO",
        }
    }

    pub(crate) fn at(self, path: &VirtualPath) -> Error {
        Error { path: path.clone(), problem: self }
    }
}

impl From<HostProblem> for Problem {
    fn from(problem: HostProblem) -> Self {
        match problem {
            HostProblem::NotFound => Self::NotFound,
            HostProblem::NotFolder => Self::NotFolder,
            HostProblem::Symlink => Self::LinkInTheWay,
            HostProblem::Denied => Self::HostDenied,
            HostProblem::Name => Self::HostName,
            HostProblem::Exists => Self::Exists,
            HostProblem::NotEmpty => Self::NotEmpty,
            HostProblem::CrossDevice | HostProblem::Unsupported | HostProblem::Attributes => {
                Self::Io(0)
            }
            HostProblem::Io(number) => Self::Io(number),
        }
    }
}

/// Which part of a quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum QuotaKind {
    /// [`Quota::bytes`](crate::Quota::bytes).
    Bytes,
    /// [`Quota::entries`](crate::Quota::entries).
    Entries,
}

/// A quota as people read it.
fn quota(kind: QuotaKind, limit: u64) -> String {
    match kind {
        QuotaKind::Bytes if limit >= 1 << 20 => format!("disk limit of {} MB", limit >> 20),
        QuotaKind::Bytes => format!("disk limit of {limit} bytes"),
        QuotaKind::Entries => format!("limit of {limit} changed files and folders"),
    }
}

/// What is neither file, folder nor symlink.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SpecialKind {
    /// A named pipe: opening it could block the host.
    Fifo,
    /// A socket: a way to other programs.
    Socket,
    /// A device: opening alone can have effects.
    Device,
    /// Something this crate does not know.
    Unknown,
}

impl std::fmt::Display for SpecialKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Fifo => "named pipe",
            Self::Socket => "socket",
            Self::Device => "device",
            Self::Unknown => "special file",
        })
    }
}

/// An overlay that could not be made. It names host paths: for the host's people, not for plugins.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SetupError {
    /// A mount's host path cannot be used.
    #[error("cannot use `{}` as {at}: {problem}", host.display())]
    Mount {
        /// Where it was to stand.
        at: VirtualPath,
        /// The host path.
        host: PathBuf,
        /// Why not.
        problem: HostProblem,
    },
    /// A mount's host path is not absolute and in normal form.
    #[error("cannot use `{}` as {at}: not an absolute path without `.` and `..`", host.display())]
    NotAbsolute {
        /// Where it was to stand.
        at: VirtualPath,
        /// The host path.
        host: PathBuf,
    },
    /// Two mounts at one place.
    #[error("two mounts at {at}")]
    Twice {
        /// The place.
        at: VirtualPath,
    },
}

/// What the host's file system answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum HostProblem {
    /// Nothing is there.
    #[error("no such file or folder")]
    NotFound,
    /// A component on the way is not a folder.
    #[error("not a folder")]
    NotFolder,
    /// A component is a symlink, and none is followed.
    #[error("a component is a symlink")]
    Symlink,
    /// The host's user may not.
    #[error("permission denied")]
    Denied,
    /// The system would take a name for another one, or for no file.
    #[error("not a name that means one file here")]
    Name,
    /// Something is already there.
    #[error("already exists")]
    Exists,
    /// The folder has entries.
    #[error("folder not empty")]
    NotEmpty,
    /// Source and target are on different file systems.
    #[error("on another file system")]
    CrossDevice,
    /// The access list or the attributes of the file that is replaced could not be given to what
    /// replaces it.
    #[error("its access list or its attributes cannot be kept")]
    Attributes,
    /// This system, or this file system, cannot do it safely.
    #[error("not supported here")]
    Unsupported,
    /// Anything else; holds the system's error number.
    #[error("{}", std::io::Error::from_raw_os_error(*.0))]
    Io(i32),
}

impl From<SpillError> for HostProblem {
    fn from(SpillError(error): SpillError) -> Self {
        Self::from(&error)
    }
}

impl From<&std::io::Error> for HostProblem {
    fn from(error: &std::io::Error) -> Self {
        error.raw_os_error().map_or(Self::Unsupported, Self::Io)
    }
}

impl From<std::io::Error> for HostProblem {
    fn from(error: std::io::Error) -> Self {
        Self::from(&error)
    }
}
