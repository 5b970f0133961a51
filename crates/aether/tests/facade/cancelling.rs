//! Calls that their callers have cancelled.

use std::time::Duration;

use aether::audit::Kind;
use aether::{CallError, Cell, Ending, Event, ExitCode, Host, Limit};
use serde_json::{Value, json};

use crate::lab::{Lab, is_there, start, tests};

tests! {
    a_call_that_waits_is_cancelled_and_may_tidy_up,
    a_call_that_computes_is_cancelled_and_the_cell_lives_on,
    a_call_that_cannot_be_interrupted_ends_its_cell,
    a_call_can_be_cancelled_while_another_thread_waits_for_it,
    what_is_answered_stays_answered,
    a_call_cancelled_at_once_harms_nothing,
    the_late_result_of_a_native_plugin_is_dropped,
    a_native_plugin_that_ignores_it_is_ended,
}

/// More than any of these tests takes.
const LONG: Duration = Duration::from_secs(300);

const CODE: &str = "
    let reason = null;
    export const wait = (input, { signal }) => new Promise((done) => {
      signal.addEventListener('abort', () => { reason = signal.reason.name; done('late'); });
      setTimeout(done, 1e6);
      console.log('waits');
    });
    export const spin = () => { console.log('spins'); while (true) {} };
    export const why = () => reason;";

/// Waits until a plugin logs this: what it was called for has begun.
fn until_it_says(lab: &Lab, words: &str) {
    lab.heard.until(|event| matches!(event, Event::Log { message, .. } if message.contains(words)));
}

fn a_call_that_waits_is_cancelled_and_may_tidy_up() {
    let lab = Lab::new();
    let (host, cell) = lab.start(CODE);
    let call = cell.begin("wait", Value::Null, LONG);
    until_it_says(&lab, "waits");
    call.cancel();
    call.cancel();
    let cancelled = call.wait();
    assert_eq!(cancelled, Err(CallError::Cancelled), "whatever it was answered with");
    assert_eq!(CallError::Cancelled.exit_code(), ExitCode::PluginError);
    assert_eq!(cell.call("why", Value::Null).expect("a result"), "AbortError");
    assert_eq!(cell.stop(), Ending::Normal);
    let records = lab.records(&host);
    let noted = records.iter().filter(|one| one.action == "cancel").map(|one| one.kind);
    assert_eq!(noted.collect::<Vec<_>>(), [Kind::Call, Kind::CallEnd]);
    let told = lab.heard.of(|event| match event {
        Event::Cancelled { cell, method } => Some((*cell, method.clone())),
        _ => None,
    });
    assert_eq!(told, [(1, "wait".to_owned())], "once");
}

fn a_call_that_computes_is_cancelled_and_the_cell_lives_on() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(CODE);
    let call = cell.begin("spin", Value::Null, LONG);
    until_it_says(&lab, "spins");
    call.cancel();
    assert_eq!(call.wait(), Err(CallError::Cancelled));
    assert_eq!(cell.call("why", Value::Null).expect("a result"), Value::Null);
}

/// What an engine computes may be either call's, so that it stops neither.
fn a_call_that_cannot_be_interrupted_ends_its_cell() {
    let lab = Lab::new();
    let (host, cell) = lab.start(CODE);
    let pid = lab.pid_of(&host, 1);
    let other = cell.begin("wait", Value::Null, LONG);
    let call = cell.begin("spin", Value::Null, LONG);
    until_it_says(&lab, "spins");
    call.cancel();
    let ended = call.wait();
    let Err(CallError::Ended(Ending::Limit(Limit::Cancellation(grace)))) = &ended else {
        panic!("{ended:?}")
    };
    assert!(*grace >= Duration::from_secs(1), "{grace:?}");
    assert_eq!(other.wait(), ended);
    assert!(!is_there(pid));
    let error = ended.expect_err("an error");
    assert_eq!(error.exit_code(), ExitCode::Limit);
    let text = error.to_string();
    assert_eq!(text, "it reached the limit of 2s to answer a cancelled call");
    let record = host.record("run", ExitCode::Limit, "", Vec::new());
    let rules: Vec<_> = record.cells[0].violations.iter().map(|one| &*one.rule).collect();
    assert_eq!(rules, ["cancel-limit"]);
    assert!(aether::report::rule("cancel-limit").is_some());
}

fn a_call_can_be_cancelled_while_another_thread_waits_for_it() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(CODE);
    let call = cell.begin("wait", Value::Null, LONG);
    let canceller = call.canceller();
    std::thread::scope(|scope| {
        let waits = scope.spawn(|| call.wait());
        std::thread::sleep(Duration::from_millis(50));
        canceller.cancel();
        assert_eq!(waits.join().expect("no panic"), Err(CallError::Cancelled));
    });
}

fn what_is_answered_stays_answered() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(
        "let n = 0; export default () => ++n;
         export const wait = () => new Promise((done) => setTimeout(done, 1e6));",
    );
    let call = cell.begin("run", Value::Null, LONG);
    let canceller = call.canceller();
    assert_eq!(call.wait().expect("a result"), 1);
    canceller.cancel();
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 2, "it harms no other call");
    let call = cell.begin("wait", Value::Null, LONG);
    assert_eq!(cell.stop(), Ending::Killed);
    call.cancel();
    assert_eq!(call.wait(), Err(CallError::Ended(Ending::Killed)), "nor is a dead cell told");
}

fn a_call_cancelled_at_once_harms_nothing() {
    let lab = Lab::new();
    let (_host, cell) = lab.start(CODE);
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let call = cell.begin("wait", Value::Null, LONG);
            call.cancel();
            call
        })
        .collect();
    for call in calls {
        assert_eq!(call.wait(), Err(CallError::Cancelled));
    }
    cell.call("why", Value::Null).expect("a result");
    assert_eq!(cell.stop(), Ending::Normal);
}

/// A native plugin that says so when it is called, and does this.
fn native(lab: &Lab, called: &str) -> (Host, Cell) {
    let host = lab.host();
    let folder = lab.native("p", &format!("echo called; {called}"));
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    (host, cell)
}

fn the_late_result_of_a_native_plugin_is_dropped() {
    let lab = Lab::new();
    // The first call is not answered before another message has come: that it is cancelled.
    let wait = r#"[ $calls -gt 1 ] || read -r next; answer "$id" '{"output":{"json":'$calls'}}'"#;
    let (_host, cell) = native(&lab, wait);
    let call = cell.begin("run", Value::Null, LONG);
    until_it_says(&lab, "called");
    call.cancel();
    assert_eq!(call.wait(), Err(CallError::Cancelled));
    assert_eq!(cell.call("run", json!({})).expect("a result"), 2);
    assert_eq!(cell.stop(), Ending::Normal);
}

fn a_native_plugin_that_ignores_it_is_ended() {
    let lab = Lab::new();
    let (_host, cell) = native(&lab, "while :; do :; done");
    let call = cell.begin("run", Value::Null, LONG);
    until_it_says(&lab, "called");
    call.cancel();
    let ended = call.wait();
    let Err(CallError::Ended(Ending::Limit(Limit::Cancellation(_)))) = ended else {
        panic!("{ended:?}")
    };
}
