//! What a program tries with handles by their numbers, for which the library has no words.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle, RawHandle};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{
    DUPLICATE_SAME_ACCESS, DuplicateHandle, HANDLE, WAIT_OBJECT_0,
};
use windows_sys::Win32::Security::SECURITY_ATTRIBUTES;
use windows_sys::Win32::System::JobObjects::{AssignProcessToJobObject, CreateJobObjectW};
use windows_sys::Win32::System::Memory::{
    FILE_MAP_READ, FILE_MAP_WRITE, MapViewOfFile, UnmapViewOfFile,
};
use windows_sys::Win32::System::Threading::{CreateEventW, GetCurrentProcess, WaitForSingleObject};

/// An event that has happened, which a child inherits if it is not kept from it.
pub(crate) fn inheritable_event() -> io::Result<OwnedHandle> {
    let attributes = SECURITY_ATTRIBUTES {
        nLength: size_of::<SECURITY_ATTRIBUTES>() as u32,
        lpSecurityDescriptor: null_mut(),
        bInheritHandle: 1,
    };
    // SAFETY: the attributes live through the call, and there is no name.
    made(unsafe { CreateEventW(&raw const attributes, 1, 1, null()) })
}

fn made(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: whoever calls has just had it made.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

pub(crate) fn number(handle: &OwnedHandle) -> u64 {
    handle.as_raw_handle() as u64
}

/// Whether this number is of something here that has happened.
pub(crate) fn is_signalled(number: u64) -> bool {
    // SAFETY: it takes any number, and says of what is no handle that it is none.
    unsafe { WaitForSingleObject(number as RawHandle, 0) == WAIT_OBJECT_0 }
}

/// Another number of the same.
pub(crate) fn another(number: u64) -> u64 {
    duplicated(number, 0, DUPLICATE_SAME_ACCESS).expect("a handle")
}

fn duplicated(number: u64, access: u32, options: u32) -> Option<u64> {
    let mut copy = null_mut();
    // SAFETY: it takes any number, and the answer is ours.
    let done = unsafe {
        let own = GetCurrentProcess();
        DuplicateHandle(own, number as RawHandle, own, &raw mut copy, access, 0, options)
    };
    (done != 0).then_some(copy as u64)
}

/// Whether a section can be mapped for reading, for writing, and for writing once more was asked of it.
pub(crate) fn maps(number: u64) -> [bool; 3] {
    let wider = duplicated(number, FILE_MAP_READ | FILE_MAP_WRITE, 0);
    [
        can_map(number, FILE_MAP_READ),
        can_map(number, FILE_MAP_WRITE),
        wider.is_some_and(|wider| can_map(wider, FILE_MAP_WRITE)),
    ]
}

fn can_map(number: u64, access: u32) -> bool {
    // SAFETY: it takes any number; what was mapped is given back, and was not looked at.
    unsafe {
        let view = MapViewOfFile(number as RawHandle, access, 0, 0, 0);
        UnmapViewOfFile(view) != 0
    }
}

/// Puts this process into a job, as services and builds do.
pub(crate) fn join_a_job() -> io::Result<OwnedHandle> {
    // SAFETY: it has neither a name nor attributes.
    let job = made(unsafe { CreateJobObjectW(null(), null()) })?;
    // SAFETY: the job is ours, and the process this one.
    match unsafe { AssignProcessToJobObject(job.as_raw_handle(), GetCurrentProcess()) } {
        0 => Err(io::Error::last_os_error()),
        _ => Ok(job),
    }
}
