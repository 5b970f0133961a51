//! Seatbelt: the text of a profile, and the system's calls that apply it and tell of it.
//!
//! The calls are type-checked only: unproven until they have run on a Mac.

#[cfg(target_os = "macos")]
mod calls;
mod profile;

#[cfg(target_os = "macos")]
pub(super) use calls::{Answer, Filter, Question, apply, ask, is_confined};
#[cfg(target_os = "macos")]
pub(super) use profile::{Profile, Unusable};
