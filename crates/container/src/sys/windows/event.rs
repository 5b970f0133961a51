//! Events, and waiting for whichever of several things comes first.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::io;
use std::os::windows::io::{AsHandle, AsRawHandle as _, BorrowedHandle, OwnedHandle};
use std::ptr::null;
use std::time::Duration;

use windows_sys::Win32::Foundation::{HANDLE, WAIT_FAILED, WAIT_OBJECT_0};
use windows_sys::Win32::System::Threading::{
    CreateEventW, INFINITE, ResetEvent, SetEvent, WaitForMultipleObjects, WaitForSingleObject,
};

use super::calls::owned;

/// Something that has happened or not. Nobody else finds it: it has no name.
#[derive(Debug)]
pub(super) struct Event(OwnedHandle);

impl Event {
    /// One that has not happened, and stays so or not until it is told otherwise.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new() -> io::Result<Self> {
        // SAFETY: neither attributes nor a name are given, and what was made is nobody else's.
        unsafe { owned(CreateEventW(null(), 1, 0, null())) }.map(Self)
    }

    /// It happens.
    pub(super) fn set(&self) {
        // SAFETY: the handle is ours. It fails for other kinds of handles alone.
        unsafe { SetEvent(self.0.as_raw_handle()) };
    }

    /// Whether it has.
    pub(super) fn has_happened(&self) -> bool {
        // SAFETY: the handle is ours, and stays as it is: the event is told otherwise by hand.
        unsafe { WaitForSingleObject(self.0.as_raw_handle(), 0) == WAIT_OBJECT_0 }
    }

    /// It has not happened.
    pub(super) fn reset(&self) {
        // SAFETY: as above.
        unsafe { ResetEvent(self.0.as_raw_handle()) };
    }
}

impl AsHandle for Event {
    fn as_handle(&self) -> BorrowedHandle<'_> {
        self.0.as_handle()
    }
}

/// Waits until one of them is signalled, for this long at most. Which one is for the caller to see.
///
/// # Errors
/// The system's, such as for more than 64 of them.
pub(super) fn wait_for_any(handles: &[BorrowedHandle<'_>], most: Duration) -> io::Result<()> {
    let raw: Vec<HANDLE> = handles.iter().map(|handle| handle.as_raw_handle()).collect();
    let count = u32::try_from(raw.len()).unwrap_or(u32::MAX);
    // SAFETY: there are so many, and each is borrowed.
    match unsafe { WaitForMultipleObjects(count, raw.as_ptr(), 0, milliseconds(most)) } {
        WAIT_FAILED => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Rounded up: what waits for a moment must not look before it. The largest number is for ever, and is
/// not meant.
fn milliseconds(time: Duration) -> u32 {
    let whole = time.as_micros().div_ceil(1000);
    u32::try_from(whole).unwrap_or(INFINITE).min(INFINITE - 1)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    #[test]
    fn a_wait_ends_with_the_first_or_with_its_time() {
        let (one, other) = (Event::new().unwrap(), Event::new().unwrap());
        let both = [one.as_handle(), other.as_handle()];
        let began = Instant::now();
        wait_for_any(&both, Duration::from_millis(30)).unwrap();
        assert!(began.elapsed() >= Duration::from_millis(25));
        other.set();
        let began = Instant::now();
        wait_for_any(&both, Duration::from_secs(60)).unwrap();
        other.reset();
        wait_for_any(&both, Duration::from_millis(1)).unwrap();
        assert!(began.elapsed() < Duration::from_secs(30));
        assert!(wait_for_any(&[one.as_handle(); 65], Duration::ZERO).is_err());
    }

    #[test]
    fn times_are_rounded_up_and_never_endless() {
        assert_eq!(milliseconds(Duration::ZERO), 0);
        assert_eq!(milliseconds(Duration::from_micros(1)), 1);
        assert_eq!(milliseconds(Duration::MAX), INFINITE - 1);
    }
}
