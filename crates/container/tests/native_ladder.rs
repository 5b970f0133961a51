//! Native cells of an ordinary user who can have no namespace: on the host's own tree, with Landlock
//! alone between it and the program.
//!
//! Each test runs in a process of its own, in a user namespace around it that allows no other
//! (`user.max_user_namespaces` is a setting of each); the machine's setting stays.
#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test program, and the init that it plays"
)]

mod harness;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use aether_container::{
    Cell, Exit, LaunchError, Limit, MountKind, Native, Protection, Recipe, State, Stream, launch,
};
use libtest_mimic::Trial;

use harness::{
    Copy, Folder, Ran, Test, a_time_of_its_own, become_a_cell, become_a_test, becomes,
    count_sleeping, mount, quiet, read_only, watch,
};

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 2_012_347;

const TESTS: &[Test] = &[
    ("without the word of its owner nothing starts", refused_by_default),
    ("a program runs, and its output and exit code are told", a_program_runs),
    ("the posture says what holds instead", the_posture_is_true),
    ("only what was granted is read", only_grants_are_read),
    ("the host's processes and machine are not read", no_process_files),
    ("nothing of the host's is changed", nothing_is_changed),
    ("there is a private folder, gone afterwards", a_private_folder),
    ("what is written is bounded", writes_are_bounded),
    ("files that nobody sees are counted", unnamed_files_are_counted),
    ("grants that only a root could show are refused by name", grants_are_refused),
    ("a folder of programs is found where it lies", programs_are_found),
    ("no program but the listed ones is executed", only_listed_programs_run),
    ("there is no socket", no_sockets),
    ("pairs of sockets are", pairs_are),
    ("no queue, segment or semaphore of the host", no_ipc),
    ("no signal goes out", no_signals),
    ("other processes are not steered", no_steering),
    ("nothing survives its program", nothing_survives),
    ("a killed cell leaves nothing", killed_leaves_nothing),
    ("a dropped cell leaves nothing", dropped_leaves_nothing),
    ("those who fork away are ended", those_who_fork_away),
    ("a host that dies leaves nothing", a_dead_host_leaves_nothing),
    ("the init is out of reach", the_init_is_out_of_reach),
    ("processes are bounded", processes_are_bounded),
    ("memory is bounded", memory_is_bounded),
    ("the processor is bounded", the_processor_is_bounded),
    ("refused calls are told by name", refused_calls_are_told),
];

/// Of a root host that can have every namespace but one of users.
const TESTS_OF_ROOT: &[Test] = &[
    ("root's cell without a user namespace is a user of its own", a_user_of_its_own),
    ("what it writes is its own", what_it_writes_is_its_own),
    ("the machine's settings stay", settings_stay),
];

/// Becomes root of a user namespace that knows every user and allows no other namespace of users.
/// The machine's setting stays: each namespace has its own.
const ROOT_WITHOUT: &str = "unshare --user sleep 60 & holder=$!; \
    until [ \"$(readlink /proc/$holder/ns/user)\" != \"$(readlink /proc/self/ns/user)\" ]; do \
        sleep 0.01; done; \
    echo 0 0 4294967295 > /proc/$holder/uid_map; echo 0 0 4294967295 > /proc/$holder/gid_map; \
    nsenter --user --target $holder \
        sh -c 'echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\"' \"$0\"; code=$?; \
    kill $holder; exit $code";

/// Played by a copy of this program that is to be killed.
const HOST_THAT_DIES: &str = "a host that dies";

fn main() {
    become_a_cell();
    if harness::role().is_some_and(|role| role == HOST_THAT_DIES) {
        return be_a_host_that_dies();
    }
    if become_a_test(&[TESTS, TESTS_OF_ROOT].concat()) {
        return;
    }
    let copy = Copy::new();
    let trial = |name: &'static str| Trial::test(name, copy.without_namespaces(NOBODY, name));
    let mut trials: Vec<Trial> = TESTS.iter().map(|(name, _)| trial(name)).collect();
    for (name, _) in TESTS_OF_ROOT {
        if rustix::process::geteuid().is_root() {
            let mut command = Command::new("sh");
            command.args(["-c", ROOT_WITHOUT]);
            trials.push(Trial::test(*name, copy.behind(command, name)));
        } else {
            println!("SKIPPED as an ordinary user: {name}");
        }
    }
    harness::conclude(trials, copy)
}

fn a_user_of_its_own() {
    let mut cell = harness::start(&recipe(harness::shell("id -u; cat /proc/self/status")));
    let state = |cell: &Cell, protection| cell.posture().get(protection).map(|line| line.state);
    assert_eq!(state(&cell, Protection::Userns), Some(State::Degraded));
    for protection in [Protection::Root, Protection::Writes, Protection::Pidns, Protection::Netns] {
        assert_eq!(state(&cell, protection), Some(State::Enforced), "{protection}");
    }
    assert!(cell.usage().processes <= 2);
    let ran = watch(cell);
    ran.ends_well().says("CapBnd:\t0000000000000000").says("CapEff:\t0000000000000000");
    let user: u32 = ran.out.lines().next().and_then(|line| line.parse().ok()).expect("a number");
    assert!(user >= 0x7000_0000, "{user}");
}

/// Those of its user namespace are the host's own.
fn settings_stay() {
    let read = || {
        ["user/max_inotify_instances", "user/max_inotify_watches", "kernel/shmall"]
            .map(|name| fs::read_to_string(format!("/proc/sys/{name}")).expect("a setting"))
    };
    let before = read();
    watch(harness::start(&recipe(harness::shell("true")))).ends_well();
    assert_eq!(read(), before);
}

fn what_it_writes_is_its_own() {
    // Whoever starts the host decides on the program's, and not on what is made for it.
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(0o077));
    let folder = Folder::new();
    let path = folder.path();
    folder.file("old", "old\n");
    fs::set_permissions(path.join("old"), fs::Permissions::from_mode(0o666)).expect("its rights");
    let single = folder.file("single", "single\n");
    let script = format!(
        "set -e; echo t > /tmp/t; mkdir /tmp/d; cat /tmp/t; echo s > /dev/shm/s; cat /dev/shm/s; \
         cd {}; cat old; echo new > new; echo more >> old; cat new old; echo x >> single; \
         cat single; umask; : > /dev/null; stat -c %u /tmp new single | sort -u | wc -l",
        path.display()
    );
    let mut one = harness::shell(&script);
    one.mounts.push(harness::overlay(&path));
    one.mounts.push(harness::from_root(mount(&single, &single, MountKind::FileCopy)));
    let ran = watch(harness::start(&recipe(one)));
    ran.ends_well().says("t\ns\nold\nnew\nold\nmore\nsingle\nx\n0077\n1\n");
    assert_eq!(fs::read_to_string(path.join("old")).expect("a file"), "old\n");
    assert!(!path.join("new").exists() && ran.cell.layers().len() == 2);
}

/// What nobody of root's shows.
fn plain(mut one: Native) -> Native {
    one.mounts.iter_mut().for_each(|mount| mount.as_root = false);
    // Nothing of it may be needed.
    one.mounts.push(mount("/etc/hosts", "/etc/ld.so.cache", MountKind::StandIn));
    let more = [("HOME", "/tmp"), ("TMPDIR", "/tmp")];
    one.environment.extend(more.map(|(name, value)| (name.into(), value.into())));
    one
}

fn native(script: &str) -> Native {
    plain(harness::shell(script))
}

fn perl(script: &str) -> Native {
    plain(harness::native(&["/usr/bin/perl", "-e", script]))
}

fn recipe(native: Native) -> Recipe {
    let mut recipe = harness::recipe(native);
    recipe.limits.cpu_millis = 8000;
    recipe.optional = BTreeSet::from([Protection::Userns]);
    recipe
}

#[track_caller]
fn start(native: Native) -> Cell {
    harness::start(&recipe(native))
}

#[track_caller]
fn run(native: Native) -> Ran {
    watch(start(native))
}

#[track_caller]
fn refusal(native: Native) -> String {
    match launch(&recipe(native)) {
        Err(error @ LaunchError::Rootless { .. }) => error.to_string(),
        other => panic!("{other:?}"),
    }
}

fn refused_by_default() {
    let mut one = recipe(native("true"));
    one.optional.clear();
    match launch(&one) {
        Err(LaunchError::Protection { protection: Protection::Userns, .. }) => {}
        other => panic!("{other:?}"),
    }
}

fn a_program_runs() {
    let ran = run(native("echo hello; echo there >&2; env; exit 7"));
    ran.exits(7).says("hello\n").says("there\n").says("PATH=/usr/bin:/bin");
    assert!(!ran.out.contains("NATIVE_TEST_ROLE"), "the host's environment: {ran:?}");
    let killed = run(native("kill -9 $$"));
    assert!(matches!(killed.exit, Exit::Signal { number: 9, out_of_memory: false }), "{killed:?}");
    let mut missing = native("");
    missing.program = "/usr/bin/no-such-program".into();
    let error = launch(&recipe(missing)).expect_err("it is not there").to_string();
    assert!(error.contains("no-such-program"), "{error}");
}

fn the_posture_is_true() {
    let ran = run(native("true"));
    let posture = ran.cell.posture();
    assert!(!posture.is_full());
    for (protection, expect) in [
        (Protection::Userns, "host's own user"),
        (Protection::Root, "Landlock alone"),
        (Protection::Writes, "8 MB for each file"),
        (Protection::Pidns, "signals"),
        (Protection::Init, "stops and ends"),
        (Protection::Ipcns, "seccomp"),
        (Protection::Utsns, "can be read"),
        (Protection::Cgroupns, "Landlock"),
        (Protection::Netns, "every socket"),
    ] {
        let line = posture.get(protection).unwrap_or_else(|| panic!("{protection}: {posture:?}"));
        assert_eq!(line.state, State::Degraded, "{line:?}");
        assert!(line.detail.contains(expect), "{line:?}");
    }
    for &protection in Protection::ALL.iter().filter(|protection| protection.applies(true)) {
        let line = posture.get(protection).unwrap_or_else(|| panic!("{protection}: {posture:?}"));
        let falls = protection == Protection::Userns || protection.follows().is_some();
        assert_eq!(line.state == State::Degraded, falls, "{line:?}");
    }
}

fn only_grants_are_read() {
    let folder = Folder::new();
    let granted = folder.file("granted.txt", "given");
    let secret = folder.file("secret.txt", "kept");
    let inner = folder.path().join("inner");
    fs::create_dir(&inner).expect("a folder");
    std::os::unix::fs::symlink(&secret, inner.join("link")).expect("a link");
    fs::write(inner.join("file"), "within").expect("a file");
    let mut one = native(&format!(
        "cat {0}; cat {1}; cat {2}/file; cat {2}/link; cd {2} && cat ../secret.txt; ls {3}; ls /; \
         cat /etc/passwd; echo end",
        granted.display(),
        secret.display(),
        inner.display(),
        folder.path().display(),
    ));
    one.mounts.extend([read_only(&granted), mount(&inner, &inner, MountKind::View)]);
    let ran = run(one);
    ran.says("given").says("within").says("end\n");
    assert!(!ran.out.contains("kept") && !ran.out.contains("root:"), "{ran:?}");
    assert!(!ran.out.contains("\nsecret.txt\n") && !ran.out.contains("proc\n"), "{ran:?}");
}

fn no_process_files() {
    let me = std::process::id();
    let ran = run(native(&format!(
        "exec 2>/dev/null; for file in /proc/version /proc/{me}/environ /proc/self/status \
         /etc/passwd /proc/{me}/root/etc/passwd; do cat $file || echo no; done; \
         for folder in /sys/kernel/mm /dev/shm; do ls $folder || echo no; done; \
         head -c 4 /dev/zero | wc -c; echo x > /dev/null && echo null"
    )));
    assert_eq!(ran.out, format!("{}4\nnull\n", "no\n".repeat(7)), "{ran:?}");
}

fn nothing_is_changed() {
    let folder = Folder::new();
    let file = folder.file("file.txt", "as it was");
    let outside = Folder::new();
    let other = outside.file("other.txt", "as it was");
    let before = |path: &Path| {
        let meta = fs::metadata(path).expect("it is there");
        (meta.permissions().mode(), meta.modified().expect("its time"))
    };
    let all = [&file, &other, &folder.path(), &outside.path()].map(|path| before(path));
    let mut one = native(&format!(
        "exec 2>/dev/null; for folder in {0} {1}; do cd $folder; for file in *.txt; do \
         echo x > $file; echo x >> $file; rm $file; mv $file new; ln $file $HOME/link && echo x > $HOME/link; \
         chmod 777 $file; touch -d 2001-01-01 $file; truncate -s 0 $file; \
         perl -e 'open F, \"<\", shift; chmod 0777, *F; utime 1, 1, *F; truncate F, 0' $file; \
         done; echo x > new; mkdir new; ln -s a b; mkfifo pipe; chmod 0 .; touch -d 2001-01-01 .; done; \
         perl -e '($p, $n, $v) = (\"{2}\", \"user.x\", \"y\"); \
         syscall 452, -100, $p, 0777, 0; syscall 188, $p, $n, $v, 1, 0; \
         open F, \"<\", $p; $f = pack \"L\", 0x40; ioctl F, 0x40086602, $f'; \
         echo end",
        folder.path().display(),
        outside.path().display(),
        file.display(),
    ));
    one.mounts.push(read_only(folder.path()));
    let ran = run(one);
    ran.says("end\n");
    for path in [&file, &other] {
        assert_eq!(fs::read_to_string(path).expect("it is there"), "as it was");
    }
    assert_eq!([&file, &other, &folder.path(), &outside.path()].map(|path| before(path)), all);
    for folder in [&folder, &outside] {
        assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "{ran:?}");
    }
    for call in ["fchmod", "fchmodat2", "utimensat", "setxattr", "ioctl"] {
        assert!(ran.refused().contains(&call), "{call}: {ran:?}");
    }
}

fn a_private_folder() {
    let ran = run(native(
        "pwd; echo $HOME; test $TMPDIR = $HOME && echo same; echo a > b && mkdir -p c/d && \
         echo x > c/d/e && cat b && mkdir -m 0 closed && rm b && ls; stat -c %a .",
    ));
    ran.exits(0).says("a\n").says("same\n").says("closed\n").says("700\n");
    let path = PathBuf::from(ran.out.lines().next().expect("its folder"));
    assert!(ran.out.contains(&format!("{0}\n{0}\n", path.display())), "{ran:?}");
    assert!(path.is_absolute() && fs::symlink_metadata(&path).is_err(), "{}", path.display());
}

fn writes_are_bounded() {
    let ran = run(native("head -c 20000000 /dev/zero > one; echo on"));
    // The size of a file is the kernel's matter.
    ran.says("on\n");
    let ran = run(native(
        "for n in 1 2 3 4 5 6; do head -c 4000000 /dev/zero > $n; done; sleep 5; echo on",
    ));
    assert!(!ran.out.contains("on\n"), "{ran:?}");
    assert_eq!(ran.cell.overstepped(), Some(Limit::Scratch));
    let ran = run(native("n=0; while true; do n=$((n+1)); : > $n; done"));
    assert_eq!(ran.cell.overstepped(), Some(Limit::Scratch), "{ran:?}");
}

fn unnamed_files_are_counted() {
    let ran = run(native(
        "for n in 3 4 5 6 7 8; do eval \"exec $n> file; rm file; head -c 4000000 /dev/zero >&$n\"; \
         done; sleep 5; echo on",
    ));
    assert_eq!(ran.cell.overstepped(), Some(Limit::Scratch), "{ran:?}");
}

fn grants_are_refused() {
    let folder = Folder::new();
    let path = folder.path();
    for kind in [MountKind::Overlay, MountKind::NewFolder] {
        let mut one = native("true");
        one.mounts.push(mount(&path, &path, kind));
        let error = refusal(one);
        assert!(error.contains(&format!("writing to {path:?}")), "{error}");
    }
    let mut one = native("true");
    one.mounts.push(mount("/data", &path, MountKind::View));
    let error = refusal(one);
    assert!(error.contains("\"/data\"") && error.contains(path.to_str().expect("text")), "{error}");
    let mut one = native("true");
    one.networked = true;
    assert!(refusal(one).contains("network"));
    let mut one = native("true");
    one.mounts.push(read_only(Path::new("/")));
    assert!(refusal(one).contains("/proc"));
    // A link by the time of the launch.
    let link = path.join("link");
    std::os::unix::fs::symlink("/etc", &link).expect("a link");
    let mut one = native("true");
    one.mounts.push(read_only(&link));
    assert!(refusal(one).contains("link"));
}

fn programs_are_found() {
    let folder = Folder::new();
    let main = folder.file("main.sh", "#!/bin/sh\npwd; echo $0 $AETHER_PLUGIN; cat data.txt\n");
    fs::set_permissions(&main, fs::Permissions::from_mode(0o755)).expect("its rights");
    let work = Folder::new();
    work.file("data.txt", "given");
    let mut one = native("");
    one.program = "/plugin/main.sh".into();
    one.command = vec!["/plugin/main.sh".into()];
    one.executable.push("/plugin".into());
    one.environment.push(("AETHER_PLUGIN".into(), "/plugin".into()));
    one.folder = "/workspace".into();
    one.mounts.push(mount("/plugin", folder.path(), MountKind::ReadOnly));
    one.mounts.push(mount(
        "/workspace/data.txt",
        work.path().join("data.txt"),
        MountKind::ReadOnly,
    ));
    let ran = run(one);
    let expect =
        format!("{}\n{} {}\ngiven", work.path().display(), main.display(), folder.path().display());
    assert_eq!(ran.out, expect, "{ran:?}");
}

fn only_listed_programs_run() {
    let folder = Folder::new();
    let copy = folder.path().join("echo");
    fs::copy("/bin/echo", &copy).expect("a copy");
    fs::set_permissions(&copy, fs::Permissions::from_mode(0o755)).expect("its rights");
    let mut one =
        native(&format!("{0} no; cp {0} mine && ./mine no; /bin/echo yes", copy.display()));
    one.mounts.push(read_only(folder.path()));
    let ran = run(one);
    ran.says("yes\n");
    assert!(!ran.out.contains("no\n"), "{ran:?}");
}

fn no_sockets() {
    let folder = Folder::new();
    let listener = std::os::unix::net::UnixListener::bind(folder.path().join("socket"));
    let listener = listener.expect("a socket");
    let datagrams = std::os::unix::net::UnixDatagram::bind(folder.path().join("datagrams"));
    let datagrams = datagrams.expect("a socket");
    datagrams.set_nonblocking(true).expect("at once");
    let tcp = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = tcp.local_addr().expect("its port").port();
    let mut one = perl(&format!(
        "use Socket; \
         for my $f (AF_UNIX, AF_INET, 10, 16, 17, 40) {{ for my $t (1, 2, 3) {{ \
         print \"socket $f $t\\n\" if socket(my $s, $f, $t, 0) }} }} \
         if (socket(my $s, AF_INET, SOCK_STREAM, 0)) {{ \
         print \"out\\n\" if connect($s, sockaddr_in({port}, inet_aton(\"127.0.0.1\"))) }} \
         if (socketpair(my $a, my $b, AF_UNIX, SOCK_DGRAM, 0)) {{ print \"pair\\n\"; \
         print \"sent\\n\" if send($a, \"x\", 0, sockaddr_un(\"{0}/datagrams\")) }} \
         socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die; close $b; \
         print \"again\\n\" if connect($a, sockaddr_un(\"{0}/socket\")); \
         print \"bound\\n\" if bind($a, sockaddr_un(\"\\0ladder\")); \
         print \"end\\n\"",
        folder.path().display(),
    ));
    one.mounts.push(read_only(folder.path()));
    let ran = run(one);
    assert_eq!(ran.out, "end\n", "{ran:?}");
    assert!(ran.refused().contains(&"socket"), "{ran:?}");
    assert!(datagrams.recv(&mut [0; 8]).is_err());
    listener.set_nonblocking(true).expect("at once");
    assert!(listener.accept().is_err());
}

fn pairs_are() {
    let ran = run(perl(
        "use Socket; socketpair(my $a, my $b, AF_UNIX, SOCK_STREAM, 0) or die $!; \
         if (!fork) { syswrite $b, \"through\"; exit } wait; sysread $a, my $x, 99; print $x",
    ));
    ran.exits(0).says("through");
}

fn no_ipc() {
    // By x86-64's numbers: shmget, semget, msgget, shmat, mq_open.
    if cfg!(not(target_arch = "x86_64")) {
        return;
    }
    let ran = run(perl(
        "for ([29, 0, 4096, 01600], [64, 0, 1, 01600], [68, 0, 01600], [30, 0, 0, 0]) { \
         my ($n, @a) = @$_; print \"made $n\\n\" if syscall($n, @a) != -1 } \
         my $n = 'ladder'; print \"queue\\n\" if syscall(240, $n, 0102, 0600, 0) != -1; print \"end\\n\"",
    ));
    assert_eq!(ran.out, "end\n", "{ran:?}");
    assert_eq!(ran.refused(), ["shmget", "semget", "msgget", "shmat", "mq_open"]);
}

fn no_signals() {
    let mut victim = Command::new("sleep").arg("60").spawn().expect("sleep");
    let (pid, me) = (victim.id(), std::process::id());
    let ran = run(native(&format!(
        "kill -9 {pid} || echo no; kill -STOP {pid} || echo no; kill -9 {me} || echo no; \
         kill -0 {pid} || echo no; kill -9 -1; echo end"
    )));
    assert!(ran.out.matches("no\n").count() == 4 || ran.refused().len() > 3, "{ran:?}");
    assert!(victim.try_wait().expect("its state").is_none(), "it lives: {ran:?}");
    let state = fs::read_to_string(format!("/proc/{pid}/stat")).expect("its state");
    assert!(state.contains(" S "), "{state}");
    victim.kill().expect("it lived");
    victim.wait().expect("its end");
}

fn no_steering() {
    if cfg!(not(target_arch = "x86_64")) {
        return;
    }
    let mut victim = Command::new("sleep").arg("60").spawn().expect("sleep");
    let pid = victim.id();
    let limits = fs::read_to_string(format!("/proc/{pid}/limits")).expect("its limits");
    // prlimit64, setpriority of a process and of a user, sched_setaffinity, process_vm_readv,
    // ptrace, pidfd_getfd.
    let ran = run(perl(&format!(
        "my $l = pack 'QQ', 0, 0; my $m = pack 'Q', 1; my $u = $<; \
         for ([302, {pid}, 1, $l, 0], [141, 0, {pid}, 19], [141, 2, $u, 19], [203, {pid}, 8, $m], \
         [310, {pid}, 0, 0, 0, 0, 0], [101, 16, {pid}, 0, 0], [438, 3, 0, 0]) {{ \
         my ($n, @a) = @$_; print \"did $n\\n\" if syscall($n, @a) != -1 }} \
         print \"self\\n\" if syscall(141, 0, 0, 19) != -1; print \"end\\n\""
    )));
    assert_eq!(ran.out, "self\nend\n", "{ran:?}");
    assert_eq!(fs::read_to_string(format!("/proc/{pid}/limits")).expect("its limits"), limits);
    victim.kill().expect("it lived");
    victim.wait().expect("its end");
}

/// Leaves orphans in sessions of their own, one of them deaf to what can be ignored.
fn orphans(time: &str) -> String {
    format!(
        "setsid sleep {time} & (setsid sh -c 'sleep {time} & sleep {time} &' &); \
         setsid sh -c 'trap \"\" TERM HUP INT; (sleep {time} &) & sleep {time}' & "
    )
}

fn nothing_survives() {
    let time = a_time_of_its_own(7);
    let ran = run(native(&format!("{} sleep 0.5; exit 3", orphans(&time))));
    ran.exits(3);
    assert_eq!(count_sleeping(&time), 0, "an orphan survived");
}

fn killed_leaves_nothing() {
    let time = a_time_of_its_own(8);
    let cell = start(native(&format!("pwd; {} sleep {time}", orphans(&time))));
    becomes("it began", || count_sleeping(&time) >= 6);
    cell.kill();
    let ran = watch(cell);
    assert!(matches!(ran.exit, Exit::Signal { number: 9, .. }), "{ran:?}");
    assert_eq!(count_sleeping(&time), 0, "an orphan survived");
    assert!(!Path::new(ran.out.trim()).exists(), "{ran:?}");
}

fn dropped_leaves_nothing() {
    let time = a_time_of_its_own(9);
    let cell = start(native(&format!("{} sleep {time}", orphans(&time))));
    becomes("it began", || count_sleeping(&time) >= 6);
    drop(cell);
    assert_eq!(count_sleeping(&time), 0, "an orphan survived");
}

fn those_who_fork_away() {
    // Each makes another and ends, in sessions of their own; some of them ever and ever.
    let name = format!("ladder-runner-{}", std::process::id());
    let mut one = perl(&format!(
        "use POSIX; $0 = '{name}'; $SIG{{CHLD}} = 'IGNORE'; \
         for (1..6) {{ if (!fork) {{ while (1) {{ my $p = fork; next unless defined $p; exit if $p; \
         POSIX::setsid() }} }} }} sleep 1; exit 4"
    ));
    one.processes = 32;
    let there = || {
        fs::read_dir("/proc").expect("/proc").flatten().any(|entry| {
            let line = fs::read(entry.path().join("cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&line).starts_with(&name)
        })
    };
    let ran = run(one);
    ran.exits(4);
    assert!(!there(), "a runner survived");
}

fn be_a_host_that_dies() {
    let time = std::env::var("LADDER_TIME").expect("a time");
    let cell = start(native(&format!("pwd; {} sleep {time}", orphans(&time))));
    let mut cell = cell;
    let mut buffer = [0; 4096];
    loop {
        let ready = cell.wait(Duration::from_millis(50), quiet()).expect("wait");
        if ready.stdout
            && let Ok(count) = cell.read_output(Stream::Stdout, &mut buffer)
        {
            std::io::stdout().write_all(&buffer[..count]).expect("said");
        }
    }
}

fn a_dead_host_leaves_nothing() {
    let time = a_time_of_its_own(6);
    let mut host = Command::new("/proc/self/exe");
    host.env("NATIVE_TEST_ROLE", HOST_THAT_DIES).env("LADDER_TIME", &time).stdout(Stdio::piped());
    let mut host = host.spawn().expect("a host");
    becomes("it began", || count_sleeping(&time) >= 6);
    host.kill().expect("it lived");
    let output = host.wait_with_output().expect("its end");
    becomes("the orphans are gone", || count_sleeping(&time) == 0);
    let folder = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    assert!(folder.starts_with('/'), "{folder}");
    becomes("the folder is gone", || !Path::new(&folder).exists());
}

fn the_init_is_out_of_reach() {
    let ran = run(perl(
        "my $i = getppid; my @did; for my $s (9, 15, 19, 0) { push @did, $s if kill $s, $i } \
         push @did, 'mem' if open F, '+<', \"/proc/$i/mem\"; print \"did @did\\nend\\n\"",
    ));
    ran.exits(0);
    assert_eq!(ran.out, "did \nend\n", "{ran:?}");
}

fn processes_are_bounded() {
    let mut one = perl(
        "$| = 1; my $n = 0; for (1..60) { my $p = fork; last unless defined $p; \
         if (!$p) { sleep 20; exit } $n++ } sleep 2; print \"made $n\\n\"; exit 0",
    );
    one.processes = 8;
    let ran = run(one);
    // The system counts all that this user has, and another's of the same number may hide some: who
    // makes more than that is ended.
    if ran.cell.overstepped() == Some(Limit::Processes) {
        return;
    }
    let made = ran.out.trim().strip_prefix("made ").and_then(|number| number.parse::<u32>().ok());
    assert!(made.is_some_and(|made| (1..=8).contains(&made)), "{ran:?}");
}

fn memory_is_bounded() {
    let ran = run(perl(
        "for (1..4) { if (!fork) { my $x = 'x' x 30_000_000; sleep 20; exit } } sleep 20",
    ));
    assert_eq!(ran.cell.overstepped(), Some(Limit::Memory), "{ran:?}");
}

fn the_processor_is_bounded() {
    let mut one = recipe(native("sh -c 'while :; do :; done' & while :; do :; done"));
    one.limits.cpu_millis = 200;
    let mut cell = launch(&one).expect("a cell");
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(3) {
        cell.govern();
        cell.wait(Duration::from_millis(10), quiet()).expect("wait");
    }
    let used = cell.usage().cpu;
    assert!(used < Duration::from_millis(1500), "{used:?}");
    // Also while it stands still.
    cell.kill();
    let ended = Instant::now();
    watch(cell);
    assert!(ended.elapsed() < Duration::from_secs(10));
}

fn refused_calls_are_told() {
    let ran = run(perl("syscall 165, 0, 0, 0, 0, 0; use Socket; socket(my $s, AF_INET, 1, 0)"));
    for name in ["mount", "socket"] {
        let here = cfg!(target_arch = "x86_64") || name == "socket";
        assert!(!here || ran.refused().contains(&name), "{ran:?}");
    }
}
