//! Opening files for a cell at run time.

use std::fmt;

use crate::{Access, Caller, Descriptor, Place};

/// Decides what happens when a native program opens a file, where its recipe asks for that
/// ([`crate::Native::broker`]).
///
/// It adds to what the cell's root holds and never takes away: a file of the root is behind the
/// barriers that the kernel keeps, whatever a broker says of it.
///
/// It is called on a thread of the cell's own, with the caller waiting: a broker that is slow slows
/// that program, and one that panics fails every call from then on that the host is told of.
pub trait Broker: Send {
    /// Decides on one call.
    ///
    /// The request was copied from the plugin's memory once. A broker that grants must open what it
    /// judged, from folders that the plugin cannot change: nothing else reaches the plugin.
    fn open(&mut self, request: &OpenRequest) -> Answer;
}

impl fmt::Debug for dyn Broker + '_ {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Broker")
    }
}

/// A file that a native program opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenRequest {
    /// What is opened. The path is whole: calls whose path cannot be read to its end are refused
    /// without asking.
    pub place: Place,
    /// What for.
    pub access: Access,
    /// `O_*`, as the plugin gave them.
    pub flags: u64,
    /// Rights of a file that is made.
    pub mode: u64,
    /// `RESOLVE_*` of openat2(2).
    pub resolve: u64,
    /// Who opens it.
    pub caller: Caller,
}

/// What a broker says.
#[derive(Debug)]
pub enum Answer {
    /// The system is to open it, within what the cell's root holds.
    Continue,
    /// The caller gets this. It must be a regular file: with a folder the caller could walk out of
    /// what was granted, so anything else is refused with `EACCES`.
    Descriptor(Descriptor),
    /// The caller gets this error number.
    Refuse(i32),
}
