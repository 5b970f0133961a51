//! The system calls that no native plugin needs.
//!
//! The other barriers stand without this list: what it bars has its own permission checks, which a
//! process without capabilities fails. It takes away what those checks have been got wrong for, and
//! what they do not cover.

use super::super::bpf::Check;
use super::super::notify::{Fate, Shape, Trap};

/// Everything that makes a namespace. clone(2).
const NEW_NAMESPACES: u32 = (libc::CLONE_NEWNS
    | libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWUTS
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWNET) as u32;

/// `CLONE_NEWTIME` shares its bit with the exit signal of clone(2), so it is a matter of unshare(2).
const NEW_TIME: u32 = 0x80;

/// Terminal requests that put words into another program's mouth. Compared by the low 32 bits, as
/// the kernel reads them: CVE-2019-10063.
const TERMINAL_REQUESTS: &[u32] = &[libc::TIOCSTI as u32, 0x541c, libc::TIOCCONS as u32];

/// Local, IPv4, IPv6 and netlink sockets.
const FAMILIES: &[u32] =
    &[libc::AF_UNIX as u32, libc::AF_INET as u32, libc::AF_INET6 as u32, libc::AF_NETLINK as u32];

const fn never(number: libc::c_long, shape: Shape, reason: &'static str) -> Trap {
    Trap { number, unless: &[], fate: Fate::Refuse, shape, reason }
}

const fn unless(
    number: libc::c_long,
    checks: &'static [(u8, Check)],
    shape: Shape,
    reason: &'static str,
) -> Trap {
    Trap { number, unless: checks, fate: Fate::Refuse, shape, reason }
}

const fn absent(number: libc::c_long, reason: &'static str) -> Trap {
    Trap { number, unless: &[], fate: Fate::Absent, shape: Shape::Raw, reason }
}

/// open_tree_attr(2), Linux 6.15: newer than the C library's list.
const SYS_OPEN_TREE_ATTR: libc::c_long = 467;

/// Bits of a kind of node, mknod(2), that only devices, sockets and folders have: files and pipes
/// are without.
const OTHER_NODES: u32 = 0o060_000;

/// The deny-list of a native cell.
pub(super) const NATIVE: &[Trap] = &[
    // Namespaces: within one of its own a program has every capability, and with it reaches parts
    // of the kernel that are written for administrators.
    unless(libc::SYS_clone, &[(0, Check::NoBits(NEW_NAMESPACES))], Shape::Raw, "new namespaces"),
    unless(
        libc::SYS_unshare,
        &[(0, Check::NoBits(NEW_NAMESPACES | NEW_TIME))],
        Shape::Raw,
        "new namespaces",
    ),
    absent(libc::SYS_clone3, "its flags are out of a filter's sight; clone(2) does as much"),
    never(libc::SYS_setns, Shape::Raw, "entering namespaces"),
    // The file tree.
    never(libc::SYS_mount, Shape::Mount, "mounting"),
    never(libc::SYS_umount2, Shape::Path(0), "mounting"),
    never(libc::SYS_pivot_root, Shape::Paths(0, 1), "mounting"),
    never(libc::SYS_chroot, Shape::Path(0), "a way out of a root, for who may"),
    never(libc::SYS_open_tree, Shape::PathAt(0, 1), "mounting"),
    never(SYS_OPEN_TREE_ATTR, Shape::PathAt(0, 1), "mounting"),
    never(libc::SYS_move_mount, Shape::PathsAt([0, 1, 2, 3]), "mounting"),
    never(libc::SYS_fsopen, Shape::Name(0), "mounting"),
    never(libc::SYS_fsconfig, Shape::Raw, "mounting"),
    never(libc::SYS_fsmount, Shape::Raw, "mounting"),
    never(libc::SYS_fspick, Shape::PathAt(0, 1), "mounting"),
    never(libc::SYS_mount_setattr, Shape::PathAt(0, 1), "mounting"),
    never(libc::SYS_open_by_handle_at, Shape::Raw, "opens files by number, past every folder"),
    never(libc::SYS_name_to_handle_at, Shape::PathAt(0, 1), "makes such numbers"),
    never(libc::SYS_quotactl, Shape::Path(1), "quotas of the machine"),
    never(libc::SYS_quotactl_fd, Shape::Raw, "quotas of the machine"),
    never(libc::SYS_swapon, Shape::Path(0), "swap"),
    never(libc::SYS_swapoff, Shape::Path(0), "swap"),
    never(libc::SYS_acct, Shape::Path(0), "process accounting"),
    #[cfg(target_arch = "x86_64")]
    unless(libc::SYS_mknod, &[(1, Check::NoBits(OTHER_NODES))], Shape::Path(0), "devices"),
    unless(libc::SYS_mknodat, &[(2, Check::NoBits(OTHER_NODES))], Shape::PathAt(0, 1), "devices"),
    never(libc::SYS_fanotify_init, Shape::Raw, "watching whole file systems"),
    // Other processes.
    never(libc::SYS_ptrace, Shape::Process(1), "tracing"),
    never(libc::SYS_process_vm_readv, Shape::Process(0), "memory of others"),
    never(libc::SYS_process_vm_writev, Shape::Process(0), "memory of others"),
    never(libc::SYS_process_madvise, Shape::Raw, "memory of others"),
    never(libc::SYS_pidfd_getfd, Shape::Raw, "descriptors of others"),
    never(libc::SYS_kcmp, Shape::Process(0), "comparing with others"),
    // Parts of the kernel with a history.
    absent(libc::SYS_io_setup, "takes from a pool of the whole machine"),
    absent(libc::SYS_io_uring_setup, "a way past every filter of calls"),
    absent(libc::SYS_io_uring_enter, "a way past every filter of calls"),
    absent(libc::SYS_io_uring_register, "a way past every filter of calls"),
    never(libc::SYS_bpf, Shape::Raw, "programs in the kernel"),
    never(libc::SYS_userfaultfd, Shape::Raw, "stops the kernel in mid-work"),
    never(libc::SYS_perf_event_open, Shape::Raw, "measures others"),
    never(libc::SYS_add_key, Shape::Name(0), "key rings"),
    never(libc::SYS_request_key, Shape::Name(0), "key rings"),
    never(libc::SYS_keyctl, Shape::Raw, "key rings"),
    never(libc::SYS_kexec_load, Shape::Raw, "another kernel"),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_kexec_file_load, Shape::Raw, "another kernel"),
    never(libc::SYS_init_module, Shape::Raw, "kernel modules"),
    never(libc::SYS_finit_module, Shape::Raw, "kernel modules"),
    never(libc::SYS_delete_module, Shape::Raw, "kernel modules"),
    unless(
        libc::SYS_personality,
        &[(0, Check::OneOf(&[0, u32::MAX]))],
        Shape::Raw,
        "switches protections of memory off; asking is fine",
    ),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_modify_ldt, Shape::Raw, "segments, for sixteen-bit programs"),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_iopl, Shape::Raw, "ports of the machine"),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_ioperm, Shape::Raw, "ports of the machine"),
    // The machine.
    never(libc::SYS_reboot, Shape::Raw, "the machine"),
    never(libc::SYS_settimeofday, Shape::Raw, "the clock"),
    never(libc::SYS_clock_settime, Shape::Raw, "the clock"),
    never(
        libc::SYS_adjtimex,
        Shape::Raw,
        "the clock; also asking, for which clock_gettime(2) is there",
    ),
    never(libc::SYS_clock_adjtime, Shape::Raw, "the clock"),
    never(libc::SYS_sethostname, Shape::Raw, "names"),
    never(libc::SYS_setdomainname, Shape::Raw, "names"),
    never(libc::SYS_syslog, Shape::Raw, "the kernel's log"),
    never(libc::SYS_vhangup, Shape::Raw, "terminals"),
    unless(
        libc::SYS_ioctl,
        &[(1, Check::NoneOf(TERMINAL_REQUESTS))],
        Shape::Request(1),
        "typing for others",
    ),
    // A pipe's buffer is the kernel's memory, which no limit of a process counts.
    unless(
        libc::SYS_fcntl,
        &[(1, Check::NoneOf(&[libc::F_SETPIPE_SZ as u32]))],
        Shape::Raw,
        "pipes larger than they are anyway",
    ),
    // Sockets of families that no namespace holds, and netlink beyond the tables of the own
    // network namespace, which getifaddrs(3) reads.
    unless(
        libc::SYS_socket,
        &[(0, Check::OneOf(FAMILIES)), (2, Check::If(libc::AF_NETLINK as u32, 0))],
        Shape::Socket,
        "rare families",
    ),
    unless(
        libc::SYS_socketpair,
        &[(0, Check::OneOf(&[libc::AF_UNIX as u32]))],
        Shape::Socket,
        "rare families",
    ),
    // Landlock does not see memory files, so none may be executed.
    unless(
        libc::SYS_memfd_create,
        &[(1, Check::AllBits(libc::MFD_NOEXEC_SEAL))],
        Shape::Name(0),
        "memory that could be executed as a program",
    ),
    unless(
        libc::SYS_execveat,
        &[(4, Check::NoBits(libc::AT_EMPTY_PATH as u32))],
        Shape::Execute { at: Some(0), path: 1 },
        "executing a descriptor",
    ),
    // A filter of its own could answer our refusals, and take the only listener.
    unless(
        libc::SYS_seccomp,
        &[(1, Check::NoBits(libc::SECCOMP_FILTER_FLAG_NEW_LISTENER as u32))],
        Shape::Raw,
        "answering calls",
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::bpf::{
        Words, assemble_traps,
        tests::{THIS_ARCH, evaluate},
    };
    use super::*;

    const TOLD: u32 = libc::SECCOMP_RET_USER_NOTIF;
    const ABSENT: u32 = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;

    #[track_caller]
    fn check(number: libc::c_long, arguments: [u64; 6], expect: u32) {
        let words = Words { refuse: TOLD, note: libc::SECCOMP_RET_ALLOW };
        let program = assemble_traps(&[NATIVE], words);
        assert_eq!(evaluate(&program, THIS_ARCH, number as u32, arguments), expect);
    }

    #[test]
    fn what_programs_do_is_allowed_and_what_nobody_needs_is_not() {
        let allow = libc::SECCOMP_RET_ALLOW;
        for number in [libc::SYS_openat, libc::SYS_execve, libc::SYS_connect, libc::SYS_kill] {
            check(number, [0; 6], allow);
        }
        for number in [libc::SYS_mount, libc::SYS_ptrace, libc::SYS_bpf, SYS_OPEN_TREE_ATTR] {
            check(number, [0; 6], TOLD);
        }
        for number in [libc::SYS_clone3, libc::SYS_io_uring_setup, 470, 9999] {
            check(number, [0; 6], ABSENT);
        }
        check(libc::SYS_clone, [libc::SIGCHLD as u64, 0, 0, 0, 0, 0], allow);
        check(libc::SYS_clone, [libc::CLONE_NEWUSER as u64, 0, 0, 0, 0, 0], TOLD);
        check(libc::SYS_unshare, [libc::CLONE_FS as u64, 0, 0, 0, 0, 0], allow);
        check(libc::SYS_unshare, [u64::from(NEW_TIME), 0, 0, 0, 0, 0], TOLD);
    }

    #[test]
    fn requests_are_compared_as_the_kernel_reads_them() {
        let allow = libc::SECCOMP_RET_ALLOW;
        check(libc::SYS_ioctl, [0, libc::TCGETS, 0, 0, 0, 0], allow);
        check(libc::SYS_ioctl, [0, libc::TIOCSTI, 0, 0, 0, 0], TOLD);
        check(libc::SYS_ioctl, [0, 1 << 32 | libc::TIOCSTI, 0, 0, 0, 0], TOLD);
        check(libc::SYS_ioctl, [0, 0x541c, 0, 0, 0, 0], TOLD);
    }

    #[test]
    fn sockets() {
        let allow = libc::SECCOMP_RET_ALLOW;
        let socket = |family: i32, protocol: u64| [family as u64, 1, protocol, 0, 0, 0];
        check(libc::SYS_socket, socket(libc::AF_UNIX, 0), allow);
        check(libc::SYS_socket, socket(libc::AF_INET, 6), allow);
        check(libc::SYS_socket, socket(libc::AF_NETLINK, 0), allow);
        check(libc::SYS_socket, socket(libc::AF_NETLINK, 12), TOLD);
        check(libc::SYS_socket, socket(libc::AF_VSOCK, 0), TOLD);
        check(libc::SYS_socket, socket(libc::AF_PACKET, 0), TOLD);
        check(libc::SYS_socket, socket(libc::AF_ALG, 0), TOLD);
        check(libc::SYS_socketpair, socket(libc::AF_UNIX, 0), allow);
        check(libc::SYS_socketpair, socket(libc::AF_TIPC, 0), TOLD);
    }

    #[test]
    fn memory_is_never_a_program() {
        let allow = libc::SECCOMP_RET_ALLOW;
        let flags = |flags: u32| [0, u64::from(flags), 0, 0, 0, 0];
        check(libc::SYS_memfd_create, flags(libc::MFD_NOEXEC_SEAL | libc::MFD_CLOEXEC), allow);
        check(libc::SYS_memfd_create, flags(libc::MFD_CLOEXEC), TOLD);
        check(libc::SYS_execveat, [3, 0, 0, 0, 0, 0], allow);
        check(libc::SYS_execveat, [3, 0, 0, 0, libc::AT_EMPTY_PATH as u64, 0], TOLD);
    }

    #[test]
    fn each_entry_has_a_reason_and_stands_once() {
        let mut seen = BTreeSet::new();
        for rule in NATIVE {
            assert!(!rule.reason.is_empty());
            assert!(seen.insert(rule.number), "{} stands twice", rule.number);
        }
    }
}
