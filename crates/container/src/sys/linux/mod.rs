//! Linux: namespaces, an empty root, Landlock, seccomp, cgroups, resource limits.

mod aside;
mod beside;
mod bpf;
mod cell;
mod cgroup;
mod channel;
mod code;
mod confine;
mod curb;
mod identity;
mod inlet;
mod landlock_base;
mod launch;
mod limits;
mod native;
mod newborn;
mod notify;
mod probe;
mod raw;
mod readback;
mod root;
mod sealed;
mod spare;
mod spawn;
mod syscalls;
mod tree;
mod wire;

pub use aside::aside;
pub use beside::{Guest, beside};
pub use cell::{Cell, Killer, Waker};
pub use channel::{memory_file, read_memory_file};
pub use code::{Beating, beating, no_more_code, on_beat};
pub use confine::enter;
pub use inlet::Inlet;
pub use launch::{launch, launch_with};
pub use probe::probe;
pub use sealed::Sealed;
pub use spare::Spare;

pub use super::unix::is_cell;

/// An owned descriptor of this platform.
pub type Descriptor = std::os::fd::OwnedFd;
