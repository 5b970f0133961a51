//! However a cell ends, whoever waits learns of it, and nothing of it is left.

use std::time::Duration;

use aether::{CallError, Ending, ExitCode, Limit, StartError, StartOptions};
use serde_json::Value;

use crate::lab::{Lab, is_there, start, tests};

tests! {
    a_cell_that_is_stopped_answers_what_was_open,
    a_dropped_cell_leaves_no_process,
    a_dropped_call_does_no_harm,
    a_limit_of_memory_ends_one_cell_alone,
    a_limit_in_loading_refuses_the_start,
    a_limit_answers_every_open_call,
    an_error_in_loading_is_the_plugins,
    a_host_that_is_gone_leaves_its_cells_working,
    a_listener_that_panics_ends_its_cell_and_nothing_else,
    a_listener_that_hangs_does_not_outlast_the_deadline,
    a_process_that_is_killed_from_outside_has_crashed,
    an_interrupted_host_ends_what_runs_and_starts_nothing,
    a_forgotten_cell_leaves_its_records_only,
}

const SPIN: &str = "export default () => { for (;;); };";
const WAIT: &str = "export default () => new Promise((done) => setTimeout(done, 1e6));";

fn a_cell_that_is_stopped_answers_what_was_open() {
    for code in [SPIN, WAIT] {
        let lab = Lab::new();
        let (host, cell) = lab.start(code);
        let calls: Vec<_> =
            (0..3).map(|_| cell.begin("run", Value::Null, Duration::from_secs(30))).collect();
        let pid = lab.pid_of(&host, 1);
        assert_eq!(cell.stop(), Ending::Killed);
        for call in calls {
            assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)));
        }
        assert!(!is_there(pid));
    }
}

fn a_dropped_cell_leaves_no_process() {
    for (code, busy) in [("export default () => 1;", false), (SPIN, true), (WAIT, true)] {
        let lab = Lab::new();
        let (host, cell) = lab.start(code);
        let pid = lab.pid_of(&host, 1);
        assert!(is_there(pid), "the probe sees a living cell");
        let call = busy.then(|| cell.begin("run", Value::Null, Duration::from_secs(30)));
        drop(cell);
        assert!(!is_there(pid), "{code}");
        if let Some(call) = call {
            assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)));
        }
    }
}

fn an_interrupted_host_ends_what_runs_and_starts_nothing() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.load(&host, "p", SPIN);
    let cells = [start(&host, &plugin), start(&host, &plugin)];
    let calls = cells.each_ref().map(|c| c.begin("run", Value::Null, Duration::from_secs(30)));
    let pids = [lab.pid_of(&host, 1), lab.pid_of(&host, 2)];
    host.interrupt();
    for call in calls {
        assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)));
    }
    assert_eq!(cells.map(aether::Cell::stop), [Ending::Killed, Ending::Killed]);
    assert!(!pids.into_iter().any(is_there));
    let refused = host.start(&plugin, &StartOptions::default());
    assert!(matches!(refused, Err(StartError::Interrupted)), "{refused:?}");
}

fn a_forgotten_cell_leaves_its_records_only() {
    let lab = Lab::new();
    let host = lab.generous_host();
    let code = "import * as fs from 'aether:fs'; export default () => fs.writeText('./x', 'y');";
    let plugin = host.load(lab.plugin("p").writes(&["./x"]).main(code)).expect("a plugin");
    let run = || {
        let cell = start(&host, &plugin);
        assert!(cell.call("run", Value::Null).is_ok());
        host.forget(cell.number());
        let number = cell.number();
        cell.stop();
        number
    };
    // One that still runs is not forgotten.
    let (first, second) = (run(), run());
    assert_eq!(host.changes().len(), 2);
    host.forget(first);
    let left: Vec<u32> = host.changes().into_iter().map(|(cell, _)| cell).collect();
    assert_eq!(left, [second]);
    assert!(lab.records(&host).iter().any(|record| record.cell == Some(first)));
}

fn a_dropped_call_does_no_harm() {
    let lab = Lab::new();
    let (_host, cell) = lab.start("export default () => 'x'.repeat(100000);");
    for _ in 0..5 {
        drop(cell.begin("run", Value::Null, Duration::from_secs(30)));
    }
    assert!(cell.call("run", Value::Null).is_ok());
    assert_eq!(cell.stop(), Ending::Normal);
}

fn a_limit_of_memory_ends_one_cell_alone() {
    let lab = Lab::new();
    let host = lab.host();
    let bomb = lab.plugin("bomb").resources(r#"{ "memory": "32MB" }"#);
    let bomb = bomb.main("export default () => { const all = []; for (;;) all.push({}); };");
    let bomb = start(&host, &host.load(bomb).expect("a plugin"));
    let good = start(&host, &lab.load(&host, "good", "export default () => 1;"));
    let pid = lab.pid_of(&host, bomb.number());
    let ended = bomb.call("run", Value::Null);
    let Err(CallError::Ended(Ending::Limit(Limit::Memory(bytes)))) = ended else {
        panic!("{ended:?}")
    };
    assert_eq!(bytes, 32 << 20);
    assert_eq!(ended.expect_err("an error").exit_code(), ExitCode::Limit);
    assert!(!is_there(pid));
    assert_eq!(good.call("run", Value::Null).expect("a result"), 1);
}

fn a_limit_in_loading_refuses_the_start() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.plugin("p").resources(r#"{ "timeout": "500ms" }"#);
    let plugin = host.load(plugin.main("for (;;); export default () => 1;")).expect("a plugin");
    let error = host.start(&plugin, &StartOptions::default()).expect_err("no cell");
    let StartError::Load(CallError::Ended(Ending::Limit(Limit::Time(time)))) = &error else {
        panic!("{error:?}")
    };
    assert_eq!(*time, Duration::from_millis(500));
    assert_eq!(error.exit_code(), ExitCode::Limit);
    assert!(!is_there(lab.pid_of(&host, 1)));
}

fn a_limit_answers_every_open_call() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(
        "export const wait = () => new Promise((done) => setTimeout(done, 1e6));
         export const spin = () => { for (;;); };",
    );
    let waits: Vec<_> =
        (0..3).map(|_| cell.begin("wait", Value::Null, Duration::from_secs(30))).collect();
    let limit = Duration::from_millis(300);
    let expect = CallError::Ended(Ending::Limit(Limit::Time(limit)));
    assert_eq!(cell.begin("spin", Value::Null, limit).wait(), Err(expect.clone()));
    for wait in waits {
        assert_eq!(wait.wait(), Err(expect.clone()));
    }
}

fn an_error_in_loading_is_the_plugins() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.load(&host, "p", "throw new Error('not today');");
    let error = host.start(&plugin, &StartOptions::default()).expect_err("no cell");
    assert!(
        matches!(&error, StartError::Load(CallError::Plugin(error)) if error.message.contains("not today"))
    );
    assert_eq!(error.exit_code(), ExitCode::PluginError);
    assert!(!is_there(lab.pid_of(&host, 1)));
}

fn a_host_that_is_gone_leaves_its_cells_working() {
    let lab = Lab::new();
    let (host, cell) = lab.start("export default () => 1;");
    drop(host);
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 1);
    assert_eq!(cell.stop(), Ending::Normal);
}

fn a_listener_that_panics_ends_its_cell_and_nothing_else() {
    let lab = Lab::new();
    let host = lab
        .builder()
        .on_event(|event| {
            assert!(
                !matches!(event, aether::Event::Log { cell: 1, .. }),
                "the listener's own fault"
            );
        })
        .build()
        .expect("a host");
    let code = "export default () => { console.log('x'); return new Promise((done) => setTimeout(done, 10)); };";
    let plugin = lab.load(&host, "p", code);
    let (one, other) = (start(&host, &plugin), start(&host, &plugin));
    let pid = lab.pid_of(&host, 1);
    let ended = one.call("run", Value::Null);
    assert!(matches!(ended, Err(CallError::Ended(_))), "{ended:?}");
    drop(one);
    assert!(!is_there(pid));
    assert!(other.call("run", Value::Null).is_ok());
}

fn a_listener_that_hangs_does_not_outlast_the_deadline() {
    let lab = Lab::new();
    let (hold, held) = std::sync::mpsc::channel::<()>();
    let held = std::sync::Mutex::new(held);
    let host = lab
        .builder()
        .on_event(move |event| {
            if matches!(event, aether::Event::Log { .. }) {
                // Until the test lets go, or is over.
                drop(held.lock().map(|held| held.recv()));
            }
        })
        .build()
        .expect("a host");
    let cell = start(
        &host,
        &lab.load(&host, "p", "export default () => { console.log('x'); for (;;); };"),
    );
    let pid = lab.pid_of(&host, 1);
    let call = cell.begin("run", Value::Null, Duration::from_millis(200));
    let until = std::time::Instant::now() + Duration::from_secs(20);
    // A process that was killed and is not yet waited for is a zombie: it does nothing any more.
    let runs = || {
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        !matches!(
            stat.rsplit(')').next().and_then(|rest| rest.trim().chars().next()),
            None | Some('Z' | 'X')
        )
    };
    while runs() {
        assert!(std::time::Instant::now() < until, "the cell outlasts its deadline");
        std::thread::sleep(Duration::from_millis(10));
    }
    drop(hold);
    assert!(matches!(call.wait(), Err(CallError::Ended(_))));
}

fn a_process_that_is_killed_from_outside_has_crashed() {
    let lab = Lab::new();
    let (host, cell) = lab.start(SPIN);
    let call = cell.begin("run", Value::Null, Duration::from_secs(30));
    let pid = lab.pid_of(&host, 1).to_string();
    let killed = std::process::Command::new("kill").args(["-KILL", &pid]).status();
    assert!(killed.is_ok_and(|status| status.success()));
    let ended = call.wait().expect_err("no result");
    assert!(
        matches!(&ended, CallError::Ended(Ending::Crashed(how)) if how.contains("signal 9")),
        "{ended:?}"
    );
    assert_eq!(ended.exit_code(), ExitCode::PluginError);
}
