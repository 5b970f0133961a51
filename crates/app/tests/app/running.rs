//! Starting, calling, stopping.

use std::sync::{Arc, Barrier, Mutex};
use std::time::{Duration, Instant};

use aether_app::MAX_CALLS;
use aether_app::model::{CallEvent, LifeState};
use serde_json::{Value, json};

use crate::desk::{Desk, open_again, tests};

tests! {
    a_started_plugin_says_what_holds_it,
    pieces_and_progress_come_before_the_result,
    a_call_is_cancelled_by_whoever_made_it,
    a_page_that_is_gone_takes_its_calls_along,
    a_plugin_that_crashes_takes_nothing_along_and_comes_back,
    what_violates_waits_for_a_person,
    a_window_has_so_many_calls_open,
    many_starts_at_once_are_one,
    a_panel_reaches_its_own_plugin_alone,
    a_plugin_calls_another_where_the_policy_lets_it,
    an_app_that_closes_leaves_nothing,
    what_is_stopped_or_disabled_ends_at_once,
    a_call_never_starts_what_is_being_disabled,
    a_violator_is_not_started_for_others_either,
    a_violator_waits_in_the_next_run_too,
    starts_without_end_fill_no_memory,
}

fn a_started_plugin_says_what_holds_it() {
    let desk = Desk::new();
    desk.plain("p", "export const a = () => 1; export const b = () => 2;");
    let started = desk.start("p");
    assert_eq!(started.methods, ["a", "b"]);
    assert!(!started.engine.is_empty());
    let stands = started.posture.iter().find(|line| line.name == "seccomp");
    assert!(stands.is_some_and(|line| !line.state.is_empty()), "{:?}", started.posture);
    assert_eq!(desk.start("p").cell, started.cell, "it runs already");
    let metrics = desk.app.metrics(|_| true);
    assert_eq!(metrics.cells[0].plugin, "p");
    assert!(metrics.cells[0].memory_limit > 0);
    assert!(desk.app.metrics(|plugin| plugin == "q").cells.is_empty());
    let ending = desk.app.stop("p").unwrap();
    assert!(!ending.is_empty());
    Desk::refuses(desk.app.stop("p"), "not-running");
    assert_ne!(desk.app.restart("p").unwrap().cell, started.cell);
}

fn pieces_and_progress_come_before_the_result() {
    let desk = Desk::new();
    let code = "export async function* count(to, ctx) {
            for (let n = 1; n <= to; n++) { ctx.progress(n / to, `step ${n}`); yield n; }
            return 'done';
        }";
    desk.plain("p", code);
    let heard: Arc<Mutex<Vec<CallEvent>>> = Arc::default();
    let own = Arc::clone(&heard);
    let sink = Box::new(move |event| own.lock().unwrap().push(event));
    let result = desk.app.call("test", "1", "p", "count", json!(3), None, Some(sink)).unwrap();
    assert_eq!(result, json!("done"));
    let heard = heard.lock().unwrap();
    let pieces: Vec<&Value> = heard
        .iter()
        .filter_map(|event| match event {
            CallEvent::Piece { value } => Some(value),
            CallEvent::Progress { .. } => None,
        })
        .collect();
    assert_eq!(pieces, [&json!(1), &json!(2), &json!(3)]);
    let last = CallEvent::Progress { fraction: 1.0, message: "step 3".to_owned() };
    assert!(heard.contains(&last), "{heard:?}");
}

const WAITS: &str = "export const wait = (ms, ctx) => new Promise((done, fail) => {
    setTimeout(() => done('waited'), ms);
    ctx.signal.addEventListener('abort', () => fail(new Error('aborted')));
});
export const quick = () => 1;";

fn a_call_is_cancelled_by_whoever_made_it() {
    let desk = Desk::new();
    desk.plain("p", WAITS);
    desk.start("p");
    let app = desk.app.clone();
    let call =
        std::thread::spawn(move || app.call("one", "a", "p", "wait", json!(60_000), None, None));
    desk.wait_for_calls(1);
    assert!(!desk.app.cancel("another", "a"), "it is not theirs");
    assert!(desk.app.cancel("one", "a"));
    Desk::refuses(call.join().unwrap(), "cancelled");
    assert!(!desk.app.cancel("one", "a"), "it is over");
    assert_eq!(desk.call("p", "quick", json!(null)).unwrap(), json!(1));
}

fn a_page_that_is_gone_takes_its_calls_along() {
    let desk = Desk::new();
    desk.plain("p", WAITS);
    desk.start("p");
    let call = |caller: &'static str| {
        let app = desk.app.clone();
        std::thread::spawn(move || app.call(caller, "a", "p", "wait", json!(20_000), None, None))
    };
    let (gone, stays) = (call("gone"), call("stays"));
    desk.wait_for_calls(2);
    desk.app.gone("gone");
    Desk::refuses(gone.join().unwrap(), "cancelled");
    assert!(!stays.is_finished(), "it is another's");
    desk.app.gone("stays");
    Desk::refuses(stays.join().unwrap(), "cancelled");
}

fn a_plugin_that_crashes_takes_nothing_along_and_comes_back() {
    let desk = Desk::new();
    let greedy = desk.plugin("greedy").resources(r#"{ "memory": "64MB" }"#).main(
        "export const eat = () => { const all = []; for (;;) all.push(new Uint8Array(1 << 20).fill(1)); };
         export const quick = () => 1;",
    );
    desk.install(greedy).unwrap();
    desk.plain("other", "export default () => 1;");
    desk.start("other");
    let error = desk.call("greedy", "eat", json!(null)).expect_err("it has no room");
    assert!(["ended", "plugin-error"].contains(&error.code), "{error:?}");
    assert_eq!(desk.call("other", "run", json!(null)).unwrap(), json!(1));
    let until = Instant::now() + Duration::from_secs(30);
    let back = loop {
        match desk.call("greedy", "quick", json!(null)) {
            Err(error) if error.code == "resting" && Instant::now() < until => {
                std::thread::sleep(Duration::from_millis(100));
            }
            other => break other,
        }
    };
    assert_eq!(back.unwrap(), json!(1));
}

/// A native plugin that answers calls which nobody made, more often than a mistake could be.
fn rogue(desk: &Desk) {
    let plugin = desk.plugin("rogue").with("runtime", r#""native""#);
    let folder = plugin.with("entry", r#"["./main.sh"]"#).main("");
    let script = r#"#!/bin/sh
answer() { echo "{\"jsonrpc\":\"2.0\",\"id\":$1,\"result\":$2}"; }
while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"method":"hello"'*) answer "$id" '{"protocol":1}' ;;
        *'"method":"load"'*) answer "$id" '{"exports":["run"]}' ;;
        *'"method":"call"'*) for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do answer 999 '{}'; done ;;
    esac
done
"#;
    let script = desk.file("rogue/main.sh", script);
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&script, executable).unwrap();
    desk.install(folder).unwrap();
}

fn what_violates_waits_for_a_person() {
    let desk = Desk::new();
    rogue(&desk);
    let error = Desk::refuses(desk.call("rogue", "run", json!(null)), "ended");
    assert!(error.message.contains("violation"), "{error:?}");
    desk.hear_life("rogue", LifeState::Ended);
    Desk::refuses(desk.call("rogue", "run", json!(null)), "resting");
    Desk::refuses(desk.app.start("rogue"), "resting");
    assert!(desk.app.stop("rogue").is_err());
    Desk::refuses(desk.app.start("rogue"), "resting");
    Desk::refuses(desk.app.restart("rogue"), "resting");
    assert!(desk.app.list()[0].resting.is_some());
    desk.app.restore("rogue").unwrap();
    assert_eq!(desk.app.list()[0].resting, None);
    desk.start("rogue");
}

fn a_violator_is_not_started_for_others_either() {
    let desk = Desk::under(
        "version: 1\nplugins:\n  asks: { allow: { plugins: [rogue.run] } }\n  rogue: { allow: {}, callers: [asks] }\n",
    );
    rogue(&desk);
    let asks = desk.plugin("asks").permissions(r#"{ "plugins": ["rogue.run"] }"#);
    desk.install(asks.main(
        "import { call } from 'aether:plugins'; export default () => call('rogue.run', null);",
    ))
    .unwrap();
    // It offends in the cell that is there for others.
    Desk::refuses(desk.call("asks", "run", json!(null)), "plugin-error");
    desk.hear_life("rogue", LifeState::Ended);
    Desk::refuses(desk.app.start("rogue"), "resting");
    // Nothing that a page may do without `restore` brings it back.
    assert!(desk.app.stop("rogue").is_err());
    Desk::refuses(desk.app.restart("rogue"), "resting");
    Desk::refuses(desk.call("asks", "run", json!(null)), "plugin-error");
    assert!(desk.app.host().cells().iter().all(|(_, plugin)| plugin != "rogue"));
    desk.app.restore("rogue").unwrap();
    desk.start("rogue");
}

fn a_violator_waits_in_the_next_run_too() {
    let desk = Desk::new();
    rogue(&desk);
    Desk::refuses(desk.call("rogue", "run", json!(null)), "ended");
    let file = desk.aside("app/held.json");
    let until = Instant::now() + Duration::from_secs(30);
    while !file.is_file() {
        assert!(Instant::now() < until, "it is never written");
        std::thread::sleep(Duration::from_millis(10));
    }
    let (folder, workspace) = (desk.aside("app"), desk.path(""));
    let _scene = desk.leave();
    let app = open_again(&folder, &workspace);
    Desk::refuses(app.start("rogue"), "resting");
    app.restore("rogue").unwrap();
    app.start("rogue").unwrap();
}

fn a_call_never_starts_what_is_being_disabled() {
    let desk = Desk::new();
    desk.plain("p", WAITS);
    for round in 0..20 {
        desk.app.enable("p").unwrap();
        let callers: Vec<_> = (0..4)
            .map(|caller| {
                let app = desk.app.clone();
                std::thread::spawn(move || {
                    let caller = caller.to_string();
                    app.call(&caller, "c", "p", "quick", json!(null), None, None)
                })
            })
            .collect();
        // Another moment of it each time.
        std::thread::sleep(Duration::from_millis(round));
        desk.app.disable("p").unwrap();
        assert_eq!(desk.app.host().cells(), [], "round {round}");
        for caller in callers {
            if let Err(error) = caller.join().unwrap() {
                let expected = ["disabled", "ended", "closing", "declined", "not-started", "busy"];
                assert!(expected.contains(&error.code), "{error:?}");
            }
        }
        assert_eq!(desk.app.host().cells(), [], "round {round}, later");
    }
}

fn starts_without_end_fill_no_memory() {
    let desk = Desk::new();
    desk.plain("p", "export default () => 1;");
    for _ in 0..120 {
        desk.app.restart("p").unwrap();
    }
    desk.app.stop("p").unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while desk.app.host().changes().len() > 60 {
        assert!(Instant::now() < until, "{}", desk.app.host().changes().len());
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(desk.app.run_record().cells.len() >= 100, "the report tells of them still");
}

fn a_window_has_so_many_calls_open() {
    let desk = Desk::new();
    desk.plain("p", WAITS);
    desk.start("p");
    let begun = Arc::new(Barrier::new(MAX_CALLS + 1));
    let calls: Vec<_> = (0..MAX_CALLS)
        .map(|number| {
            let (app, begun) = (desk.app.clone(), Arc::clone(&begun));
            std::thread::spawn(move || {
                begun.wait();
                app.call("flood", &number.to_string(), "p", "wait", json!(60_000), None, None)
            })
        })
        .collect();
    begun.wait();
    desk.wait_for_calls(MAX_CALLS);
    let more = || desk.app.call("flood", "more", "p", "quick", json!(null), None, None);
    Desk::refuses(more(), "busy");
    assert_eq!(desk.call("p", "quick", json!(null)).unwrap(), json!(1), "others have their own");
    desk.app.gone("flood");
    for call in calls {
        Desk::refuses(call.join().unwrap(), "cancelled");
    }
    assert_eq!(more().unwrap(), json!(1));
}

fn many_starts_at_once_are_one() {
    let desk = Desk::new();
    desk.plain("p", "export default () => 1;");
    let starts: Vec<_> = (0..8)
        .map(|_| {
            let app = desk.app.clone();
            std::thread::spawn(move || app.start("p").map(|started| started.cell))
        })
        .collect();
    let cells: Vec<u32> = starts.into_iter().map(|start| start.join().unwrap().unwrap()).collect();
    assert!(cells.iter().all(|cell| *cell == cells[0]), "{cells:?}");
    assert_eq!(desk.app.host().cells().len(), 1);
}

fn a_panel_reaches_its_own_plugin_alone() {
    let desk = Desk::new();
    let with_panel = |name: &str| {
        let folder = desk
            .plugin(name)
            .with("panel", r#""ui/panel.html""#)
            .main("export default () => 'own';");
        desk.file(format!("{name}/ui/panel.html"), "<p>");
        desk.install(folder).unwrap();
    };
    with_panel("a");
    with_panel("b");
    desk.plain("bare", "export default () => 1;");
    Desk::refuses(desk.app.panel("bare"), "no-panel");
    assert!(desk.app.list().iter().any(|plugin| plugin.name == "a" && plugin.panel));
    let (token, page) = desk.app.panel("a").unwrap();
    let frame = desk.app.page("s://localhost", &format!("/{token}/{page}")).unwrap();
    assert!(String::from_utf8_lossy(&frame.body).contains("src=\"ui/panel.html\""));
    let served = desk.app.page("s://localhost", &format!("/{token}/ui/panel.html")).unwrap();
    assert_eq!(&*served.body, b"<p>");
    let bridge = desk.app.page("s://localhost", &format!("/{token}/aether-panel.js")).unwrap();
    assert_eq!(&*bridge.body, b"bridge");
    assert_eq!(desk.app.plugin_of(&token).as_deref(), Some("a"));
    let called = desk.app.panel_call("test", "1", &token, "run", json!(null));
    assert_eq!(called.unwrap(), json!("own"));
    assert_eq!(desk.app.host().cells()[0].1, "a");
    desk.app.close_panel(&token);
    Desk::refuses(desk.app.panel_call("test", "1", &token, "run", json!(null)), "no-panel");
    let (token, _) = desk.app.panel("b").unwrap();
    desk.app.uninstall("b").unwrap();
    assert_eq!(desk.app.page("s://localhost", &format!("/{token}/{page}")), None);
}

fn a_plugin_calls_another_where_the_policy_lets_it() {
    let desk = Desk::under(
        "version: 1\nplugins:\n  asks: { allow: { plugins: [answers.run] } }\n  answers: { allow: {}, callers: [asks] }\n",
    );
    desk.plain("answers", "export default (n) => n + 1;");
    let asks = desk.plugin("asks").permissions(r#"{ "plugins": ["answers.run"] }"#);
    let asks = asks.main(
        "import { call } from 'aether:plugins'; export default (n) => call('answers.run', n);",
    );
    desk.install(asks).unwrap();
    assert_eq!(desk.call("asks", "run", json!(1)).unwrap(), json!(2));
    let between = desk.app.interactions(|_| true);
    assert_eq!(between.plugins, ["answers", "asks"]);
    let edge = between.edges.iter().find(|edge| edge.from == "asks" && edge.to == "answers");
    assert_eq!(edge.expect("it is told").calls, 1);
    assert!(desk.app.interactions(|plugin| plugin == "asks").edges.is_empty());
    desk.app.disable("answers").unwrap();
    let error = Desk::refuses(desk.call("asks", "run", json!(1)), "plugin-error");
    assert!(error.message.contains("answers"), "{error:?}");
}

fn an_app_that_closes_leaves_nothing() {
    let desk = Desk::new();
    desk.plain("p", WAITS);
    desk.start("p");
    let app = desk.app.clone();
    let call =
        std::thread::spawn(move || app.call("test", "a", "p", "wait", json!(60_000), None, None));
    desk.wait_for_calls(1);
    desk.app.close();
    assert!(call.join().unwrap().is_err());
    assert!(desk.app.host().cells().is_empty());
    Desk::refuses(desk.app.start("p"), "closing");
    let check = desk.app.verify_audit().unwrap();
    assert!(check.intact, "{check:?}");
}

fn what_is_stopped_or_disabled_ends_at_once() {
    let desk = Desk::new();
    desk.plain("p", WAITS);
    desk.start("p");
    let app = desk.app.clone();
    let call =
        std::thread::spawn(move || app.call("test", "a", "p", "wait", json!(60_000), None, None));
    desk.wait_for_calls(1);
    assert!(!desk.app.disable("p").unwrap(), "it does not run any more");
    Desk::refuses(call.join().unwrap(), "ended");
    Desk::refuses(desk.call("p", "quick", json!(null)), "disabled");
    desk.app.enable("p").unwrap();
    assert_eq!(desk.call("p", "quick", json!(null)).unwrap(), json!(1));
}
