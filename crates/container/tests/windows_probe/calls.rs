//! Acts that no safe crate offers.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::ffi::{CStr, c_void};
use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle as _, FromRawHandle as _, OwnedHandle};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::{
    FreeLibrary, HANDLE, HMODULE, INVALID_HANDLE_VALUE, UNICODE_STRING,
};
use windows_sys::Win32::Networking::WinSock::{WSADATA, WSAStartup};
use windows_sys::Win32::System::LibraryLoader::{
    DONT_RESOLVE_DLL_REFERENCES, GetModuleHandleW, GetProcAddress, LOAD_LIBRARY_FLAGS,
    LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};
use windows_sys::Win32::System::Memory::{
    CreateFileMappingW, FILE_MAP_READ, MEM_COMMIT, MEM_RELEASE, MEM_RESERVE,
    PAGE_EXECUTE_READWRITE, PAGE_READWRITE, VirtualAlloc, VirtualFree,
};
use windows_sys::Win32::System::Registry::{
    HKEY_CURRENT_USER, REG_DWORD, RRF_RT_REG_DWORD, RegDeleteTreeW, RegGetValueW, RegSetKeyValueW,
};
use windows_sys::Win32::System::Threading::{
    CreateEventW, OpenProcess, PROCESS_QUERY_LIMITED_INFORMATION, SYNCHRONIZATION_SYNCHRONIZE,
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

/// Whether a call is done that gives no zero then.
fn done(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
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

pub(crate) fn open_event(full_name: &str) -> io::Result<()> {
    open_object(c"NtOpenEvent", SYNCHRONIZATION_SYNCHRONIZE, full_name)
}

pub(crate) fn make_section(name: &str) -> io::Result<OwnedHandle> {
    let (name, file) = (zeroed(name), INVALID_HANDLE_VALUE);
    // SAFETY: it is backed by no file, the text ends with a zero; there are no attributes.
    made(unsafe { CreateFileMappingW(file, null(), PAGE_READWRITE, 0, 4096, name.as_ptr()) })
}

pub(crate) fn open_section(full_name: &str) -> io::Result<()> {
    open_object(c"NtOpenSection", FILE_MAP_READ, full_name)
}

type SessionOf = unsafe extern "system" fn(u32, *mut u32) -> i32;

/// Where an object is that this process has made under a name. Whoever looks for the name alone looks into a
/// folder of his own, which for a container is another.
pub(crate) fn full_name(name: &str) -> io::Result<String> {
    let session_of = of_system("kernel32.dll", c"ProcessIdToSessionId")?;
    // SAFETY: it is the function of that name, whose type this is. processthreadsapi.h.
    let session_of = unsafe { std::mem::transmute::<Found, SessionOf>(session_of) };
    let mut session = 0;
    // SAFETY: it takes any number, and the answer is ours.
    done(unsafe { session_of(std::process::id(), &raw mut session) })?;
    // That of services is the machine's.
    let folder = if session == 0 { String::new() } else { format!(r"\Sessions\{session}") };
    Ok(format!(r"{folder}\BaseNamedObjects\{name}"))
}

type OpenObject = unsafe extern "system" fn(*mut HANDLE, u32, *const ObjectAttributes) -> i32;

/// `OBJECT_ATTRIBUTES`. ntdef.h.
#[repr(C)]
struct ObjectAttributes {
    length: u32,
    root: HANDLE,
    name: *const UNICODE_STRING,
    attributes: u32,
    descriptor: *const c_void,
    quality: *const c_void,
}

/// Opens an object of the kernel by its full name, with one of the calls that all are alike. The error is
/// the kernel's own number: many of those become one of Windows' numbers, and only one says that it is denied.
fn open_object(call: &CStr, rights: u32, full_name: &str) -> io::Result<()> {
    let open = of_system("ntdll.dll", call)?;
    // SAFETY: it is a function of those names, whose type this is. ntifs.h, wdm.h.
    let open = unsafe { std::mem::transmute::<Found, OpenObject>(open) };
    let text: Vec<u16> = full_name.encode_utf16().collect();
    let bytes = u16::try_from(2 * text.len()).map_err(|_| io::ErrorKind::InvalidInput)?;
    let name =
        UNICODE_STRING { Length: bytes, MaximumLength: bytes, Buffer: text.as_ptr().cast_mut() };
    let attributes = ObjectAttributes {
        length: size_of::<ObjectAttributes>() as u32,
        root: null_mut(),
        name: &raw const name,
        attributes: 0,
        descriptor: null(),
        quality: null(),
    };
    let mut handle = null_mut();
    // SAFETY: the attributes are of the size that they say, and what they point to lives through the call;
    // the answer is ours.
    match unsafe { open(&raw mut handle, rights, &raw const attributes) } {
        0.. => made(handle).map(drop),
        status => Err(io::Error::from_raw_os_error(status)),
    }
}

type TakesNumber = unsafe extern "system" fn(u32) -> i32;
type TakesNothing = unsafe extern "system" fn() -> i32;
type SetStream = unsafe extern "system" fn(u32, HANDLE) -> i32;

/// `ATTACH_PARENT_PROCESS`.
const PARENT: u32 = u32::MAX;

/// `STD_INPUT_HANDLE`, `STD_OUTPUT_HANDLE`, `STD_ERROR_HANDLE`.
const STREAMS: [u32; 3] = [-10i32 as u32, -11i32 as u32, -12i32 as u32];

/// Has the console of its parent for a moment.
pub(crate) fn attach_to_console() -> io::Result<()> {
    let attach = of_system("kernel32.dll", c"AttachConsole")?;
    // SAFETY: it is the function of that name, whose type this is. consoleapi.h.
    let attach = unsafe { std::mem::transmute::<Found, TakesNumber>(attach) };
    // SAFETY: it takes any number.
    for_a_moment(|| done(unsafe { attach(PARENT) }))
}

/// Has a console of its own for a moment.
pub(crate) fn make_console() -> io::Result<()> {
    let make = of_console(c"AllocConsole")?;
    // SAFETY: it takes nothing.
    for_a_moment(|| done(unsafe { make() }))
}

/// Makes one for the parent of those who try, where it has none: one that was started by no terminal.
pub(crate) fn keep_console() -> io::Result<()> {
    if File::options().write(true).open("CONOUT$").is_ok() {
        return Ok(());
    }
    let (make, leave) = (of_console(c"AllocConsole")?, of_console(c"FreeConsole")?);
    with_streams_of_before(|| {
        // Wine says of the pipes that a shell gives that they are one.
        // SAFETY: it takes nothing, and closes no streams but those of a console.
        unsafe { leave() };
        // SAFETY: it takes nothing.
        done(unsafe { make() })
    })?
}

/// Nobody has two consoles: this process leaves the one that it has, if any, before it gets another, and that
/// one too.
fn for_a_moment(get: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let leave = of_console(c"FreeConsole")?;
    with_streams_of_before(|| {
        // SAFETY: it takes nothing, and closes no streams but those of a console.
        unsafe { leave() };
        let got = get();
        // SAFETY: as above.
        unsafe { leave() };
        got
    })?
}

/// A console brings streams of its own with it. Those from before are put back, as the outcome is told by
/// them, and meanwhile nothing is said on any.
fn with_streams_of_before<T>(act: impl FnOnce() -> T) -> io::Result<T> {
    let set = of_system("kernel32.dll", c"SetStdHandle")?;
    // SAFETY: it is the function of that name, whose type this is. processenv.h.
    let set = unsafe { std::mem::transmute::<Found, SetStream>(set) };
    let (input, output, errors) = (io::stdin(), io::stdout().lock(), io::stderr().lock());
    let before = [input.as_raw_handle(), output.as_raw_handle(), errors.as_raw_handle()];
    let acted = act();
    for (number, stream) in STREAMS.into_iter().zip(before) {
        // SAFETY: it takes any handle. Those of pipes are open still.
        unsafe { set(number, stream) };
    }
    Ok(acted)
}

fn of_console(name: &CStr) -> io::Result<TakesNothing> {
    let found = of_system("kernel32.dll", name)?;
    // SAFETY: it is `AllocConsole` or `FreeConsole`, whose type this is. consoleapi.h.
    Ok(unsafe { std::mem::transmute::<Found, TakesNothing>(found) })
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

type Found = unsafe extern "system" fn() -> isize;

/// A function of a library that is in every process for good.
fn of_system(library: &str, name: &CStr) -> io::Result<Found> {
    // SAFETY: the text ends with a zero.
    let library = unsafe { GetModuleHandleW(zeroed(library).as_ptr()) };
    if library.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the library is loaded, and the name ends with a zero.
    unsafe { GetProcAddress(library, name.as_ptr().cast()) }.ok_or_else(io::Error::last_os_error)
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
