//! The calls of `libsystem_sandbox`, which every program of macOS is linked with.
//!
//! Type-checked only: unproven until they have run on a Mac. `sandbox_init` is in Apple's header and
//! marked as deprecated since 10.8 without anything in its place; `sandbox_check` has left the header,
//! and browsers call it as it is declared here.
#![allow(unsafe_code, reason = "the fence: the calls of Seatbelt are in no crate")]

use std::ffi::{CStr, CString, c_char, c_int};
use std::io;
use std::ptr;

unsafe extern "C" {
    fn sandbox_init(profile: *const c_char, flags: u64, errorbuf: *mut *mut c_char) -> c_int;
    fn sandbox_free_error(errorbuf: *mut c_char);
    fn sandbox_check(pid: libc::pid_t, operation: *const c_char, kind: c_int, ...) -> c_int;
}

/// The profile is a text, and not the name of one of Apple's.
const TEXT: u64 = 0;

/// `SANDBOX_FILTER_NONE`, and so on.
const FILTER_NONE: c_int = 0;
const FILTER_PATH: c_int = 1;
const FILTER_GLOBAL_NAME: c_int = 2;

/// Confines this process for good, and whatever it executes.
///
/// # Errors
/// What the system says of the profile, as a sentence fragment.
pub(in super::super) fn apply(profile: &str) -> Result<(), String> {
    let profile = CString::new(profile).map_err(|_| "a NUL in the profile".to_owned())?;
    let mut message = ptr::null_mut();
    // SAFETY: sandbox_init(3) reads the profile, a C string that lives, and writes one pointer to a
    // live variable: null, or a C string that is ours to free by sandbox_free_error.
    let result = unsafe { sandbox_init(profile.as_ptr(), TEXT, &raw mut message) };
    let said = take(message);
    match result {
        0 => Ok(()),
        _ => Err(said.unwrap_or_else(|| io::Error::last_os_error().to_string())),
    }
}

fn take(message: *mut c_char) -> Option<String> {
    if message.is_null() {
        return None;
    }
    // SAFETY: not null, so it is the C string that sandbox_init has left, which nobody has freed.
    let text = unsafe { CStr::from_ptr(message) }.to_string_lossy().into_owned();
    // SAFETY: the same pointer, freed once; the copy above does not point into it.
    unsafe { sandbox_free_error(message) };
    Some(text)
}

/// What an operation is asked about.
#[derive(Clone, Copy, Debug)]
pub(in super::super) enum Filter {
    /// The operation, whatever it is done to.
    Any,
    /// A file.
    Path(&'static CStr),
    /// A service of the machine.
    Service(&'static CStr),
}

/// Whether a process may do something.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Question {
    pub(in super::super) operation: &'static CStr,
    pub(in super::super) filter: Filter,
}

/// What the system says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Answer {
    Allowed,
    Denied,
    /// No such process, or no such operation: no answer.
    Unknown,
}

/// Asks the system whether a process may do something. Nothing is done.
pub(in super::super) fn ask(pid: i32, question: Question) -> Answer {
    let operation = question.operation.as_ptr();
    let (kind, argument) = match question.filter {
        Filter::Any => (FILTER_NONE, None),
        Filter::Path(path) => (FILTER_PATH, Some(path)),
        Filter::Service(name) => (FILTER_GLOBAL_NAME, Some(name)),
    };
    let result = match argument {
        // SAFETY: the operation is a C string that lives for good; this kind takes no argument.
        None => unsafe { sandbox_check(pid, operation, kind) },
        // SAFETY: the operation and the one argument of these kinds are C strings that live for good.
        Some(argument) => unsafe { sandbox_check(pid, operation, kind, argument.as_ptr()) },
    };
    match result {
        0 => Answer::Allowed,
        1 => Answer::Denied,
        _ => Answer::Unknown,
    }
}

/// Whether a process has a profile at all.
pub(in super::super) fn is_confined(pid: i32) -> bool {
    // SAFETY: a null operation asks for just that, and takes no argument.
    unsafe { sandbox_check(pid, ptr::null(), FILTER_NONE) == 1 }
}
