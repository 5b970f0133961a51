//! What differs between systems.

#[cfg(not(windows))]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(not(windows))]
pub(crate) use unix::{may_name, prepare_removal, private_file, private_folder, sync_folder};
#[cfg(windows)]
pub(crate) use windows::{may_name, prepare_removal, private_file, private_folder, sync_folder};
