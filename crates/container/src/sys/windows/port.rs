//! What a job tells of its processes: that they met a limit.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::io;
use std::os::windows::io::{AsRawHandle as _, BorrowedHandle, OwnedHandle};
use std::ptr::null_mut;

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::IO::{CreateIoCompletionPort, GetQueuedCompletionStatus};
use windows_sys::Win32::System::JobObjects::{
    JOBOBJECT_ASSOCIATE_COMPLETION_PORT, JobObjectAssociateCompletionPortInformation,
};
use windows_sys::Win32::System::SystemServices::{
    JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT, JOB_OBJECT_MSG_JOB_MEMORY_LIMIT,
    JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT,
};

use super::calls::{owned, set};

/// Messages that are taken at a time. A tree that starts programs all the time has others to come.
const AT_ONCE: usize = 256;

/// Where a job tells. What is told is a hint, as the system says, and may be left out: only what is told
/// counts.
#[derive(Debug)]
pub(super) struct Port(OwnedHandle);

/// What was told since it was asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// A process could not have more memory.
    pub(super) memory: bool,
    /// So often no other process was made.
    pub(super) processes: u64,
}

impl Port {
    /// Where this job tells from now on.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn of(job: BorrowedHandle<'_>) -> io::Result<Self> {
        // SAFETY: no file is given, so that a new port is made, which is nobody else's.
        let port =
            unsafe { owned(CreateIoCompletionPort(INVALID_HANDLE_VALUE, null_mut(), 0, 1)) }?;
        let what = JOBOBJECT_ASSOCIATE_COMPLETION_PORT {
            CompletionKey: null_mut(),
            CompletionPort: port.as_raw_handle(),
        };
        set(job, JobObjectAssociateCompletionPortInformation, &what)?;
        Ok(Self(port))
    }

    /// What was told meanwhile.
    pub(super) fn told(&self) -> Told {
        let mut told = Told::default();
        for _ in 0..AT_ONCE {
            match self.next() {
                Some(JOB_OBJECT_MSG_PROCESS_MEMORY_LIMIT | JOB_OBJECT_MSG_JOB_MEMORY_LIMIT) => {
                    told.memory = true;
                }
                Some(JOB_OBJECT_MSG_ACTIVE_PROCESS_LIMIT) => told.processes += 1,
                Some(_) => {}
                None => break,
            }
        }
        told
    }

    fn next(&self) -> Option<u32> {
        let (mut message, mut key, mut about) = (0, 0, null_mut());
        // SAFETY: all of the answers are ours. What they are about is a number here and no pointer.
        let done = unsafe {
            GetQueuedCompletionStatus(
                self.0.as_raw_handle(),
                &raw mut message,
                &raw mut key,
                &raw mut about,
                0,
            )
        };
        (done != 0).then_some(message)
    }
}
