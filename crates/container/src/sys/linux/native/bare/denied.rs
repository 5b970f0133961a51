//! The system calls that no native program has without namespaces.
//!
//! What a namespace or a read-only mount stops elsewhere, and Landlock does not know of: beside it
//! this list is a barrier, not a spare one.

use super::super::super::bpf::Check;
use super::super::super::notify::{Fate, Shape, Trap};

/// landlock(7): signals out of a domain are denied from this ABI on.
const SCOPED_SIGNALS: u32 = 6;

/// Sockets that are connected when they are made, and stay so: streams and sequences of packets. A
/// pair of datagram sockets could send to any socket of the host by its path.
const CONNECTED: &[u32] = &connected();

const fn connected() -> [u32; 8] {
    let (stream, packets) = (libc::SOCK_STREAM as u32, libc::SOCK_SEQPACKET as u32);
    let (close, poll) = (libc::SOCK_CLOEXEC as u32, libc::SOCK_NONBLOCK as u32);
    [
        stream,
        stream | close,
        stream | poll,
        stream | close | poll,
        packets,
        packets | close,
        packets | poll,
        packets | close | poll,
    ]
}

/// What programs ask of their own descriptors. Whoever owns a file may change its flags, seal it or
/// set its encryption by such requests, with a descriptor that is open for reading only.
const REQUESTS: &[u32] = &[
    libc::TCGETS as u32,
    libc::TCGETS2 as u32,
    libc::TIOCGWINSZ as u32,
    libc::TIOCGPGRP as u32,
    libc::TIOCOUTQ as u32,
    libc::FIONREAD as u32,
    libc::FIONBIO as u32,
    libc::FIOASYNC as u32,
    libc::FIOCLEX as u32,
    libc::FIONCLEX as u32,
    FIOQSIZE,
    FIGETBSZ,
    FS_IOC_FIEMAP,
    libc::FS_IOC_GETFLAGS as u32,
    libc::FICLONE as u32,
    libc::FICLONERANGE as u32,
];

/// ioctl_list(2), `linux/fs.h`.
const FIOQSIZE: u32 = 0x5460;
const FIGETBSZ: u32 = 2;
const FS_IOC_FIEMAP: u32 = 0xc020_660b;

/// Calls newer than the C library's list: numbers of all architectures.
const SYS_SETXATTRAT: libc::c_long = 463;
const SYS_GETXATTRAT: libc::c_long = 464;
const SYS_LISTXATTRAT: libc::c_long = 465;
const SYS_REMOVEXATTRAT: libc::c_long = 466;
const SYS_FILE_SETATTR: libc::c_long = 469;
const SYS_STATMOUNT: libc::c_long = 457;
const SYS_LISTMOUNT: libc::c_long = 458;

/// Itself.
const NOBODY_ELSE: &[u32] = &[0];

const fn never(number: libc::c_long, shape: Shape, reason: &'static str) -> Trap {
    Trap { number, unless: &[], fate: Fate::Refuse, shape, reason }
}

const fn absent(number: libc::c_long, reason: &'static str) -> Trap {
    Trap { number, unless: &[], fate: Fate::Absent, shape: Shape::Raw, reason }
}

/// Most programs that look for such notes take no notice of this.
const fn unsupported(number: libc::c_long) -> Trap {
    Trap { number, unless: &[], fate: Fate::Unsupported, shape: Shape::Raw, reason: NOTES }
}

const fn unless(
    number: libc::c_long,
    checks: &'static [(u8, Check)],
    reason: &'static str,
) -> Trap {
    Trap { number, unless: checks, fate: Fate::Refuse, shape: Shape::Raw, reason }
}

const OWNER: &str = "whose a file is, and what may be done with it: Landlock lets its owner";
const TIMES: &str = "a file's times: Landlock lets its owner";
const NOTES: &str = "attributes of files that cannot be opened";
const IPC: &str = "the host's queues, segments and semaphores";
const UNCONNECTED: &str = "for sockets that are not there";
const STEERING: &str = "steering other processes of the user";

const BARE: &[Trap] = &[
    // The host's files. Landlock decides on opening, making, moving and removing.
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_chmod, Shape::Path(0), OWNER),
    never(libc::SYS_fchmod, Shape::Raw, OWNER),
    never(libc::SYS_fchmodat, Shape::PathAt(0, 1), OWNER),
    never(libc::SYS_fchmodat2, Shape::PathAt(0, 1), OWNER),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_chown, Shape::Path(0), OWNER),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_lchown, Shape::Path(0), OWNER),
    never(libc::SYS_fchown, Shape::Raw, OWNER),
    never(libc::SYS_fchownat, Shape::PathAt(0, 1), OWNER),
    never(libc::SYS_setxattr, Shape::Path(0), OWNER),
    never(libc::SYS_lsetxattr, Shape::Path(0), OWNER),
    never(libc::SYS_fsetxattr, Shape::Raw, OWNER),
    never(SYS_SETXATTRAT, Shape::PathAt(0, 1), OWNER),
    never(libc::SYS_removexattr, Shape::Path(0), OWNER),
    never(libc::SYS_lremovexattr, Shape::Path(0), OWNER),
    never(libc::SYS_fremovexattr, Shape::Raw, OWNER),
    never(SYS_REMOVEXATTRAT, Shape::PathAt(0, 1), OWNER),
    never(SYS_FILE_SETATTR, Shape::PathAt(0, 1), OWNER),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_utime, Shape::Path(0), TIMES),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_utimes, Shape::Path(0), TIMES),
    #[cfg(target_arch = "x86_64")]
    never(libc::SYS_futimesat, Shape::PathAt(0, 1), TIMES),
    never(libc::SYS_utimensat, Shape::PathAt(0, 1), TIMES),
    unsupported(libc::SYS_getxattr),
    unsupported(libc::SYS_lgetxattr),
    unsupported(SYS_GETXATTRAT),
    unsupported(libc::SYS_listxattr),
    unsupported(libc::SYS_llistxattr),
    unsupported(SYS_LISTXATTRAT),
    absent(SYS_STATMOUNT, "what is mounted where on the host"),
    absent(SYS_LISTMOUNT, "what is mounted where on the host"),
    // Programs that find none look again and again instead.
    #[cfg(target_arch = "x86_64")]
    absent(libc::SYS_inotify_init, "watching folders that cannot be listed"),
    absent(libc::SYS_inotify_init1, "watching folders that cannot be listed"),
    Trap {
        number: libc::SYS_ioctl,
        unless: &[(1, Check::OneOf(REQUESTS))],
        fate: Fate::Refuse,
        shape: Shape::Request(1),
        reason: "whoever owns a file may change it by requests",
    },
    // The host's network, and sockets of its tree and of no tree.
    never(libc::SYS_socket, Shape::Socket, "the host's network"),
    Trap {
        number: libc::SYS_socketpair,
        unless: &[(0, Check::OneOf(&[libc::AF_UNIX as u32])), (1, Check::OneOf(CONNECTED))],
        fate: Fate::Refuse,
        shape: Shape::Socket,
        reason: "datagrams go anywhere",
    },
    never(libc::SYS_connect, Shape::Address(1), UNCONNECTED),
    never(libc::SYS_bind, Shape::Address(1), UNCONNECTED),
    never(libc::SYS_listen, Shape::Raw, UNCONNECTED),
    never(libc::SYS_accept, Shape::Raw, UNCONNECTED),
    never(libc::SYS_accept4, Shape::Raw, UNCONNECTED),
    // System V and POSIX. By number, so whoever did not make them can use them.
    never(libc::SYS_shmget, Shape::Raw, IPC),
    never(libc::SYS_shmat, Shape::Raw, IPC),
    never(libc::SYS_shmctl, Shape::Raw, IPC),
    never(libc::SYS_msgget, Shape::Raw, IPC),
    never(libc::SYS_msgsnd, Shape::Raw, IPC),
    never(libc::SYS_msgrcv, Shape::Raw, IPC),
    never(libc::SYS_msgctl, Shape::Raw, IPC),
    never(libc::SYS_semget, Shape::Raw, IPC),
    never(libc::SYS_semop, Shape::Raw, IPC),
    never(libc::SYS_semtimedop, Shape::Raw, IPC),
    never(libc::SYS_semctl, Shape::Raw, IPC),
    never(libc::SYS_mq_open, Shape::Name(0), IPC),
    never(libc::SYS_mq_unlink, Shape::Name(0), IPC),
    // The user's other processes, which have numbers here.
    unless(
        libc::SYS_prlimit64,
        &[(0, Check::OneOf(NOBODY_ELSE))],
        "limits of other processes of the user",
    ),
    unless(
        libc::SYS_setpriority,
        &[(0, Check::OneOf(&[0, 1])), (1, Check::OneOf(NOBODY_ELSE))],
        STEERING,
    ),
    unless(
        libc::SYS_ioprio_set,
        &[(0, Check::OneOf(&[1, 2])), (1, Check::OneOf(NOBODY_ELSE))],
        STEERING,
    ),
    unless(libc::SYS_sched_setaffinity, &[(0, Check::OneOf(NOBODY_ELSE))], STEERING),
    unless(libc::SYS_sched_setscheduler, &[(0, Check::OneOf(NOBODY_ELSE))], STEERING),
    unless(libc::SYS_sched_setparam, &[(0, Check::OneOf(NOBODY_ELSE))], STEERING),
    unless(libc::SYS_sched_setattr, &[(0, Check::OneOf(NOBODY_ELSE))], STEERING),
    unless(libc::SYS_migrate_pages, &[(0, Check::OneOf(NOBODY_ELSE))], STEERING),
    unless(libc::SYS_move_pages, &[(0, Check::OneOf(NOBODY_ELSE))], STEERING),
    never(libc::SYS_process_mrelease, Shape::Raw, STEERING),
    absent(libc::SYS_pidfd_open, "handles of other processes of the user"),
    // Landlock denies each of them, and the kernel calls that a success.
    Trap {
        number: libc::SYS_kill,
        unless: &[(0, Check::NoneOf(&[u32::MAX]))],
        fate: Fate::Refuse,
        shape: Shape::Process(0),
        reason: "everybody is somebody else here",
    },
];

const SIGNALS: &str = "signals to other processes of the user: this Landlock does not deny them";

/// fcntl(2) and ioctl(2): who is signalled when a descriptor is ready.
const OWNERS: &[u32] = &[libc::F_SETOWN as u32, 15];

/// Where Landlock lets signals out. A process may still end its own group, which is of its session.
const SIGNALLING: &[Trap] = &[
    Trap {
        number: libc::SYS_kill,
        unless: &[(0, Check::OneOf(NOBODY_ELSE))],
        fate: Fate::Refuse,
        shape: Shape::Process(0),
        reason: SIGNALS,
    },
    never(libc::SYS_tkill, Shape::Process(0), SIGNALS),
    never(libc::SYS_tgkill, Shape::Process(0), SIGNALS),
    never(libc::SYS_rt_sigqueueinfo, Shape::Process(0), SIGNALS),
    never(libc::SYS_rt_tgsigqueueinfo, Shape::Process(0), SIGNALS),
    never(libc::SYS_pidfd_send_signal, Shape::Raw, SIGNALS),
    unless(libc::SYS_fcntl, &[(1, Check::NoneOf(OWNERS))], SIGNALS),
];

/// What is refused beside the deny-list, by the Landlock that there is.
pub(in super::super) fn lists(abi: u32) -> Vec<&'static [Trap]> {
    match abi < SCOPED_SIGNALS {
        true => vec![BARE, SIGNALLING],
        false => vec![BARE],
    }
}

/// What holds instead of a process namespace.
pub(in super::super) const fn says_how_signals_are_held(abi: u32) -> &'static str {
    match abi < SCOPED_SIGNALS {
        true => {
            "the host's; processes of the user have numbers, and seccomp refuses signals but to the \
             own group, tracing and steering"
        }
        false => {
            "the host's; processes of the user have numbers, Landlock denies signals to them, and \
             seccomp tracing and steering"
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::super::bpf::{
        Words, assemble_traps,
        tests::{THIS_ARCH, evaluate},
    };
    use super::*;

    const TOLD: u32 = libc::SECCOMP_RET_USER_NOTIF;
    const ALLOW: u32 = libc::SECCOMP_RET_ALLOW;

    #[track_caller]
    fn check(abi: u32, number: libc::c_long, arguments: [u64; 6], expect: u32) {
        let words = Words { refuse: TOLD, note: ALLOW };
        let program = assemble_traps(&lists(abi), words);
        assert_eq!(evaluate(&program, THIS_ARCH, number as u32, arguments), expect);
    }

    #[test]
    fn what_landlock_does_not_know_of_is_refused() {
        for number in [libc::SYS_fchmod, libc::SYS_fchmodat2, libc::SYS_utimensat, SYS_FILE_SETATTR]
        {
            check(7, number, [0; 6], TOLD);
        }
        for number in [libc::SYS_shmat, libc::SYS_semop, libc::SYS_mq_open] {
            check(7, number, [0; 6], TOLD);
        }
        for number in [libc::SYS_openat, libc::SYS_execve, libc::SYS_unlinkat, libc::SYS_fgetxattr]
        {
            check(7, number, [0; 6], ALLOW);
        }
        let absent = libc::SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
        check(7, libc::SYS_inotify_init1, [0; 6], absent);
        let unsupported = libc::SECCOMP_RET_ERRNO | libc::EOPNOTSUPP as u32;
        check(7, libc::SYS_getxattr, [0; 6], unsupported);
        check(7, libc::SYS_ioctl, [1, libc::TCGETS, 0, 0, 0, 0], ALLOW);
        check(7, libc::SYS_ioctl, [1, libc::FS_IOC_SETFLAGS, 0, 0, 0, 0], TOLD);
    }

    #[test]
    fn there_is_no_socket_but_connected_pairs() {
        for family in [libc::AF_UNIX, libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK] {
            check(7, libc::SYS_socket, [family as u64, 1, 0, 0, 0, 0], TOLD);
        }
        let pair = |family: i32, kind: i32| [family as u64, kind as u64, 0, 0, 0, 0];
        let close = libc::SOCK_CLOEXEC;
        check(7, libc::SYS_socketpair, pair(libc::AF_UNIX, libc::SOCK_STREAM | close), ALLOW);
        check(7, libc::SYS_socketpair, pair(libc::AF_UNIX, libc::SOCK_SEQPACKET), ALLOW);
        check(7, libc::SYS_socketpair, pair(libc::AF_UNIX, libc::SOCK_DGRAM | close), TOLD);
        check(7, libc::SYS_socketpair, pair(libc::AF_TIPC, libc::SOCK_STREAM), TOLD);
    }

    #[test]
    fn a_process_steers_itself_alone() {
        let other = 4711;
        check(7, libc::SYS_prlimit64, [0; 6], ALLOW);
        check(7, libc::SYS_prlimit64, [other, 0, 0, 0, 0, 0], TOLD);
        check(7, libc::SYS_setpriority, [0, 0, 5, 0, 0, 0], ALLOW);
        check(7, libc::SYS_setpriority, [2, 0, 5, 0, 0, 0], TOLD);
        check(7, libc::SYS_sched_setaffinity, [other, 0, 0, 0, 0, 0], TOLD);
    }

    #[test]
    fn signals_are_refused_where_landlock_lets_them_out() {
        let other = 4711;
        check(7, libc::SYS_kill, [other, 9, 0, 0, 0, 0], ALLOW);
        check(7, libc::SYS_kill, [u64::MAX, 9, 0, 0, 0, 0], TOLD);
        check(5, libc::SYS_kill, [other, 9, 0, 0, 0, 0], TOLD);
        check(5, libc::SYS_kill, [u64::MAX, 9, 0, 0, 0, 0], TOLD);
        check(5, libc::SYS_kill, [0, 9, 0, 0, 0, 0], ALLOW);
        check(5, libc::SYS_tgkill, [other, other, 6, 0, 0, 0], TOLD);
        check(5, libc::SYS_fcntl, [3, libc::F_SETOWN as u64, other, 0, 0, 0], TOLD);
        check(5, libc::SYS_fcntl, [3, libc::F_GETFD as u64, 0, 0, 0, 0], ALLOW);
    }

    #[test]
    fn each_entry_has_a_reason_and_stands_once() {
        for list in lists(0) {
            let mut seen = BTreeSet::new();
            for trap in list {
                assert!(!trap.reason.is_empty());
                assert!(seen.insert(trap.number), "{} stands twice", trap.number);
            }
        }
    }
}
