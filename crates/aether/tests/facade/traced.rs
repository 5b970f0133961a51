//! Each call of a plugin and each request that it makes, as a host that traces calls hears of them.

use std::time::Duration;

use aether::{Event, Traced};
use serde_json::Value;

use crate::lab::{Lab, policy, start, tests};

tests! {
    each_request_is_told_with_its_time_and_what_became_of_it,
    a_request_that_takes_its_time_is_told_when_it_has_ended,
    what_was_cut_off_is_told_at_the_end,
    without_being_wanted_nothing_is_told,
}

const READS: &str =
    "version: 1\nplugins: { \"*\": { allow: { filesystem: { read: [\"./**\"] } } } }\n";

fn traced(lab: &Lab) -> Vec<Traced> {
    lab.heard.of(|event| match event {
        Event::Traced { traced, .. } => Some(traced.clone()),
        _ => None,
    })
}

fn each_request_is_told_with_its_time_and_what_became_of_it() {
    let lab = Lab::new();
    lab.file("in/a.txt", "a");
    let host = lab.builder().policy(policy(READS)).trace_calls().build().expect("a host");
    let plugin = lab.plugin("p").reads(&["./in/**"]).main(
        "import * as fs from 'aether:fs';
         export const run = async () => {
           await fs.readText('./in/a.txt');
           await fs.readText('./in/none.txt').catch(() => {});
           await fs.readText('/etc/hosts').catch(() => {});
         };
         export const fails = () => { throw new Error() };",
    );
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    cell.call("run", Value::Null).expect("a result");
    cell.call("fails", Value::Null).expect_err("it throws");
    cell.stop();
    let traced = traced(&lab);
    let told: Vec<_> = traced.iter().map(|one| (&*one.method, &*one.object, one.failed)).collect();
    assert_eq!(
        told,
        [
            ("bundle.read", "main.js", None),
            ("load", "", None),
            ("fs.read", "./in/a.txt", None),
            ("fs.read", "./in/none.txt", Some("failed")),
            ("fs.read", "/etc/hosts", Some("denied")),
            ("call", "run", None),
            ("call", "fails", Some("failed")),
        ]
    );
    // A call lasts at least as long as what it asked for, and began before that.
    let call = &traced[5];
    for inner in &traced[2..5] {
        assert!(inner.at >= call.at && inner.at + inner.took <= call.at + call.took, "{traced:?}");
    }
}

fn a_request_that_takes_its_time_is_told_when_it_has_ended() {
    let lab = Lab::new();
    let text = "version: 1\ncommands: { wait: { run: [sleep, \"0.2\"] } }\n\
                plugins: { p: { allow: {}, elevation: [{ right: command, name: wait, answer: allow }] } }\n";
    let host = lab.builder().policy(policy(text)).trace_calls().build().expect("a host");
    let plugin = lab.load(
        &host,
        "p",
        "import * as command from 'aether:command';
         export default async () => {
           const token = await aether.elevate({ command: 'wait' });
           await command.run('wait', { token });
         };",
    );
    let cell = start(&host, &plugin);
    cell.call("run", Value::Null).expect("a result");
    cell.stop();
    let traced = traced(&lab);
    let ran = traced.iter().find(|one| one.method == "command.run").expect("a command");
    assert_eq!((&*ran.object, ran.failed), ("wait", None));
    assert!(ran.took >= Duration::from_millis(200), "{ran:?}");
}

fn what_was_cut_off_is_told_at_the_end() {
    let lab = Lab::new();
    let host = lab.builder().trace_calls().build().expect("a host");
    let code = "export default (_, ctx) => { ctx.log.info('begun'); \
                return new Promise((done) => setTimeout(done, 60_000)); };";
    let cell = start(&host, &lab.load(&host, "p", code));
    let call = cell.begin("run", Value::Null, Duration::from_secs(60));
    lab.heard.until(|event| matches!(event, Event::Log { .. }));
    host.interrupt();
    call.wait().expect_err("its cell is gone");
    cell.stop();
    let last = traced(&lab).pop().expect("a line");
    assert_eq!((&*last.method, &*last.object, last.failed), ("call", "run", Some("ended")));
}

fn without_being_wanted_nothing_is_told() {
    let lab = Lab::new();
    let (_host, cell) = lab.start("export default () => 1;");
    cell.call("run", Value::Null).expect("a result");
    cell.stop();
    assert!(traced(&lab).is_empty());
}
