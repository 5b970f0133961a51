//! What differs between systems.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
pub(crate) use linux::{PROGRAM, set_mode};

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::{PROGRAM, set_mode};
