//! The cell's side of a launch. There is little to do: the process was born confined, and its host has
//! looked at it before it ran.
#![allow(unsafe_code, reason = "handles that were inherited by number; the contracts stand there")]

use std::ffi::OsString;
use std::fs::File;
use std::os::windows::io::{
    AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle, RawHandle,
};

use windows_sys::Win32::Foundation::{HANDLE_FLAG_INHERIT, SetHandleInformation};
use windows_sys::Win32::Storage::FileSystem::{FILE_TYPE_PIPE, GetFileType};

use super::section::Section;
use crate::{EnterError, Role};

/// What a process is told that is to be a cell. Two handles follow it: what it hears, and what it tells.
pub(super) const MARK: &str = "--aether-cell:";

/// The way of a cell to its host.
#[derive(Debug)]
pub struct Gateway {
    /// What the host says, in chunks.
    pub incoming: File,
    /// What the host is told, likewise.
    pub outgoing: File,
}

/// Memory of the host's with a payload in it.
#[derive(Debug)]
pub struct Shown(Section);

impl Shown {
    /// Takes over what the host has put into this process.
    ///
    /// # Errors
    /// `InvalidInput` where it is no section of that size.
    pub fn adopt(handle: u64, size: u64) -> std::io::Result<Self> {
        Section::adopt(handle, size).map(Self)
    }

    /// Its size in bytes.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.0.size()
    }

    /// Copies its bytes out, into as much room as it has bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn read_into(&self, room: &mut [u8]) -> std::io::Result<()> {
        self.0.read_into(room)
    }
}

/// Whether this process was started by [`crate::launch`] to become a cell.
#[must_use]
pub fn is_cell() -> bool {
    numbers(std::env::args_os()).is_some()
}

/// The two handles of a command line that is a cell's.
fn numbers(arguments: impl IntoIterator<Item = OsString>) -> Option<[usize; 2]> {
    let all: Vec<OsString> = arguments.into_iter().take(5).collect();
    let [_, mark, hears, tells] = all.as_slice() else { return None };
    if mark != MARK {
        return None;
    }
    let number = |text: &OsString| usize::from_str_radix(text.to_str()?, 16).ok();
    Some([number(hears)?, number(tells)?])
}

/// Turns this process into a cell.
///
/// Must be the first thing that the program does.
///
/// # Errors
/// [`EnterError`]; the process must end then.
pub fn enter() -> Result<Role, EnterError> {
    let [hears, tells] = numbers(std::env::args_os()).ok_or(EnterError::NotLaunched)?;
    if hears == tells {
        return Err(EnterError::NotLaunched);
    }
    Ok(Role::Engine(Gateway { incoming: inherited(hears)?, outgoing: inherited(tells)? }))
}

fn inherited(number: usize) -> Result<File, EnterError> {
    let handle = number as RawHandle;
    if handle.is_null() {
        return Err(EnterError::NotLaunched);
    }
    // SAFETY: it takes any number, and says of what is no handle that it is of no kind. Nothing in this
    // process has closed a handle yet.
    let kind = unsafe { GetFileType(BorrowedHandle::borrow_raw(handle).as_raw_handle()) };
    if kind != FILE_TYPE_PIPE {
        return Err(EnterError::NotLaunched);
    }
    // SAFETY: it was inherited, so that nobody else in this process has it; `enter` is called once.
    let owned = unsafe { OwnedHandle::from_raw_handle(handle) };
    // SAFETY: the handle is ours. What it starts, if it could, would not have it.
    unsafe { SetHandleInformation(owned.as_raw_handle(), HANDLE_FLAG_INHERIT, 0) };
    Ok(File::from(owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(words: &[&str]) -> Option<[usize; 2]> {
        numbers(words.iter().map(OsString::from))
    }

    #[test]
    fn only_a_launch_makes_a_cell() {
        assert_eq!(of(&["a.exe", MARK, "1c", "4f0"]), Some([0x1c, 0x4f0]));
        for words in [
            &["a.exe"][..],
            &["a.exe", MARK],
            &["a.exe", MARK, "1c"],
            &["a.exe", MARK, "1c", "4f0", "x"],
            &["a.exe", "run", "1c", "4f0"],
            &["a.exe", MARK, "1c", "zz"],
            &["a.exe", MARK, "", "4"],
        ] {
            assert_eq!(of(words), None, "{words:?}");
        }
        assert!(!is_cell());
    }

    #[test]
    fn what_is_no_pipe_is_not_taken() {
        assert!(inherited(0).is_err());
        let file = File::open(std::env::current_exe().unwrap()).unwrap();
        assert!(inherited(file.as_raw_handle() as usize).is_err());
    }
}
