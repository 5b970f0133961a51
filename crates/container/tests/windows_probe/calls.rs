//! Acts that no safe crate offers.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::io;
use std::os::windows::io::{FromRawHandle as _, OwnedHandle};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{FreeLibrary, HANDLE, HMODULE, INVALID_HANDLE_VALUE};
use windows_sys::Win32::Networking::WinSock::{WSADATA, WSAStartup};
use windows_sys::Win32::System::LibraryLoader::{
    DONT_RESOLVE_DLL_REFERENCES, GetProcAddress, LOAD_LIBRARY_FLAGS, LOAD_LIBRARY_SEARCH_SYSTEM32,
    LoadLibraryExW,
};
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_READ, MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, OpenFileMappingW,
    PAGE_EXECUTE_READWRITE, PAGE_READWRITE, VirtualAlloc, VirtualFree,
};
use windows_sys::Win32::System::Registry::{
    HKEY_CURRENT_USER, REG_DWORD, RRF_RT_REG_DWORD, RegDeleteTreeW, RegGetValueW, RegSetKeyValueW,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, OpenEventW, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION,
    SYNCHRONIZATION_SYNCHRONIZE,
};

/// A text that ends with a zero.
fn zeroed(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

/// A handle that a call has just made.
fn made(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the call has just made it and nobody else has it.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// What a call of the registry gives back.
fn registry(code: u32) -> io::Result<()> {
    match i32::try_from(code) {
        Ok(0) => Ok(()),
        code => Err(io::Error::from_raw_os_error(code.unwrap_or(i32::MAX))),
    }
}

pub(crate) fn read_value(key: &str, name: &str) -> io::Result<()> {
    let (key, name) = (zeroed(key), zeroed(name));
    let (mut value, mut size) = (0u32, 4);
    // SAFETY: the texts end with a zero. The value is of the only kind that is asked for, which has as
    // many bytes as are named.
    registry(unsafe {
        RegGetValueW(
            HKEY_CURRENT_USER,
            key.as_ptr(),
            name.as_ptr(),
            RRF_RT_REG_DWORD,
            null_mut(),
            (&raw mut value).cast(),
            &raw mut size,
        )
    })
}

/// Makes the key too, if there is none.
pub(crate) fn write_value(key: &str, name: &str) -> io::Result<()> {
    let (key, name, value) = (zeroed(key), zeroed(name), 1u32);
    // SAFETY: the texts end with a zero, and the value has as many bytes as are named.
    registry(unsafe {
        RegSetKeyValueW(
            HKEY_CURRENT_USER,
            key.as_ptr(),
            name.as_ptr(),
            REG_DWORD,
            (&raw const value).cast(),
            4,
        )
    })
}

/// Deletes a key with all in it.
pub(crate) fn delete_key(key: &str) -> io::Result<()> {
    // SAFETY: the text ends with a zero.
    registry(unsafe { RegDeleteTreeW(HKEY_CURRENT_USER, zeroed(key).as_ptr()) })
}

/// Brings up the library of sockets. The standard library does so too, and panics where it fails.
pub(crate) fn start_sockets() -> io::Result<()> {
    let mut about = WSADATA::default();
    // SAFETY: the answer is ours. It is never given back: other sockets may be open.
    match unsafe { WSAStartup(0x202, &raw mut about) } {
        0 => Ok(()),
        code => Err(io::Error::from_raw_os_error(code)),
    }
}

/// What memory is for.
#[derive(Clone, Copy)]
pub(crate) enum Use {
    Data,
    Code,
}

/// Has so much memory promised, and gives it back. Not a byte of it is touched.
pub(crate) fn commit(bytes: usize, what_for: Use) -> io::Result<()> {
    let protection = match what_for {
        Use::Data => PAGE_READWRITE,
        Use::Code => PAGE_EXECUTE_READWRITE,
    };
    // SAFETY: nothing is said of where it is to be.
    let memory = unsafe { VirtualAlloc(null(), bytes, MEM_RESERVE | MEM_COMMIT, protection) };
    if memory.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is the whole of what was given, and nothing refers to it.
    unsafe { VirtualFree(memory, 0, MEM_RELEASE) };
    Ok(())
}

/// With the right to ask the least that there is to ask.
pub(crate) fn open_process(pid: u32) -> io::Result<()> {
    // SAFETY: it takes any number.
    made(unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, pid) }).map(drop)
}

pub(crate) fn make_event(name: &str) -> io::Result<OwnedHandle> {
    // SAFETY: the text ends with a zero; there are no attributes.
    made(unsafe { CreateEventW(null(), 1, 0, zeroed(name).as_ptr()) })
}

pub(crate) fn open_event(name: &str) -> io::Result<()> {
    // SAFETY: the text ends with a zero.
    made(unsafe { OpenEventW(SYNCHRONIZATION_SYNCHRONIZE, 0, zeroed(name).as_ptr()) }).map(drop)
}

pub(crate) fn make_section(name: &str) -> io::Result<OwnedHandle> {
    let (name, file) = (zeroed(name), INVALID_HANDLE_VALUE);
    // SAFETY: it is backed by no file, the text ends with a zero; there are no attributes.
    made(unsafe { CreateFileMappingW(file, null(), PAGE_READWRITE, 0, 4096, name.as_ptr()) })
}

pub(crate) fn open_section(name: &str) -> io::Result<()> {
    // SAFETY: the text ends with a zero.
    made(unsafe { OpenFileMappingW(FILE_MAP_READ, 0, zeroed(name).as_ptr()) }).map(drop)
}

/// A library that is loaded until this is dropped.
struct Library(HMODULE);

impl Library {
    fn load(path: &str, flags: LOAD_LIBRARY_FLAGS) -> io::Result<Self> {
        // SAFETY: the text ends with a zero. Code of the library runs only if it is the system's own: the
        // callers' flags say so.
        let library = unsafe { LoadLibraryExW(zeroed(path).as_ptr(), null_mut(), flags) };
        if library.is_null() { Err(io::Error::last_os_error()) } else { Ok(Self(library)) }
    }
}

impl Drop for Library {
    fn drop(&mut self) {
        // SAFETY: it was loaded, and nothing of it is used any more.
        unsafe { FreeLibrary(self.0) };
    }
}

/// Takes a library into memory as one that could run, and runs nothing of it.
pub(crate) fn load_library(path: &str) -> io::Result<()> {
    Library::load(path, DONT_RESOLVE_DLL_REFERENCES).map(drop)
}

type OpenClipboard = unsafe extern "system" fn(HANDLE) -> i32;
type CloseClipboard = unsafe extern "system" fn() -> i32;

/// Opens the clipboard, and closes it. The library of windows is not imported: no cell would start.
pub(crate) fn open_clipboard() -> io::Result<()> {
    let library = Library::load("user32.dll", LOAD_LIBRARY_SEARCH_SYSTEM32)?;
    // SAFETY: the library is loaded, and the name ends with a zero.
    let open = unsafe { GetProcAddress(library.0, c"OpenClipboard".as_ptr().cast()) };
    // SAFETY: as above.
    let close = unsafe { GetProcAddress(library.0, c"CloseClipboard".as_ptr().cast()) };
    let (Some(open), Some(close)) = (open, close) else { return Err(io::Error::last_os_error()) };
    // SAFETY: they are the functions of those names, whose types these are. winuser.h.
    let (open, close) = unsafe {
        (
            std::mem::transmute::<unsafe extern "system" fn() -> isize, OpenClipboard>(open),
            std::mem::transmute::<unsafe extern "system" fn() -> isize, CloseClipboard>(close),
        )
    };
    // SAFETY: it is opened for no window; the library is loaded still.
    if unsafe { open(null_mut()) } == 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, by this thread; the library is loaded still.
    unsafe { close() };
    Ok(())
}
