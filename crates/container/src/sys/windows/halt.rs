//! Halting processes, and looking closer at them.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::io;
use std::os::windows::io::{AsRawHandle as _, BorrowedHandle, OwnedHandle};
use std::ptr::null_mut;
use std::time::Duration;

use windows_sys::Win32::Foundation::{FILETIME, HANDLE};
use windows_sys::Win32::System::JobObjects::{
    JOBOBJECT_BASIC_PROCESS_ID_LIST, JobObjectBasicProcessIdList, QueryInformationJobObject,
};
use windows_sys::Win32::System::ProcessStatus::{
    GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS, PROCESS_MEMORY_COUNTERS_EX,
};
use windows_sys::Win32::System::Threading::{
    GetProcessHandleCount, GetProcessId, GetProcessIoCounters, GetProcessTimes, IO_COUNTERS,
    OpenProcess, PROCESS_QUERY_INFORMATION, PROCESS_SUSPEND_RESUME,
};

use super::calls::{checked, of_library, owned};

/// Processes of a job that are told; more than any may have.
const MOST: usize = 4096;

/// `ERROR_INVALID_PARAMETER`: of a number that is no process's.
const GONE: i32 = 87;

/// `NtSuspendProcess` and `NtResumeProcess`: of every thread of it at once. Not documented, in every
/// Windows since XP, and what the system's own tools use.
type Halts = unsafe extern "system" fn(HANDLE) -> i32;

/// Halts every thread of a process, or lets them go on. Halts are counted: as often as it was halted it
/// has to be let go on.
///
/// # Errors
/// The system's, or `Unsupported`.
pub(super) fn halt(process: BorrowedHandle<'_>, stop: bool) -> io::Result<()> {
    let name = if stop { c"NtSuspendProcess" } else { c"NtResumeProcess" };
    let call = of_library("ntdll.dll", name)?;
    // SAFETY: it is the function of that name, whose type this is.
    let call = unsafe { std::mem::transmute::<unsafe extern "system" fn() -> isize, Halts>(call) };
    // SAFETY: the process is borrowed, and the function takes that alone.
    match unsafe { call(process.as_raw_handle()) } {
        0.. => Ok(()),
        status => Err(io::Error::other(format!("status {status:#x}"))),
    }
}

/// The processes of a job but one, each opened to be halted and looked at.
///
/// # Errors
/// The system's, where it does not tell them, tells more than [`MOST`], or keeps one that is there from being
/// opened: its maker can say who may.
pub(super) fn of_job(job: BorrowedHandle<'_>, but: u32) -> io::Result<Vec<OwnedHandle>> {
    let words = size_of::<JOBOBJECT_BASIC_PROCESS_ID_LIST>() / size_of::<usize>() + MOST;
    let mut list = vec![0usize; words];
    let bytes = (words * size_of::<usize>()) as u32;
    // SAFETY: the list has so many bytes, and is aligned for the structure.
    let done = unsafe {
        QueryInformationJobObject(
            job.as_raw_handle(),
            JobObjectBasicProcessIdList,
            list.as_mut_ptr().cast(),
            bytes,
            null_mut(),
        )
    };
    checked(done)?;
    // Two numbers of four bytes, how many there are and how many were told, and then each.
    let told = (list[0] >> 32).min(MOST);
    let each = list.iter().skip(1).take(told).filter_map(|pid| u32::try_from(*pid).ok());
    each.filter(|pid| *pid != but).filter_map(|pid| open(pid).transpose()).collect()
}

/// The number may have been given to another process meanwhile: what comes back is looked at whether it
/// is in the job by whoever halts it. One that has ended since is none.
fn open(pid: u32) -> io::Result<Option<OwnedHandle>> {
    // Wine tells of a process's job to whoever may ask everything of it.
    let rights = PROCESS_SUSPEND_RESUME | PROCESS_QUERY_INFORMATION;
    // SAFETY: it takes numbers, and the handle that it makes is nobody else's.
    match unsafe { owned(OpenProcess(rights, 0, pid)) } {
        Ok(process) => Ok(Some(process)),
        Err(error) if error.raw_os_error() == Some(GONE) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What a process has committed now, and the most that it had, bytes: what the limit of a job counts.
///
/// # Errors
/// The system's.
pub(super) fn committed(process: BorrowedHandle<'_>) -> io::Result<[u64; 2]> {
    let mut all = PROCESS_MEMORY_COUNTERS_EX::default();
    let bytes = size_of::<PROCESS_MEMORY_COUNTERS_EX>() as u32;
    let counters = (&raw mut all).cast::<PROCESS_MEMORY_COUNTERS>();
    // SAFETY: the structure is of this size, and plain numbers.
    checked(unsafe { GetProcessMemoryInfo(process.as_raw_handle(), counters, bytes) })?;
    Ok([all.PagefileUsage as u64, all.PeakPagefileUsage as u64])
}

/// Processor time that a process has used.
///
/// # Errors
/// The system's.
pub(super) fn processor(process: BorrowedHandle<'_>) -> io::Result<Duration> {
    let mut times = [FILETIME::default(); 4];
    let [made, ended, kernel, user] = &mut times;
    // SAFETY: all answers are ours, and plain numbers.
    checked(unsafe {
        let process = process.as_raw_handle();
        GetProcessTimes(process, &raw mut *made, &raw mut *ended, &raw mut *kernel, &raw mut *user)
    })?;
    // Tenths of a microsecond.
    let ticks =
        |time: &FILETIME| u64::from(time.dwHighDateTime) << 32 | u64::from(time.dwLowDateTime);
    Ok(Duration::from_nanos(ticks(kernel).saturating_add(ticks(user)).saturating_mul(100)))
}

/// The number of a process; 0 where the system does not say.
pub(super) fn number(process: BorrowedHandle<'_>) -> u32 {
    // SAFETY: the process is borrowed.
    unsafe { GetProcessId(process.as_raw_handle()) }
}

/// Bytes that a process has read and written by system calls, and its open handles.
///
/// # Errors
/// The system's.
pub(super) fn moved(process: BorrowedHandle<'_>) -> io::Result<([u64; 2], u32)> {
    let mut counters = IO_COUNTERS::default();
    let mut handles = 0;
    // SAFETY: both answers are ours, and plain numbers.
    unsafe {
        checked(GetProcessIoCounters(process.as_raw_handle(), &raw mut counters))?;
        checked(GetProcessHandleCount(process.as_raw_handle(), &raw mut handles))?;
    }
    Ok(([counters.ReadTransferCount, counters.WriteTransferCount], handles))
}

#[cfg(test)]
mod tests {
    use std::os::windows::io::AsHandle as _;

    use super::*;

    #[test]
    fn figures_of_a_live_process_are_plausible() {
        let own = open(std::process::id()).unwrap().unwrap();
        let [now, most] = committed(own.as_handle()).unwrap();
        assert!(now > 0 && most >= now, "{now} {most}");
        let file = std::env::current_exe().unwrap();
        let ([before, _], _) = moved(own.as_handle()).unwrap();
        let read = std::fs::read(file).unwrap().len() as u64;
        let ([after, _], handles) = moved(own.as_handle()).unwrap();
        // Wine counts neither.
        let told = after > 0 || handles > 0;
        assert!(!told || (after >= before + read && handles > 0), "{before} {after} {handles}");
        assert!(open(u32::MAX - 3).unwrap().is_none());
    }
}
