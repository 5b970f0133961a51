//! macOS: a Seatbelt profile, resource limits, and nothing inherited.
//!
//! Type-checked only: unproven until it has run on a Mac. Only what calls nothing of macOS is tested, on
//! every Unix: the text of the profile, what is refused, and the launch channel.
//!
//! A cell is one process: its profile lets it start no other, so that with it everything is gone. What
//! the system has no means for stands in [`missing`], and is refused where it was not named as optional.
//! Beyond that:
//!
//! - A cell is not ended by the end of its host. An engine then finds its gateway closed when it next
//!   looks there; a native program may go on.
//! - The program is executed by its path: whoever can put another file there, as the host's own user
//!   can, decides what is executed.
//! - Descriptors are marked as the host's own a moment after they are made, since the system cannot do
//!   both at once. A process that another thread of the host starts just then may inherit them.

#[cfg(target_os = "macos")]
mod cell;
#[cfg(target_os = "macos")]
mod channel;
#[cfg(target_os = "macos")]
mod confine;
mod folder;
#[cfg(target_os = "macos")]
mod launch;
mod lines;
mod missing;
#[cfg(target_os = "macos")]
mod native;
mod place;
#[cfg(target_os = "macos")]
mod probe;
#[cfg(target_os = "macos")]
mod process;
#[cfg(target_os = "macos")]
mod raw;
#[cfg(target_os = "macos")]
mod readback;
#[cfg(target_os = "macos")]
mod sealed;
mod seatbelt;
#[cfg(target_os = "macos")]
mod spawn;
#[cfg(target_os = "macos")]
mod wire;

#[cfg(target_os = "macos")]
pub use cell::{Cell, Killer, Waker};
#[cfg(target_os = "macos")]
pub use channel::{memory_file, read_memory_file};
#[cfg(target_os = "macos")]
pub use confine::enter;
#[cfg(target_os = "macos")]
pub use launch::{launch, launch_with};
#[cfg(target_os = "macos")]
pub use probe::probe;
#[cfg(target_os = "macos")]
pub use sealed::Sealed;

#[cfg(target_os = "macos")]
pub use super::nothing::{Inlet, Spare};
#[cfg(target_os = "macos")]
pub use super::unix::is_cell;

/// An owned descriptor of this platform.
#[cfg(target_os = "macos")]
pub type Descriptor = std::os::fd::OwnedFd;
