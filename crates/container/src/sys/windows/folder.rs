//! Where the system's own files are.
#![allow(unsafe_code, reason = "one call; its contract stands there")]

use std::ffi::OsString;
use std::io;
use std::os::windows::ffi::OsStringExt as _;
use std::path::PathBuf;

use windows_sys::Win32::System::SystemInformation::GetSystemDirectoryW;

/// The folder of the system's own programs and libraries, as the system says: no variable of the
/// environment is asked.
///
/// # Errors
/// The system's.
pub(super) fn system_folder() -> io::Result<PathBuf> {
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
