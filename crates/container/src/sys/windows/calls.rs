//! What is asked of Windows: one function for each call, with what it takes and gives in safe types.
//! Everything else in this folder is safe code over [`Calls`], so that a test can stand in for the
//! system and see exactly what it would have been asked.
//!
//! Each `unsafe` block states what the call wants of its arguments; none keeps a pointer beyond itself.
#![allow(unsafe_code, reason = "the calls themselves")]

use std::ffi::{CStr, c_void};
use std::io;
use std::mem::{size_of, size_of_val};
use std::os::windows::io::{
    AsRawHandle as _, BorrowedHandle, FromRawHandle as _, OwnedHandle, RawHandle,
};
use std::ptr::{null, null_mut};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use windows_sys::Win32::Foundation::{
    DuplicateHandle, ERROR_INSUFFICIENT_BUFFER, GENERIC_ALL, HANDLE, HANDLE_FLAG_INHERIT,
    INVALID_HANDLE_VALUE, SetHandleInformation, WAIT_OBJECT_0,
};
use windows_sys::Win32::Security::Authentication::Identity::RtlGenRandom;
use windows_sys::Win32::Security::{
    CreateRestrictedToken, DISABLE_MAX_PRIVILEGE, FreeSid, GetLengthSid, GetSidSubAuthority,
    GetSidSubAuthorityCount, GetTokenInformation, PSID, SECURITY_CAPABILITIES, SID_AND_ATTRIBUTES,
    SetTokenInformation, TOKEN_ADJUST_DEFAULT, TOKEN_ASSIGN_PRIMARY, TOKEN_DEFAULT_DACL,
    TOKEN_DUPLICATE, TOKEN_GROUPS, TOKEN_INFORMATION_CLASS, TOKEN_MANDATORY_LABEL, TOKEN_QUERY,
    TOKEN_USER, TokenAppContainerSid, TokenCapabilities, TokenDefaultDacl, TokenGroups,
    TokenIntegrityLevel, TokenIsAppContainer, TokenIsLessPrivilegedAppContainer, TokenPrivileges,
    TokenRestrictedSids, TokenUser,
};
use windows_sys::Win32::System::JobObjects::{
    CreateJobObjectW, IsProcessInJob, JOBOBJECT_BASIC_ACCOUNTING_INFORMATION,
    JOBOBJECT_BASIC_UI_RESTRICTIONS, JOBOBJECT_CPU_RATE_CONTROL_INFORMATION,
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION, JobObjectBasicAccountingInformation,
    JobObjectBasicUIRestrictions, JobObjectCpuRateControlInformation,
    JobObjectExtendedLimitInformation, QueryInformationJobObject, SetInformationJobObject,
    TerminateJobObject,
};
use windows_sys::Win32::System::LibraryLoader::{
    GetProcAddress, LOAD_LIBRARY_SEARCH_SYSTEM32, LoadLibraryExW,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, CREATE_SUSPENDED, CREATE_UNICODE_ENVIRONMENT, CreateProcessAsUserW,
    CreateProcessW, DETACHED_PROCESS, DeleteProcThreadAttributeList, EXTENDED_STARTUPINFO_PRESENT,
    GetCurrentProcess, GetExitCodeProcess, GetProcessMitigationPolicy,
    InitializeProcThreadAttributeList, IsWow64Process, OpenProcessToken,
    PROC_THREAD_ATTRIBUTE_ALL_APPLICATION_PACKAGES_POLICY,
    PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, PROC_THREAD_ATTRIBUTE_HANDLE_LIST,
    PROC_THREAD_ATTRIBUTE_JOB_LIST, PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY,
    PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES, PROCESS_INFORMATION, ResumeThread,
    STARTF_USESTDHANDLES, STARTUPINFOEXW, TerminateProcess, UpdateProcThreadAttribute,
    WaitForSingleObject,
};

use super::acl::{self, Private};
use super::attributes::say_less_privileged;
use super::sid::Sid;

/// `PROCESS_CREATION_CHILD_PROCESS_RESTRICTED`; not in the bindings.
const NO_CHILDREN: u32 = 1;

/// `PROCESS_CREATION_ALL_APPLICATION_PACKAGES_OPT_OUT`; likewise.
const OPT_OUT: u32 = 1;

/// `SE_GROUP_INTEGRITY`: a group that is none, but a label. The bindings have it as a signed number.
const IS_LABEL: u32 = 0x20;

/// `SE_GROUP_USE_FOR_DENY_ONLY`: a group that counts only where it is denied something. Likewise.
pub(super) const DENIES_ONLY: u32 = 0x10;

/// `SE_GROUP_LOGON_ID`: the group of those who logged on once, together. Likewise.
pub(super) const IS_LOGON: u32 = 0xC000_0000;

/// Largest answer that is taken of a token, bytes.
const TOKEN_BYTES: usize = 64 << 10;

/// `JOBOBJECT_EXTENDED_LIMIT_INFORMATION`, as far as it is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Extended {
    pub(super) flags: u32,
    pub(super) active: u32,
    pub(super) process_memory: usize,
    pub(super) job_memory: usize,
}

/// `JOBOBJECT_CPU_RATE_CONTROL_INFORMATION` with a rate: hundredths of a percent of all processors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CpuRate {
    pub(super) flags: u32,
    pub(super) rate: u32,
}

/// What a job has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Accounting {
    pub(super) cpu: Duration,
    pub(super) processes: u32,
    pub(super) active: u32,
}

/// A group of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) sid: Sid,
    pub(super) attributes: u32,
}

/// Whom this process acts as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) user: Sid,
    /// Without labels.
    pub(super) groups: Vec<Group>,
}

/// What a process's token says of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TokenFacts {
    /// Whom it acts as, if the system says.
    pub(super) user: Option<Sid>,
    pub(super) is_app_container: bool,
    /// Which container it is in, if it is in one.
    pub(super) container: Option<Sid>,
    pub(super) is_less_privileged: bool,
    /// How many it has, if the system says.
    pub(super) capabilities: Option<u32>,
    pub(super) privileges: u32,
    /// The last number of its integrity label: 0x1000 is low, 0x2000 medium, 0x3000 high.
    pub(super) integrity: u32,
    /// Groups that count for what they are granted.
    pub(super) groups: Vec<Sid>,
    /// Groups that count only for what they are denied.
    pub(super) deny_only: Vec<Sid>,
    /// Those of whom one has to be granted something too, if the system says.
    pub(super) restricting: Option<Vec<Sid>>,
    /// Whom its default access list grants anything.
    pub(super) default_access: Vec<Sid>,
}

/// A process that is about to be made. Texts end with a zero.
#[derive(Debug)]
pub(super) struct Creation<'a> {
    pub(super) program: &'a [u16],
    pub(super) line: &'a [u16],
    pub(super) environment: &'a [u16],
    pub(super) folder: &'a [u16],
    /// Standard input, output and error; they must be among `inherit`.
    pub(super) stdio: [BorrowedHandle<'a>; 3],
    /// All that it inherits. Nothing else inherits them: they can be for the moment of the call alone.
    pub(super) inherit: &'a [BorrowedHandle<'a>],
    /// Who may open it and its thread.
    pub(super) private: &'a Private,
    /// The job that it is born in.
    pub(super) job: BorrowedHandle<'a>,
    pub(super) mitigations: [u64; 2],
    pub(super) no_children: bool,
    /// The container that it is born in.
    pub(super) container: Option<&'a Sid>,
    /// Whether it is denied what every package may reach.
    pub(super) less_privileged: bool,
    /// The token that it is born with, instead of its maker's.
    pub(super) token: Option<BorrowedHandle<'a>>,
    /// Whether it has a console, whose window nobody sees, or none.
    pub(super) has_console: bool,
}

/// A process whose only thread stands still.
#[derive(Debug)]
pub(super) struct Created {
    pub(super) process: OwnedHandle,
    pub(super) thread: OwnedHandle,
    pub(super) pid: u32,
}

/// What is asked of the system.
pub(super) trait Calls {
    /// The identifier of the container of this name (it ends with a zero), which is made where it is not
    /// there. `CreateAppContainerProfile`, `DeriveAppContainerSidFromAppContainerName`.
    fn app_container(&self, name: &[u16]) -> io::Result<Sid>;
    /// Whom this process acts as.
    fn host(&self) -> io::Result<Host>;
    /// Numbers that nobody can guess, nor has had before. `RtlGenRandom`.
    fn random(&self) -> io::Result<[u32; 8]>;
    /// `CreateRestrictedToken(DISABLE_MAX_PRIVILEGE)` of this process's own: groups that only deny, and
    /// restricting identifiers.
    fn restricted_token(&self, deny_only: &[Sid], restricting: &[Sid]) -> io::Result<OwnedHandle>;
    /// `SetTokenInformation(TokenIntegrityLevel)`.
    fn set_integrity(&self, token: BorrowedHandle<'_>, level: u32) -> io::Result<()>;
    /// `SetTokenInformation(TokenDefaultDacl)`: what is made under the token is for these, with all rights.
    fn set_default_access(&self, token: BorrowedHandle<'_>, to: &[Sid]) -> io::Result<()>;
    /// `CreateJobObjectW`, without a name: nobody else finds it.
    fn create_job(&self, private: &Private) -> io::Result<OwnedHandle>;
    /// `SetInformationJobObject(JobObjectExtendedLimitInformation)`. A later call replaces all of it.
    fn set_extended(&self, job: BorrowedHandle<'_>, limits: &Extended) -> io::Result<()>;
    /// What was set.
    fn extended(&self, job: BorrowedHandle<'_>) -> io::Result<Extended>;
    /// `SetInformationJobObject(JobObjectBasicUIRestrictions)`.
    fn set_ui(&self, job: BorrowedHandle<'_>, restrictions: u32) -> io::Result<()>;
    /// What was set.
    fn ui(&self, job: BorrowedHandle<'_>) -> io::Result<u32>;
    /// `SetInformationJobObject(JobObjectCpuRateControlInformation)`.
    fn set_cpu(&self, job: BorrowedHandle<'_>, rate: &CpuRate) -> io::Result<()>;
    /// What was set.
    fn cpu(&self, job: BorrowedHandle<'_>) -> io::Result<CpuRate>;
    /// What the job has used.
    fn accounting(&self, job: BorrowedHandle<'_>) -> io::Result<Accounting>;
    /// `TerminateJobObject`: everything in it ends with this code.
    fn terminate(&self, job: BorrowedHandle<'_>, code: u32) -> io::Result<()>;
    /// For one that is in no job.
    fn end_process(&self, process: BorrowedHandle<'_>, code: u32) -> io::Result<()>;
    /// `CreateProcessW`, or `CreateProcessAsUserW` where there is a token: suspended, without a
    /// console, in its job from the first instant.
    fn create_process(&self, creation: &Creation<'_>) -> io::Result<Created>;
    /// `IsProcessInJob`.
    fn is_in_job(&self, process: BorrowedHandle<'_>, job: BorrowedHandle<'_>) -> io::Result<bool>;
    /// `GetProcessMitigationPolicy`, for the policies that are one word of flags.
    fn mitigation(&self, process: BorrowedHandle<'_>, policy: i32) -> io::Result<u32>;
    /// What the process's token says.
    /// Whether it is of 64 bits, as this program is.
    fn is_64_bit(&self, process: BorrowedHandle<'_>) -> io::Result<bool>;
    fn token(&self, process: BorrowedHandle<'_>) -> io::Result<TokenFacts>;
    /// `ResumeThread`.
    fn resume(&self, thread: BorrowedHandle<'_>) -> io::Result<()>;
    /// Its exit code, once it has ended.
    fn exit_code(&self, process: BorrowedHandle<'_>) -> io::Result<Option<u32>>;
}

/// The system itself.
#[derive(Clone, Copy, Debug)]
pub(super) struct System;

fn raw(handle: BorrowedHandle<'_>) -> HANDLE {
    handle.as_raw_handle()
}

/// Whether a call is done that gives no zero then.
pub(super) fn checked(done: i32) -> io::Result<()> {
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Takes over a handle that a call has made; of none, the call's error.
///
/// # Safety
/// The call has just made it, and nobody else has it.
pub(super) unsafe fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() || handle == INVALID_HANDLE_VALUE {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: as the caller says.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle as RawHandle) })
}

fn size<T>(of: &T) -> u32 {
    u32::try_from(size_of_val(of)).unwrap_or(u32::MAX)
}

/// Tells a job something of a class.
pub(super) fn set<T>(job: BorrowedHandle<'_>, class: i32, what: &T) -> io::Result<()> {
    // SAFETY: `what` is the structure of the class, and lives through the call.
    checked(unsafe {
        SetInformationJobObject(raw(job), class, (&raw const *what).cast(), size(what))
    })
}

fn query<T: Default>(job: BorrowedHandle<'_>, class: i32) -> io::Result<T> {
    let mut what = T::default();
    // SAFETY: `what` is the structure of the class, of this size, and plain numbers.
    checked(unsafe {
        QueryInformationJobObject(
            raw(job),
            class,
            (&raw mut what).cast(),
            size_of::<T>() as u32,
            null_mut(),
        )
    })?;
    Ok(what)
}

/// `CreateAppContainerProfile`.
type CreateProfile = unsafe extern "system" fn(
    *const u16,
    *const u16,
    *const u16,
    *const c_void,
    u32,
    *mut PSID,
) -> i32;

/// `DeriveAppContainerSidFromAppContainerName`.
type DeriveSid = unsafe extern "system" fn(*const u16, *mut PSID) -> i32;

/// `DeleteAppContainerProfile`.
type DeleteProfile = unsafe extern "system" fn(*const u16) -> i32;

/// `HRESULT_FROM_WIN32(ERROR_ALREADY_EXISTS)`.
const ALREADY_EXISTS: i32 = 0x8007_00B7_u32.cast_signed();

/// A function of a library of the system's; not every system has it.
///
/// # Errors
/// The system's.
pub(super) fn of_library(
    library: &str,
    name: &CStr,
) -> io::Result<unsafe extern "system" fn() -> isize> {
    let library: Vec<u16> = library.encode_utf16().chain([0]).collect();
    // SAFETY: the name ends with a zero. The library is the system's and stays loaded: its handle is
    // never given back.
    let library =
        unsafe { LoadLibraryExW(library.as_ptr(), null_mut(), LOAD_LIBRARY_SEARCH_SYSTEM32) };
    if library.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the library is loaded, and the name ends with a zero.
    let found = unsafe { GetProcAddress(library, name.as_ptr().cast()) };
    found.ok_or_else(io::Error::last_os_error)
}

/// An identifier that a call has made, as bytes of our own.
fn taken(sid: PSID) -> io::Result<Sid> {
    if sid.is_null() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // SAFETY: the call has made a valid one, of this length; it is given back after that.
    unsafe {
        let length = GetLengthSid(sid) as usize;
        let bytes = std::slice::from_raw_parts(sid.cast::<u8>(), length).to_vec();
        FreeSid(sid);
        Ok(Sid(bytes))
    }
}

impl System {
    /// Puts a handle with these rights, and no more, into another process: the number that it has there.
    /// `DuplicateHandle`.
    ///
    /// # Errors
    /// The system's, such as for a process that has ended.
    pub(super) fn put_into(
        &self,
        handle: BorrowedHandle<'_>,
        process: BorrowedHandle<'_>,
        rights: u32,
    ) -> io::Result<u64> {
        let mut there = null_mut();
        // SAFETY: both processes and the handle are borrowed, and the answer is ours.
        checked(unsafe {
            let here = GetCurrentProcess();
            DuplicateHandle(here, raw(handle), raw(process), &raw mut there, rights, 0, 0)
        })?;
        Ok(there as u64)
    }

    /// Takes a container's profile away, with all that is kept in it. `DeleteAppContainerProfile`.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn delete_app_container(&self, name: &[u16]) -> io::Result<()> {
        if name.last() != Some(&0) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let delete = of_library("userenv.dll", c"DeleteAppContainerProfile")?;
        // SAFETY: it is the function of that name, whose type this is. userenv.h.
        let delete: DeleteProfile = unsafe { std::mem::transmute(delete) };
        // SAFETY: the text ends with a zero.
        let done = unsafe { delete(name.as_ptr()) };
        if done < 0 { Err(io::Error::from_raw_os_error(done)) } else { Ok(()) }
    }
}

impl Calls for System {
    fn app_container(&self, name: &[u16]) -> io::Result<Sid> {
        if name.last() != Some(&0) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let create = of_library("userenv.dll", c"CreateAppContainerProfile")?;
        // SAFETY: it is the function of that name, whose type this is. userenv.h.
        let create: CreateProfile = unsafe { std::mem::transmute(create) };
        let (text, mut sid) = (name.as_ptr(), null_mut());
        // SAFETY: the texts end with a zero, and no capabilities are given.
        let done = unsafe { create(text, text, text, null(), 0, &raw mut sid) };
        if done == ALREADY_EXISTS {
            let derive = of_library("userenv.dll", c"DeriveAppContainerSidFromAppContainerName")?;
            // SAFETY: as above.
            let derive: DeriveSid = unsafe { std::mem::transmute(derive) };
            // SAFETY: the text ends with a zero.
            let done = unsafe { derive(text, &raw mut sid) };
            return if done < 0 { Err(io::Error::from_raw_os_error(done)) } else { taken(sid) };
        }
        if done < 0 {
            return Err(io::Error::from_raw_os_error(done));
        }
        taken(sid)
    }

    fn host(&self) -> io::Result<Host> {
        let token = own_token(TOKEN_QUERY)?;
        let mut groups = groups(token.as_raw_handle(), TokenGroups)?;
        groups.retain(|group| group.attributes & IS_LABEL == 0);
        Ok(Host { user: user(token.as_raw_handle())?, groups })
    }

    fn random(&self) -> io::Result<[u32; 8]> {
        let mut numbers = [0u32; 8];
        let (buffer, length) = ((&raw mut numbers).cast(), size(&numbers));
        // SAFETY: the buffer has as many bytes as are named.
        match unsafe { RtlGenRandom(buffer, length) } {
            true => Ok(numbers),
            false => Err(io::ErrorKind::Unsupported.into()),
        }
    }

    fn restricted_token(&self, deny_only: &[Sid], restricting: &[Sid]) -> io::Result<OwnedHandle> {
        let own =
            own_token(TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_ASSIGN_PRIMARY | TOKEN_ADJUST_DEFAULT)?;
        let (deny_only, restricting) = (aligned(deny_only)?, aligned(restricting)?);
        let (deny_only, restricting) = (identifiers(&deny_only), identifiers(&restricting));
        let count = |all: &[SID_AND_ATTRIBUTES]| u32::try_from(all.len()).unwrap_or(u32::MAX);
        let mut made = null_mut();
        // SAFETY: the lists have as many as are named, and point to identifiers that live through the
        // call; which privileges go is not listed, and the answer is ours.
        checked(unsafe {
            CreateRestrictedToken(
                own.as_raw_handle(),
                DISABLE_MAX_PRIVILEGE,
                count(&deny_only),
                deny_only.as_ptr(),
                0,
                null(),
                count(&restricting),
                restricting.as_ptr(),
                &raw mut made,
            )
        })?;
        // SAFETY: the call has just made it.
        unsafe { owned(made) }
    }

    fn set_integrity(&self, token: BorrowedHandle<'_>, level: u32) -> io::Result<()> {
        let mut sid = Sid::integrity(level).0;
        let label = TOKEN_MANDATORY_LABEL {
            Label: SID_AND_ATTRIBUTES { Sid: sid.as_mut_ptr().cast(), Attributes: IS_LABEL },
        };
        set_of_token(token, TokenIntegrityLevel, &label)
    }

    fn set_default_access(&self, token: BorrowedHandle<'_>, to: &[Sid]) -> io::Result<()> {
        let grants: Vec<_> = to.iter().map(|sid| (sid, GENERIC_ALL)).collect();
        let list = acl::words(&acl::list(&grants)?)?;
        let access = TOKEN_DEFAULT_DACL { DefaultDacl: list.as_ptr().cast_mut().cast() };
        set_of_token(token, TokenDefaultDacl, &access)
    }

    fn create_job(&self, private: &Private) -> io::Result<OwnedHandle> {
        let attributes = private.attributes(false);
        // SAFETY: the attributes point to a descriptor that lives through the call; no name is given.
        unsafe { owned(CreateJobObjectW(&raw const attributes, null())) }
    }

    fn set_extended(&self, job: BorrowedHandle<'_>, limits: &Extended) -> io::Result<()> {
        let mut all = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        all.BasicLimitInformation.LimitFlags = limits.flags;
        all.BasicLimitInformation.ActiveProcessLimit = limits.active;
        all.ProcessMemoryLimit = limits.process_memory;
        all.JobMemoryLimit = limits.job_memory;
        set(job, JobObjectExtendedLimitInformation, &all)
    }

    fn extended(&self, job: BorrowedHandle<'_>) -> io::Result<Extended> {
        let all: JOBOBJECT_EXTENDED_LIMIT_INFORMATION =
            query(job, JobObjectExtendedLimitInformation)?;
        Ok(Extended {
            flags: all.BasicLimitInformation.LimitFlags,
            active: all.BasicLimitInformation.ActiveProcessLimit,
            process_memory: all.ProcessMemoryLimit,
            job_memory: all.JobMemoryLimit,
        })
    }

    fn set_ui(&self, job: BorrowedHandle<'_>, restrictions: u32) -> io::Result<()> {
        let all = JOBOBJECT_BASIC_UI_RESTRICTIONS { UIRestrictionsClass: restrictions };
        set(job, JobObjectBasicUIRestrictions, &all)
    }

    fn ui(&self, job: BorrowedHandle<'_>) -> io::Result<u32> {
        let all: JOBOBJECT_BASIC_UI_RESTRICTIONS = query(job, JobObjectBasicUIRestrictions)?;
        Ok(all.UIRestrictionsClass)
    }

    fn set_cpu(&self, job: BorrowedHandle<'_>, rate: &CpuRate) -> io::Result<()> {
        let mut all = JOBOBJECT_CPU_RATE_CONTROL_INFORMATION {
            ControlFlags: rate.flags,
            ..JOBOBJECT_CPU_RATE_CONTROL_INFORMATION::default()
        };
        all.Anonymous.CpuRate = rate.rate;
        set(job, JobObjectCpuRateControlInformation, &all)
    }

    fn cpu(&self, job: BorrowedHandle<'_>) -> io::Result<CpuRate> {
        let all: JOBOBJECT_CPU_RATE_CONTROL_INFORMATION =
            query(job, JobObjectCpuRateControlInformation)?;
        // SAFETY: each member of the union is plain numbers.
        Ok(CpuRate { flags: all.ControlFlags, rate: unsafe { all.Anonymous.CpuRate } })
    }

    fn accounting(&self, job: BorrowedHandle<'_>) -> io::Result<Accounting> {
        let all: JOBOBJECT_BASIC_ACCOUNTING_INFORMATION =
            query(job, JobObjectBasicAccountingInformation)?;
        // Tenths of a microsecond.
        let ticks = all.TotalUserTime.saturating_add(all.TotalKernelTime);
        let ticks = u64::try_from(ticks).unwrap_or(0);
        Ok(Accounting {
            cpu: Duration::from_nanos(ticks.saturating_mul(100)),
            processes: all.TotalProcesses,
            active: all.ActiveProcesses,
        })
    }

    fn end_process(&self, process: BorrowedHandle<'_>, code: u32) -> io::Result<()> {
        // SAFETY: the process is borrowed.
        checked(unsafe { TerminateProcess(raw(process), code) })
    }

    fn terminate(&self, job: BorrowedHandle<'_>, code: u32) -> io::Result<()> {
        // SAFETY: a job is borrowed.
        checked(unsafe { TerminateJobObject(raw(job), code) })
    }

    fn create_process(&self, creation: &Creation<'_>) -> io::Result<Created> {
        create(creation)
    }

    fn is_in_job(&self, process: BorrowedHandle<'_>, job: BorrowedHandle<'_>) -> io::Result<bool> {
        let mut is = 0;
        // SAFETY: both are borrowed, and the answer is ours.
        checked(unsafe { IsProcessInJob(raw(process), raw(job), &raw mut is) })?;
        Ok(is != 0)
    }

    fn mitigation(&self, process: BorrowedHandle<'_>, policy: i32) -> io::Result<u32> {
        // The one on executing data has a second word; the first is the flags.
        let mut words = [0u32; 2];
        let length = if policy == 0 { 8 } else { 4 };
        let buffer = (&raw mut words).cast::<c_void>();
        // SAFETY: the buffer has at least as many bytes as are named.
        checked(unsafe { GetProcessMitigationPolicy(raw(process), policy, buffer, length) })?;
        Ok(words[0])
    }

    fn is_64_bit(&self, process: BorrowedHandle<'_>) -> io::Result<bool> {
        let mut narrow = 0;
        // SAFETY: the process is borrowed, and the answer is ours.
        checked(unsafe { IsWow64Process(raw(process), &raw mut narrow) })?;
        Ok(cfg!(target_pointer_width = "64") && narrow == 0)
    }

    fn token(&self, process: BorrowedHandle<'_>) -> io::Result<TokenFacts> {
        let mut token = null_mut();
        // SAFETY: the process is borrowed, and the answer is ours.
        checked(unsafe { OpenProcessToken(raw(process), TOKEN_QUERY, &raw mut token) })?;
        // SAFETY: the call has just made it.
        let token = unsafe { owned(token) }?;
        let token = token.as_raw_handle();
        let (deny_only, groups): (Vec<_>, Vec<_>) = groups(token, TokenGroups)?
            .into_iter()
            .filter(|group| group.attributes & IS_LABEL == 0)
            .partition(|group| group.attributes & DENIES_ONLY != 0);
        let sids = |groups: Vec<Group>| groups.into_iter().map(|group| group.sid).collect();
        Ok(TokenFacts {
            user: user(token).ok(),
            is_app_container: first_word(token, TokenIsAppContainer)? != 0,
            container: container(token),
            is_less_privileged: is_less_privileged(token),
            capabilities: first_word(token, TokenCapabilities).ok(),
            privileges: first_word(token, TokenPrivileges)?,
            integrity: integrity(token)?,
            groups: sids(groups),
            deny_only: sids(deny_only),
            restricting: self::groups(token, TokenRestrictedSids).ok().map(sids),
            default_access: default_access(token)?,
        })
    }

    fn resume(&self, thread: BorrowedHandle<'_>) -> io::Result<()> {
        // SAFETY: the thread is borrowed.
        match unsafe { ResumeThread(raw(thread)) } {
            u32::MAX => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    fn exit_code(&self, process: BorrowedHandle<'_>) -> io::Result<Option<u32>> {
        // Asked first: one that ends in between has a number then, and not that of one that goes on, which
        // it may also choose.
        // SAFETY: the process is borrowed.
        if unsafe { WaitForSingleObject(raw(process), 0) } != WAIT_OBJECT_0 {
            return Ok(None);
        }
        let mut code = 0;
        // SAFETY: the process is borrowed, and the answer is ours.
        checked(unsafe { GetExitCodeProcess(raw(process), &raw mut code) })?;
        Ok(Some(code))
    }
}

/// What the token says of a class, as bytes in words: answers begin with structures of pointers.
fn told(token: HANDLE, class: TOKEN_INFORMATION_CLASS) -> io::Result<Vec<usize>> {
    let mut buffer = vec![0usize; 32];
    loop {
        let bytes = buffer.len() * size_of::<usize>();
        let mut needed = 0;
        // SAFETY: the buffer has as many bytes as are named.
        let done = unsafe {
            GetTokenInformation(
                token,
                class,
                buffer.as_mut_ptr().cast(),
                bytes as u32,
                &raw mut needed,
            )
        };
        let error = match checked(done) {
            Ok(()) => return Ok(buffer),
            Err(error) => error,
        };
        let needed = needed as usize;
        let is_short = error.raw_os_error() == i32::try_from(ERROR_INSUFFICIENT_BUFFER).ok();
        if !is_short || needed <= bytes || needed > TOKEN_BYTES {
            return Err(error);
        }
        buffer.resize(needed.div_ceil(size_of::<usize>()), 0);
    }
}

/// The number with which an answer begins: a flag, or how many there are.
fn first_word(token: HANDLE, class: TOKEN_INFORMATION_CLASS) -> io::Result<u32> {
    let told = told(token, class)?;
    // The lower half: Windows runs on machines that put it first.
    Ok(told.first().map_or(0, |word| (*word & 0xffff_ffff) as u32))
}

/// `TokenAppContainerSid`: a pointer to one, or to nothing.
fn container(token: HANDLE) -> Option<Sid> {
    let told = told(token, TokenAppContainerSid).ok()?;
    let sid: PSID = *told.first()? as *mut c_void;
    // SAFETY: the answer is alive, and begins with a pointer to an identifier within it, or with none.
    (!sid.is_null()).then(|| unsafe { copied(sid) })?.ok()
}

/// Whether it may not reach what every package may. The class that is named so is refused by newer systems,
/// so that its attribute is looked for, as they have it. Not known before Windows 10 1703, where nothing is.
fn is_less_privileged(token: HANDLE) -> bool {
    let by_class = first_word(token, TokenIsLessPrivilegedAppContainer);
    let by_attribute = || {
        let told = told_by(token, TOKEN_SECURITY_ATTRIBUTES).ok()?;
        let bytes: Vec<u8> = told.iter().flat_map(|word| word.to_le_bytes()).collect();
        Some(say_less_privileged(&bytes, told.as_ptr() as u64))
    };
    by_class.is_ok_and(|word| word != 0) || by_attribute().unwrap_or(false)
}

/// `NtQueryInformationToken`, which tells what `GetTokenInformation` keeps to itself.
type Query =
    unsafe extern "system" fn(HANDLE, TOKEN_INFORMATION_CLASS, *mut c_void, u32, *mut u32) -> i32;

/// `TokenSecurityAttributes`; the bindings call it reserved.
const TOKEN_SECURITY_ATTRIBUTES: TOKEN_INFORMATION_CLASS = 39;

/// What the token says of a class, likewise, by the system's own library.
fn told_by(token: HANDLE, class: TOKEN_INFORMATION_CLASS) -> io::Result<Vec<usize>> {
    let query = of_library("ntdll.dll", c"NtQueryInformationToken")?;
    // SAFETY: it is the function of that name, whose type this is. ntifs.h.
    let query: Query = unsafe { std::mem::transmute(query) };
    let mut buffer = vec![0usize; TOKEN_BYTES / size_of::<usize>()];
    let mut needed = 0;
    // SAFETY: the buffer has as many bytes as are named, and is aligned for pointers.
    let status = unsafe {
        let bytes = size_of_val(&*buffer) as u32;
        query(token, class, buffer.as_mut_ptr().cast(), bytes, &raw mut needed)
    };
    match status {
        0.. => Ok(buffer),
        status => Err(io::Error::other(format!("status {status:#x}"))),
    }
}

/// The token of this process.
fn own_token(access: u32) -> io::Result<OwnedHandle> {
    let mut token = null_mut();
    // SAFETY: the process is this one, and the answer is ours.
    checked(unsafe { OpenProcessToken(GetCurrentProcess(), access, &raw mut token) })?;
    // SAFETY: the call has just made it.
    unsafe { owned(token) }
}

/// Identifiers, so aligned as the system wants them.
fn aligned(sids: &[Sid]) -> io::Result<Vec<Box<[u32]>>> {
    sids.iter().map(|sid| acl::words(&sid.0)).collect()
}

/// What a call takes as a list of identifiers. It points to them.
fn identifiers(sids: &[Box<[u32]>]) -> Vec<SID_AND_ATTRIBUTES> {
    let one =
        |sid: &[u32]| SID_AND_ATTRIBUTES { Sid: sid.as_ptr().cast_mut().cast(), Attributes: 0 };
    sids.iter().map(|sid| one(sid)).collect()
}

fn set_of_token<T>(
    token: BorrowedHandle<'_>,
    class: TOKEN_INFORMATION_CLASS,
    what: &T,
) -> io::Result<()> {
    // SAFETY: `what` is the structure of the class. It and what it points to live through the call.
    checked(unsafe {
        SetTokenInformation(raw(token), class, (&raw const *what).cast(), size(what))
    })
}

/// An identifier in an answer, as bytes of our own.
///
/// # Safety
/// It is null, or points to a whole one.
unsafe fn copied(sid: PSID) -> io::Result<Sid> {
    if sid.is_null() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // SAFETY: as whoever calls says, it is a whole one, of this length.
    let bytes = unsafe { std::slice::from_raw_parts(sid.cast::<u8>(), GetLengthSid(sid) as usize) };
    Ok(Sid(bytes.to_vec()))
}

fn user(token: HANDLE) -> io::Result<Sid> {
    let told = told(token, TokenUser)?;
    // SAFETY: the answer begins with this structure, and the buffer is aligned for it.
    let user = unsafe { &*told.as_ptr().cast::<TOKEN_USER>() };
    // SAFETY: it points to the identifier, which stands in the same answer.
    unsafe { copied(user.User.Sid) }
}

/// The groups of an answer that is a list of them.
fn groups(token: HANDLE, class: TOKEN_INFORMATION_CLASS) -> io::Result<Vec<Group>> {
    let told = told(token, class)?;
    let head = told.as_ptr().cast::<TOKEN_GROUPS>();
    // SAFETY: the answer begins with this structure, whose list goes on behind it for as many as it says;
    // the buffer is aligned for it.
    let all = unsafe {
        let first = (&raw const (*head).Groups).cast::<SID_AND_ATTRIBUTES>();
        std::slice::from_raw_parts(first, (*head).GroupCount as usize)
    };
    let one = |group: &SID_AND_ATTRIBUTES| {
        // SAFETY: it points to the identifier, which stands in the same answer.
        let sid = unsafe { copied(group.Sid) }?;
        Ok(Group { sid, attributes: group.Attributes })
    };
    all.iter().map(one).collect()
}

/// Whom the list grants anything that objects have where nothing else is said. Without a list that is
/// everyone.
fn default_access(token: HANDLE) -> io::Result<Vec<Sid>> {
    let told = told(token, TokenDefaultDacl)?;
    // SAFETY: the answer begins with this structure, and the buffer is aligned for it.
    let list = unsafe { (*told.as_ptr().cast::<TOKEN_DEFAULT_DACL>()).DefaultDacl };
    if list.is_null() {
        return Ok(vec![Sid::everyone()]);
    }
    // SAFETY: it points to the list, which stands in the same answer and is as long as it says.
    let bytes = unsafe { std::slice::from_raw_parts(list.cast::<u8>(), (*list).AclSize.into()) };
    Ok(acl::grants_of(bytes)?.into_iter().map(|(sid, _)| sid).collect())
}

fn integrity(token: HANDLE) -> io::Result<u32> {
    let told = told(token, TokenIntegrityLevel)?;
    // SAFETY: the answer begins with this structure, and the buffer is aligned for it.
    let label = unsafe { &*told.as_ptr().cast::<TOKEN_MANDATORY_LABEL>() };
    let sid = label.Label.Sid;
    if sid.is_null() {
        return Err(io::ErrorKind::InvalidData.into());
    }
    // SAFETY: it points to the identifier, which stands in the same answer.
    let count = unsafe { *GetSidSubAuthorityCount(sid) };
    let last = count.checked_sub(1).ok_or(io::ErrorKind::InvalidData)?;
    // SAFETY: there is one of this number.
    Ok(unsafe { *GetSidSubAuthority(sid, last.into()) })
}

/// The attributes of a process that is about to be made.
struct Attributes {
    /// In words, so that it is aligned.
    list: Vec<usize>,
}

impl Attributes {
    fn new(most: u32) -> io::Result<Self> {
        let mut bytes = 0;
        // SAFETY: without a list it only says how large one is.
        unsafe { InitializeProcThreadAttributeList(null_mut(), most, 0, &raw mut bytes) };
        let mut list = vec![0usize; bytes.div_ceil(size_of::<usize>())];
        // SAFETY: the list has as many bytes as were asked for.
        checked(unsafe {
            InitializeProcThreadAttributeList(list.as_mut_ptr().cast(), most, 0, &raw mut bytes)
        })?;
        Ok(Self { list })
    }

    /// Sets one. The value is not copied: it has to live until the process is made.
    fn set<T: ?Sized>(&mut self, attribute: u32, value: &T) -> io::Result<()> {
        // SAFETY: the list was initialised, and the value lives as long as whoever calls says.
        checked(unsafe {
            UpdateProcThreadAttribute(
                self.list.as_mut_ptr().cast(),
                0,
                attribute as usize,
                (&raw const *value).cast(),
                size_of_val(value),
                null_mut(),
                null(),
            )
        })
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: it was initialised, and is not used again.
        unsafe { DeleteProcThreadAttributeList(self.list.as_mut_ptr().cast()) };
    }
}

/// Held while handles can be inherited.
static INHERITING: Mutex<()> = Mutex::new(());

/// Handles that a child may inherit as long as this lives: whatever another part of this process starts
/// meanwhile without a list would have them too.
struct Inheritable<'a> {
    handles: &'a [BorrowedHandle<'a>],
    _alone: MutexGuard<'a, ()>,
}

impl<'a> Inheritable<'a> {
    fn make(handles: &'a [BorrowedHandle<'a>]) -> io::Result<Self> {
        let alone = INHERITING.lock().unwrap_or_else(PoisonError::into_inner);
        let these = Self { handles, _alone: alone };
        these.set(HANDLE_FLAG_INHERIT)?;
        Ok(these)
    }

    fn set(&self, flag: u32) -> io::Result<()> {
        let set = |handle: &BorrowedHandle<'_>| {
            // SAFETY: the handle is borrowed.
            checked(unsafe { SetHandleInformation(raw(*handle), HANDLE_FLAG_INHERIT, flag) })
        };
        self.handles.iter().try_for_each(set)
    }
}

impl Drop for Inheritable<'_> {
    fn drop(&mut self) {
        // They are as they were made.
        drop(self.set(0));
    }
}

fn create(creation: &Creation<'_>) -> io::Result<Created> {
    let ends = [creation.program, creation.line, creation.folder];
    let open = |text: &[u16]| text.last() != Some(&0);
    if ends.into_iter().any(open) || creation.environment.last_chunk() != Some(&[0, 0]) {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    // All of these live until the process is made.
    let inherit: Vec<HANDLE> = creation.inherit.iter().map(|handle| raw(*handle)).collect();
    let jobs = [raw(creation.job)];
    let sid = creation.container.map(|sid| acl::words(&sid.0)).transpose()?;
    let capabilities = sid.as_ref().map(|sid| SECURITY_CAPABILITIES {
        AppContainerSid: sid.as_ptr().cast_mut().cast(),
        Capabilities: null_mut(),
        CapabilityCount: 0,
        Reserved: 0,
    });
    // Systems that know one word of mitigations refuse two.
    let words = if creation.mitigations[1] == 0 { 1 } else { 2 };
    let mut attributes = Attributes::new(6)?;
    attributes.set(PROC_THREAD_ATTRIBUTE_HANDLE_LIST, &*inherit)?;
    attributes.set(PROC_THREAD_ATTRIBUTE_JOB_LIST, &jobs)?;
    if creation.mitigations != [0; 2] {
        attributes.set(PROC_THREAD_ATTRIBUTE_MITIGATION_POLICY, &creation.mitigations[..words])?;
    }
    if creation.no_children {
        attributes.set(PROC_THREAD_ATTRIBUTE_CHILD_PROCESS_POLICY, &NO_CHILDREN)?;
    }
    if let Some(capabilities) = &capabilities {
        attributes.set(PROC_THREAD_ATTRIBUTE_SECURITY_CAPABILITIES, capabilities)?;
    }
    if creation.less_privileged {
        attributes.set(PROC_THREAD_ATTRIBUTE_ALL_APPLICATION_PACKAGES_POLICY, &OPT_OUT)?;
    }
    let mut start = STARTUPINFOEXW::default();
    start.StartupInfo.cb = size_of::<STARTUPINFOEXW>() as u32;
    start.StartupInfo.dwFlags = STARTF_USESTDHANDLES;
    let [input, output, errors] = creation.stdio.map(raw);
    start.StartupInfo.hStdInput = input;
    start.StartupInfo.hStdOutput = output;
    start.StartupInfo.hStdError = errors;
    start.lpAttributeList = attributes.list.as_mut_ptr().cast();
    let flags = CREATE_SUSPENDED
        | if creation.has_console { CREATE_NO_WINDOW } else { DETACHED_PROCESS }
        | CREATE_UNICODE_ENVIRONMENT
        | EXTENDED_STARTUPINFO_PRESENT;
    // The system may write into the line.
    let mut line = creation.line.to_vec();
    let mut made = PROCESS_INFORMATION::default();
    let (program, environment) = (creation.program.as_ptr(), creation.environment.as_ptr());
    let (line, folder) = (line.as_mut_ptr(), creation.folder.as_ptr());
    let start = (&raw const start).cast();
    let private = creation.private.attributes(false);
    let private = &raw const private;
    let inheritable = Inheritable::make(creation.inherit)?;
    // SAFETY: every text ends with a zero and the block with two; the attributes and what they point to
    // are alive, and so is the descriptor; the start-up structure is of the extended kind, as its size and
    // the flags say.
    checked(unsafe {
        match creation.token {
            Some(token) => CreateProcessAsUserW(
                raw(token),
                program,
                line,
                private,
                private,
                1,
                flags,
                environment.cast(),
                folder,
                start,
                &raw mut made,
            ),
            None => CreateProcessW(
                program,
                line,
                private,
                private,
                1,
                flags,
                environment.cast(),
                folder,
                start,
                &raw mut made,
            ),
        }
    })?;
    drop((attributes, inheritable));
    // SAFETY: the call has just made both.
    let (process, thread) = unsafe { (owned(made.hProcess), owned(made.hThread)) };
    Ok(Created { process: process?, thread: thread?, pid: made.dwProcessId })
}

/// How the system takes a line apart.
#[cfg(test)]
pub(super) fn arguments_of(line: &[u16]) -> Vec<Vec<u16>> {
    use windows_sys::Win32::Foundation::LocalFree;
    use windows_sys::Win32::UI::Shell::CommandLineToArgvW;

    assert_eq!(line.last(), Some(&0));
    let mut count = 0;
    // SAFETY: the line ends with a zero.
    let all = unsafe { CommandLineToArgvW(line.as_ptr(), &raw mut count) };
    assert!(!all.is_null(), "{}", io::Error::last_os_error());
    let one = |index: usize| {
        // SAFETY: there are so many, each ends with a zero.
        unsafe {
            let text = *all.add(index);
            let length = (0..).take_while(|at| *text.add(*at) != 0).count();
            std::slice::from_raw_parts(text, length).to_vec()
        }
    };
    let arguments = (0..usize::try_from(count).expect("a count")).map(one).collect();
    // SAFETY: the call has made it, and it is not used again.
    unsafe { LocalFree(all.cast()) };
    arguments
}

/// An event of this name.
#[cfg(test)]
pub(super) fn named_event(name: &str, private: &Private) -> io::Result<OwnedHandle> {
    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    let attributes = private.attributes(false);
    // SAFETY: the attributes point to a descriptor that lives through the call, and the name ends with a
    // zero.
    unsafe {
        owned(windows_sys::Win32::System::Threading::CreateEventW(
            &raw const attributes,
            1,
            0,
            name.as_ptr(),
        ))
    }
}

/// The event of this name, with these rights.
#[cfg(test)]
pub(super) fn open_event(name: &str, rights: u32) -> io::Result<OwnedHandle> {
    use windows_sys::Win32::System::Threading::OpenEventW;

    let name: Vec<u16> = name.encode_utf16().chain([0]).collect();
    // SAFETY: the name ends with a zero.
    unsafe { owned(OpenEventW(rights, 0, name.as_ptr())) }
}

/// The access list of an object, and whether it is protected from what may come in from elsewhere.
#[cfg(test)]
pub(super) fn dacl_of(object: BorrowedHandle<'_>) -> io::Result<(bool, Vec<u8>)> {
    use windows_sys::Win32::Security::{
        DACL_SECURITY_INFORMATION, GetKernelObjectSecurity, SE_DACL_PROTECTED,
        SECURITY_DESCRIPTOR_RELATIVE,
    };

    let mut words = [0u32; 256];
    let mut needed = 0;
    // SAFETY: the buffer has as many bytes as are named.
    checked(unsafe {
        GetKernelObjectSecurity(
            raw(object),
            DACL_SECURITY_INFORMATION,
            (&raw mut words).cast(),
            size(&words),
            &raw mut needed,
        )
    })?;
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    // SAFETY: the answer begins with this structure, and the buffer is aligned for it.
    let head = unsafe { &*(&raw const words).cast::<SECURITY_DESCRIPTOR_RELATIVE>() };
    let list = &bytes[head.Dacl as usize..needed as usize];
    Ok((head.Control & SE_DACL_PROTECTED != 0, list.to_vec()))
}
