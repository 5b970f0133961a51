//! What a host sees of a cell, alike on every platform.

use std::time::Duration;

use crate::Descriptor;

/// What a process has become that was started as a cell.
#[derive(Debug)]
pub enum Role {
    /// A sealed cell, in which an engine is to serve this gateway.
    #[cfg(not(windows))]
    Engine(Descriptor),
    /// The same, whose gateway is two pipes.
    #[cfg(windows)]
    Engine(crate::Gateway),
    /// The same, where the engine is to run [`crate::aside`], and this thread to watch it.
    #[cfg(target_os = "linux")]
    Watched {
        /// The gateway.
        gateway: Descriptor,
        /// Whether it makes machine code.
        makes_code: bool,
    },
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
        /// Whether the memory limit was the cause. A native cell ends as a whole, and by that alone,
        /// when any process in it was ended for it.
        out_of_memory: bool,
    },
}

/// A limit that ends who oversteps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// The memory limit.
    Memory,
    /// The processor limit: it went on when it had to stand still.
    Cpu,
    /// What a native cell may write, where no file system of its own bounds that.
    Scratch,
    /// The processes of a native cell, where the system does not bound them for it alone.
    Processes,
}

/// What a cell has used. Of a native cell, everything in it counts.
///
/// A control group counts exactly. Where there is none the host adds up what it sees of the
/// processes: memory that forks share counts for each of them until the sum passes the limit, and
/// what a process used between the last look and an end that its parent did not wait for is missing
/// from the processor time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Resident bytes now, with what is written to memory: the scratch of a native cell.
    pub memory: u64,
    /// Most resident bytes so far.
    pub memory_peak: u64,
    /// Processor time so far. Never less than before.
    pub cpu: Duration,
    /// Processes and threads now, the init of a native cell not counted.
    pub processes: u32,
    /// How often a native cell met its limit of processes: as often as the kernel refused one, or
    /// where nobody counts that, how many looks found as many as there may be.
    pub processes_refused: u64,
    /// Whether a native cell ended with no room left for a byte, or for a file, where everything is
    /// that it writes. That the limit was met, and room made again, does not show.
    pub scratch_full: bool,
}

/// What a closer look at a cell finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Threads now, those of all its processes.
    pub threads: u32,
    /// Open descriptors now, likewise.
    pub descriptors: u32,
    /// Bytes read by system calls so far: from files, pipes and sockets. Never less than before.
    pub read: u64,
    /// Bytes written likewise.
    pub written: u64,
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
    /// A record of a system call waits to be read.
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
