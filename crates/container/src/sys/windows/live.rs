//! The same with the system itself: what it holds, and that what it does not hold is seen.
//!
//! Wine takes nearly everything and holds little. There each refusal is looked for by name; what holds
//! on every system is tested everywhere.

use std::collections::BTreeSet;
use std::io::{PipeReader, Read as _, pipe};
use std::os::windows::io::{AsHandle as _, BorrowedHandle, OwnedHandle};
use std::time::{Duration, Instant};

use super::acl::{Private, grants_of};
use super::birth::{Born, Plan, born};
use super::calls::{Calls as _, Creation, System, TokenFacts, dacl_of, named_event, open_event};
use super::command_line::command_line;
use super::environment::block;
use super::job::{Asked, Job};
use super::mitigations::Kind;
use super::sid::Sid;
use super::token::{Restriction, Stripped};
use super::wine::is_wine;
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
    let variables = ["SystemRoot", "LOCALAPPDATA"]
        .map(|name| (name.encode_utf16().collect(), root.encode_utf16().collect()));
    let environment = block(&variables).expect("a block");
    let (input, _closed) = pipe().expect("a pipe");
    let (output, writes) = pipe().expect("a pipe");
    let stdio = [input.as_handle(), writes.as_handle(), writes.as_handle()];
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
    born.job.end(&System, born.created.process.as_handle());
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
    // Nothing was made, so that nothing is said to stand.
    assert!(container.iter().all(|one| refused(&posture, State::Refused).contains(one)));
    assert!(refused(&posture, State::Enforced).is_empty(), "{posture:?}");
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

/// `SYNCHRONIZE`: a right that writes nothing. One that does is refused to what is of lower integrity, whoever
/// it is.
const AWAIT: u32 = 0x10_0000;

/// Names the event that one which is made by the test below tries to open.
const EVENT: &str = "AETHER_TEST_EVENT";

/// Runs this test once more, as a process with this token that tries to open the event. What it said of that,
/// and what its token said of it.
fn opens(event: &str, token: Option<&Stripped>) -> (String, TokenFacts) {
    let own = std::env::current_exe().expect("a program").to_string_lossy().into_owned();
    let test = "sys::windows::live::what_groups_of_its_hosts_may_open_it_may_not";
    let words = [&own, "--exact", test, "--nocapture", "--test-threads=1"];
    let arguments: Vec<Vec<u16>> = words.map(|word| word.encode_utf16().collect()).into();
    let line = command_line(&own.encode_utf16().collect::<Vec<_>>(), &arguments).expect("a line");
    let root = std::env::var("SystemRoot").expect("a system");
    let variable = |name: &str, value: &str| {
        (name.encode_utf16().collect::<Vec<_>>(), value.encode_utf16().collect::<Vec<_>>())
    };
    let environment = block(&[variable(EVENT, event), variable("SystemRoot", &root)]);
    let (input, _closed) = pipe().expect("a pipe");
    let (mut output, writes) = pipe().expect("a pipe");
    let stdio = [input.as_handle(), writes.as_handle(), writes.as_handle()];
    let asked = Asked { memory: 512 << 20, processes: 4, cpu_millis: 1000, processors: 2 };
    let job = Job::new(&System, asked).expect("a job");
    let created = System
        .create_process(&Creation {
            program: &wide(&own),
            line: &line,
            environment: &environment.expect("a block"),
            folder: &wide(&format!("{root}\\")),
            stdio,
            inherit: &stdio,
            private: &Private::for_a_cell(&System).expect("a descriptor"),
            job: job.handle(),
            mitigations: [0; 2],
            no_children: false,
            container: None,
            less_privileged: false,
            token: token.map(Stripped::handle),
            has_console: false,
        })
        .expect("a process");
    let facts = System.token(created.process.as_handle()).expect("a token");
    drop(writes);
    System.resume(created.thread.as_handle()).expect("it goes on");
    let mut all = String::new();
    output.read_to_string(&mut all).expect("output");
    let said = all.lines().find_map(|line| line.split_once("opened: "));
    (said.unwrap_or_else(|| panic!("it said nothing: {all}")).1.trim_end().to_owned(), facts)
}

#[test]
fn what_groups_of_its_hosts_may_open_it_may_not() {
    if let Ok(event) = std::env::var(EVENT) {
        println!("opened: {:?}", open_event(&event, AWAIT).map(drop).map_err(|error| error.kind()));
        return;
    }
    let stripped = Stripped::new(&System, Restriction::None).expect("a token");
    let host = System.host().expect("a host");
    let (told, facts) = opens("aether-test-live-none", Some(&stripped));
    assert_eq!(told, "Err(NotFound)", "it looks for what is not there");
    let goes = facts.deny_only.iter().filter(|sid| host.groups.iter().any(|one| one.sid == **sid));
    let goes: Vec<&Sid> = goes.collect();
    assert!(!goes.is_empty(), "{facts:?} of {host:?}");
    assert!(!is_wine() || goes.contains(&&Sid::administrators()), "{goes:?}");
    assert!(facts.groups.iter().all(|group| !goes.contains(&group)), "{facts:?}");
    assert_eq!(facts.default_access, [host.user, Sid::system()]);

    let private = Private::of(&[(goes[0], AWAIT)]).expect("a descriptor");
    let _event = named_event("aether-test-live-group", &private).expect("an event");
    assert!(open_event("aether-test-live-group", AWAIT).is_ok(), "the host may");
    let (told, _) = opens("aether-test-live-group", None);
    assert_eq!(told, "Ok(())", "and so may what is made with its token");
    let (told, _) = opens("aether-test-live-group", Some(&stripped));
    assert_eq!(told, "Err(PermissionDenied)");

    let private = Private::of(&[(&Sid::users(), AWAIT)]).expect("a descriptor");
    let _event = named_event("aether-test-live-users", &private).expect("an event");
    let (told, _) = opens("aether-test-live-users", Some(&stripped));
    assert_eq!(told, "Ok(())", "what every user may it may too");
}

#[test]
fn a_restricted_token_is_not_believed_where_the_system_does_not_hold_it() {
    if !is_wine() {
        eprintln!("SKIPPED: needs Wine, which takes restricting identifiers and holds none");
        return;
    }
    let restricted = Stripped::new(&System, Restriction::Engine).expect("a token");
    let (_, facts) = opens("aether-test-live-none", Some(&restricted));
    assert!(restricted.missing(&facts, None).is_some(), "{facts:?}");
    let (made, _output) = start(&["/d", "/c", "exit"], &everything(), 1);
    let posture = made.expect("it may lack everything").posture;
    let line = posture.get(Protection::AppContainer).expect("a line");
    assert_eq!(line.state, State::Degraded);
    assert!(line.detail.starts_with("nothing instead, the token says "), "{}", line.detail);
    let line = posture.get(Protection::Network).expect("a line");
    assert_eq!(line.state, State::Degraded);
}

#[test]
fn a_restricted_token_stands_on_windows_itself_and_its_user_is_none_of_it() {
    if is_wine() {
        eprintln!("SKIPPED: needs real Windows, not run");
        return;
    }
    for restriction in [Restriction::Engine, Restriction::Native] {
        let restricted = Stripped::new(&System, restriction).expect("a token");
        let private = Private::only_this_user(&System).expect("a descriptor");
        let _event = named_event("aether-test-live-user", &private).expect("an event");
        let (told, _) = opens("aether-test-live-user", None);
        assert_eq!(told, "Ok(())", "what is made with the host's token may");
        let (told, facts) = opens("aether-test-live-user", Some(&restricted));
        assert_eq!(told, "Err(PermissionDenied)");
        assert_eq!(restricted.missing(&facts, None), None);
    }
}

#[test]
fn a_process_and_its_thread_are_for_the_user_and_the_system_and_no_other_cell() {
    let (made, _output) = start(&["/d", "/c", "exit"], &everything(), 1);
    let created = made.expect("it may lack everything").created;
    let user = System.host().expect("a host").user;
    for object in [created.process.as_handle(), created.thread.as_handle()] {
        let (protected, list) = dacl_of(object).expect("a list");
        assert!(protected);
        let grants = grants_of(&list).expect("entries").into_iter().map(|(sid, _)| sid);
        assert_eq!(grants.collect::<Vec<_>>(), [user.clone(), Sid::system()]);
    }
}

#[test]
fn a_job_is_its_users_alone() {
    let asked = Asked { memory: 1 << 20, processes: 1, cpu_millis: 1000, processors: 1 };
    let job = Job::new(&System, asked).expect("a job");
    let (protected, list) = dacl_of(job.handle()).expect("a list");
    assert!(protected);
    let grants = grants_of(&list).expect("entries");
    let user = System.host().expect("a host").user;
    assert_eq!(grants.into_iter().map(|(sid, _)| sid).collect::<Vec<_>>(), [user]);
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
