//! What a host sees of a cell, alike on every platform.

use std::time::Duration;

use crate::Descriptor;

/// What a process has become that was started as a cell.
#[derive(Debug)]
pub enum Role {
    /// A sealed cell, in which an engine is to serve this gateway.
    Engine(Descriptor),
    /// The init of a native cell, which is over: the process must end with this code.
    Over(u8),
}

/// How a cell ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It returned this code.
    Code(i32),
    /// A signal ended it.
    Signal {
        /// The signal's number.
        number: i32,
        /// Whether the kernel's memory limit was the cause.
        out_of_memory: bool,
    },
}

/// What a cell has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident bytes now.
    pub memory: u64,
    /// Most resident bytes so far.
    pub memory_peak: u64,
    /// Processor time so far.
    pub cpu: Duration,
}

/// A stream of captured output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// What to wait for, beside what is always waited for.
#[derive(Clone, Copy, Debug)]
pub struct Interest {
    /// Wait for room to send.
    pub send: bool,
    /// Wait for bytes. Without it a cell that talks and is not listened to does not end the wait.
    pub receive: bool,
    /// Wait for room in a native program's standard input.
    pub input: bool,
    /// Wait for output. Without it a cell whose output nobody takes waits when a pipe is full.
    pub output: bool,
}

impl Default for Interest {
    fn default() -> Self {
        Self { send: false, receive: true, input: false, output: true }
    }
}

/// What [`crate::Cell::wait`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ready {
    /// Bytes, or the end, of the gateway.
    pub receive: bool,
    /// Room to send, or nobody who takes anything.
    pub send: bool,
    /// Room in standard input, or nobody who reads it.
    pub input: bool,
    /// Bytes, or the end, of standard output.
    pub stdout: bool,
    /// Bytes, or the end, of standard error.
    pub stderr: bool,
    /// Somebody in a native cell connects to its way out, which nobody has taken yet.
    pub proxy: bool,
    /// A refused system call waits to be read.
    pub syscall: bool,
    /// The process has ended.
    pub exited: bool,
    /// A [`crate::Waker`] was used.
    pub woken: bool,
}

/// What arrived at the gateway.
#[derive(Debug, Default)]
pub struct Received {
    /// Number of bytes put into the buffer; 0 means that the cell closed its end.
    pub bytes: usize,
    /// Descriptors that came along.
    pub descriptors: Vec<Descriptor>,
    /// Whether the kernel dropped descriptors for want of room: a flood.
    pub truncated: bool,
}

/// A system call beyond the allow-list, as it was tried. The call did not happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyscallAttempt {
    /// Its name, or its number if it has none.
    pub name: String,
    /// Its raw arguments.
    pub arguments: [u64; 6],
}
