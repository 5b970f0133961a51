//! Launches the machine's own programs as native cells and looks at what they can still do. As
//! root every test runs twice, the second time on a host that is an ordinary user.
#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test program, and the init that it plays"
)]

mod harness;

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use aether_container::{Door, Exit, Interest, LaunchError, Link, Mount, MountKind, Native, launch};

use harness::{
    Folder, Ran, Test, a_time_of_its_own, become_a_cell, become_a_test, becomes, count_sleeping,
    overlay, quiet, recipe, watch,
};

/// A user and group without name, file or right on any machine.
const NOBODY: u32 = 2_012_345;

const TESTS: &[Test] = &[
    ("a program runs, and its output and exit code are told", a_program_runs),
    ("the posture is full", the_posture_is_full),
    ("only what was granted is in the root", only_grants_are_in_the_root),
    ("what is granted read-only cannot be changed", read_only_is_read_only),
    ("writes go to a layer that the host holds", writes_go_to_a_layer),
    ("writes are bounded", writes_are_bounded),
    ("nothing survives its program", nothing_survives),
    ("a killed cell leaves nothing", killed_leaves_nothing),
    ("no program but the listed ones is executed", only_listed_programs_run),
    ("there is loopback and no way out", loopback_only),
    ("refused calls are told by name", refused_calls_are_told),
    ("processes are bounded", processes_are_bounded),
    ("a program that is not there is named", a_missing_program_is_named),
    ("a grant that became a link refuses the launch", a_link_refuses),
    ("the gateway is descriptor 3, or the standard streams", doors),
    ("a command may be long", long_commands_run),
    ("the host feeds standard input", the_host_feeds_standard_input),
    ("links and the starting folder are made", links_and_the_folder_are_made),
    ("places that are not there yet are layers", new_places_are_layers),
    ("data is no program", data_is_no_program),
    ("the way out leads to the host alone", the_way_out_leads_to_the_host),
];

fn main() {
    become_a_cell();
    if become_a_test(TESTS) {
        return;
    }
    harness::run_all(TESTS, NOBODY, |_, _| Vec::new())
}

fn native(script: &str) -> Native {
    harness::shell(script)
}

/// At its own place, as root shows it.
fn read_only(path: &Path) -> Mount {
    harness::from_root(harness::read_only(path))
}

#[track_caller]
fn run(native: Native) -> Ran {
    harness::run(&recipe(native))
}

fn a_program_runs() {
    let ran = run(native("echo hello; echo there >&2; pwd; env; exit 7"));
    ran.exits(7);
    for words in ["hello\n", "there\n", "/tmp\n", "PATH=/usr/bin:/bin"] {
        assert!(ran.out.contains(words), "{words}: {ran:?}");
    }
    assert!(!ran.out.contains("NATIVE_TEST_ROLE"), "the host's environment: {ran:?}");
    let killed = run(native("kill -9 $$"));
    assert!(matches!(killed.exit, Exit::Signal { number: 9, out_of_memory: false }), "{killed:?}");
}

fn the_posture_is_full() {
    let ran = run(native("true"));
    assert!(ran.cell.posture().is_full(), "{:#?}", ran.cell.posture());
}

fn only_grants_are_in_the_root() {
    let folder = Folder::new();
    let granted = folder.file("granted.txt", "given");
    let secret = folder.file("secret.txt", "kept");
    let mut one = native(&format!(
        "cat {0}; cat {1}; cat /etc/passwd; ls -A / | tr '\\n' ' '; ls {2}",
        granted.display(),
        secret.display(),
        folder.path().display(),
    ));
    one.mounts.push(read_only(&granted));
    let ran = run(one);
    assert!(ran.out.contains("given"), "{ran:?}");
    assert!(!ran.out.contains("kept") && !ran.out.contains("root:"), "{ran:?}");
    assert!(ran.out.contains("granted.txt") && !ran.out.contains("\nsecret.txt"), "{ran:?}");
    assert!(!ran.out.contains("aether") && !ran.out.contains("home"), "{ran:?}");
    assert!(fs::read_to_string(secret).is_ok_and(|text| text == "kept"), "the probe's file");
}

fn read_only_is_read_only() {
    let folder = Folder::new();
    let file = folder.file("file.txt", "as it was");
    let mut one = native(&format!(
        "exec 2>/dev/null; cd {}; echo x > file.txt || echo no; echo x > new || echo no; rm file.txt || echo no; \
         chmod 777 file.txt || echo no; echo x > /proc/sys/kernel/hostname || echo no; echo x > /new || echo no",
        folder.path().display(),
    ));
    one.mounts.push(read_only(&folder.path()));
    let ran = run(one);
    assert_eq!(ran.out.lines().filter(|line| *line == "no").count(), 6, "{ran:?}");
    assert_eq!(fs::read_to_string(file).expect("the file"), "as it was");
}

fn writes_go_to_a_layer() {
    let folder = Folder::new();
    folder.file("old.txt", "before");
    folder.file("gone.txt", "before");
    let mut one = native(&format!(
        "cd {}; echo after > old.txt && echo new > new.txt && rm gone.txt && mkdir -p a/b && cat old.txt new.txt && ls",
        folder.path().display(),
    ));
    one.mounts.push(overlay(folder.path()));
    let ran = run(one);
    ran.exits(0);
    assert!(ran.out.contains("after\nnew\n"), "{ran:?}");
    for (name, text) in [("old.txt", "before"), ("gone.txt", "before")] {
        assert_eq!(fs::read_to_string(folder.path().join(name)).expect("it is there"), text);
    }
    assert!(!folder.path().join("new.txt").exists());
    // What was written outlives its cell, in the host's hands alone.
    let [layer] = ran.cell.layers() else { panic!("one layer: {ran:?}") };
    let open = |name: &str| {
        rustix::fs::openat(
            layer,
            name,
            rustix::fs::OFlags::RDONLY | rustix::fs::OFlags::NOFOLLOW,
            rustix::fs::Mode::empty(),
        )
    };
    let mut text = [0; 16];
    let file = open("new.txt").expect("the layer has it");
    let count = rustix::io::read(&file, &mut text).expect("it is readable");
    assert_eq!(&text[..count], b"new\n");
    let gone = rustix::fs::statat(layer, "gone.txt", rustix::fs::AtFlags::SYMLINK_NOFOLLOW);
    let kind = rustix::fs::FileType::from_raw_mode(gone.expect("a mark").st_mode);
    assert!(kind.is_char_device(), "overlayfs marks what was removed by a device");
}

fn writes_are_bounded() {
    let folder = Folder::new();
    let mut one = native(&format!(
        "cd {}; head -c 6000000 /dev/zero > one && echo one; \
         head -c 6000000 /dev/zero > /tmp/two && echo two; \
         head -c 60000000 /dev/zero > /dev/shm/three && echo three",
        folder.path().display(),
    ));
    one.mounts.push(overlay(folder.path()));
    let ran = run(one);
    assert!(ran.out.contains("one\n"), "{ran:?}");
    assert!(!ran.out.contains("two\n") && !ran.out.contains("three\n"), "{ran:?}");
}

fn nothing_survives() {
    let time = a_time_of_its_own(7);
    let script = format!(
        "setsid sleep {time} & (setsid sh -c 'sleep {time} & sleep {time} &' &); \
         sleep 0.2; ls /proc | grep -c '^[0-9]'; exit 3"
    );
    let ran = run(native(&script));
    ran.exits(3);
    let counted: u32 = ran.out.trim().parse().expect("a number");
    assert!(counted >= 5, "the orphans lived: {ran:?}");
    assert!(count_sleeping(&time) == 0, "an orphan survived");
}

fn killed_leaves_nothing() {
    let time = a_time_of_its_own(8);
    let script = format!("setsid sleep {time} & sleep {time}");
    let cell = launch(&recipe(native(&script))).expect("a cell");
    becomes("it began", || count_sleeping(&time) > 0);
    cell.kill();
    let ran = watch(cell);
    assert!(matches!(ran.exit, Exit::Signal { number: 9, .. }), "{ran:?}");
    assert!(count_sleeping(&time) == 0, "an orphan survived");
}

fn only_listed_programs_run() {
    let folder = Folder::new();
    let script = folder.file("script", "#!/bin/sh\necho ran\n");
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).expect("its rights");
    let mut one = native(&format!(
        "exec 2>/dev/null; {0} || echo refused; cp /bin/true /tmp/copy; chmod +x /tmp/copy; /tmp/copy || echo refused",
        script.display()
    ));
    one.mounts.push(read_only(&folder.path()));
    let ran = run(one);
    assert_eq!(ran.out.lines().filter(|line| *line == "refused").count(), 2, "{ran:?}");
    // The same script outside the container runs: the probe is a good one.
    let outside = Command::new(&script).output().expect("it runs");
    assert_eq!(outside.stdout, b"ran\n");
}

fn loopback_only() {
    let script = "grep -c : /proc/net/dev; cat /proc/net/route | wc -l";
    let ran = run(native(script));
    ran.exits(0);
    assert_eq!(ran.out.split_whitespace().collect::<Vec<_>>(), ["1", "1"], "{ran:?}");
}

fn refused_calls_are_told() {
    let ran = run(native("unshare -U true; mount -t tmpfs x /tmp; true"));
    ran.exits(0);
    for name in ["unshare", "mount"] {
        let told = ran.refused().iter().any(|call| *call == name || call.starts_with("fs"));
        assert!(told, "{name}: {ran:?}");
    }
}

fn processes_are_bounded() {
    let ran = run(native(
        "i=0; while [ $i -lt 200 ]; do sleep 5 & i=$((i+1)); done 2>/dev/null; \
         ls /proc | grep -c '^[0-9]'",
    ));
    // A shell that cannot fork may end; what counts is how many there were.
    let most = ran.out.trim().parse::<u32>().unwrap_or(0);
    assert!(most <= 40, "{ran:?}");
}

fn a_missing_program_is_named() {
    let mut one = native("");
    one.program = "/usr/bin/no-such-program".into();
    let error = launch(&recipe(one)).expect_err("no cell");
    let LaunchError::Program { path, error } = &error else { panic!("{error}") };
    assert_eq!(path, "/usr/bin/no-such-program");
    assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
}

fn a_link_refuses() {
    let folder = Folder::new();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("/etc", &link).expect("a link");
    for kind in [MountKind::ReadOnly, MountKind::Overlay] {
        let mut one = native("true");
        one.mounts.push(Mount {
            at: link.clone(),
            from: link.clone(),
            kind,
            as_root: true,
            places: Vec::new(),
        });
        let error = launch(&recipe(one)).expect_err("no cell");
        assert!(error.to_string().contains(&link.display().to_string()), "{error}");
    }
}

fn doors() {
    let mut one = native("echo from the cell >&3; read -r line <&3; echo got $line");
    one.door = Door::Open;
    talk(one, false);
    let mut one = native("echo from the cell; read -r line; echo got $line >&2; cat <&3 >&2");
    one.door = Door::Open;
    talk(one, true);
    let ran = run(native("echo x >&3 || echo none"));
    assert!(ran.out.contains("none"), "{ran:?}");
}

fn talk(one: Native, stdio: bool) {
    let mut cell = launch(&recipe(one)).expect("a cell");
    if stdio {
        cell.use_stdio();
    }
    let until = Instant::now() + Duration::from_secs(20);
    let mut heard = Vec::new();
    while !heard.ends_with(b"\n") && Instant::now() < until {
        let ready = cell.wait(Duration::from_millis(50), Interest::default()).expect("wait");
        if ready.receive {
            let mut buffer = [0; 256];
            let got = cell.receive(&mut buffer).expect("receive");
            heard.extend_from_slice(&buffer[..got.bytes]);
        }
    }
    assert_eq!(heard, b"from the cell\n", "{}", String::from_utf8_lossy(&heard));
    cell.send(b"words\n", &[]).expect("send");
    let ran = watch(cell);
    assert!(ran.out.contains("got words"), "{ran:?}");
}

fn long_commands_run() {
    let mut one = native("echo $# ${#1}");
    // One argument has at most 32 pages, execve(2); together they are more than one message.
    let long = OsString::from("x".repeat(120 << 10));
    one.command.extend(std::iter::once("sh".into()).chain(vec![long; 8]));
    let ran = run(one);
    ran.exits(0);
    assert_eq!(ran.out, format!("8 {}\n", 120 << 10));
}

fn the_host_feeds_standard_input() {
    let mut cell = launch(&recipe(native("read -r line; echo got $line; cat"))).expect("a cell");
    assert_eq!(cell.send_input(b"one\ntwo\n").expect("room"), 8);
    cell.close_input();
    let ran = watch(cell);
    ran.exits(0);
    assert_eq!(ran.out, "got one\ntwo\n");
    // Nobody reads it: no signal ends the host, and it is told.
    let mut cell = launch(&recipe(native("exec true"))).expect("a cell");
    while cell.try_exit().is_none() {
        cell.wait(Duration::from_millis(50), quiet()).expect("wait");
    }
    assert_eq!(cell.send_input(b"x").unwrap_err().kind(), std::io::ErrorKind::BrokenPipe);
}

fn links_and_the_folder_are_made() {
    let mut one = native("readlink /short /deep/er/link; pwd; cat /short/note");
    let folder = Folder::new();
    folder.file("note", "found\n");
    one.mounts.push(Mount {
        at: "/grants/here".into(),
        from: folder.path(),
        kind: MountKind::ReadOnly,
        as_root: true,
        places: Vec::new(),
    });
    let link = |at: &str, to: &str| Link { at: at.into(), to: to.into() };
    one.links = vec![link("/short", "grants/here"), link("/deep/er/link", "/nowhere")];
    one.folder = "/a/folder of its own".into();
    let ran = run(one);
    ran.exits(0);
    assert_eq!(ran.out, "grants/here\n/nowhere\n/a/folder of its own\nfound\n");
}

fn new_places_are_layers() {
    let folder = Folder::new();
    let (old, path) = (folder.file("old.txt", "old\n"), folder.path());
    let script = format!(
        "cd {0}; cat old.txt; echo more >> old.txt; echo text > new.txt; ls untouched.txt; \
         echo in > new/file; ls -A new; cat seen.txt; (echo x > other.txt) 2>/dev/null || echo refused",
        path.display()
    );
    let mut one = native(&script);
    let grant = |name: &str, kind| Mount {
        at: path.join(name),
        from: path.join(name),
        kind,
        as_root: true,
        places: Vec::new(),
    };
    fs::write(path.join("seen.txt"), "seen\n").expect("a file");
    let around = Mount {
        at: path.clone(),
        from: path.clone(),
        kind: MountKind::ReadOnly,
        as_root: true,
        places: vec![
            ("new.txt".into(), false),
            ("untouched.txt".into(), false),
            ("new".into(), true),
        ],
    };
    one.mounts.push(around);
    one.mounts.extend([
        grant("old.txt", MountKind::FileCopy),
        grant("new.txt", MountKind::NewFile),
        grant("untouched.txt", MountKind::NewFile),
        grant("new", MountKind::NewFolder),
    ]);
    let ran = run(one);
    ran.exits(0);
    assert_eq!(ran.out, "old\nuntouched.txt\nfile\nseen\nrefused\n");
    assert_eq!(fs::read_to_string(&old).unwrap(), "old\n");
    let layers = ran.cell.layers();
    // In the order of their places: new, new.txt, old.txt, untouched.txt.
    let read = |layer: usize, name: &str| {
        let path =
            format!("/proc/self/fd/{}/{name}", std::os::fd::AsRawFd::as_raw_fd(&layers[layer]));
        fs::read_to_string(&path)
            .map(|text| (text, fs::metadata(&path).unwrap().modified().unwrap()))
    };
    assert_eq!(read(0, "file").unwrap().0, "in\n");
    assert_eq!(read(1, "new.txt").unwrap().0, "text\n");
    assert_eq!(read(2, "old.txt").unwrap().0, "old\nmore\n");
    assert_eq!(read(3, "untouched.txt").unwrap(), (String::new(), std::time::UNIX_EPOCH));
}

fn data_is_no_program() {
    let folder = Folder::new();
    let path = folder.path();
    fs::copy("/usr/bin/true", path.join("true")).expect("a program");
    fs::set_permissions(path.join("true"), fs::Permissions::from_mode(0o755)).expect("its rights");
    let script = format!(
        "{0}/true && echo ran; /lib64/ld-linux-x86-64.so.2 {0}/true && echo loaded; echo end",
        path.display()
    );
    let grant = Mount {
        at: path.clone(),
        from: path.clone(),
        kind: MountKind::ReadOnly,
        as_root: true,
        places: Vec::new(),
    };
    let mut one = native(&script);
    one.mounts.push(grant.clone());
    let ran = run(one);
    assert!(ran.out.contains("Permission denied") && ran.out.contains("failed to map"), "{ran:?}");
    assert!(ran.out.contains("end\n") && !ran.out.contains("ran\n"), "{ran:?}");
    let mut one = native(&script);
    one.mounts.push(grant);
    one.executable.push(path.clone());
    assert!(run(one).out.contains("ran\n"));
}

fn the_way_out_leads_to_the_host() {
    let script = "exec 5<>/dev/tcp/127.0.0.1/3128; echo hello >&5; cat <&5";
    let mut one = native(script);
    one.program = "/bin/bash".into();
    one.command = ["bash", "-c", script].map(OsString::from).to_vec();
    one.proxy = Some(3128);
    let mut cell = launch(&recipe(one)).expect("a cell");
    let listener = cell.take_proxy().expect("a listener");
    let host = std::thread::spawn(move || {
        use std::io::{BufRead, Write};
        listener.set_nonblocking(true).expect("a listener");
        let until = Instant::now() + Duration::from_secs(20);
        let (stream, from) = loop {
            match listener.accept() {
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    assert!(Instant::now() < until, "nobody came");
                    std::thread::sleep(Duration::from_millis(10));
                }
                other => break other.expect("a connection"),
            }
        };
        stream.set_nonblocking(false).expect("a stream");
        assert!(from.ip().is_loopback());
        let mut line = String::new();
        std::io::BufReader::new(&stream).read_line(&mut line).expect("a line");
        assert_eq!(line, "hello\n");
        (&stream).write_all(b"from outside\n").expect("an answer");
    });
    let ran = watch(cell);
    host.join().expect("the host's side");
    ran.exits(0);
    assert_eq!(ran.out, "from outside\n");
}
