//! The same with the system itself: what it holds, and that what it does not hold is seen.
//!
//! Wine takes nearly everything and holds little. There each refusal is looked for by name; what holds
//! on every system is tested everywhere.

use std::collections::BTreeSet;
use std::io::{PipeReader, Read as _, pipe};
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};
use std::time::{Duration, Instant};

use super::birth::{Born, Plan, born};
use super::calls::{Calls as _, System};
use super::command_line::command_line;
use super::environment::block;
use super::job::Asked;
use super::mitigations::Kind;
use crate::{LaunchError, Protection, State};

/// How long anything may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a lenient launch may lack.
fn everything() -> BTreeSet<Protection> {
    Protection::ALL.iter().copied().collect()
}

fn wide(text: &str) -> Vec<u16> {
    text.encode_utf16().chain([0]).collect()
}

fn is_wine() -> bool {
    let root = std::env::var_os("SystemRoot").expect("a system");
    std::path::Path::new(&root).join("system32/winecfg.exe").exists()
}

/// The command interpreter of the system, for its simple words: it is handed a line of our own making.
fn start(
    words: &[&str],
    optional: &BTreeSet<Protection>,
    processes: u32,
) -> (Launched, PipeReader) {
    let root = std::env::var("SystemRoot").expect("a system");
    let program = format!(r"{root}\system32\cmd.exe");
    let arguments: Vec<Vec<u16>> =
        [&*program].iter().chain(words).map(|word| word.encode_utf16().collect()).collect();
    let name: Vec<u16> = program.encode_utf16().collect();
    let line = command_line(&name, &arguments).expect("a line");
    let variables = [("SystemRoot".encode_utf16().collect(), root.encode_utf16().collect())];
    let environment = block(&variables).expect("a block");
    let (input, _closed) = pipe().expect("a pipe");
    let (output, writes) = pipe().expect("a pipe");
    let handles = [input.as_handle(), writes.as_handle(), writes.as_handle()]
        .map(|handle| System.inheritable(handle).expect("a handle"));
    let stdio = [handles[0].as_handle(), handles[1].as_handle(), handles[2].as_handle()];
    let made = born(
        &System,
        &Plan {
            program: &wide(&program),
            line: &line,
            environment: &environment,
            folder: &wide(&format!("{root}\\")),
            stdio,
            inherit: &stdio,
            kind: Kind { engine: processes == 1, code: false },
            asked: Asked { memory: 512 << 20, processes, cpu_millis: 1000, processors: 2 },
            optional,
            container: &wide("aether.test"),
            makes_children: processes > 1,
        },
    );
    (made, output)
}

type Launched = Result<Born, LaunchError>;

fn ended(process: BorrowedHandle<'_>) -> Option<u32> {
    let until = Instant::now() + PATIENCE;
    loop {
        match System.exit_code(process).expect("a process") {
            None if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            code => return code,
        }
    }
}

#[test]
fn a_process_that_stands_still_is_let_go_on_and_says_what_it_has_to_say() {
    let (made, mut output) = start(&["/d", "/c", "echo hello"], &everything(), 8);
    let born = made.expect("it may lack everything");
    assert_eq!(
        System.exit_code(born.created.process.as_handle()).unwrap(),
        None,
        "it stands still"
    );
    assert!(born.created.pid > 0);
    assert!(System.is_in_job(born.created.process.as_handle(), born.job.handle()).unwrap());
    System.resume(born.created.thread.as_handle()).expect("it goes on");
    let mut said = String::new();
    output.read_to_string(&mut said).expect("output");
    assert_eq!(said.trim_end(), "hello");
    assert_eq!(ended(born.created.process.as_handle()), Some(0));
    assert!(born.job.accounting(&System).expect("a job").processes >= 1);
    assert!(System.memory(born.created.process.as_handle()).is_ok());
}

#[test]
fn what_is_dropped_is_gone_with_all_that_it_started() {
    // One starts another, which would wait for ever: what both write to is closed when both are gone.
    let waits = "cmd /d /c pause";
    let (made, mut output) = start(&["/d", "/c", waits], &everything(), 8);
    let born = made.expect("it may lack everything");
    System.resume(born.created.thread.as_handle()).expect("it goes on");
    let until = Instant::now() + PATIENCE;
    while born.job.accounting(&System).expect("a job").active < 2 && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(born.job.accounting(&System).expect("a job").active >= 2, "it never started another");
    let process: OwnedHandle = born.created.process.as_handle().try_clone_to_owned().unwrap();
    drop(born);
    assert!(ended(process.as_handle()).is_some());
    output.read_to_end(&mut Vec::new()).expect("everybody has left");
}

#[test]
fn what_is_ended_has_ended_with_the_hosts_code() {
    let (made, _output) = start(&["/d", "/c", "pause"], &everything(), 8);
    let born = made.expect("it may lack everything");
    System.resume(born.created.thread.as_handle()).expect("it goes on");
    born.job.end(&System);
    assert_eq!(ended(born.created.process.as_handle()), Some(super::job::ENDED));
}

#[test]
fn where_the_system_holds_too_little_nothing_starts_and_each_is_told() {
    if !is_wine() {
        eprintln!("SKIPPED: needs Wine, which holds little");
        return;
    }
    let (made, _output) = start(&["/d", "/c", "echo started"], &BTreeSet::new(), 1);
    let Err(LaunchError::Protection { posture, protection, reason }) = made else {
        panic!("it started")
    };
    assert_eq!(protection, Protection::AppContainer, "{reason}");
    let refused = |posture: &crate::Posture, state: State| {
        let lines = posture.lines.iter().filter(|line| line.state == state);
        lines.map(|line| line.protection).collect::<Vec<_>>()
    };
    let container = [Protection::AppContainer, Protection::Lpac, Protection::Network];
    assert_eq!(refused(&posture, State::Refused), container);
    // Without these the next ones are found, from the process itself.
    let (made, mut output) = start(&["/d", "/c", "echo started"], &container.into(), 1);
    let Err(LaunchError::Protection { posture, .. }) = made else { panic!("it started") };
    let missing = refused(&posture, State::Refused);
    for one in [
        Protection::Memory,
        Protection::Cpu,
        Protection::Token,
        Protection::ChildProcesses,
        Protection::Ui,
        Protection::Dep,
        Protection::StrictHandles,
        Protection::ExtensionPoints,
        Protection::ImageLoad,
        Protection::Win32k,
        Protection::WriteXorExecute,
    ] {
        assert!(missing.contains(&one), "{one} is not among {missing:?}");
    }
    // What was made is gone, and has said nothing.
    let mut said = String::new();
    output.read_to_string(&mut said).expect("output");
    assert_eq!(said, "");
    // That everything ends with its job it holds, as the tests above see, and does not say: what is not
    // said does not count.
    assert!(missing.contains(&Protection::KillTree), "{posture:?}");
}

#[test]
fn on_windows_itself_everything_stands() {
    if is_wine() {
        eprintln!("SKIPPED: needs real Windows, not run");
        return;
    }
    let (made, _output) = start(&["/d", "/c", "exit"], &BTreeSet::new(), 1);
    let born = made.unwrap_or_else(|error| panic!("{error}"));
    assert!(born.posture.is_full(), "{:?}", born.posture);
}
