//! Entries of the lists from which the filter of a native cell is made, and by which the calls that
//! it stops are read.

use super::super::bpf::Check;

/// One call that does not simply happen.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Trap {
    /// The call's number.
    pub(in super::super) number: libc::c_long,
    /// Which checks let it happen all the same, untold; none: it never does.
    pub(in super::super) unless: &'static [(u8, Check)],
    /// What is done with it.
    pub(in super::super) fate: Fate,
    /// What its arguments mean.
    pub(in super::super) shape: Shape,
    /// Why it is on the list.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the test that demands a reason"))]
    pub(in super::super) reason: &'static str,
}

/// What is done with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Fate {
    /// It does not happen, and the host is told.
    Refuse,
    /// The kernel says that it does not have it. Nobody is told.
    Absent,
    /// The kernel says that this file system does not have it. Nobody is told.
    Unsupported,
    /// The host is told, and it goes on.
    Note,
}

/// What the arguments of a call mean. Numbers are positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Shape {
    /// Nothing that a number does not say.
    Raw,
    /// A path.
    Path(u8),
    /// A folder's descriptor and a path.
    PathAt(u8, u8),
    /// Two paths.
    Paths(u8, u8),
    /// Two folders' descriptors, each with a path.
    PathsAt([u8; 4]),
    /// A text, and a path with a folder's descriptor before it.
    Link(u8, Option<u8>, u8),
    /// A path, flags and a mode; with a folder's descriptor before them.
    Open {
        /// The folder.
        at: Option<u8>,
        /// The path; flags and mode follow.
        path: u8,
    },
    /// creat(2).
    Create,
    /// openat2(2).
    OpenHow,
    /// A path and a list of arguments; with a folder's descriptor before them.
    Execute {
        /// The folder.
        at: Option<u8>,
        /// The path; the list follows.
        path: u8,
    },
    /// An address and its length.
    Address(u8),
    /// A message with an address in it.
    Message(u8),
    /// A list of such messages and its length.
    Messages(u8),
    /// socket(2).
    Socket,
    /// A request's number.
    Request(u8),
    /// A process's number.
    Process(u8),
    /// A name that is no path.
    Name(u8),
    /// mount(2).
    Mount,
}

impl Shape {
    /// Whether a file is opened, which is what a broker decides on.
    pub(super) const fn opens(self) -> bool {
        matches!(self, Self::Open { .. } | Self::Create | Self::OpenHow)
    }
}
