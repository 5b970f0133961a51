//! What the host and the cell's program say to each other until the cell is sealed.
//!
//! One message per packet on a `SOCK_SEQPACKET` pair: a go byte once the identity is mapped, an
//! [`Opening`], the [`Orders`], then [`Word`]s back. Both ends are our own code; no plugin byte has been read yet.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Code, Limits, Line, Native, Protection};

/// Largest message, in bytes. Orders may be more: those of a native cell name every argument, mount
/// and variable. They come in messages of this size, of which the last one is smaller.
pub(super) const MESSAGE_BYTES: usize = 64 << 10;

/// First byte of the packet in which the newborn child says which control groups it has joined; one
/// bit for each follows, as four bytes, little-endian. As for [`NOT_EXECUTED`], not JSON.
pub(super) const JOINED: u8 = 0xed;

/// First byte of the packet that the child sends when its program could not be executed; the
/// `errno` follows, little-endian. Not JSON, since the child may not allocate there.
pub(super) const NOT_EXECUTED: u8 = 0xee;

/// What a cell program may do before it knows its orders, since it is the same for all of a kind.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Opening {
    /// Whether it is to be the init of a native program.
    pub(super) native: bool,
    /// Whether the process was born into namespaces of its own.
    pub(super) namespaces: bool,
    /// The folder on which the root of a native cell may be begun: nothing that lies there will be
    /// granted. `None`: only once everything granted has been found.
    pub(super) stage: Option<PathBuf>,
    /// The user that the program will be, where no user namespace makes this process that one.
    pub(super) identity: Option<u32>,
}

/// How to confine.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    pub(super) limits: Limits,
    pub(super) optional: Vec<Protection>,
    /// Whether the process was born into namespaces of its own.
    pub(super) namespaces: bool,
    /// Whether one of them is a user namespace.
    pub(super) userns: bool,
    /// Whether the cell's user was chosen for it alone, and is not the host's own.
    pub(super) fresh_user: bool,
    /// The user to become when there is no user namespace and the host is root.
    pub(super) identity: Option<u32>,
    /// `false` for `--unsafe`: nothing is confined.
    pub(super) confine: bool,
    /// Whether a control group limits the processes of a native cell, and counts those refused.
    pub(super) processes_counted: bool,
    /// The private folder of a native cell on the host's own tree, without a root of its own.
    pub(super) in_place: Option<PathBuf>,
    /// Whose machine code its engine runs.
    pub(super) code: Code,
    /// Whether its engine runs on a second thread.
    pub(super) aside: bool,
    /// What a native cell is to run.
    pub(super) native: Option<Box<Native>>,
}

/// What the host hands to a native cell beside its orders.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Gift {
    /// A copy of the mount with this number, with the rights that the cell's user is to have.
    Mount(usize),
    /// That was all.
    All,
}

/// What the cell tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// How protections stand, in the order in which they came.
    Lines(Vec<Line>),
    /// A required protection failed; the process ends.
    Failed { protection: Protection, reason: String },
    /// A native cell: the layer of its next overlay comes along.
    Layer,
    /// A native cell: the file system of its scratch comes along.
    Scratch,
    /// A native cell: the listener of its way out comes along.
    Proxy,
    /// A native cell: a socket of its network comes along, not yet connected.
    Inlet,
    /// A native cell, sealed and let go on: the program runs.
    Executed,
    /// It could not be executed; the error's number.
    NotExecuted(i32),
    /// The program has ended, and everything with it; its status as wait(2) has it.
    Ended(i32),
    /// Everything stands. The listener of refused system calls comes along, if there is one.
    Sealed,
    /// A native cell: everything stands. The listener of its system calls, if there is one, is this
    /// descriptor of the process that waits to become the program, and the host takes it from
    /// there: sending descriptors is among the calls that wait for an answer at it.
    Holds(Option<i32>),
}
