//! The container of Windows: an AppContainer without capabilities, a job from birth, mitigations, and
//! nothing inherited but what is named. What was asked for is read back from the suspended process,
//! and only what is read back counts.

#[cfg(windows)]
mod acl;
mod attributes;
#[cfg(windows)]
mod birth;
#[cfg(windows)]
mod calls;
#[cfg(windows)]
mod cell;
mod chunks;
#[cfg(windows)]
mod code;
mod command_line;
#[cfg(windows)]
mod console;
#[cfg(windows)]
mod container;
#[cfg(windows)]
mod enter;
mod environment;
#[cfg(windows)]
mod event;
mod exit;
#[cfg(windows)]
mod folder;
#[cfg(windows)]
mod halt;
#[cfg(windows)]
mod identity;
#[cfg(windows)]
mod job;
#[cfg(windows)]
mod launch;
#[cfg(all(windows, test))]
mod live;
#[cfg(windows)]
mod mitigations;
#[cfg(windows)]
mod owned;
#[cfg(windows)]
mod pipe;
#[cfg(windows)]
mod port;
#[cfg(all(windows, test))]
mod recorded;
#[cfg(windows)]
mod section;
#[cfg(windows)]
mod sid;
#[cfg(windows)]
mod stage;
#[cfg(windows)]
mod token;
#[cfg(all(windows, test))]
#[path = "../../../tests/wine/mod.rs"]
mod wine;

#[cfg(windows)]
pub use cell::{Cell, Descriptor, Killer, Lender, Sealed, Waker, memory_file, read_memory_file};
#[cfg(windows)]
pub use code::{Beating, beating, no_more_code, on_beat};
#[cfg(windows)]
pub use console::forget_what_was_typed;
#[cfg(windows)]
pub use enter::{Gateway, Shown, enter, is_cell};
#[cfg(windows)]
pub use folder::system_folder;
#[cfg(windows)]
pub use launch::{launch, launch_with, probe};
#[cfg(windows)]
pub use owned::is_its_users;
#[cfg(windows)]
pub use stage::Stage;

#[cfg(windows)]
pub use super::nothing::{Inlet, Spare};
