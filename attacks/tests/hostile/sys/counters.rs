//! What Windows says of processes and files, for which the standard library has no words.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::collections::BTreeSet;
use std::fs::File;
use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;
use std::sync::OnceLock;

use windows_sys::Win32::Foundation::INVALID_HANDLE_VALUE;
use windows_sys::Win32::System::Diagnostics::ToolHelp::{
    CreateToolhelp32Snapshot, PROCESSENTRY32W, Process32FirstW, Process32NextW, TH32CS_SNAPPROCESS,
};
use windows_sys::Win32::System::IO::DeviceIoControl;
use windows_sys::Win32::System::Ioctl::FSCTL_SET_SPARSE;
use windows_sys::Win32::System::ProcessStatus::{K32GetProcessMemoryInfo, PROCESS_MEMORY_COUNTERS};
use windows_sys::Win32::System::Threading::GetCurrentProcess;

/// Processes that were there before the attack. One of them may be said to be the child of a process that
/// has long gone, and whose number is another's now.
static BEFORE: OnceLock<BTreeSet<u32>> = OnceLock::new();

/// Notes what is there. How much was resident at most is not forgotten here; a host is a new process, and
/// has done little before.
pub(crate) fn forget_peak() -> Result<(), String> {
    let all = processes().map_err(|error| error.to_string())?;
    BEFORE.get_or_init(|| all.into_iter().map(|process| process.number).collect());
    Ok(())
}

/// Bytes of this process that are resident.
pub(crate) fn resident() -> Result<u64, String> {
    counters().map(|counters| counters.WorkingSetSize as u64)
}

/// Most bytes of it that were.
pub(crate) fn peak() -> Result<u64, String> {
    counters().map(|counters| counters.PeakWorkingSetSize as u64)
}

fn counters() -> Result<PROCESS_MEMORY_COUNTERS, String> {
    let mut counters = PROCESS_MEMORY_COUNTERS::default();
    let size = size_of::<PROCESS_MEMORY_COUNTERS>() as u32;
    // SAFETY: "a pointer to the structure that receives information", whose size is given; the handle of
    // this process is always valid.
    let told = unsafe { K32GetProcessMemoryInfo(GetCurrentProcess(), &raw mut counters, size) };
    let is_told = told != 0 && counters.PeakWorkingSetSize >= counters.WorkingSetSize;
    if is_told && counters.WorkingSetSize > 0 {
        return Ok(counters);
    }
    Err(format!("this process's memory is not told: {}", io::Error::last_os_error()))
}

/// A child of this process, one of the given processes, or a child of theirs, that is there.
pub(crate) fn anybody(pids: &[i64]) -> Option<String> {
    let me = std::process::id();
    let is_given = |number: u32| pids.contains(&i64::from(number));
    let is_new = |number| !BEFORE.get().is_some_and(|before| before.contains(&number));
    let is_left = |process: &Process| {
        let of_ours = process.parent == me || is_given(process.parent);
        is_given(process.number) || (is_new(process.number) && of_ours)
    };
    match processes() {
        Ok(all) => all.into_iter().find(is_left).map(|process| format!("{process:?}")),
        Err(error) => Some(error.to_string()),
    }
}

#[derive(Debug)]
struct Process {
    number: u32,
    parent: u32,
    #[expect(dead_code, reason = "it is shown to people")]
    name: String,
}

fn processes() -> io::Result<Vec<Process>> {
    // SAFETY: the call takes no pointer.
    let snapshot = unsafe { CreateToolhelp32Snapshot(TH32CS_SNAPPROCESS, 0) };
    if snapshot == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: it is open, and nobody else's: the call has just made it.
    let snapshot = unsafe { OwnedHandle::from_raw_handle(snapshot) };
    let mut entry = PROCESSENTRY32W {
        dwSize: size_of::<PROCESSENTRY32W>() as u32,
        ..PROCESSENTRY32W::default()
    };
    let mut all = Vec::new();
    // SAFETY: the handle is a snapshot with processes, and the entry says its size, as it must.
    let mut more = unsafe { Process32FirstW(snapshot.as_raw_handle(), &raw mut entry) };
    while more != 0 {
        let name = entry.szExeFile.split(|unit| *unit == 0).next().unwrap_or_default();
        all.push(Process {
            number: entry.th32ProcessID,
            parent: entry.th32ParentProcessID,
            name: String::from_utf16_lossy(name),
        });
        // SAFETY: as above.
        more = unsafe { Process32NextW(snapshot.as_raw_handle(), &raw mut entry) };
    }
    let me = std::process::id();
    if all.iter().any(|process| process.number == me) {
        return Ok(all);
    }
    Err(io::Error::other("not even this process is listed"))
}

/// Has a file take room only where it has been written.
pub(crate) fn make_sparse(file: &File) -> io::Result<()> {
    let mut returned = 0;
    // SAFETY: the control takes no buffer ("a zero-length buffer is as if it were to be set"), gives none,
    // and the number of bytes returned is required where nothing overlaps.
    let done = unsafe {
        DeviceIoControl(
            file.as_raw_handle(),
            FSCTL_SET_SPARSE,
            ptr::null(),
            0,
            ptr::null_mut(),
            0,
            &raw mut returned,
            ptr::null_mut(),
        )
    };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
