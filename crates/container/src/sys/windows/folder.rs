//! Where the system's own files are, how many processors it has, and texts as it takes them.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::windows::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::PathBuf;

use windows_sys::Win32::System::SystemInformation::GetSystemDirectoryW;
use windows_sys::Win32::System::Threading::{ALL_PROCESSOR_GROUPS, GetActiveProcessorCount};

/// A path or another text for a call, with a zero at its end.
pub(super) fn zeroed(text: &OsStr) -> Vec<u16> {
    text.encode_wide().chain([0]).collect()
}

/// Processors of the whole machine, of which a job's share is one: a process by itself sees no more than 64.
pub(super) fn processors() -> u32 {
    // SAFETY: it takes a number.
    unsafe { GetActiveProcessorCount(ALL_PROCESSOR_GROUPS) }.max(1)
}

/// The folder of the system's own programs and libraries, as the system says: no variable of the
/// environment is asked.
///
/// # Errors
/// The system's.
pub fn system_folder() -> io::Result<PathBuf> {
    let mut text = [0u16; 512];
    // SAFETY: the buffer has room for so many.
    let length = unsafe { GetSystemDirectoryW(text.as_mut_ptr(), text.len() as u32) };
    match text.get(..length as usize) {
        Some(path) if !path.is_empty() => Ok(PathBuf::from(OsString::from_wide(path))),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_systems_own_libraries_are_there() {
        let folder = super::system_folder().unwrap();
        assert!(folder.is_absolute() && folder.join("kernel32.dll").exists(), "{folder:?}");
    }
}
