//! What was refused, weighed by what it was.

use std::time::Duration;

use crate::finding::{Finding, Layer};
use crate::text;

/// A request beyond the grant: mostly a manifest that forgot something. All that the journal tells apart
/// together stay below half of what throttling takes, so that odd figures beside them do not matter.
const DENIED: f64 = 0.75;

/// A border within what is granted, such as a link that leads out of it, or a token for something
/// else: who keeps to its grant meets few.
const BORDER: f64 = 3.0;

/// A place where people keep secrets: programs look for settings in some, and who tries several is
/// after what is in them.
const SECRET: f64 = 6.0;

/// A system call that is there to get out: the host is told of one, and three different ones are no
/// accident.
const ESCAPE: f64 = 12.0;

/// What the gateway calls a refused system call.
const SYSTEM_CALL: &str = "syscall";

/// What the gateway calls borders.
const BORDERS: [&str; 3] = [BORDER_OF_FILES, "token", "blob"];

/// See [`BORDERS`].
const BORDER_OF_FILES: &str = "filesystem.exception";

/// What the gateway tells beside refusals: nothing was asked for that was not granted.
const NO_REFUSALS: [&str; 2] = ["filesystem.left-out", "kv"];

/// Folders of the system that are sensitive, and that runtimes look into when they start: for how many
/// processors there are, how much memory they may have, who answers for names.
const LOOKED_INTO: [&str; 5] = ["/proc/", "/sys/", "/dev/", "/run/", "/var/run/"];

/// Folders of temporary files, whose names differ each time.
const TEMPORARY: [&str; 3] = ["/tmp/", "/var/tmp/", "/dev/shm/"];

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

pub(super) fn denied(
    at: Duration,
    permission: &str,
    object: &str,
    sensitive: bool,
) -> Option<Finding> {
    if !is_refusal(permission) {
        return None;
    }
    if permission == SYSTEM_CALL {
        return Some(system_call(at, thing(permission, object), object));
    }
    let secret = sensitive && !LOOKED_INTO.iter().any(|folder| object.starts_with(folder));
    let (rule, points) = match secret {
        true => ("denied-secret", SECRET),
        false if BORDERS.contains(&permission) => ("denied", BORDER),
        false => ("denied", DENIED),
    };
    let (word, object) = (text::word(permission), text::word(object));
    let kept = if secret { " People keep secrets there." } else { "" };
    let finding = Finding::new(rule, Layer::Rule, &format!("{word} {object}"), at)
        .seen(format!("{word}: {object}"), "only what its grant covers")
        .says(format!("{}{kept}", sentence(permission, &object)))
        .risks(points)
        .once();
    Some(finding)
}

/// Whether what the gateway tells is that something was refused.
pub(super) fn is_refusal(permission: &str) -> bool {
    !NO_REFUSALS.contains(&permission)
}

/// What was asked for, in words.
fn sentence(permission: &str, object: &str) -> String {
    let asked = match permission {
        "filesystem.read" => "to read",
        "filesystem.write" => "to write",
        "network.domains" => "to reach",
        "network.inbound" => "to listen at",
        "environment" => "for the variable",
        "process" => "to run",
        "plugins" => "to call",
        "secrets" => "for the secret",
        "events.emit" => "to send events of",
        "events.on" => "to hear events of",
        BORDER_OF_FILES => {
            return format!("It met a border within what it was granted, at {object}.");
        }
        "token" => return format!("It showed a token that is not good for {object}."),
        "blob" => return format!("It named a blob that is not there, or not for it: {object}."),
        other if other.starts_with("elevation.") => {
            return format!("It asked for more than its grant, and was refused: {object}.");
        }
        _ => "for",
    };
    format!("It asked {asked} {object}, which its grant does not cover.")
}

/// What was refused, as a thing of its own. Of a system call that is its name, with which its
/// description begins: the rest are numbers and addresses, which differ each time, and a loop over
/// all processes is one attempt, and not one for each. Of a temporary file it is the folder.
pub(super) fn thing<'a>(permission: &str, object: &'a str) -> &'a str {
    let end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
    match permission {
        SYSTEM_CALL => object.split(end).next().unwrap_or(object),
        "filesystem.write" => {
            let folder = TEMPORARY.into_iter().find(|folder| object.starts_with(folder));
            folder.unwrap_or(object)
        }
        _ => object,
    }
}

fn system_call(at: Duration, name: &str, object: &str) -> Finding {
    let (word, whole) = (text::word(name), text::word(object));
    if !ESCAPES.contains(&name) {
        return Finding::new("denied", Layer::Rule, &format!("{SYSTEM_CALL} {word}"), at)
            .seen(whole, "only what programs need")
            .says(format!("It tried the system call {word}, which no program may make here."))
            .risks(DENIED)
            .once();
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
        rung_of(refusals, false)
    }

    fn rung_of(refusals: &[(&str, &str)], sensitive: bool) -> Rung {
        let thresholds = Thresholds { most: Rung::Kill, ..Thresholds::default() };
        let settings = Settings { thresholds, ..Settings::default() };
        let mut watcher = Watcher::new(settings, crate::Limits::default(), None);
        for (number, (permission, object)) in refusals.iter().enumerate() {
            let (permission, object) = ((*permission).to_owned(), (*object).to_owned());
            let at = Duration::from_millis(100 * number as u64);
            watcher.act(at, &Act::Denied { permission, object, sensitive });
        }
        watcher.rung()
    }

    fn weighs(permission: &str, object: &str) -> (&'static str, f64) {
        let finding = denied(Duration::ZERO, permission, object, false).expect("a finding");
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
        assert_eq!(thing("filesystem.write", "/tmp/a8f3"), thing("filesystem.write", "/tmp/b991"));
        assert_ne!(thing("filesystem.read", "/tmp/a"), thing("filesystem.read", "/tmp/b"));
    }

    #[test]
    fn a_few_places_of_secrets_are_told_and_several_are_acted_on() {
        let places = [
            "/home/a/.ssh/id_ed25519",
            "/home/a/.aws/credentials",
            "/etc/shadow",
            "/home/a/.netrc",
            "/home/a/.kube/config",
            "/home/a/.gnupg/secring.gpg",
            "/home/a/.docker/config.json",
            "/home/a/.pgpass",
            "/home/a/.password-store",
        ];
        let tries = places.map(|place| ("filesystem.read", place));
        assert_eq!(rung(&tries), Rung::Observe, "without that it is known as such");
        assert_eq!(rung_of(&tries[..1], true), Rung::Observe);
        assert_eq!(rung_of(&tries[..3], true), Rung::Notify);
        assert_eq!(rung_of(&tries[..6], true), Rung::Throttle);
        assert_eq!(rung_of(&tries, true), Rung::Narrow);
        let told = denied(Duration::ZERO, "filesystem.read", "/etc/shadow", true).unwrap();
        assert_eq!(told.rule, "denied-secret");
        assert!(told.sentence.ends_with("People keep secrets there."), "{}", told.sentence);
    }

    #[test]
    fn where_runtimes_look_when_they_start_no_secret_is_after() {
        let tries = [
            ("filesystem.read", "/sys/fs/cgroup/memory.max"),
            ("filesystem.read", "/sys/fs/cgroup/cpu.max"),
            ("filesystem.read", "/sys/devices/system/cpu/online"),
            ("filesystem.read", "/proc/meminfo"),
            ("filesystem.read", "/run/systemd/resolve/stub-resolv.conf"),
            ("filesystem.read", "/dev/tty"),
        ];
        assert_eq!(rung_of(&tries, true), Rung::Observe);
    }

    #[test]
    fn each_refusal_has_words_that_fit() {
        let check = |permission, object, expected: &str| {
            let finding = denied(Duration::ZERO, permission, object, false).expect("a finding");
            assert_eq!(finding.sentence, expected);
        };
        check(
            "filesystem.exception",
            "/data/link",
            "It met a border within what it was granted, at /data/link.",
        );
        check("token", "write /data/x", "It showed a token that is not good for write /data/x.");
        check("process", "git", "It asked to run git, which its grant does not cover.");
        check(
            "environment",
            "HOME",
            "It asked for the variable HOME, which its grant does not cover.",
        );
        check(
            "events.on",
            "news",
            "It asked to hear events of news, which its grant does not cover.",
        );
        check("anything", "x", "It asked for x, which its grant does not cover.");
    }

    #[test]
    fn what_is_told_beside_refusals_is_none() {
        assert!(denied(Duration::ZERO, "filesystem.left-out", "/out/socket", false).is_none());
        assert!(denied(Duration::ZERO, "kv", "store", false).is_none());
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
