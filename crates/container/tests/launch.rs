//! Launches this very program as a cell and looks at what it can still do.
//!
//! Linux only: elsewhere `launch` refuses, which the one test there checks.
#![allow(unsafe_code, reason = "the probes of a confined process are raw system calls")]
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    reason = "a test program, and the cell and host that it plays"
)]

use std::collections::BTreeSet;
use std::io::Write;
use std::time::{Duration, Instant};

use aether_container::{
    Cell, Code, Exit, Interest, LaunchError, LaunchOptions, Limits, Program, Protection, Recipe,
    Spare, State, Stream, SyscallAttempt, enter, is_cell, launch, launch_with, memory_file,
    read_memory_file,
};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    if is_cell() {
        inside::main();
    }
    // Roles in child processes of the tests below.
    if std::env::var_os("LAUNCH_TEST_HOST").is_some() {
        be_a_host();
    }
    if std::env::var_os("LAUNCH_TEST_NO_USERNS").is_some() {
        return be_without_userns();
    }
    let trials = vec![
        trial("a cell seals itself with a full posture", full_posture),
        trial("a process made ahead becomes a cell like any other", made_ahead),
        trial("an engine aside has a second thread, and both are sealed", aside),
        trial("an engine makes code where the host has allowed that, and nowhere else", made_code),
        trial("descriptors travel both ways", descriptors_travel),
        trial("a refused call is denied and told", refused_call_is_told),
        trial("memory is bounded", memory_is_bounded),
        trial("a cell below one core is held to it", cpu_is_bounded),
        trial("a cell is given less of the processor, and its own share back", cpu_is_changed),
        trial("a cell that is halted does nothing, and goes on or is ended", halted),
        trial("a closer look finds what a process holds", surveyed),
        trial("a killed cell leaves nothing", killed_leaves_nothing),
        trial("a dropped cell is dead", dropped_is_dead),
        trial("a cell dies with its host", dies_with_host),
        trial("output is captured", output_is_captured),
        trial("without a container the posture says so", unconfined_posture),
        trial("a missing program is named", missing_program),
        trial("a program that is no cell is refused", not_a_cell),
        trial("without user namespaces: refused, or degraded by name", without_userns),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit();
}

fn trial(name: &'static str, test: fn()) -> Trial {
    Trial::test(name, move || {
        test();
        Ok::<(), Failed>(())
    })
}

fn recipe() -> Recipe {
    Recipe {
        program: Program::Itself,
        limits: Limits {
            memory: 64 << 20,
            cpu_millis: 1000,
            open_files: 16,
            addresses: true,
            raisable: false,
        },
        optional: BTreeSet::new(),
        code: Code::None,
        aside: false,
        workload: aether_container::Workload::Engine,
        confine: true,
    }
}

/// Starts a cell that does what `order` says.
fn start(recipe: &Recipe, order: &str) -> Cell {
    let cell = launch(recipe).expect("launch");
    cell.send(order.as_bytes(), &[]).expect("send the order");
    cell
}

/// Waits for an answer, or for the end.
fn answer(cell: &mut Cell) -> Option<(String, Vec<aether_container::Descriptor>)> {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        let ready = cell.wait(Duration::from_millis(100), Interest::default()).expect("wait");
        if ready.receive {
            let mut buffer = [0; 4096];
            let got = cell.receive(&mut buffer).expect("receive");
            if got.bytes == 0 {
                return None;
            }
            return Some((
                String::from_utf8_lossy(&buffer[..got.bytes]).into_owned(),
                got.descriptors,
            ));
        }
        if ready.syscall {
            cell.next_syscall().expect("listener");
        }
    }
    panic!("no answer");
}

fn exit(cell: &mut Cell) -> Exit {
    let until = Instant::now() + Duration::from_secs(20);
    loop {
        let ready = cell.wait(Duration::from_millis(20), Interest::default()).expect("wait");
        if ready.syscall {
            cell.next_syscall().expect("listener");
        }
        cell.govern();
        if let Some(exit) = cell.try_exit() {
            return exit;
        }
        assert!(Instant::now() < until, "it does not end");
    }
}

fn full_posture() {
    let mut cell = start(&recipe(), "facts");
    assert!(cell.posture().is_full(), "{:#?}", cell.posture());
    let (facts, _) = answer(&mut cell).expect("facts");
    assert_eq!(facts, "pid 1, env 0, args 1");
}

fn made_ahead() {
    let spare = Spare::make(&Program::Itself, false).expect("a spare");
    let pid = spare.pid();
    let options = LaunchOptions { spare: Some(spare), ..LaunchOptions::default() };
    let mut cell = launch_with(&recipe(), options).expect("launch");
    assert_eq!(cell.pid(), pid, "the spare is the cell");
    let cold = launch(&recipe()).expect("launch");
    assert_eq!(cell.posture(), cold.posture());
    cell.send(b"facts", &[]).expect("send the order");
    let (facts, _) = answer(&mut cell).expect("facts");
    assert_eq!(facts, "pid 1, env 0, args 1");
    let spare = Spare::make(&Program::Itself, false).expect("a spare");
    let pid = spare.pid();
    let options = LaunchOptions { spare: Some(spare), ..LaunchOptions::default() };
    let open = Recipe { confine: false, ..recipe() };
    let cell = launch_with(&open, options).expect("launch");
    assert_ne!(cell.pid(), pid, "what is confined stays so");
}

fn aside() {
    let recipe = Recipe { aside: true, ..recipe() };
    let mut cell = start(&recipe, "facts");
    assert!(cell.posture().is_full(), "{:#?}", cell.posture());
    let line = cell.posture().get(Protection::Processes).expect("a line").detail.clone();
    assert!(line.starts_with("two threads"), "{line}");
    // The variable is the name of the time zone: UTC.
    assert_eq!(answer(&mut cell).expect("facts").0, "pid 1, env 1, args 1");
    // Both threads try, and both are told to the host.
    let mut cell = start(&recipe, "sockets");
    let (mut told, mut refused) = (Vec::new(), String::new());
    let until = Instant::now() + Duration::from_secs(20);
    while refused.matches("errno").count() < 2 && Instant::now() < until {
        let ready = cell.wait(Duration::from_millis(100), Interest::default()).expect("wait");
        if ready.syscall {
            told.extend(cell.next_syscall().expect("listener").map(|call| call.name));
        }
        if ready.receive {
            let mut buffer = [0; 64];
            let got = cell.receive(&mut buffer).expect("receive");
            refused.push_str(&String::from_utf8_lossy(&buffer[..got.bytes]));
        }
    }
    assert_eq!(told, ["socket", "socket"]);
    assert_eq!(refused, "errno 1errno 1");
    // What V8 may come to open is refused like everything else, and told to nobody, four times.
    for (order, tries, expect) in [("open", 5, 1), ("open to write", 1, 1)] {
        let mut cell = start(&recipe, &format!("{order} {tries}"));
        let mut told = 0;
        let answered = loop {
            let ready = cell.wait(Duration::from_millis(100), Interest::default()).expect("wait");
            told += if ready.syscall {
                cell.next_syscall().expect("listener").iter().count()
            } else {
                0
            };
            if ready.receive {
                break answer(&mut cell).expect("an answer").0;
            }
        };
        assert_eq!((answered.as_str(), told), ("denied", expect), "{order}");
    }
    // No third.
    let mut cell = start(&recipe, "thread");
    assert_eq!(answer(&mut cell).expect("an answer").0, "refused");
    // Without one there is no second.
    let mut cell = start(&Recipe { aside: false, ..recipe }, "aside");
    assert_eq!(answer(&mut cell).expect("an answer").0, "refused");
}

fn made_code() {
    for aside in [false, true] {
        let mut recipe = Recipe { aside, ..recipe() };
        assert_eq!(executable(&recipe), "refused");
        recipe.code = Code::Made;
        match launch(&recipe) {
            Err(LaunchError::Protection { protection, .. }) => {
                assert_eq!(protection, Protection::WriteXorExecute);
            }
            other => panic!("{other:?}"),
        }
        recipe.optional.insert(Protection::WriteXorExecute);
        let cell = launch(&recipe).expect("launch");
        let posture = cell.posture();
        let degraded = Protection::ALL.iter().filter(|p| p.applies(false)).filter(|&&protection| {
            posture.get(protection).is_none_or(|line| line.state != State::Enforced)
        });
        let degraded: Vec<_> = degraded.copied().collect();
        assert_eq!(degraded, [Protection::WriteXorExecute]);
        assert_eq!(executable(&recipe), "ran");
    }
}

/// What comes of a cell's try to make code.
fn executable(recipe: &Recipe) -> String {
    answer(&mut start(recipe, "code")).expect("an answer").0
}

fn descriptors_travel() {
    let cell = launch(&recipe()).expect("launch");
    let file = memory_file(b"from the host").expect("memory file");
    let fds = [std::os::fd::AsFd::as_fd(&file)];
    cell.send(b"file", &fds).expect("send");
    let mut cell = cell;
    let (text, descriptors) = answer(&mut cell).expect("answer");
    assert_eq!(text, "13");
    assert_eq!(descriptors.len(), 1);
    assert_eq!(read_memory_file(&descriptors[0], 13).expect("read"), b"from the host");
}

fn refused_call_is_told() {
    let mut cell = start(&recipe(), "socket");
    let until = Instant::now() + Duration::from_secs(10);
    let mut told: Option<SyscallAttempt> = None;
    while told.is_none() && Instant::now() < until {
        if cell.wait(Duration::from_millis(100), Interest::default()).expect("wait").syscall {
            told = cell.next_syscall().expect("listener");
        }
    }
    let told = told.expect("the attempt is told");
    assert_eq!((told.name.as_str(), told.arguments[0]), ("socket", 2));
    let (text, _) = answer(&mut cell).expect("answer");
    assert_eq!(text, "errno 1");
}

fn memory_is_bounded() {
    let mut cell = start(&recipe(), "eat memory");
    let ended = exit(&mut cell);
    // The allocator's refusal aborts; the cgroup's kills. Both are ends, neither is 0.
    assert_ne!(ended, Exit::Code(0));
    let peak = cell.usage().memory_peak;
    assert!(peak < 80 << 20, "peak {peak}");
}

fn cpu_is_bounded() {
    let mut slow = recipe();
    slow.limits.cpu_millis = 200;
    let mut cell = start(&slow, "spin");
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(2) {
        cell.wait(Duration::from_millis(10), Interest::default()).expect("wait");
        cell.govern();
    }
    let share = cell.usage().cpu.as_secs_f64() / begin.elapsed().as_secs_f64();
    assert!(share < 0.4, "share {share}");
}

/// Cores that it uses over some seconds.
fn share(cell: &mut Cell, seconds: u64) -> f64 {
    let before = cell.usage().cpu;
    let begin = Instant::now();
    while begin.elapsed() < Duration::from_secs(seconds) {
        cell.wait(Duration::from_millis(10), Interest::default()).expect("wait");
        cell.govern();
    }
    (cell.usage().cpu - before).as_secs_f64() / begin.elapsed().as_secs_f64()
}

fn cpu_is_changed() {
    let mut cell = start(&recipe(), "spin");
    let free = share(&mut cell, 1);
    cell.set_cpu(Some(100)).expect("less");
    let less = share(&mut cell, 2);
    assert!(less < 0.3 && less < free, "{free}, then {less}");
    // More than its own share cannot be given.
    cell.set_cpu(Some(64_000)).expect("as much as it has");
    cell.set_cpu(None).expect("its own");
    let own = share(&mut cell, 1);
    assert!(own > less, "{free}, {less}, then {own}");
}

fn halted() {
    let mut cell = start(&recipe(), "spin");
    assert!(!cell.is_frozen());
    cell.freeze(true).expect("halt");
    // What was under way when it was halted.
    share(&mut cell, 1);
    let still = share(&mut cell, 1);
    assert!(still < 0.05 && cell.is_frozen(), "{still}");
    // A share of the processor is no way out.
    cell.set_cpu(Some(500)).expect("less");
    cell.set_cpu(None).expect("its own");
    let still = share(&mut cell, 1);
    assert!(still < 0.05, "{still}");
    cell.freeze(false).expect("go on");
    let goes_on = share(&mut cell, 1);
    assert!(goes_on > 0.1, "{goes_on}");
    cell.freeze(true).expect("halt");
    cell.kill();
    assert!(matches!(exit(&mut cell), Exit::Signal { number: 9, .. }));
}

fn surveyed() {
    let mut cell = start(&recipe(), "spin");
    share(&mut cell, 1);
    let survey = cell.survey();
    assert!(survey.threads >= 1 && survey.read > 0, "it has read its order: {survey:?}");
    assert!((1..=16).contains(&survey.descriptors), "no more than it may have: {survey:?}");
    cell.kill();
    exit(&mut cell);
    assert_eq!(cell.survey(), survey, "the last figures stay");
}

fn killed_leaves_nothing() {
    let mut cell = start(&recipe(), "spin");
    let pid = cell.pid();
    cell.kill();
    assert!(matches!(exit(&mut cell), Exit::Signal { number: 9, .. }));
    drop(cell);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

fn dropped_is_dead() {
    let cell = start(&recipe(), "spin");
    let pid = cell.pid();
    drop(cell);
    assert!(!std::path::Path::new(&format!("/proc/{pid}")).exists());
}

/// A host that is killed takes its cells along: PR_SET_PDEATHSIG.
fn dies_with_host() {
    let me = std::env::current_exe().expect("own path");
    let mut host = std::process::Command::new(me)
        .env("LAUNCH_TEST_HOST", "1")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("spawn");
    let mut line = String::new();
    std::io::BufRead::read_line(
        &mut std::io::BufReader::new(host.stdout.take().expect("stdout")),
        &mut line,
    )
    .expect("the cell's pid");
    let pid: i32 = line.trim().parse().expect("a number");
    assert!(std::path::Path::new(&format!("/proc/{pid}")).exists());
    host.kill().expect("kill");
    host.wait().expect("wait");
    let until = Instant::now() + Duration::from_secs(5);
    // Reaped by init or left as a zombie of a dead parent for a moment; either way not running.
    while running(pid) {
        assert!(Instant::now() < until, "the cell outlives its host");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Starts a cell, says its number, and stays.
fn be_a_host() -> ! {
    let cell = start(&recipe(), "spin");
    println!("{}", cell.pid());
    std::io::stdout().flush().expect("flush");
    loop {
        std::thread::park();
    }
}

fn running(pid: i32) -> bool {
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.contains(") Z ") && !stat.contains(") X "))
}

fn output_is_captured() {
    let mut cell = start(&recipe(), "print");
    let mut text = Vec::new();
    let until = Instant::now() + Duration::from_secs(10);
    while Instant::now() < until {
        let ready = cell.wait(Duration::from_millis(50), Interest::default()).expect("wait");
        let mut buffer = [0; 256];
        for (flag, stream) in [(ready.stdout, Stream::Stdout), (ready.stderr, Stream::Stderr)] {
            if flag && let Ok(count) = cell.read_output(stream, &mut buffer) {
                text.extend_from_slice(&buffer[..count]);
            }
        }
        if cell.try_exit().is_some() && text.len() >= 7 {
            break;
        }
    }
    text.sort_unstable();
    assert_eq!(text, b"\n\neorrtu");
}

fn unconfined_posture() {
    let mut bare = recipe();
    bare.confine = false;
    let mut cell = start(&bare, "open");
    assert!(cell.posture().lines.iter().all(|line| line.state == State::Off));
    let (text, _) = answer(&mut cell).expect("answer");
    assert_eq!(text, "opened");
}

fn missing_program() {
    let mut missing = recipe();
    missing.program = Program::File("/nonexistent/cell".into());
    let error = launch(&missing).expect_err("refused");
    assert!(error.to_string().contains("/nonexistent/cell"), "{error}");
}

fn not_a_cell() {
    let mut wrong = recipe();
    wrong.program = Program::File("/bin/true".into());
    assert!(matches!(launch(&wrong), Err(LaunchError::NotSealed(_))));
    let script = tempfile::NamedTempFile::new().expect("file");
    script.as_file().write_all(b"not a program").expect("write");
    wrong.program = Program::File(script.path().to_owned());
    let error = launch(&wrong).expect_err("refused");
    assert!(matches!(error, LaunchError::Program { .. }), "{error:?}");
}

/// In a child whose user namespaces are used up: `user.max_user_namespaces` of a namespace of its
/// own, so that the machine's setting stays.
fn without_userns() {
    let me = std::env::current_exe().expect("own path");
    let script = "echo 0 > /proc/sys/user/max_user_namespaces && exec \"$0\"";
    let output = std::process::Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount-proc", "--pid", "--fork", "sh", "-c", script])
        .arg(&me)
        .env("LAUNCH_TEST_NO_USERNS", "1")
        .output()
        .expect("unshare (util-linux) runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("refused by default: userns"), "{text}{errors}");
    assert!(text.contains("degraded by name: true"), "{text}{errors}");
}

fn be_without_userns() {
    match launch(&recipe()) {
        Err(LaunchError::Protection { protection, .. }) => {
            println!("refused by default: {protection}")
        }
        other => println!("unexpected: {other:?}"),
    }
    let mut degraded = recipe();
    degraded.optional.insert(Protection::Userns);
    let mut cell = start(&degraded, "open");
    let named = cell.posture().get(Protection::Userns).is_some_and(|l| l.state == State::Degraded);
    let denied = answer(&mut cell).expect("answer").0 == "denied";
    println!("degraded by name: {}, {named} {denied}", named && denied);
    println!("{:?}", cell.posture());
}

mod inside {
    //! The cell's side. Only calls that an engine cell may make, but for the one under test.

    use std::io::{IoSlice, IoSliceMut};
    use std::mem::MaybeUninit;
    use std::os::fd::{AsFd, OwnedFd};

    use rustix::net::{
        RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
        SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
    };

    use super::enter;

    pub(super) fn main() -> ! {
        match enter() {
            Ok(aether_container::Role::Engine(gateway)) => std::process::exit(act(&gateway)),
            Ok(aether_container::Role::Watched { gateway, .. }) => aside(gateway),
            Ok(aether_container::Role::Over(code)) => std::process::exit(code.into()),
            Err(error) => {
                eprintln!("{error}");
                std::process::exit(3)
            }
        }
    }

    /// An engine aside: the order is carried out on the second thread.
    fn aside(gateway: OwnedFd) -> ! {
        let (give, take) = std::sync::mpsc::channel();
        let work = move || {
            let (order, file) = receive(&gateway);
            if order == "sockets" {
                try_socket(&gateway);
                give.send(gateway).expect("the first thread");
                loop {
                    std::thread::park();
                }
            }
            std::process::exit(carry_out(&order, file, &gateway));
        };
        aether_container::aside(work).expect("a second thread");
        let gateway = take.recv().expect("the gateway");
        try_socket(&gateway);
        std::process::exit(0)
    }

    fn act(gateway: &OwnedFd) -> i32 {
        let (order, file) = receive(gateway);
        carry_out(&order, file, gateway)
    }

    fn try_socket(gateway: &OwnedFd) {
        // SAFETY: socket(2) takes integers only.
        let result = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0) };
        let errno = std::io::Error::last_os_error().raw_os_error().unwrap_or(0);
        send(
            gateway,
            &if result < 0 { format!("errno {errno}") } else { "opened".to_owned() },
            None,
        );
    }

    /// Whether code that this process writes is run.
    fn make_code() -> bool {
        // `ret`, or `bx lr` in its 64-bit form.
        #[cfg(target_arch = "x86_64")]
        const RETURN: &[u8] = &[0xc3];
        #[cfg(target_arch = "aarch64")]
        const RETURN: &[u8] = &0xd65f_03c0_u32.to_le_bytes();
        let protection = libc::PROT_READ | libc::PROT_WRITE | libc::PROT_EXEC;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
        // SAFETY: mmap(2) makes a new mapping where the kernel likes, touching no other. What is
        // written to it is one instruction that returns, and it is called as a function without
        // arguments or result, which is what it is.
        unsafe {
            let page = libc::mmap(std::ptr::null_mut(), 4096, protection, flags, -1, 0);
            if page == libc::MAP_FAILED {
                return false;
            }
            std::ptr::copy_nonoverlapping(RETURN.as_ptr(), page.cast(), RETURN.len());
            let function: extern "C" fn() = std::mem::transmute(page);
            function();
        }
        true
    }

    fn carry_out(order: &str, file: Option<OwnedFd>, gateway: &OwnedFd) -> i32 {
        let say = |done: bool, word: &str| send(gateway, if done { word } else { "refused" }, None);
        match order {
            "open 5" => {
                let opened = (0..5).any(|_| std::fs::File::open("/proc/stat").is_ok());
                say(!opened, "denied");
            }
            "open to write 1" => {
                say(std::fs::File::create("/proc/stat").is_err(), "denied");
            }
            "thread" => {
                say(std::thread::Builder::new().spawn(|| {}).is_ok(), "made");
            }
            "aside" => say(aether_container::aside(|| {}).is_ok(), "made"),
            "code" => say(make_code(), "ran"),
            "facts" => {
                let (pid, variables) = (std::process::id(), std::env::vars_os().count());
                let arguments = std::env::args_os().count();
                send(gateway, &format!("pid {pid}, env {variables}, args {arguments}"), None);
            }
            "file" => {
                let file = file.expect("a descriptor came along");
                let size = rustix::fs::fstat(&file).expect("fstat").st_size;
                send(gateway, &size.to_string(), Some(&file));
            }
            "socket" => {
                try_socket(gateway);
            }
            "eat memory" => {
                let mut eaten = Vec::new();
                loop {
                    eaten.push(vec![1u8; 1 << 20]);
                    std::hint::black_box(&eaten);
                }
            }
            "print" => {
                println!("out");
                eprintln!("err");
            }
            "open" => {
                let opened = std::fs::File::open("/etc/passwd").is_ok();
                send(gateway, if opened { "opened" } else { "denied" }, None);
            }
            _ => loop {
                std::hint::spin_loop();
            },
        }
        0
    }

    fn receive(gateway: &OwnedFd) -> (String, Option<OwnedFd>) {
        let mut buffer = [0; 256];
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut parts = [IoSliceMut::new(&mut buffer)];
        let got =
            recvmsg(gateway, &mut parts, &mut control, RecvFlags::CMSG_CLOEXEC).expect("recvmsg");
        let mut file = None;
        for part in control.drain() {
            if let RecvAncillaryMessage::ScmRights(files) = part {
                file = files.last();
            }
        }
        (String::from_utf8_lossy(&buffer[..got.bytes]).into_owned(), file)
    }

    fn send(gateway: &OwnedFd, text: &str, file: Option<&OwnedFd>) {
        let files: Vec<_> = file.iter().map(|file| file.as_fd()).collect();
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        if !files.is_empty() {
            control.push(SendAncillaryMessage::ScmRights(&files));
        }
        sendmsg(gateway, &[IoSlice::new(text.as_bytes())], &mut control, SendFlags::NOSIGNAL)
            .expect("sendmsg");
    }
}
