//! What a host is told of a cell's system calls, alike on every platform.

use std::borrow::Cow;
use std::fmt;
use std::net::SocketAddr;

/// A system call of a cell that its host was told of, as it was tried.
///
/// A record and nothing else: what a cell can do is settled before its program begins, and neither
/// the record nor its absence changes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyscallAttempt {
    /// Its name, or its number if it has none.
    pub name: String,
    /// Its raw arguments.
    pub arguments: [u64; 6],
    /// What the host answered.
    pub outcome: Outcome,
    /// Who made it.
    pub caller: Caller,
    /// What its arguments mean.
    pub detail: Detail,
}

/// What became of a call that the host was told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It did not happen; the caller was told this error number.
    Refused(i32),
    /// It went on to the system, whose answer the host does not learn. It may well have failed.
    Noted,
    /// The caller was given a descriptor that a [`crate::Broker`] opened.
    Granted,
}

/// The thread that made a call. Numbers are for people, never to signal by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// Its thread's number, as the host sees it.
    pub thread: i32,
    /// Its process's number, as the host sees it.
    pub process: Option<i32>,
    /// Its process's number, as the plugin sees it.
    pub inside: Option<i32>,
}

/// Text that stood in the plugin's memory when the host looked.
///
/// The plugin chose it and may have changed it since, even before the system read it: it is
/// evidence of what was tried, not of what was done. It is not valid text of any encoding, and must
/// be escaped before a person sees it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct PluginText {
    bytes: Vec<u8>,
    cut: bool,
}

impl PluginText {
    #[cfg_attr(
        not(target_os = "linux"),
        expect(dead_code, reason = "no other platform reads a plugin's memory")
    )]
    pub(crate) const fn new(bytes: Vec<u8>, cut: bool) -> Self {
        Self { bytes, cut }
    }

    /// The bytes as they stood there, without an ending zero.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether there was more than is kept, or the rest could not be read.
    #[must_use]
    pub const fn is_cut(&self) -> bool {
        self.cut
    }

    /// The text with a mark in place of what is not UTF-8. Not escaped.
    #[must_use]
    pub fn to_string_lossy(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.bytes)
    }
}

impl fmt::Debug for PluginText {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.cut { "…" } else { "" };
        write!(formatter, "\"{}\"{more}", self.bytes.escape_ascii())
    }
}

/// What the arguments of a call mean. `None` where the plugin's memory could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Detail {
    /// No more than the raw arguments.
    #[default]
    Raw,
    /// A file or folder is opened.
    Open {
        /// Which.
        place: Place,
        /// What for.
        access: Access,
    },
    /// A program is executed.
    Execute {
        /// Which.
        program: Place,
        /// Its first arguments, its own name included.
        arguments: Vec<PluginText>,
        /// Whether there are more arguments.
        more: bool,
    },
    /// A file or folder is acted on, by its name.
    Place(Place),
    /// Something is moved or linked.
    Places {
        /// What there is.
        from: Place,
        /// What is to be.
        to: Place,
    },
    /// A socket is connected or bound, or something is sent. Without an address if none could be
    /// read.
    Addresses {
        /// Where to; several only when several messages are sent at once.
        addresses: Vec<Address>,
        /// Whether there are more messages.
        more: bool,
    },
    /// A socket is made.
    Socket {
        /// `AF_*`
        family: i32,
        /// `SOCK_*`, with flags.
        kind: i32,
        /// `IPPROTO_*`, or what the family has instead.
        protocol: i32,
    },
    /// A device or descriptor is asked for something by number, as ioctl(2) does.
    Request(u32),
    /// Another process is meant, by the number that the plugin knows it by.
    Process(i32),
    /// Something is named that is no file.
    Name(Option<PluginText>),
    /// Something is mounted.
    Mount {
        /// What.
        source: Option<PluginText>,
        /// Where.
        target: Option<PluginText>,
        /// As which kind of file system.
        kind: Option<PluginText>,
        /// `MS_*`
        flags: u64,
    },
}

/// A file or folder, as a plugin names it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// Where a path begins that does not begin at the root: a folder of the cell's root.
    pub folder: Option<PluginText>,
    /// The path.
    pub path: Option<PluginText>,
    /// Whether it was there when the host looked.
    pub presence: Presence,
}

impl Place {
    /// The path from the cell's root. Its `.`, `..` and links are not resolved.
    #[must_use]
    pub fn from_root(&self) -> Option<Vec<u8>> {
        let path = self.path.as_ref().filter(|path| !path.cut)?;
        if path.bytes.starts_with(b"/") {
            return Some(path.bytes.clone());
        }
        let folder = self.folder.as_ref().filter(|folder| !folder.cut)?;
        Some([&folder.bytes, &b"/"[..], &path.bytes].concat())
    }
}

/// Whether something was there when the host looked. Unverified: it may have come or gone before the
/// call was carried out, and the plugin may have been denied it all the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    /// It was there.
    Present,
    /// It was not there.
    Absent,
    /// The host did not look, or cannot say.
    #[default]
    Unknown,
}

/// What a file is opened for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    /// To read.
    pub read: bool,
    /// To write.
    pub write: bool,
    /// Made if it is not there.
    pub create: bool,
    /// Emptied.
    pub truncate: bool,
}

/// The address of a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Of IPv4 or IPv6.
    Internet(SocketAddr),
    /// A Unix socket in the file tree.
    Path(PluginText),
    /// A Unix socket with a name beside the file tree, without the zero that it begins with.
    Abstract(PluginText),
    /// A Unix socket without a name.
    Unnamed,
    /// Of another family, or too short for its own.
    Other {
        /// `AF_*`; -1 when it is too short for even that.
        family: i32,
    },
}

/// Numbers of calls that were not recorded, since there were too many. What became of them was the
/// same as with a record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dropped {
    /// Refused calls.
    pub refused: u64,
    /// Calls that went on: connections, programs.
    pub noted: u64,
    /// Calls on files.
    pub files: u64,
}

impl Dropped {
    /// All of them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.refused.saturating_add(self.noted).saturating_add(self.files)
    }
}
