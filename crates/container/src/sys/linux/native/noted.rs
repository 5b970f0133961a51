//! The system calls of native programs that happen and are told to the host.
//!
//! Records only: the call goes on with whatever its arguments are by then, to the barriers that the
//! kernel keeps. None of them is among those that a program must be able to make at any time
//! (fork, close, exit): a signal that arrives before the host has taken a call interrupts it.

use super::super::bpf::Check;
use super::super::notify::{Fate, Shape, Trap};
use super::super::raw;
use super::denied::NATIVE;
use crate::Native;

/// `AT_*` and flags have no say in whether a call is told; only an address that is not there has.
const NO_ADDRESS: &[(u8, Check)] = &[(5, Check::OneOf(&[0]))];

const fn note(number: libc::c_long, shape: Shape, reason: &'static str) -> Trap {
    Trap { number, unless: &[], fate: Fate::Note, shape, reason }
}

/// Told of every native program.
const NOTED: &[Trap] = &[
    note(libc::SYS_connect, Shape::Address(1), "where a program wants to go"),
    note(libc::SYS_bind, Shape::Address(1), "where it wants to be found"),
    Trap {
        number: libc::SYS_sendto,
        unless: NO_ADDRESS,
        fate: Fate::Note,
        shape: Shape::Address(4),
        reason: "datagrams go without connect(2)",
    },
    // Their addresses are behind pointers, out of a filter's sight: each call is told. Streams of
    // the usual libraries are written to with others.
    note(libc::SYS_sendmsg, Shape::Message(1), "datagrams go without connect(2)"),
    note(libc::SYS_sendmmsg, Shape::Messages(1), "datagrams go without connect(2)"),
    note(libc::SYS_execve, Shape::Execute { at: None, path: 0 }, "what it runs"),
    note(libc::SYS_execveat, Shape::Execute { at: Some(0), path: 1 }, "what it runs"),
];

/// Told where files are traced; where there is a broker, it decides.
const OPENS: &[Trap] = &[
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_open, Shape::Open { at: None, path: 0 }, "files"),
    note(libc::SYS_openat, Shape::Open { at: Some(0), path: 1 }, "files"),
    note(libc::SYS_openat2, Shape::OpenHow, "files"),
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_creat, Shape::Create, "files"),
];

/// Told where files are traced: what changes the tree, or a file, by name. Not looking at files:
/// there are too many such calls, and what matters of them ends in an open.
const CHANGES: &[Trap] = &[
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_unlink, Shape::Path(0), "files that go"),
    note(libc::SYS_unlinkat, Shape::PathAt(0, 1), "files that go"),
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_rmdir, Shape::Path(0), "folders that go"),
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_mkdir, Shape::Path(0), "folders that come"),
    note(libc::SYS_mkdirat, Shape::PathAt(0, 1), "folders that come"),
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_rename, Shape::Paths(0, 1), "files that move"),
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_renameat, Shape::PathsAt([0, 1, 2, 3]), "files that move"),
    note(libc::SYS_renameat2, Shape::PathsAt([0, 1, 2, 3]), "files that move"),
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_link, Shape::Paths(0, 1), "files with two names"),
    note(libc::SYS_linkat, Shape::PathsAt([0, 1, 2, 3]), "files with two names"),
    #[cfg(target_arch = "x86_64")]
    note(libc::SYS_symlink, Shape::Link(0, None, 1), "links"),
    note(libc::SYS_symlinkat, Shape::Link(0, Some(1), 2), "links"),
    note(libc::SYS_truncate, Shape::Path(0), "files that are cut"),
];

/// The lists that a native program's filter is made from, in the order in which they count.
pub(in super::super) fn traps(native: &Native, bare: bool) -> Vec<&'static [Trap]> {
    let mut lists = vec![NATIVE];
    if bare {
        lists.extend(super::bare::lists(raw::landlock_abi()));
    }
    lists.push(NOTED);
    if native.trace_files || native.broker {
        lists.push(OPENS);
    }
    if native.trace_files {
        lists.push(CHANGES);
    }
    lists
}

/// What the arguments of a call mean, whether it is told of or not.
pub(in super::super) fn shape(number: i32) -> Shape {
    let all = [NATIVE, NOTED, OPENS, CHANGES];
    let mut traps = all.into_iter().chain(super::bare::lists(0)).flatten();
    let found = traps.find(|trap| trap.number == libc::c_long::from(number));
    found.map_or(Shape::Raw, |trap| trap.shape)
}

/// Whether a call is one on files.
pub(in super::super) fn is_on_files(number: i32) -> bool {
    let mut traps = [OPENS, CHANGES].into_iter().flatten();
    traps.any(|trap| trap.number == libc::c_long::from(number))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::super::bpf::{
        Words, assemble_traps,
        tests::{THIS_ARCH, evaluate},
    };
    use super::*;

    const REFUSED: u32 = 0x7ff0_0001;
    const TOLD: u32 = 0x7ff0_0002;
    const PASSED: u32 = libc::SECCOMP_RET_ALLOW;

    #[track_caller]
    fn check(lists: &[&[Trap]], number: libc::c_long, arguments: [u64; 6], expect: u32) {
        let program = assemble_traps(lists, Words { refuse: REFUSED, note: TOLD });
        assert_eq!(evaluate(&program, THIS_ARCH, number as u32, arguments), expect);
    }

    #[test]
    fn what_is_told_goes_on_and_what_is_refused_stays_refused() {
        let usual: &[&[Trap]] = &[NATIVE, NOTED];
        for number in [libc::SYS_connect, libc::SYS_bind, libc::SYS_execve, libc::SYS_sendmsg] {
            check(usual, number, [0; 6], TOLD);
        }
        for number in [libc::SYS_mount, libc::SYS_ptrace] {
            check(usual, number, [0; 6], REFUSED);
        }
        // On both lists: refused in one form, told in every other.
        check(usual, libc::SYS_execveat, [3, 0, 0, 0, libc::AT_EMPTY_PATH as u64, 0], REFUSED);
        check(usual, libc::SYS_execveat, [3, 0, 0, 0, 0, 0], TOLD);
        for number in [libc::SYS_openat, libc::SYS_unlinkat] {
            check(usual, number, [0; 6], PASSED);
            check(&[NATIVE, NOTED, OPENS, CHANGES], number, [0; 6], TOLD);
        }
    }

    #[test]
    fn a_datagram_is_told_when_it_has_an_address() {
        let usual: &[&[Trap]] = &[NATIVE, NOTED];
        check(usual, libc::SYS_sendto, [3, 1, 1, 0, 0, 0], PASSED);
        check(usual, libc::SYS_sendto, [3, 1, 1, 0, 1 << 32, 16], TOLD);
        // The kernel reads an int; so does the filter.
        check(usual, libc::SYS_sendto, [3, 1, 1, 0, 1, 1 << 32], PASSED);
    }

    #[test]
    fn what_a_program_must_be_able_to_do_at_any_time_is_never_told() {
        let all: &[&[Trap]] = &[NATIVE, NOTED, OPENS, CHANGES];
        for number in [
            libc::SYS_clone,
            libc::SYS_close,
            libc::SYS_close_range,
            libc::SYS_exit,
            libc::SYS_exit_group,
            libc::SYS_rt_sigreturn,
            libc::SYS_wait4,
            libc::SYS_read,
            libc::SYS_write,
            libc::SYS_futex,
        ] {
            check(all, number, [0; 6], PASSED);
        }
    }

    #[test]
    fn each_entry_has_a_reason_and_stands_once_in_its_list() {
        for list in [NATIVE, NOTED, OPENS, CHANGES] {
            let mut seen = BTreeSet::new();
            for trap in list {
                assert!(!trap.reason.is_empty());
                assert!(seen.insert(trap.number), "{} stands twice", trap.number);
            }
        }
        assert!(NOTED.iter().chain(OPENS).chain(CHANGES).all(|trap| trap.fate == Fate::Note));
    }
}
