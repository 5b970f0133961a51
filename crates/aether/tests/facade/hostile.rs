//! Cells that do not speak as they should: a copy of this program, confined like any cell, that
//! says what its own file's name tells it to.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use aether_container::Role;

use aether::{CallError, Ending, ExitCode, Limit, StartError, StartOptions, Violation};

use crate::lab::{Lab, is_there, tests};

tests! {
    what_is_not_the_protocol_is_a_violation,
    silence_ends_at_the_deadline,
    a_cell_that_is_gone_has_crashed,
    a_version_that_was_not_offered_is_refused,
    a_cell_that_never_reads_is_cut,
    attachments_that_nobody_reads_keep_no_other_cell_from_starting,
    a_cell_that_works_uncalled_is_ended,
    memory_that_runs_out_beside_the_heap_is_a_limit_too,
}

/// Becomes a hostile cell if this is one. The name is read before confinement, which leaves no file
/// system to read it from.
pub(crate) fn become_one() {
    let name =
        std::env::current_exe().ok().and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let Some(behaviour) = name.as_deref().and_then(|name| name.strip_prefix("hostile-")) else {
        return;
    };
    let Ok(Role::Engine(gateway)) = aether_container::enter() else { std::process::exit(2) };
    behave(behaviour, UnixStream::from(gateway));
    std::process::exit(0)
}

fn behave(behaviour: &str, mut host: UnixStream) {
    let greeting =
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":1,\"engine\":\"hostile\"}}\n";
    let loaded = "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"exports\":[\"run\"]}}\n";
    let say = |host: &mut UnixStream, text: &str| drop(host.write_all(text.as_bytes()));
    match behaviour {
        "garbage" => say(&mut host, &"garbage\n".repeat(10)),
        "binary" => drop(host.write_all(&[0xff, 0, b'\n'].repeat(10))),
        "endless" => {
            let block = [b'x'; 65_536];
            while host.write_all(&block).is_ok() {}
        }
        "nothing-asked" => {
            say(&mut host, &"{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{}}\n".repeat(10))
        }
        "twice" => say(&mut host, &greeting.repeat(10)),
        "unknown" => {
            say(&mut host, &"{\"jsonrpc\":\"2.0\",\"method\":\"x.y\",\"params\":{}}\n".repeat(10))
        }
        "batch" => {
            say(&mut host, &"[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"fs.read\"}]\n".repeat(10))
        }
        "gone" => return drop(host.read(&mut [0])),
        "other-version" => {
            say(
                &mut host,
                "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocol\":9,\"engine\":\"x\"}}\n",
            );
        }
        "restless" => {
            say(&mut host, greeting);
            say(&mut host, loaded);
            loop {
                std::hint::spin_loop();
            }
        }
        "bloated" => {
            drop(host.read(&mut [0]));
            drop(std::hint::black_box(vec![1u8; 1 << 40]));
        }
        "unread" => {
            say(&mut host, greeting);
            say(&mut host, loaded);
            // Asks without end, and reads no answer.
            let ask = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"bundle.read\",\"params\":{\"path\":\"main.js\"}}\n";
            while host.write_all(ask.as_bytes()).is_ok() {}
        }
        _ => {}
    }
    // Stays until the host has had enough, reading what it says.
    let mut buffer = [0; 4096];
    while host.read(&mut buffer).is_ok_and(|count| count > 0) {}
}

/// How a start ends with such a cell, whose process is then gone.
fn start_hostile(behaviour: &str) -> StartError {
    let lab = Lab::new();
    let host = lab.builder().cell_program(program(&lab, behaviour)).build().expect("a host");
    let plugin =
        lab.plugin("p").resources(r#"{ "timeout": "1s" }"#).main("export default () => 1;");
    let plugin = host.load(plugin).expect("a plugin");
    let error = host.start(&plugin, &StartOptions::default()).expect_err("no cell");
    // Of a container that was not had there is no process to look for.
    assert!(!matches!(error, StartError::Container(_)), "{behaviour}: {error}");
    assert!(!is_there(lab.pid_of(&host, 1)), "{behaviour}");
    error
}

fn program(lab: &Lab, behaviour: &str) -> PathBuf {
    let copy = lab.aside(format!("hostile-{behaviour}"));
    // By another program: what this one has open for writing is also open in the cells that other
    // tests start just then, until those execute, and what is open for writing is not executed.
    let this = std::env::current_exe().expect("this program");
    let copied = std::process::Command::new("cp").arg(this).arg(&copy).status();
    assert!(copied.is_ok_and(|status| status.success()), "a copy");
    copy
}

fn what_is_not_the_protocol_is_a_violation() {
    for behaviour in ["garbage", "binary", "endless", "nothing-asked", "twice", "unknown", "batch"]
    {
        let error = start_hostile(behaviour);
        let StartError::Load(CallError::Ended(Ending::Violation(what))) = &error else {
            panic!("{behaviour}: {error:?}")
        };
        assert!(!what.to_string().is_empty());
        assert_eq!(error.exit_code(), ExitCode::Violation, "{behaviour}");
    }
}

fn silence_ends_at_the_deadline() {
    let error = start_hostile("silent");
    let expect = Ending::Limit(Limit::Time(Duration::from_secs(1)));
    assert!(
        matches!(&error, StartError::Load(CallError::Ended(ending)) if *ending == expect),
        "{error:?}"
    );
}

fn a_cell_that_is_gone_has_crashed() {
    let error = start_hostile("gone");
    assert!(matches!(&error, StartError::Load(CallError::Ended(Ending::Crashed(_)))), "{error:?}");
}

fn a_version_that_was_not_offered_is_refused() {
    let error = start_hostile("other-version");
    assert!(
        matches!(&error, StartError::Load(CallError::Plugin(error)) if error.message.contains("version 9")),
        "{error:?}"
    );
}

fn a_cell_that_works_uncalled_is_ended() {
    let lab = Lab::new();
    let host = lab.builder().cell_program(program(&lab, "restless")).build().expect("a host");
    let cell = crate::lab::start(&host, &lab.load(&host, "p", "export default () => 1;"));
    let until = Instant::now() + Duration::from_secs(60);
    while cell.ending().is_none() && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(cell.ending(), Some(Ending::Violation(Violation::Restless)));
}

fn memory_that_runs_out_beside_the_heap_is_a_limit_too() {
    let error = start_hostile("bloated");
    assert!(
        matches!(&error, StartError::Load(CallError::Ended(Ending::Limit(Limit::Memory(_))))),
        "{error:?}"
    );
}

fn a_cell_that_never_reads_is_cut() {
    let lab = Lab::new();
    let host = lab.builder().cell_program(program(&lab, "unread")).build().expect("a host");
    // As much as travels within a line.
    let code = format!("export default () => 1; // {}", "x".repeat(30_000));
    let plugin = lab.load(&host, "p", &code);
    let cell = crate::lab::start(&host, &plugin);
    let ended = cell.call("run", serde_json::Value::Null);
    assert!(matches!(ended, Err(CallError::Ended(Ending::Limit(Limit::Unread(_))))), "{ended:?}");
    assert!(!is_there(lab.pid_of(&host, 1)));
}

/// Attachments that a cell leaves unread wait in the kernel: each takes its size of memory, and all
/// together count against the host's user, who may have no more of them than a new cell may have
/// descriptors.
fn attachments_that_nobody_reads_keep_no_other_cell_from_starting() {
    let lab = Lab::new();
    let host = lab.builder().cell_program(program(&lab, "unread")).build().expect("a host");
    let code = format!("export default () => 1; // {}", "x".repeat(1 << 20));
    let cell = crate::lab::start(&host, &lab.load(&host, "p", &code));
    let call = cell.begin("run", serde_json::Value::Null, Duration::from_secs(20));
    let until = std::time::Instant::now() + Duration::from_secs(2);
    while std::time::Instant::now() < until {
        let (_host, good) = Lab::new().start("export default () => 'x'.repeat(100000);");
        assert!(good.call("run", serde_json::Value::Null).is_ok());
    }
    drop(cell);
    assert!(call.wait().is_err());
}
