//! What was refused, weighed by what it was.

use std::time::Duration;

use crate::finding::{Finding, Layer};
use crate::text;

/// A request beyond the grant: mostly a manifest that forgot something.
const DENIED: f64 = 1.0;

/// A border within what is granted, such as a link that leads out of it, or a token for something
/// else: who keeps to its grant meets few.
const BORDER: f64 = 3.0;

/// A system call that is there to get out: the host is told of one, and three different ones are no
/// accident.
const ESCAPE: f64 = 12.0;

/// What the gateway calls a refused system call.
const SYSTEM_CALL: &str = "syscall";

/// What the gateway calls borders.
const BORDERS: [&str; 3] = ["filesystem.exception", "token", "blob"];

/// System calls that no program makes for itself: each reaches beyond its cell, or into parts of the
/// kernel that are written for administrators. Left out of the list is what runtimes and libraries
/// try and do without: memory that could be executed (`memfd_create`), key rings (Kerberos), counters
/// (`perf_event_open`), asking for the clock's drift (`adjtimex`), switching off the randomness of
/// addresses (`personality`), comparing descriptors (`kcmp`), larger pipes (`fcntl`), other kinds of
/// sockets, handles of files (`name_to_handle_at`), listening to its own calls (`seccomp`).
const ESCAPES: &[&str] = &[
    // Namespaces. The filter refuses clone(2) only where it makes one.
    "clone",
    "unshare",
    "setns",
    // The file tree.
    "mount",
    "umount2",
    "pivot_root",
    "chroot",
    "open_tree",
    "open_tree_attr",
    "move_mount",
    "fsopen",
    "fsconfig",
    "fsmount",
    "fspick",
    "mount_setattr",
    "open_by_handle_at",
    "mknod",
    "mknodat",
    "swapon",
    "swapoff",
    "acct",
    // Other processes.
    "ptrace",
    "process_vm_readv",
    "process_vm_writev",
    "process_madvise",
    "pidfd_getfd",
    // The kernel.
    "bpf",
    "userfaultfd",
    "kexec_load",
    "kexec_file_load",
    "init_module",
    "finit_module",
    "delete_module",
    "iopl",
    "ioperm",
    // The machine.
    "reboot",
    "settimeofday",
    "clock_settime",
    "clock_adjtime",
    "sethostname",
    "setdomainname",
    "vhangup",
    // Of requests to terminals only those that type for others are refused.
    "ioctl",
];

pub(super) fn denied(at: Duration, permission: &str, object: &str) -> Finding {
    let what = thing(permission, object);
    if permission == SYSTEM_CALL {
        return system_call(at, what, object);
    }
    let points = if BORDERS.contains(&permission) { BORDER } else { DENIED };
    let (permission, object) = (text::word(permission), text::word(what));
    Finding::new("denied", Layer::Rule, &format!("{permission} {object}"), at)
        .seen(format!("{permission}: {object}"), "only what its grant covers")
        .says(format!("It asked for {object}, and has no {permission} for it."))
        .risks(points)
}

/// What was refused, as a thing of its own. Of a system call that is its name, with which its
/// description begins: the rest are numbers and addresses, which differ each time, and a loop over
/// all processes is one attempt, and not one for each.
pub(super) fn thing<'a>(permission: &str, object: &'a str) -> &'a str {
    let end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    match permission {
        SYSTEM_CALL => object.split(end).next().unwrap_or(object),
        _ => object,
    }
}

fn system_call(at: Duration, name: &str, object: &str) -> Finding {
    let (word, whole) = (text::word(name), text::word(object));
    if !ESCAPES.contains(&name) {
        return Finding::new("denied", Layer::Rule, &format!("{SYSTEM_CALL} {word}"), at)
            .seen(whole, "only what programs need")
            .says(format!("It tried the system call {word}, which no program may make here."))
            .risks(DENIED);
    }
    Finding::new("escape", Layer::Rule, &word, at)
        .seen(whole, "no call that reaches beyond its cell")
        .sure(90)
        .says(format!(
            "It tried the system call {word}, which is there to get out. It was refused."
        ))
        .risks(ESCAPE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Act, Rung, Settings, Thresholds, Watcher};

    /// Where refusals, each after the other, lead.
    fn rung(refusals: &[(&str, &str)]) -> Rung {
        let thresholds = Thresholds { most: Rung::Kill, ..Thresholds::default() };
        let settings = Settings { thresholds, ..Settings::default() };
        let mut watcher = Watcher::new(settings, crate::Limits::default(), None);
        for (number, (permission, object)) in refusals.iter().enumerate() {
            let (permission, object) = ((*permission).to_owned(), (*object).to_owned());
            let at = Duration::from_millis(100 * number as u64);
            watcher.act(at, &Act::Denied { permission, object });
        }
        watcher.rung()
    }

    fn weighs(permission: &str, object: &str) -> (&'static str, f64) {
        let finding = denied(Duration::ZERO, permission, object);
        (finding.rule, finding.risk)
    }

    #[test]
    fn a_way_out_weighs_more_than_a_border_and_that_more_than_a_wish() {
        assert_eq!(weighs("filesystem.read", "/etc/hosts"), ("denied", DENIED));
        assert_eq!(weighs("filesystem.exception", "/data/link"), ("denied", BORDER));
        assert_eq!(weighs("syscall", "ptrace process 1"), ("escape", ESCAPE));
        assert_eq!(weighs("syscall", "bpf(0x5, 0x0)"), ("escape", ESCAPE));
        assert_eq!(weighs("syscall", "ptrace_all"), ("denied", DENIED));
        assert_eq!(weighs("syscall", ""), ("denied", DENIED));
        assert_eq!(weighs("filesystem.read", "mount"), ("denied", DENIED), "a file of that name");
    }

    #[test]
    fn one_way_out_is_told_and_several_are_acted_on() {
        let ways = [
            ("syscall", "unshare(0x10000000)"),
            ("syscall", "mount tmpfs on / as tmpfs with flags 0x0"),
            ("syscall", "ptrace process 1"),
            ("syscall", "bpf(0x5, 0x0)"),
            ("syscall", "kexec_load(0x0)"),
        ];
        assert_eq!(rung(&ways[..1]), Rung::Notify);
        assert_eq!(rung(&ways[..3]), Rung::Throttle);
        assert_eq!(rung(&ways), Rung::Narrow);
    }

    #[test]
    fn one_way_out_tried_on_each_process_is_one() {
        let objects: Vec<String> = (0..60).map(|pid| format!("ptrace process {pid}")).collect();
        let tries: Vec<_> = objects.iter().map(|object| ("syscall", object.as_str())).collect();
        assert_eq!(rung(&tries), Rung::Notify);
    }

    #[test]
    fn one_call_with_other_numbers_each_time_is_one() {
        let objects: Vec<String> = (0..60).map(|n| format!("fcntl({n:#x}, 0x407, 0x1)")).collect();
        let tries: Vec<_> = objects.iter().map(|object| ("syscall", object.as_str())).collect();
        assert_eq!(rung(&tries), Rung::Observe);
    }

    /// What these were seen to be refused without a grant, when they looked up a name, started a
    /// process and a thread.
    const RUNTIMES: [&[(&str, &str)]; 4] = [
        &[
            ("filesystem.read", "/etc/hostname"),
            ("filesystem.read", "/etc/resolv.conf"),
            ("filesystem.read", "/etc/nsswitch.conf"),
            ("filesystem.read", "/etc/host.conf"),
        ],
        &[("filesystem.read", "/etc/nsswitch.conf"), ("filesystem.read", "/etc/passwd")],
        &[("network.domains", "example.com")],
        &[
            ("syscall", "syslog(0xa, 0x0, 0x0, 0x0, 0x7fffb8d9a580, 0x0)"),
            ("syscall", "syslog(0x3, 0x560c570a6b60, 0x4008, 0x0, 0x7fffb8d9a580, 0x0)"),
        ],
    ];

    /// What just-in-time compilers and common libraries try, and do without.
    const LIBRARIES: [(&str, &str); 9] = [
        ("syscall", "memfd_create doublemapper"),
        ("syscall", "perf_event_open(0x0)"),
        ("syscall", "personality(0x40000)"),
        ("syscall", "keyctl(0x0)"),
        ("syscall", "adjtimex(0x0)"),
        ("syscall", "fcntl(0x3, 0x407, 0x100000)"),
        ("syscall", "socket family 38, type 5, protocol 0"),
        ("syscall", "name_to_handle_at /etc"),
        ("syscall", "kcmp process 7"),
    ];

    #[test]
    fn what_honest_runtimes_are_refused_is_not_acted_on() {
        for runtime in RUNTIMES {
            assert_eq!(rung(runtime), Rung::Observe, "{runtime:?}");
        }
        assert!(rung(&LIBRARIES) < Rung::Throttle, "all of them in one");
        let again: Vec<_> = LIBRARIES.iter().cycle().take(200).copied().collect();
        assert!(rung(&again) < Rung::Throttle);
    }
}
