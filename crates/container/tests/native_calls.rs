//! What a host is told of the calls of native programs, and what a broker gives them. As root every
//! test runs twice, the second time on a host that is an ordinary user.
#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test program, and the programs that it plays"
)]

mod harness;

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::net::{SocketAddr, SocketAddrV4, TcpStream, UdpSocket};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use aether_container::{
    Access, Address, Answer, Broker, Detail, Dropped, Exit, Interest, LaunchError, LaunchOptions,
    Mount, MountKind, Native, OpenRequest, Outcome, Presence, Recipe, launch, launch_with,
};

use harness::{Ran, Test, become_a_cell, become_a_test, from_root, mount, watch};

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 2_012_345;

/// Where this program is in the roots of its cells.
const ACTOR: &str = "/actor";

/// A network that leads nowhere; RFC 5737.
const NOWHERE: &str = "192.0.2.1:80";

const TESTS: &[Test] = &[
    ("a connection is noted with its destination", a_connection_is_noted),
    ("datagrams are noted with their destinations", datagrams_are_noted),
    ("unix sockets are noted by path and by name", unix_sockets_are_noted),
    ("programs are noted with their arguments", programs_are_noted),
    ("a long command line is cut", a_long_command_line_is_cut),
    ("refused calls are decoded", refused_calls_are_decoded),
    ("unreadable arguments are told without text", unreadable_arguments),
    ("calls of threads are told with their process", calls_of_threads),
    ("calls newer than the list are absent", newer_calls_are_absent),
    ("files are traced when that is asked for", files_are_traced),
    ("files are not traced otherwise", files_are_not_traced),
    ("a broker grants one file and refuses others", a_broker_grants),
    ("a broker's grants are files that it opened", a_broker_gives_files_only),
    ("what a broker gives obeys the flags and limits of the call", given_as_asked_for),
    ("a call that is killed while the broker thinks gets nothing", killed_while_judged),
    ("a signal that comes while the broker thinks gives nothing twice", interrupted_while_judged),
    ("a path that changes gets what was judged", a_path_that_changes),
    ("a recipe with a broker needs one", a_recipe_with_a_broker_needs_one),
    ("a broker that panics fails calls", a_broker_that_panics),
    ("ten thousand programs are counted", ten_thousand_programs),
    ("signals in mid-call lose nothing", signals_in_mid_call),
    ("a cell is killed in mid-call", a_cell_is_killed_in_mid_call),
    ("a host that does not listen holds nothing up", a_host_that_does_not_listen),
];

fn main() {
    become_a_cell();
    let words: Vec<String> = std::env::args().collect();
    if words[0] == ACTOR {
        return act(&words[1], &words[2..]);
    }
    if harness::role().is_some_and(|role| role == "costs") {
        return costs();
    }
    if become_a_test(TESTS) {
        return;
    }
    harness::run_all(TESTS, NOBODY, |_, _| Vec::new())
}

/// What this program does in a cell.
fn act(what: &str, words: &[String]) {
    let there: SocketAddr = NOWHERE.parse().expect("an address");
    match what {
        "connect" => {
            for address in words {
                let address: SocketAddr = address.parse().expect("an address");
                assert!(TcpStream::connect(address).is_err(), "nothing is there");
            }
        }
        "datagram" => {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("loopback");
            // Nothing is reached; the attempt is what counts.
            drop(socket.send_to(b"words", there));
            let own = socket.local_addr().expect("its address");
            socket.connect(own).expect("loopback");
            socket.send(b"untold").expect("a datagram without an address");
        }
        "threads" => {
            let calls = |number: u8| {
                move || drop(TcpStream::connect(SocketAddr::from(([192, 0, 2, number], 80))))
            };
            let threads: Vec<_> = (1..=8).map(|n| std::thread::spawn(calls(n))).collect();
            threads.into_iter().for_each(|thread| thread.join().expect("a thread"));
        }
        "loop" => {
            let times: u32 = words[0].parse().expect("a number");
            let path = words.get(1).map_or("/usr", |path| path.as_str());
            let begin = Instant::now();
            for _ in 0..times {
                match path {
                    "connect" => drop(TcpStream::connect("127.0.0.1:1")),
                    "exec" => drop(Command::new("/bin/true").status()),
                    path => drop(File::open(path)),
                }
            }
            println!("{}", begin.elapsed().as_nanos() / u128::from(times.max(1)));
        }
        "forever" => loop {
            drop(TcpStream::connect("127.0.0.1:1"));
        },
        "signals" => calls_under_signals(),
        "given" => given(),
        "interrupted" => interrupted(),
        other => panic!("{other}"),
    }
}

/// Makes calls that stop for the host while another process sends signals as fast as it can; prints
/// how the calls ended, and whether signals came. The kernel makes a call again that was interrupted
/// before anybody took it, for a handler of such signals (`SA_RESTART`).
fn calls_under_signals() {
    let came = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGUSR1, Arc::clone(&came)).expect("a handler");
    let sends = "while kill -USR1 $PPID; do :; done";
    let mut sender = Command::new("/bin/sh").args(["-c", sends]).spawn().expect("a sender");
    let there: SocketAddrV4 = NOWHERE.parse().expect("an address");
    let (mut ends, mut calls, mut times) = (BTreeSet::new(), 0, 0);
    while calls < 3000 || times < 50 && calls < 60_000 {
        use rustix::net::{AddressFamily, SocketType, connect, socket};
        let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
        // Not the standard library's, which makes an interrupted call again by itself.
        ends.insert(connect(&socket, &there).expect_err("nothing is there").raw_os_error());
        times += u32::from(came.swap(false, Ordering::Relaxed));
        calls += 1;
    }
    sender.kill().expect("it was sending");
    sender.wait().expect("its end");
    println!(
        "{ends:?} signals {}",
        if times >= 50 { "many".to_owned() } else { times.to_string() }
    );
}

/// How many descriptors this process has.
fn descriptors() -> usize {
    // The listing has one itself.
    fs::read_dir("/proc/self/fd").expect("descriptors").count() - 1
}

/// Opens what a broker gives, with flags and limits of its own.
fn given() {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    use rustix::io::{FdFlags, fcntl_getfd};
    use rustix::process::{Resource, Rlimit, setrlimit};
    let open = |flags| openat(CWD, "/granted/file", OFlags::RDONLY | flags, Mode::empty());
    for (flags, expect) in
        [(OFlags::CLOEXEC, FdFlags::CLOEXEC), (OFlags::empty(), FdFlags::empty())]
    {
        let file = open(flags).expect("it is granted");
        assert_eq!(fcntl_getfd(&file), Ok(expect));
    }
    let before = descriptors();
    let most = |most: u64| Rlimit { current: Some(most), maximum: Some(256) };
    setrlimit(Resource::Nofile, most(3)).expect("less");
    assert_eq!(open(OFlags::CLOEXEC).map(drop), Err(rustix::io::Errno::MFILE));
    setrlimit(Resource::Nofile, most(256)).expect("as before");
    assert_eq!(descriptors(), before, "nothing is left of what could not be given");
    println!("as asked for");
}

/// Has a signal come while a broker that takes its time judges an open.
fn interrupted() {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let came = Arc::new(AtomicBool::new(false));
    signal_hook::flag::register(libc::SIGUSR1, Arc::clone(&came)).expect("a handler");
    let sends = "for i in 1 2 3 4 5 6 7 8 9 10; do sleep 0.05; kill -USR1 $PPID; done";
    let mut sender = Command::new("/bin/sh").args(["-c", sends]).spawn().expect("a sender");
    let before = descriptors();
    let mut opened = Vec::new();
    while sender.try_wait().expect("its state").is_none() {
        let path = "/granted/file";
        match openat(CWD, path, OFlags::RDONLY | OFlags::CLOEXEC, Mode::empty()) {
            Ok(file) => opened.push(file),
            Err(error) => assert_eq!(error, rustix::io::Errno::INTR),
        }
    }
    assert!(came.load(Ordering::Relaxed) && !opened.is_empty());
    assert_eq!(descriptors(), before + opened.len(), "one for each that was answered");
    println!("as often as answered");
}

fn native(command: &[&str]) -> Native {
    Native { processes: 64, ..harness::native(command) }
}

fn shell(script: &str) -> Native {
    native(&["/bin/sh", "-c", script])
}

fn perl(script: &str) -> Native {
    let numbers = [
        ("OPENAT", libc::SYS_openat),
        ("CONNECT", libc::SYS_connect),
        ("MOUNT", libc::SYS_mount),
        ("EXECVE", libc::SYS_execve),
        ("PTRACE", libc::SYS_ptrace),
        ("MMAP", libc::SYS_mmap),
        ("PREAD", libc::SYS_pread64),
        ("SENDMSG", libc::SYS_sendmsg),
    ];
    let head: String =
        numbers.iter().map(|(name, number)| format!("sub {name}() {{ {number} }} ")).collect();
    native(&["/usr/bin/perl", "-e", &format!("{head} {script}")])
}

/// This program, doing something.
fn actor(words: &[&str]) -> Native {
    let mut one = native(&[&[ACTOR], words].concat());
    let itself = std::env::current_exe().and_then(|path| path.canonicalize());
    let itself = mount(ACTOR, itself.expect("this program"), MountKind::ReadOnly);
    one.executable.push(PathBuf::from(ACTOR));
    one.mounts.push(from_root(itself));
    one
}

fn recipe(native: Native) -> Recipe {
    let mut recipe = harness::recipe(native);
    recipe.limits.memory = 128 << 20;
    recipe
}

impl Ran {
    #[track_caller]
    fn tells(&self, name: &str, outcome: Outcome, detail: &Detail) {
        let told = self.of(name).any(|one| one.outcome == outcome && one.detail == *detail);
        assert!(told, "{name} {outcome:?} {detail:?} is not among {self:#?}");
    }

    /// The addresses that were noted for a call.
    #[track_caller]
    fn addresses(&self, name: &str) -> Vec<Address> {
        let mut all = Vec::new();
        for record in self.of(name) {
            assert_eq!(record.outcome, Outcome::Noted);
            let Detail::Addresses { addresses, more: false } = &record.detail else {
                panic!("{record:?}")
            };
            all.extend(addresses.iter().cloned());
        }
        all
    }
}

#[track_caller]
fn run(native: Native) -> Ran {
    harness::run(&recipe(native))
}

#[track_caller]
fn run_with(broker: impl Broker + 'static, mut native: Native) -> Ran {
    native.broker = true;
    let options = LaunchOptions { broker: Some(Box::new(broker)), ..LaunchOptions::default() };
    let cell = launch_with(&recipe(native), options);
    watch(cell.unwrap_or_else(|error| panic!("no cell: {error}")))
}

fn internet(address: &str) -> Address {
    Address::Internet(address.parse().expect("an address"))
}

fn a_connection_is_noted() {
    let ran = run(actor(&["connect", NOWHERE, "[2001:db8::1]:443", "127.0.0.1:9"]));
    ran.ends_well();
    let expect = [NOWHERE, "[2001:db8::1]:443", "127.0.0.1:9"].map(internet);
    assert_eq!(ran.addresses("connect"), expect, "{ran:#?}");
    let record = ran.of("connect").next().expect("a record");
    assert_eq!(record.caller.inside, Some(2), "{record:?}");
    assert!(record.caller.process.is_some_and(|process| process > 2), "{record:?}");
    assert_eq!(ran.dropped, Dropped::default());
}

fn datagrams_are_noted() {
    let ran = run(actor(&["datagram"]));
    ran.ends_well();
    assert_eq!(ran.addresses("sendto"), [internet(NOWHERE)], "{ran:#?}");
    assert_eq!(ran.addresses("bind"), [internet("127.0.0.1:0")], "{ran:#?}");
    // The same by sendmsg(2), and one without an address.
    let ran = run(perl(
        "use Socket; socket(my $s, PF_INET, SOCK_DGRAM, 0) or die; \
         my $name = pack_sockaddr_in(53, inet_aton('192.0.2.9')); \
         my $head = pack('P I x4 Q Q Q Q I x4', $name, length $name, 0, 0, 0, 0, 0); \
         syscall(SENDMSG, fileno($s), $head, 0); \
         my $bare = pack('Q I x4 Q Q Q Q I x4', 0, 0, 0, 0, 0, 0, 0); \
         syscall(SENDMSG, fileno($s), $bare, 0);",
    ));
    ran.ends_well();
    assert_eq!(ran.addresses("sendmsg"), [internet("192.0.2.9:53")], "{ran:#?}");
    assert_eq!(ran.of("sendmsg").count(), 1, "one without an address is not told: {ran:#?}");
}

fn unix_sockets_are_noted() {
    let ran = run(perl(
        "use Socket; for my $name ('/tmp/door', \"\\0hidden\\0name\") { \
           socket(my $s, PF_UNIX, SOCK_STREAM, 0) or die; \
           my $there = pack('S a*', AF_UNIX, $name); \
           bind($s, $there); connect($s, $there); }",
    ));
    ran.ends_well();
    for call in ["bind", "connect"] {
        let [Address::Path(path), Address::Abstract(name)] = &ran.addresses(call)[..] else {
            panic!("{ran:#?}")
        };
        assert_eq!((path.as_bytes(), name.as_bytes()), (&b"/tmp/door"[..], &b"hidden\0name"[..]));
    }
}

fn programs_are_noted() {
    let ran =
        run(shell("/usr/bin/printf 'a %s\\n' 'b c'; cd /usr; ./bin/true; no-such-program; true"));
    assert!(ran.out.contains("a b c"), "{ran:#?}");
    let told: Vec<_> = ran
        .of("execve")
        .map(|record| {
            assert_eq!(record.outcome, Outcome::Noted);
            let Detail::Execute { program, arguments, more: false } = &record.detail else {
                panic!("{record:?}")
            };
            let path = String::from_utf8(program.from_root().expect("a path")).expect("ASCII");
            let words: Vec<_> =
                arguments.iter().map(|a| a.to_string_lossy().into_owned()).collect();
            (path, words.join(" "), program.presence)
        })
        .collect();
    let expect = |path: &str, words: &str, presence| (path.to_owned(), words.to_owned(), presence);
    assert_eq!(told[0].0, "/bin/sh", "the first program of all: {told:#?}");
    for one in [
        expect("/usr/bin/printf", "/usr/bin/printf a %s\\n b c", Presence::Present),
        expect("/usr/./bin/true", "./bin/true", Presence::Present),
    ] {
        assert!(told.contains(&one), "{one:?}: {told:#?}");
    }
    // A shell that tries each folder of PATH tells of each; others look first.
    let tried = told.iter().filter(|(path, ..)| path.ends_with("no-such-program"));
    assert!(tried.into_iter().all(|(.., presence)| *presence == Presence::Absent), "{told:#?}");
}

fn a_long_command_line_is_cut() {
    let ran =
        run(shell("/bin/true $(seq 1000); /bin/true $(head -c 100000 /dev/zero | tr '\\0' x)"));
    ran.ends_well();
    let of_true: Vec<_> = ran
        .of("execve")
        .filter_map(|record| match &record.detail {
            Detail::Execute { program, arguments, more } => {
                let path = program.from_root().expect("a path");
                (path == b"/bin/true").then_some((arguments, *more))
            }
            _ => None,
        })
        .collect();
    let [(many, true), (large, false)] = of_true[..] else { panic!("{of_true:#?}") };
    assert_eq!(many.len(), 32);
    assert_eq!(large[1].as_bytes().len(), 4096);
    assert!(large[1].is_cut() && !large[0].is_cut());
}

fn refused_calls_are_decoded() {
    let ran = run(perl(
        "syscall(MOUNT, my $a = 'tmpfs', my $b = '/tmp', my $c = 'tmpfs', 2, 0) == -1 or die; \
         print 0 + $!, ' '; \
         syscall(PTRACE, 16, 1, 0, 0); print 0 + $!, ' '; \
         use Socket; socket(my $s, 40, SOCK_STREAM, 7); print 0 + $!, ' '; \
         ioctl(STDIN, 0x5412, my $byte = 'x'); print 0 + $!; \
         system('unshare -U true'); exit 0",
    ));
    ran.ends_well();
    assert!(ran.out.contains("1 1 1 1"), "{ran:#?}");
    let refused = Outcome::Refused(libc::EPERM);
    let mount = ran.of("mount").next().expect("a record");
    let Detail::Mount { source, target, kind, flags: 2 } = &mount.detail else {
        panic!("{mount:?}")
    };
    let texts = [source, target, kind].map(|text| text.as_ref().expect("text").as_bytes());
    assert_eq!(texts, [&b"tmpfs"[..], b"/tmp", b"tmpfs"]);
    assert_eq!(mount.outcome, refused);
    ran.tells("ptrace", refused, &Detail::Process(1));
    ran.tells("ioctl", refused, &Detail::Request(0x5412));
    let kind = libc::SOCK_STREAM | libc::SOCK_CLOEXEC;
    let socket = ran.of("socket").next().expect("a record");
    let Detail::Socket { family: 40, kind: told, protocol: 7 } = socket.detail else {
        panic!("{socket:?}")
    };
    assert_eq!(told | libc::SOCK_CLOEXEC, kind);
    ran.tells("unshare", refused, &Detail::Raw);
}

fn unreadable_arguments() {
    let ran = run(perl(
        "for my $bad (1, 4095, 0x7ffffffff000, 0x1000000000000, -1) { \
           syscall(EXECVE, $bad, $bad, 0) == -1 or die; print 0 + $!, ' '; \
           syscall(CONNECT, 0, $bad, 16); syscall(MOUNT, $bad, $bad, $bad, 0, 0); \
           syscall(SENDMSG, 0, $bad, 0); }",
    ));
    ran.ends_well();
    assert!(ran.out.contains("14 14 14 14 14"), "the system says that: {ran:#?}");
    let nothing = Detail::Mount { source: None, target: None, kind: None, flags: 0 };
    assert_eq!(ran.of("mount").filter(|record| record.detail == nothing).count(), 5, "{ran:#?}");
    let unread = ran.of("execve").filter(|record| {
        matches!(&record.detail, Detail::Execute { program, .. } if program.path.is_none())
    });
    assert_eq!(unread.count(), 5, "{ran:#?}");
    assert_eq!(ran.of("connect").count(), 5);
    assert_eq!(ran.addresses("connect"), []);
}

fn calls_of_threads() {
    let ran = run(actor(&["threads"]));
    ran.ends_well();
    let mut addresses = ran.addresses("connect");
    addresses.sort_by_key(|address| format!("{address:?}"));
    let expect: Vec<_> = (1..=8).map(|n| internet(&format!("192.0.2.{n}:80"))).collect();
    assert_eq!(addresses, expect, "{ran:#?}");
    let threads: BTreeSet<i32> = ran.of("connect").map(|record| record.caller.thread).collect();
    let processes: BTreeSet<_> = ran.of("connect").map(|record| record.caller.process).collect();
    assert_eq!((threads.len(), processes.len()), (8, 1), "{ran:#?}");
    assert!(ran.of("connect").all(|record| record.caller.inside == Some(2)), "{ran:#?}");
}

fn newer_calls_are_absent() {
    let ran = run(perl(
        "my $absent = 0; for my $number (470 .. 600, 9999, 0x3fffffff) { \
           syscall($number, 0, 0, 0, 0, 0, 0) == -1 && $! == 38 and $absent++; } \
         print $absent; syscall(467, -100, my $p = '/', 1, 0, 0); print ' ', 0 + $!;",
    ));
    ran.ends_well();
    assert!(ran.out.contains("133 1"), "{ran:#?}");
    assert!(ran.told.iter().any(|record| record.arguments[2] == 1), "open_tree_attr: {ran:#?}");
}

fn files_are_traced() {
    let mut one = shell(
        "cd /tmp; echo x > made; mkdir folder; mv made folder/moved; rm folder/moved; \
         ln -s /nowhere link; cat /usr/absent; cat < /etc/ld.so.cache > /dev/null; true",
    );
    one.trace_files = true;
    let ran = run(one);
    ran.ends_well();
    let opens: Vec<_> = ran
        .told
        .iter()
        .filter_map(|record| match &record.detail {
            Detail::Open { place, access } => {
                assert_eq!(record.outcome, Outcome::Noted);
                let path = String::from_utf8(place.from_root().expect("a path")).expect("ASCII");
                Some((path, *access, place.presence))
            }
            _ => None,
        })
        .collect();
    let read = Access { read: true, ..Access::default() };
    let write = Access { write: true, create: true, truncate: true, read: false };
    for one in [
        ("/tmp/made".to_owned(), write, Presence::Absent),
        ("/usr/absent".to_owned(), read, Presence::Absent),
        ("/etc/ld.so.cache".to_owned(), read, Presence::Present),
    ] {
        assert!(opens.contains(&one), "{one:?}: {opens:#?}");
    }
    let acted: Vec<_> = ran
        .told
        .iter()
        .filter_map(|record| match &record.detail {
            Detail::Place(place) => Some(vec![place]),
            Detail::Places { from, to } => Some(vec![from, to]),
            _ => None,
        })
        .map(|places| {
            let text = |place: &&aether_container::Place| {
                place.path.as_ref().expect("a path").to_string_lossy().into_owned()
            };
            places.iter().map(text).collect::<Vec<_>>().join(" ")
        })
        .collect();
    for words in ["folder", "made folder/moved", "folder/moved", "/nowhere link"] {
        assert!(acted.iter().any(|one| one == words), "{words}: {acted:#?}");
    }
}

fn files_are_not_traced() {
    let ran = run(shell("cat /usr/absent; mkdir /tmp/folder; true"));
    let on_files = ran.told.iter().filter(|record| {
        matches!(record.detail, Detail::Open { .. } | Detail::Place(_) | Detail::Places { .. })
    });
    assert_eq!(on_files.count(), 0);
}

/// A folder that only its host may read.
fn kept_file(text: &str) -> (tempfile::TempDir, PathBuf) {
    // Not below /tmp, where roots are made.
    let folder = tempfile::tempdir_in("/var/tmp").expect("a folder");
    let path = folder.path().join("kept.txt");
    fs::write(&path, text).expect("a file");
    (folder, path)
}

/// Gives one file under one name, to be read; has others below its folder refused, and leaves the
/// rest to the root.
struct OneFile {
    file: PathBuf,
}

impl Broker for OneFile {
    fn open(&mut self, request: &OpenRequest) -> Answer {
        let path = request.place.from_root().unwrap_or_default();
        if path == b"/granted/file"
            && request.access == (Access { read: true, ..Access::default() })
        {
            return Answer::Descriptor(File::open(&self.file).expect("the host's file").into());
        }
        match path.starts_with(b"/granted/") {
            true => Answer::Refuse(libc::EACCES),
            false => Answer::Continue,
        }
    }
}

fn a_broker_grants() {
    let (_folder, file) = kept_file("given at run time\n");
    let broker = OneFile { file: file.clone() };
    let ran = run_with(
        broker,
        shell(
            "cat /granted/file; cat /granted/other; echo x >> /granted/file; \
             cd /usr; cat ../granted/file; cat /etc/hostname; echo end",
        ),
    );
    ran.ends_well();
    assert_eq!(ran.out.matches("given at run time").count(), 1, "{ran:#?}");
    assert!(ran.out.contains("end"), "{ran:#?}");
    assert_eq!(fs::read_to_string(&file).expect("the file"), "given at run time\n");
    let outcomes: Vec<_> = ran
        .told
        .iter()
        .filter(|record| matches!(record.detail, Detail::Open { .. }))
        .map(|record| record.outcome)
        .collect();
    let refused = Outcome::Refused(libc::EACCES);
    // Untraced: what goes on is not told, and a path with `..` is another one to this broker.
    assert_eq!(outcomes, [Outcome::Granted, refused, refused], "{ran:#?}");
    // Outside of a cell the same path is not there: the broker is what gave it.
    assert!(!Path::new("/granted/file").exists());
}

/// Gives whatever it is told to.
struct Gives(fn() -> Answer);

impl Broker for Gives {
    fn open(&mut self, request: &OpenRequest) -> Answer {
        let path = request.place.from_root().unwrap_or_default();
        if path.starts_with(b"/granted") { (self.0)() } else { Answer::Continue }
    }
}

fn a_broker_gives_files_only() {
    let gives: [fn() -> Answer; 3] = [
        || Answer::Descriptor(File::open("/").expect("a folder").into()),
        || Answer::Descriptor(File::open("/dev/zero").expect("a device").into()),
        // Not an error number: the call must not seem to succeed.
        || Answer::Refuse(0),
    ];
    for one in gives {
        let ran = run_with(Gives(one), shell("cat < /granted && echo got it; true"));
        ran.ends_well();
        assert!(!ran.out.contains("got it"), "{ran:#?}");
    }
}

fn given_as_asked_for() {
    let (_folder, file) = kept_file("given at run time\n");
    let ran = run_with(OneFile { file }, actor(&["given"]));
    ran.ends_well().says("as asked for");
    let refused = Outcome::Refused(libc::EMFILE);
    assert!(ran.told.iter().any(|record| record.outcome == refused), "{ran:#?}");
}

/// Gives a file after a while.
struct Slow {
    file: PathBuf,
}

impl Broker for Slow {
    fn open(&mut self, request: &OpenRequest) -> Answer {
        if request.place.from_root().unwrap_or_default() != b"/granted/file" {
            return Answer::Continue;
        }
        std::thread::sleep(Duration::from_millis(20));
        Answer::Descriptor(File::open(&self.file).expect("the host's file").into())
    }
}

/// Ends the first who asks, then gives the file all the same.
struct Ends {
    file: PathBuf,
    ended: bool,
}

impl Broker for Ends {
    fn open(&mut self, request: &OpenRequest) -> Answer {
        if request.place.from_root().unwrap_or_default() != b"/granted/file" {
            return Answer::Continue;
        }
        if !self.ended {
            self.ended = true;
            let number = request.caller.process.expect("it waits");
            let process = rustix::process::Pid::from_raw(number).expect("a process");
            rustix::process::kill_process(process, rustix::process::Signal::KILL)
                .expect("it waits");
            // Its parent may have buried it by now.
            let lives = || match fs::read_to_string(format!("/proc/{number}/stat")) {
                Ok(stat) => !stat.contains(") Z "),
                Err(_) => false,
            };
            harness::becomes("it is over", || !lives());
        }
        Answer::Descriptor(File::open(&self.file).expect("the host's file").into())
    }
}

fn killed_while_judged() {
    let (_folder, file) = kept_file("given at run time\n");
    let script = "cat /granted/file; echo ended by $?; cat /granted/file";
    let ran = run_with(Ends { file, ended: false }, shell(script));
    ran.ends_well().says("ended by 137\n").says("given at run time\n");
    assert_eq!(ran.out.matches("given").count(), 1, "{ran:#?}");
    // The one that was answered.
    let granted = ran.told.iter().filter(|record| record.outcome == Outcome::Granted);
    assert_eq!(granted.count(), 1, "{ran:#?}");
}

fn interrupted_while_judged() {
    let (_folder, file) = kept_file("given at run time\n");
    run_with(Slow { file }, actor(&["interrupted"])).ends_well().says("as often as answered");
}

fn a_path_that_changes() {
    let (_folder, file) = kept_file("judged\n");
    // Two processes share a page with the path. One writes two names into it by turns, the other
    // opens what stands there.
    let script = "open(my $names, '+>', '/tmp/names') or die; \
         syswrite($names, \"/granted/file\\0/granted/else\\0\"); \
         my $at = syscall(MMAP, 0, 4096, 3, 0x21, -1, 0); $at > 0 or die; \
         my $fd = fileno $names; my $parent = $$; my $child = fork; \
         unless ($child) { while (getppid == $parent) { \
           syscall(PREAD, $fd, $at, 14, 0); syscall(PREAD, $fd, $at, 14, 14); } exit } \
         my ($got, $no, $bad) = (0, 0, 0); \
         syscall(PREAD, $fd, $at, 14, 0); \
         for (1 .. 20000) { \
           my $file = syscall(OPENAT, -100, $at, 0, 0); \
           if ($file < 0) { $no++; next } \
           open(my $in, '<&=', $file) or die; my $line = <$in>; \
           if ($line eq \"judged\\n\") { $got++ } else { $bad++ } close $in; } \
         kill 9, $child; print \"got $got no $no bad $bad\\n\";";
    let mut one = perl(script);
    // The other name is there for the kernel to open, if it looked for itself.
    let (_other_folder, other) = kept_file("not judged\n");
    one.mounts.push(Mount {
        at: PathBuf::from("/granted/else"),
        from: other.canonicalize().expect("its path"),
        kind: MountKind::ReadOnly,
        as_root: true,
        places: Vec::new(),
    });
    fs::set_permissions(&other, fs::Permissions::from_mode(0o644)).expect("its rights");
    let ran = run_with(OneFile { file }, one);
    ran.ends_well();
    let count = |word: &str| -> u32 {
        let mut words = ran.out.split_whitespace().skip_while(|one| *one != word);
        words.nth(1).expect("a count").parse().expect("a number")
    };
    assert_eq!(count("bad"), 0, "{}", ran.out);
    assert!(count("got") > 100 && count("no") > 100, "the race was on: {}", ran.out);
}

fn a_recipe_with_a_broker_needs_one() {
    let mut one = shell("true");
    one.broker = true;
    assert!(matches!(launch(&recipe(one)), Err(LaunchError::NoBroker)));
}

fn a_broker_that_panics() {
    let broker = Gives(|| panic!("a broker with a fault"));
    let ran = run_with(
        broker,
        shell(
            "cat < /granted; /bin/true || echo no program; cat < /etc/ld.so.cache || echo no file",
        ),
    );
    assert!(ran.out.contains("no program") && ran.out.contains("no file"), "{ran:#?}");
}

fn ten_thousand_programs() {
    let ran = run(shell("i=0; while [ $i -lt 10000 ]; do /bin/true; i=$((i+1)); done; echo $i"));
    ran.ends_well();
    assert!(ran.out.contains("10000"), "{}", ran.out);
    let told = ran.of("execve").count() as u64;
    assert_eq!(told + ran.dropped.noted, 10_001, "none is lost without a trace");
    assert!(told >= 5000, "{told}");
    assert_eq!((ran.dropped.refused, ran.dropped.files), (0, 0));
}

fn signals_in_mid_call() {
    let ran = run(actor(&["signals"]));
    ran.ends_well();
    // Landlock says no, or else there is no way out. Nothing else, such as an interrupted call.
    let expected = ["{13} signals many\n", "{101} signals many\n"];
    assert!(expected.contains(&ran.out.as_str()), "{}", ran.out);
    let told = ran.of("connect").count() as u64 + ran.dropped.noted;
    // One that is interrupted before the host has taken it is made again.
    assert!(told >= 3000, "{told}");
}

fn a_cell_is_killed_in_mid_call() {
    for round in 0..20 {
        let mut cell = launch(&recipe(actor(&["forever"]))).expect("a cell");
        let until = Instant::now() + Duration::from_secs(20);
        let mut told = 0;
        while told < 50 + round {
            assert!(Instant::now() < until, "nothing is told");
            cell.wait(Duration::from_millis(50), Interest::default()).expect("wait");
            while cell.next_syscall().expect("records").is_some() {
                told += 1;
            }
        }
        cell.kill();
        let ran = watch(cell);
        assert!(matches!(ran.exit, Exit::Signal { number: 9, .. }), "{:?}", ran.exit);
    }
    // Its threads go with their cells.
    let until = Instant::now() + Duration::from_secs(20);
    while watching_threads() > 8 {
        assert!(Instant::now() < until, "{} threads are left", watching_threads());
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Threads that answer calls, of this process: other tests may have some of them.
fn watching_threads() -> usize {
    let tasks = fs::read_dir("/proc/self/task").expect("threads").flatten();
    let name =
        |task: fs::DirEntry| fs::read_to_string(task.path().join("comm")).unwrap_or_default();
    tasks.map(name).filter(|name| name.trim() == "aether-calls").count()
}

fn a_host_that_does_not_listen() {
    let mut one = actor(&["loop", "30000", "/usr"]);
    one.trace_files = true;
    let mut cell = launch(&recipe(one)).expect("a cell");
    // Its records are not taken until it has ended.
    let until = Instant::now() + Duration::from_secs(60);
    let exit = loop {
        std::thread::sleep(Duration::from_millis(20));
        if let Some(exit) = cell.try_exit() {
            break exit;
        }
        assert!(Instant::now() < until, "it is held up");
    };
    assert_eq!(exit, Exit::Code(0));
    let mut told = 0;
    while let Some(record) = cell.next_syscall().expect("records") {
        told += u64::from(matches!(record.detail, Detail::Open { .. }));
    }
    let dropped = cell.dropped_syscalls();
    assert!(told > 0 && dropped.files > 0 && told + dropped.files >= 30_000, "{told} {dropped:?}");
    assert!(!cell.wait(Duration::ZERO, Interest::default()).expect("wait").syscall);
}

/// Prints what a call costs; run with `NATIVE_TEST_ROLE=costs`.
fn costs() {
    let nanos = |native: Native| -> u64 {
        let out = run(native).out;
        out.trim().parse().unwrap_or_else(|_| panic!("no number: {out}"))
    };
    let best = |make: &dyn Fn() -> Native| (0..5).map(|_| nanos(make())).min().expect("rounds");
    let outside = |words: &[&str]| -> u64 {
        let once = || -> u64 {
            let exe = std::env::current_exe().expect("this program");
            let said = Command::new(exe).arg0(ACTOR).args(words).output().expect("it runs");
            String::from_utf8_lossy(&said.stdout).trim().parse().expect("a number")
        };
        (0..5).map(|_| once()).min().expect("rounds")
    };
    for (what, times) in [("connect", "20000"), ("exec", "1000"), ("/usr", "100000")] {
        let words = ["loop", times, what];
        println!(
            "{what}: outside {} ns, in a cell {} ns",
            outside(&words),
            best(&|| actor(&words))
        );
    }
    for (times, note) in [("10000", "recorded"), ("200000", "most beyond the rate of records")] {
        let traced = best(&|| {
            let mut one = actor(&["loop", times, "/usr"]);
            one.trace_files = true;
            one
        });
        println!("/usr, files traced, {note}: {traced} ns");
    }
    println!("connect, all recorded: {} ns", best(&|| actor(&["loop", "3000", "connect"])));
}
