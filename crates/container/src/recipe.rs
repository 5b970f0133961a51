//! What the host hands over: a description of a container without any policy in it.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A protection that a container gives, one per line of a [`crate::Posture`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Protection {
    /// Nothing inherited but the gateway and captured output.
    Descriptors,
    /// No environment variable.
    Environment,
    /// A session of its own, without a terminal.
    Session,
    /// A user namespace: the cell's user is nobody outside.
    Userns,
    /// A mount namespace whose root is empty and read-only.
    EmptyRoot,
    /// A mount namespace whose root holds what was granted and nothing else, for native programs.
    Root,
    /// Writes go to a layer in memory that is bounded, for native programs.
    Writes,
    /// A process namespace: no other process can be named.
    Pidns,
    /// A first process of our own, with whose end everything ends, for native programs.
    Init,
    /// A namespace for System V and POSIX IPC.
    Ipcns,
    /// A namespace for host and domain name.
    Utsns,
    /// A cgroup namespace.
    Cgroupns,
    /// A network namespace without any interface up.
    Netns,
    /// Landlock with no rule: no file, no TCP, no abstract socket, no signal outward.
    Landlock,
    /// Resource limits of the process.
    Rlimits,
    /// The memory limit.
    Memory,
    /// The processor limit.
    Cpu,
    /// The limit on processes.
    Processes,
    /// No privilege can be gained by executing a file.
    NoNewPrivileges,
    /// No capability, nor a way to one.
    Capabilities,
    /// Other processes of the same user cannot look into it, and it leaves no core dump.
    NonDumpable,
    /// Memory is never writable and executable, and never becomes executable.
    WriteXorExecute,
    /// A key ring of its own.
    Keyring,
    /// System calls beyond the allow-list do not happen.
    Seccomp,
    /// Each refused system call is told to the host.
    SyscallRecord,
    /// A container of Windows: files, registry and objects that name it or all packages, and no others.
    AppContainer,
    /// A container that is denied what every package may reach, too.
    Lpac,
    /// No network: a container without a capability for one.
    Network,
    /// A token of low integrity, without privileges, for which groups of its host's count only where they
    /// are denied something; without a container one that is restricted, too.
    Token,
    /// Everything that it starts ends with it, and nothing leaves.
    KillTree,
    /// It starts no process.
    ChildProcesses,
    /// Clipboard, desktop, windows and settings of others are out of reach.
    Ui,
    /// Data is not executed.
    Dep,
    /// Images are at other places each time.
    Aslr,
    /// A handle that is wrong ends the process.
    StrictHandles,
    /// No code of others is brought in: hooks, input methods, network providers.
    ExtensionPoints,
    /// No images of other machines or of lower labels, and those of the system first.
    ImageLoad,
    /// No system call to the part of the kernel that draws.
    Win32k,
    /// A Seatbelt profile of macOS: no file, process, network or service but what it names.
    Seatbelt,
}

impl Protection {
    /// Every protection of this platform, in the order in which a posture lists them.
    pub const ALL: &'static [Self] = if cfg!(windows) {
        Self::WINDOWS
    } else if cfg!(target_os = "macos") {
        Self::MACOS
    } else {
        Self::LINUX
    };

    const LINUX: &'static [Self] = &[
        Self::Descriptors,
        Self::Environment,
        Self::Session,
        Self::Userns,
        Self::EmptyRoot,
        Self::Root,
        Self::Writes,
        Self::Pidns,
        Self::Init,
        Self::Ipcns,
        Self::Utsns,
        Self::Cgroupns,
        Self::Netns,
        Self::Landlock,
        Self::Rlimits,
        Self::Memory,
        Self::Cpu,
        Self::Processes,
        Self::NoNewPrivileges,
        Self::Capabilities,
        Self::NonDumpable,
        Self::WriteXorExecute,
        Self::Keyring,
        Self::Seccomp,
        Self::SyscallRecord,
    ];

    const WINDOWS: &'static [Self] = &[
        Self::Descriptors,
        Self::Environment,
        Self::Session,
        Self::Memory,
        Self::Cpu,
        Self::Processes,
        Self::WriteXorExecute,
        Self::AppContainer,
        Self::Lpac,
        Self::Network,
        Self::Token,
        Self::KillTree,
        Self::ChildProcesses,
        Self::Ui,
        Self::Dep,
        Self::Aslr,
        Self::StrictHandles,
        Self::ExtensionPoints,
        Self::ImageLoad,
        Self::Win32k,
    ];

    const MACOS: &'static [Self] = &[
        Self::Descriptors,
        Self::Environment,
        Self::Session,
        Self::Writes,
        Self::Rlimits,
        Self::Memory,
        Self::Cpu,
        Self::Processes,
        Self::NonDumpable,
        Self::WriteXorExecute,
        Self::Seccomp,
        Self::SyscallRecord,
        Self::Seatbelt,
    ];

    /// The name used on the command line, in policies and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Descriptors => "descriptors",
            Self::Environment => "environment",
            Self::Session => "session",
            Self::Userns => "userns",
            Self::EmptyRoot => "empty-root",
            Self::Root => "root",
            Self::Writes => "writes",
            Self::Pidns => "pidns",
            Self::Init => "init",
            Self::Ipcns => "ipcns",
            Self::Utsns => "utsns",
            Self::Cgroupns => "cgroupns",
            Self::Netns => "netns",
            Self::Landlock => "landlock",
            Self::Rlimits => "rlimits",
            Self::Memory => "memory",
            Self::Cpu => "cpu",
            Self::Processes => "processes",
            Self::NoNewPrivileges => "no-new-privileges",
            Self::Capabilities => "capabilities",
            Self::NonDumpable => "non-dumpable",
            Self::WriteXorExecute => "write-xor-execute",
            Self::Keyring => "keyring",
            Self::Seccomp => "seccomp",
            Self::SyscallRecord => "syscall-record",
            Self::AppContainer => "app-container",
            Self::Lpac => "lpac",
            Self::Network => "network",
            Self::Token => "token",
            Self::KillTree => "kill-tree",
            Self::ChildProcesses => "child-processes",
            Self::Ui => "ui",
            Self::Dep => "dep",
            Self::Aslr => "aslr",
            Self::StrictHandles => "strict-handles",
            Self::ExtensionPoints => "extension-points",
            Self::ImageLoad => "image-load",
            Self::Win32k => "win32k",
            Self::Seatbelt => "seatbelt",
        }
    }

    /// The protection of that name, of any platform: a policy is written for all of them.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        let all = Self::LINUX.iter().chain(Self::WINDOWS).chain(Self::MACOS).copied();
        all.into_iter().find(|protection| protection.name() == name)
    }

    /// Whether cells with an engine have it, or native ones. Most protections are for both.
    #[must_use]
    pub const fn applies(self, native: bool) -> bool {
        match self {
            Self::EmptyRoot
            | Self::WriteXorExecute
            | Self::Lpac
            | Self::ChildProcesses
            | Self::Win32k => !native,
            Self::Root | Self::Writes | Self::Init => native,
            _ => true,
        }
    }

    /// The protection that this one falls with: every namespace needs the user namespace when the
    /// host is not root, so naming `userns` as optional makes them optional too. On Windows the container
    /// has its kind with it, and not the network: what may run without a container may not reach a network
    /// because of that.
    #[must_use]
    pub const fn follows(self) -> Option<Self> {
        match self {
            Self::EmptyRoot
            | Self::Root
            | Self::Writes
            | Self::Init
            | Self::Pidns
            | Self::Ipcns
            | Self::Utsns
            | Self::Cgroupns
            | Self::Netns => Some(Self::Userns),
            Self::Lpac => Some(Self::AppContainer),
            _ => None,
        }
    }
}

impl fmt::Display for Protection {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// Hard limits of one cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of memory, everything counted: of a native cell all processes and what they write.
    pub memory: u64,
    /// Thousandths of one processor core, of all processes of a native cell together.
    pub cpu_millis: u32,
    /// Open descriptors.
    pub open_files: u32,
    /// Whether the addresses of an engine cell are limited too, and not only the memory behind them.
    /// Memories of compiled code reserve far more than they have.
    pub addresses: bool,
    /// Whether the memory may be raised while the cell lives, by [`crate::Cell::set_memory`]: what
    /// only lowers is then not set for good.
    pub raisable: bool,
}

/// Whose machine code an engine runs beside its program's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Code {
    /// Nobody's.
    #[default]
    None,
    /// Its host's. It maps that before any of the plugin runs, and then calls [`crate::no_more_code`].
    Handed,
    /// Its own, which it makes while the plugin runs: memory may be writable and executable.
    Made,
}

/// The program that becomes the cell; it must call [`crate::enter`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// The running program itself.
    Itself,
    /// Another executable file.
    File(PathBuf),
}

impl Program {
    /// Whether it names the same file wherever this process goes.
    #[cfg(target_os = "linux")]
    pub(crate) fn stays_the_same(&self) -> bool {
        match self {
            Self::Itself => true,
            Self::File(path) => path.is_absolute(),
        }
    }
}

/// What runs in a container.
#[derive(Clone, Debug, Default)]
pub enum Workload {
    /// The cell program itself, once [`crate::enter`] has returned: an engine.
    #[default]
    Engine,
    /// Any other program, below an init of ours.
    Native(Box<Native>),
}

/// A program of any kind, what it finds in its root, and what it may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Native {
    /// The program's path within the root.
    pub program: PathBuf,
    /// Its arguments, the zeroth of which is its name.
    pub command: Vec<OsString>,
    /// Its environment, complete.
    pub environment: Vec<(OsString, OsString)>,
    /// The folder that it starts in, within the root.
    pub folder: PathBuf,
    /// What is in the root, beside devices, `/proc` and a private `/tmp`.
    pub mounts: Vec<Mount>,
    /// Symbolic links of the root, such as `/bin` to `usr/bin`.
    pub links: Vec<Link>,
    /// Programs that may be executed: files and whole folders of the root.
    pub executable: Vec<PathBuf>,
    /// Whether it has a gateway.
    pub door: Door,
    /// The port on its loopback where its way out listens, if it has one: the host is handed the
    /// listener, and whoever connects talks to the host and to nobody else.
    pub proxy: Option<u16>,
    /// Whether anything outside is granted to it. Where it cannot have a network of its own it then
    /// does not start; otherwise it starts there, and without any way out.
    pub networked: bool,
    /// Ports that it may listen on, on its own loopback. The host is handed the ways in, with which
    /// it alone decides whom it lets connect.
    pub inbound: Vec<u16>,
    /// Bytes of everything that it writes: overlays, `/tmp` and `/dev/shm` together.
    pub scratch: u64,
    /// Processes and threads at a time, the init not counted.
    pub processes: u32,
    /// Whether the host is told of each file that it opens, and of each change to the file tree.
    pub trace_files: bool,
    /// Whether each file that it opens is decided on by the [`crate::Broker`] of the launch.
    pub broker: bool,
    /// On Windows, where nothing is mounted: the folder of the host's own in which everything is laid
    /// that it finds. The paths above are then whole ones of the host. Elsewhere nothing.
    pub stage: Option<PathBuf>,
}

/// A file or folder of the host in a cell's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mount {
    /// Where it is in the root; absolute.
    pub at: PathBuf,
    /// Where it is on the host: absolute, without links, `.` and `..`. If a component has become a
    /// link by the time of the launch, the launch is refused.
    pub from: PathBuf,
    /// How it is mounted.
    pub kind: MountKind,
    /// Places within a folder mounted read-only at which other mounts go and which the host does
    /// not have: relative paths, each with whether it is a folder.
    pub places: Vec<(PathBuf, bool)>,
    /// Whether the cell's user is to have the rights of the machine's root over it, where the host
    /// is root: a root host's cells are users of their own, who could not read what is root's.
    pub as_root: bool,
}

/// How a file or folder of the host is mounted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountKind {
    /// Read-only, as it is, with whatever else is mounted within.
    ReadOnly,
    /// A folder, read-only, with its files and folders alone: sockets and pipes in it lead nowhere,
    /// and what else is mounted within is not there. Connecting to a socket is no writing, so that
    /// a mount that is read-only does not stop it; the overlay that shows the folder has inodes of
    /// its own, at which nobody listens.
    View,
    /// A file, read-only, in place of one of the machine's that tells of the machine: what is known
    /// of it must not matter. Left out where a native program has no root of its own, and then what
    /// it stands for is denied.
    StandIn,
    /// A folder whose changes go to a layer in memory.
    Overlay,
    /// A folder that the host does not have yet: empty, and all of it in a layer.
    NewFolder,
    /// A single file whose changes go to a layer: a copy, which is the only thing in it. What is at
    /// [`Mount::from`] must be a file.
    FileCopy,
    /// The same for a file that the host does not have yet: empty, with the first second of 1970 as
    /// its time of change for as long as it is untouched.
    NewFile,
}

impl MountKind {
    /// Whether there is a layer of changes.
    #[must_use]
    pub const fn is_layer(self) -> bool {
        !matches!(self, Self::ReadOnly | Self::View | Self::StandIn)
    }

    /// Whether [`Mount::from`] is there.
    #[must_use]
    pub const fn has_source(self) -> bool {
        matches!(self, Self::ReadOnly | Self::View | Self::StandIn | Self::Overlay | Self::FileCopy)
    }
}

/// A symbolic link in a cell's root.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where it is in the root; absolute.
    pub at: PathBuf,
    /// What it says.
    pub to: PathBuf,
}

/// Whether a native program has a gateway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Door {
    /// It has, as descriptor 3; or, if the host so decides by [`crate::Cell::use_stdio`], as its
    /// standard input and output.
    Open,
    /// It knows nothing of its host, which feeds its standard input and takes its output.
    Closed,
}

/// A finished description of a container.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The program that becomes the cell, or the init of a native one.
    pub program: Program,
    /// What runs in it.
    pub workload: Workload,
    /// Its hard limits.
    pub limits: Limits,
    /// Protections that it may start without; every other one is required.
    pub optional: BTreeSet<Protection>,
    /// Whose machine code its engine runs.
    pub code: Code,
    /// Whether its engine runs aside, on a second thread that is there before the cell is sealed: the
    /// first one watches it. Only engine cells.
    pub aside: bool,
    /// `false` gives a plain child process with no protection at all, and a posture that says so.
    pub confine: bool,
}

impl Recipe {
    /// Whether the caller allowed to start without `protection`.
    #[must_use]
    pub fn is_optional(&self, protection: Protection) -> bool {
        self.optional.contains(&protection)
            || protection.follows().is_some_and(|leader| self.optional.contains(&leader))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        for all in [Protection::LINUX, Protection::WINDOWS, Protection::MACOS] {
            assert!(all.is_sorted(), "a posture lists them in this order");
        }
        let all = [Protection::LINUX, Protection::WINDOWS, Protection::MACOS];
        for protection in all.into_iter().flatten() {
            assert_eq!(Protection::from_name(protection.name()), Some(*protection));
            let wire = serde_json::to_string(protection).unwrap();
            assert_eq!(wire, format!("{:?}", protection.name()));
        }
    }
}
