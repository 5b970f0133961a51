//! What a person types.
#![allow(unsafe_code, reason = "one call; its contract stands there")]

use windows_sys::Win32::System::Console::{
    FlushConsoleInputBuffer, GetStdHandle, STD_INPUT_HANDLE,
};

/// Forgets what was typed into the console and not read yet: what was typed before a question was asked is no
/// answer to it. Where standard input is no console there is nothing to forget.
pub fn forget_what_was_typed() {
    // SAFETY: it takes any handle of this process, and says of what is no console that it is none. Standard
    // input is not closed meanwhile.
    let _flushed = unsafe { FlushConsoleInputBuffer(GetStdHandle(STD_INPUT_HANDLE)) };
}
