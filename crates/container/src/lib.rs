//! The operating system's mechanisms that confine a cell.
//!
//! A finished [`Recipe`] goes in; a confined process and its [`Posture`] come out. The crate knows
//! no manifest, policy or protocol, depends on none of our crates, and is the only one with
//! `unsafe` code, fenced in the files that say so at their head.
//!
//! The host calls [`launch`]. The cell's program calls [`enter`] first thing, before it has read a
//! byte that a plugin could have written; `enter` returns when the process is sealed.
#![deny(unsafe_code)]

mod broker;
mod cell;
mod error;
mod options;
mod posture;
mod recipe;
mod sys;
mod syscall;

pub use broker::{Answer, Broker, OpenRequest};
pub use cell::{Exit, Interest, Limit, Ready, Received, Role, Stream, Survey, Usage};
pub use error::{EnterError, LaunchError};
pub use options::LaunchOptions;
pub use posture::{Level, Line, Posture, State};
pub use recipe::{
    Code, Door, Limits, Link, Mount, MountKind, Native, Program, Protection, Recipe, Workload,
};
#[cfg(windows)]
pub use sys::{
    Beating, Gateway, Lender, Shown, Stage, beating, forget_what_was_typed, is_its_users,
    no_more_code, on_beat, system_folder,
};
#[cfg(target_os = "linux")]
pub use sys::{Beating, Guest, aside, beating, beside, no_more_code, on_beat};
pub use sys::{
    Cell, Descriptor, Inlet, Killer, Sealed, Spare, Waker, enter, is_cell, launch, launch_with,
    memory_file, probe, read_memory_file,
};
pub use syscall::{
    Access, Address, Caller, Detail, Dropped, Outcome, Place, PluginText, Presence, SyscallAttempt,
};
