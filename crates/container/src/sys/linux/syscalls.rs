//! The system calls that a sealed engine cell may make.
//!
//! The cell has one thread or two and makes no other, opens nothing, and talks through descriptors that
//! it was born with. Everything else does not happen, and is told to the host.

use super::bpf::{Check, Rule};
use crate::Code;

const PROT_EXEC: u32 = libc::PROT_EXEC as u32;

/// Shared anonymous memory counts against no resource limit but the address space, huge pages not
/// even against the memory cgroup.
const UNCOUNTED: u32 = (libc::MAP_SHARED | libc::MAP_HUGETLB) as u32;

/// FUTEX_WAIT, WAKE, WAIT_BITSET and WAKE_BITSET, each private or not, and the waits by the real
/// clock. No priority inheritance: CVE-2014-3153, CVE-2021-3347.
const FUTEX_OPERATIONS: &[u32] = &[0, 1, 9, 10, 128, 129, 137, 138, 265, 393];

/// The clocks that are not some process's: negative numbers name the processor time of others.
const CLOCKS: &[u32] = &[0, 1, 2, 3, 4, 5, 6, 7];

const NO_OOB: Check = Check::NoBits(libc::MSG_OOB as u32);

const fn plain(number: libc::c_long, reason: &'static str) -> Rule {
    Rule { number, checks: &[], reason }
}

const fn with(number: libc::c_long, checks: &'static [(u8, Check)], reason: &'static str) -> Rule {
    Rule { number, checks, reason }
}

/// The allow-list of an engine cell.
const ENGINE: &[Rule] = &[
    // The gateway and captured output.
    plain(libc::SYS_read, "bytes of an attached memory file"),
    plain(libc::SYS_write, "panic messages to captured stderr; filling a memory file"),
    plain(libc::SYS_writev, "formatted output to captured stderr"),
    // Out-of-band data of Unix sockets was the way from a renderer to the kernel in
    // CVE-2025-38236; nobody here needs it.
    with(libc::SYS_recvmsg, &[(2, NO_OOB)], "lines and descriptors from the gateway"),
    with(libc::SYS_sendmsg, &[(2, NO_OOB)], "lines and descriptors to the gateway"),
    with(libc::SYS_recvfrom, &[(3, NO_OOB)], "lines from the gateway"),
    with(libc::SYS_sendto, &[(3, NO_OOB)], "lines to the gateway"),
    #[cfg(target_arch = "x86_64")]
    plain(libc::SYS_poll, "waiting for the gateway or a timer"),
    plain(libc::SYS_ppoll, "waiting for the gateway or a timer"),
    plain(libc::SYS_close, "attached memory files"),
    // Memory files for large payloads. They can hold data only: nothing can be mapped executable,
    // and there is no exec.
    with(
        libc::SYS_memfd_create,
        &[(
            1,
            Check::NoBits(!(libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING | libc::MFD_NOEXEC_SEAL)),
        )],
        "large payloads; no MFD_EXEC, no huge pages",
    ),
    plain(libc::SYS_ftruncate, "sizing a memory file"),
    with(
        libc::SYS_fcntl,
        &[(
            1,
            Check::OneOf(&[
                libc::F_GETFD as u32,
                libc::F_GETFL as u32,
                libc::F_ADD_SEALS as u32,
                libc::F_GET_SEALS as u32,
            ]),
        )],
        "sealing a memory file and reading its seals; no F_SETOWN, no leases, no dup",
    ),
    plain(libc::SYS_pread64, "bytes of an attached memory file"),
    plain(libc::SYS_pwrite64, "filling a memory file"),
    plain(libc::SYS_lseek, "size of a memory file"),
    plain(libc::SYS_fstat, "size of an attached memory file"),
    // Memory: never executable.
    plain(libc::SYS_brk, "the allocator"),
    with(
        libc::SYS_mmap,
        &[(2, Check::NoBits(PROT_EXEC)), (3, Check::NoBits(UNCOUNTED))],
        "the allocator, and what the engine begins with; nothing executable, nothing that the limits on memory do not count",
    ),
    with(libc::SYS_mprotect, &[(2, Check::NoBits(PROT_EXEC))], "the allocator; nothing executable"),
    plain(libc::SYS_munmap, "the allocator"),
    plain(libc::SYS_mremap, "realloc of large blocks; keeps protections"),
    with(
        libc::SYS_madvise,
        &[(2, Check::OneOf(&[libc::MADV_DONTNEED as u32, libc::MADV_FREE as u32]))],
        "the allocator returning memory",
    ),
    // Time and randomness.
    with(
        libc::SYS_clock_gettime,
        &[(0, Check::OneOf(CLOCKS))],
        "timers, where the vDSO has no fast clock",
    ),
    plain(libc::SYS_clock_nanosleep, "sleeping until a timer"),
    plain(libc::SYS_gettimeofday, "the engine's clock, where the vDSO has no fast clock"),
    plain(libc::SYS_getrandom, "hash seeds and crypto.getRandomValues"),
    // The process itself.
    with(libc::SYS_futex, &[(1, Check::OneOf(FUTEX_OPERATIONS))], "locks of the C library"),
    plain(libc::SYS_sched_yield, "locks of the standard library"),
    plain(libc::SYS_getpid, "abort(3)"),
    plain(libc::SYS_gettid, "abort(3)"),
    with(
        libc::SYS_tgkill,
        &[(0, Check::OwnPid), (1, Check::OwnPid), (2, Check::OneOf(&[libc::SIGABRT as u32]))],
        "abort(3), which signals its own (only) thread",
    ),
    plain(libc::SYS_rt_sigaction, "abort(3) restoring the default action"),
    plain(libc::SYS_rt_sigprocmask, "abort(3)"),
    plain(
        libc::SYS_rt_sigreturn,
        "returning from the stack-overflow handler of the standard library",
    ),
    plain(libc::SYS_sigaltstack, "taking down the handler stack at exit"),
    plain(libc::SYS_restart_syscall, "a wait that was stopped and continued"),
    plain(libc::SYS_exit, "end of the thread"),
    plain(libc::SYS_exit_group, "end of the process"),
];

/// What a cell may besides, or otherwise, that runs machine code of its host's.
const CODE: &[Rule] = &[
    // Nothing is ever writable and executable; when it has its code, nothing becomes executable.
    with(
        libc::SYS_mmap,
        &[
            (2, Check::OneOf(&[0, READ, WRITE, READ | WRITE, READ | PROT_EXEC])),
            (3, Check::NoBits(UNCOUNTED)),
        ],
        "the allocator; the host's code, from a file",
    ),
    with(
        libc::SYS_setitimer,
        &[(0, Check::OneOf(&[libc::ITIMER_REAL as u32]))],
        "the beat by which running code is stopped",
    ),
    with(
        libc::SYS_seccomp,
        &[(0, Check::OneOf(&[libc::SECCOMP_SET_MODE_FILTER])), (1, Check::OneOf(&[0]))],
        "one more filter: no further code",
    ),
];

/// What a cell may besides, or otherwise, whose engine runs on a second thread: V8.
const ASIDE: &[Rule] = &[
    with(
        libc::SYS_madvise,
        &[(
            2,
            Check::OneOf(&[
                libc::MADV_DONTNEED as u32,
                libc::MADV_FREE as u32,
                libc::MADV_DONTFORK as u32,
                libc::MADV_DONTDUMP as u32,
                libc::MADV_DODUMP as u32,
            ]),
        )],
        "the allocators returning memory; what is left out of a core dump, of which there is none",
    ),
    with(
        libc::SYS_tgkill,
        &[(0, Check::OwnPid), (2, Check::OneOf(&[libc::SIGABRT as u32]))],
        "abort(3), which signals its own thread: one of this process",
    ),
    plain(libc::SYS_uname, "V8 asks which kernel it is, and ends where it is not told"),
    plain(libc::SYS_sched_getaffinity, "the C library telling V8 where its stack is"),
    plain(libc::SYS_sched_getparam, "V8's locks asking how urgent the thread is that waits"),
    plain(libc::SYS_sched_getscheduler, "the same"),
];

/// What that engine asks for and can do without: names and keys for its memory.
const ABSENT_ASIDE: &[libc::c_long] = &[libc::SYS_prctl, libc::SYS_pkey_alloc];

/// What a cell may otherwise whose engine makes machine code.
const MADE: &[Rule] = &[
    with(
        libc::SYS_mmap,
        &[(3, Check::NoBits(UNCOUNTED))],
        "the allocator, and memory for code; nothing that the limits on memory do not count",
    ),
    plain(libc::SYS_mprotect, "the allocator, and memory for code"),
];

const READ: u32 = libc::PROT_READ as u32;
const WRITE: u32 = libc::PROT_WRITE as u32;

/// What a filter is made of.
pub(super) struct List {
    /// Calls that happen.
    pub(super) rules: Vec<Rule>,
    /// Calls that do not exist. They are told to nobody.
    pub(super) absent: &'static [libc::c_long],
}

/// The allow-list of a cell with an engine, which may run machine code, and may have a second thread.
pub(super) fn list(code: Code, aside: bool) -> List {
    let more = [
        if aside { ASIDE } else { &[] },
        match code {
            Code::None => &[],
            Code::Handed => CODE,
            Code::Made => MADE,
        },
    ];
    let more: Vec<Rule> = more.into_iter().flatten().copied().collect();
    let otherwise = |rule: &&Rule| more.iter().any(|other| other.number == rule.number);
    let usual: Vec<Rule> = ENGINE.iter().filter(|rule| !otherwise(rule)).copied().collect();
    let absent = if aside { ABSENT_ASIDE } else { &[] };
    List { rules: usual.into_iter().chain(more).collect(), absent }
}

#[cfg(test)]
mod tests {
    use super::super::bpf::{
        assemble,
        tests::{THIS_ARCH, evaluate},
    };
    use super::*;

    const OTHER: u32 = libc::SECCOMP_RET_USER_NOTIF;

    #[track_caller]
    fn check(number: libc::c_long, arguments: [u64; 6], allowed: bool) {
        let program = assemble(ENGINE, &[], 7, OTHER);
        let expect = if allowed { libc::SECCOMP_RET_ALLOW } else { OTHER };
        assert_eq!(evaluate(&program, THIS_ARCH, number as u32, arguments), expect);
    }

    #[test]
    fn nothing_that_reaches_out_is_allowed() {
        for number in [
            libc::SYS_openat,
            libc::SYS_openat2,
            libc::SYS_socket,
            libc::SYS_connect,
            libc::SYS_bind,
            libc::SYS_clone,
            libc::SYS_clone3,
            libc::SYS_execve,
            libc::SYS_execveat,
            libc::SYS_ptrace,
            libc::SYS_mount,
            libc::SYS_kill,
            libc::SYS_io_uring_setup,
            libc::SYS_userfaultfd,
            libc::SYS_keyctl,
            libc::SYS_ioctl,
            libc::SYS_bpf,
            libc::SYS_unshare,
            libc::SYS_setns,
            libc::SYS_prctl,
            libc::SYS_process_vm_readv,
            libc::SYS_pidfd_open,
            libc::SYS_pidfd_getfd,
            libc::SYS_perf_event_open,
            libc::SYS_seccomp,
            libc::SYS_newfstatat,
            libc::SYS_prlimit64,
            libc::SYS_dup,
        ] {
            check(number, [0; 6], false);
        }
    }

    #[test]
    fn memory_never_becomes_executable() {
        for number in [libc::SYS_mmap, libc::SYS_mprotect] {
            check(number, [0, 4096, (libc::PROT_READ | libc::PROT_WRITE) as u64, 0, 0, 0], true);
            check(number, [0, 4096, (libc::PROT_READ | libc::PROT_EXEC) as u64, 0, 0, 0], false);
            check(number, [0, 4096, libc::PROT_EXEC as u64 | 1 << 40, 0, 0, 0], false);
        }
    }

    #[test]
    fn memory_beyond_the_limits_and_other_processes_clocks_are_out_of_reach() {
        let private = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
        check(libc::SYS_mmap, [0, 4096, 3, private, 0, 0], true);
        check(libc::SYS_mmap, [0, 4096, 3, private | libc::MAP_HUGETLB as u64, 0, 0], false);
        check(
            libc::SYS_mmap,
            [0, 4096, 3, (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u64, 0, 0],
            false,
        );
        check(libc::SYS_clock_gettime, [1, 0, 0, 0, 0, 0], true);
        check(libc::SYS_clock_gettime, [!1u64 << 3 | 2, 0, 0, 0, 0, 0], false);
        check(libc::SYS_futex, [0, 128, 0, 0, 0, 0], true);
        check(libc::SYS_futex, [0, 6, 0, 0, 0, 0], false);
    }

    #[test]
    fn only_abort_may_signal() {
        check(libc::SYS_tgkill, [7, 7, libc::SIGABRT as u64, 0, 0, 0], true);
        check(libc::SYS_tgkill, [7, 7, libc::SIGKILL as u64, 0, 0, 0], false);
        check(libc::SYS_tgkill, [8, 7, libc::SIGABRT as u64, 0, 0, 0], false);
        check(libc::SYS_tgkill, [7, 8, libc::SIGABRT as u64, 0, 0, 0], false);
    }

    #[test]
    fn no_out_of_band_data() {
        let oob = libc::MSG_OOB as u64;
        check(libc::SYS_sendto, [3, 0, 0, 0, 0, 0], true);
        check(libc::SYS_sendto, [3, 0, 0, oob, 0, 0], false);
        check(libc::SYS_recvfrom, [3, 0, 0, oob, 0, 0], false);
        check(libc::SYS_sendmsg, [3, 0, oob, 0, 0, 0], false);
        check(libc::SYS_recvmsg, [3, 0, oob | libc::MSG_DONTWAIT as u64, 0, 0, 0], false);
    }

    #[test]
    fn each_entry_stands_once_and_has_a_reason() {
        for code in [Code::None, Code::Handed, Code::Made] {
            for aside in [false, true] {
                let List { rules, absent } = list(code, aside);
                for (index, rule) in rules.iter().enumerate() {
                    assert!(!rule.reason.is_empty());
                    assert!(rules[index + 1..].iter().all(|other| other.number != rule.number));
                    assert!(!absent.contains(&rule.number));
                }
            }
        }
    }

    #[test]
    fn the_hosts_code_is_executable_and_never_writable() {
        let check = |number: libc::c_long, arguments: [u64; 6], allowed: bool| {
            let program = assemble(&list(Code::Handed, false).rules, &[], 7, OTHER);
            let expect = if allowed { libc::SECCOMP_RET_ALLOW } else { OTHER };
            assert_eq!(evaluate(&program, THIS_ARCH, number as u32, arguments), expect);
        };
        let private = libc::MAP_PRIVATE as u64;
        for (protection, allowed) in [(0, true), (1, true), (3, true), (5, true), (4, false)] {
            check(libc::SYS_mmap, [0, 4096, protection, private, 3, 0], allowed);
        }
        for protection in [6, 7] {
            check(libc::SYS_mmap, [0, 4096, protection, private, 3, 0], false);
        }
        check(libc::SYS_mmap, [0, 4096, 1, libc::MAP_SHARED as u64, 3, 0], false);
        check(libc::SYS_mprotect, [0, 4096, 5, 0, 0, 0], false);
        check(libc::SYS_setitimer, [libc::ITIMER_REAL as u64, 0, 0, 0, 0, 0], true);
        check(libc::SYS_setitimer, [libc::ITIMER_PROF as u64, 0, 0, 0, 0, 0], false);
        check(libc::SYS_seccomp, [1, 0, 0, 0, 0, 0], true);
        check(libc::SYS_seccomp, [1, libc::SECCOMP_FILTER_FLAG_NEW_LISTENER, 0, 0, 0, 0], false);
        check(libc::SYS_clone, [0; 6], false);
    }

    #[track_caller]
    fn check_aside(code: Code, number: libc::c_long, arguments: [u64; 6], expect: u32) {
        let List { rules, absent } = list(code, true);
        let program = assemble(&rules, absent, 7, OTHER);
        assert_eq!(evaluate(&program, THIS_ARCH, number as u32, arguments), expect);
    }

    #[test]
    fn an_engine_aside_makes_no_thread_and_asks_in_vain_for_names_and_keys() {
        let (allow, absent) =
            (libc::SECCOMP_RET_ALLOW, libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
        for code in [Code::None, Code::Made] {
            for number in [libc::SYS_clone, libc::SYS_clone3, libc::SYS_openat, libc::SYS_execve] {
                check_aside(code, number, [0; 6], OTHER);
            }
            for number in [libc::SYS_prctl, libc::SYS_pkey_alloc] {
                check_aside(code, number, [0; 6], absent);
            }
            check_aside(code, libc::SYS_tgkill, [7, 8, libc::SIGABRT as u64, 0, 0, 0], allow);
            check_aside(code, libc::SYS_tgkill, [7, 8, libc::SIGKILL as u64, 0, 0, 0], OTHER);
            check_aside(code, libc::SYS_tgkill, [8, 8, libc::SIGABRT as u64, 0, 0, 0], OTHER);
            check_aside(code, libc::SYS_setitimer, [0; 6], OTHER);
            check_aside(code, libc::SYS_seccomp, [1, 0, 0, 0, 0, 0], OTHER);
        }
    }

    #[test]
    fn memory_becomes_executable_only_where_the_engine_makes_code() {
        let private = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as u64;
        let shared = (libc::MAP_SHARED | libc::MAP_ANONYMOUS) as u64;
        for (code, expect) in [(Code::None, OTHER), (Code::Made, libc::SECCOMP_RET_ALLOW)] {
            check_aside(code, libc::SYS_mprotect, [0, 4096, 7, 0, 0, 0], expect);
            check_aside(code, libc::SYS_mmap, [0, 4096, 7, private, 0, 0], expect);
            check_aside(code, libc::SYS_mmap, [0, 4096, 3, shared, 0, 0], OTHER);
            check_aside(code, libc::SYS_pkey_mprotect, [0, 4096, 7, 0, 0, 0], OTHER);
        }
    }
}
