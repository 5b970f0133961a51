//! Several hosts in one program.

use serde_json::Value;

use crate::lab::{Lab, start, tests};

tests! {
    two_hosts_share_nothing,
    a_host_without_a_log_file_keeps_it_in_memory,
    hosts_of_many_threads,
    programs_that_were_just_written_are_executed,
    a_host_that_keeps_spares_starts_from_them,
    a_host_made_ready_starts_from_that,
}

fn two_hosts_share_nothing() {
    let (one, other) = (Lab::new(), Lab::new());
    for (lab, text) in [(&one, "one"), (&other, "other")] {
        lab.file("in/a.txt", text);
        lab.plugin("p").reads(&["./in/**"]).main(
            "import { readText } from 'aether:fs'; export default () => readText('./in/a.txt');",
        );
    }
    let (generous, strict) = (one.generous_host(), other.host());
    assert_ne!(generous.run_id(), strict.run_id());
    let plugin = generous.load(one.path("p")).expect("a plugin");
    let cell = start(&generous, &plugin);
    let refused =
        strict.start(&strict.load(other.path("p")).expect("a plugin"), &Default::default());
    assert!(refused.is_err(), "the one's policy is not the other's");
    assert_eq!(cell.call("run", Value::Null).expect("a result"), "one");
    drop(cell);
    assert!(other.heard.all().len() < one.heard.all().len());
    let (log, strict_log) = (one.records(&generous), other.records(&strict));
    assert!(log.iter().all(|record| record.run.as_str() == generous.run_id()));
    assert!(strict_log.iter().all(|record| record.run.as_str() == strict.run_id()));
}

fn a_host_without_a_log_file_keeps_it_in_memory() {
    let lab = Lab::new();
    let host = aether::Host::builder().workdir(lab.path("")).build().expect("a host");
    let cell = start(&host, &lab.load(&host, "p", "export default () => 1;"));
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 1);
    cell.stop();
    assert!(host.log().is_healthy());
    let before = host.log().checkpoint().expect("a checkpoint");
    host.finish(aether::ExitCode::Done).expect("an end");
    let record = host.record("test", aether::ExitCode::Done, "", Vec::new());
    assert!(record.audit.is_none(), "there is no file to point to");
    assert_eq!(record.cells.len(), 1);
    assert!(!format!("{before:?}").is_empty());
}

fn hosts_of_many_threads() {
    std::thread::scope(|scope| {
        for n in 0..4 {
            scope.spawn(move || {
                let lab = Lab::new();
                let (host, cell) = lab.start(&format!("export default () => {n};"));
                for _ in 0..10 {
                    assert_eq!(cell.call("run", Value::Null).expect("a result"), n);
                }
                drop(cell);
                assert!(lab.records(&host).iter().any(|one| one.kind.as_str() == "exit"));
            });
        }
    });
}

/// What one thread has open for writing is open in the cells that another starts just then, until
/// those execute; and what is open for writing is not executed.
fn programs_that_were_just_written_are_executed() {
    let answers = r#"#!/bin/sh
while read -r line; do
    id=${line#*\"id\":}; id=${id%%[,\}]*}
    case $line in
        *'"method":"hello"'*) r='{"protocol":1}' ;;
        *'"method":"load"'*) r='{"exports":["run"]}' ;;
        *'"method":"call"'*) r='{"output":{"json":1}}' ;;
        *) exit 0 ;;
    esac
    echo "{\"jsonrpc\":\"2.0\",\"id\":$id,\"result\":$r}"
done
"#;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(move || {
                for _ in 0..8 {
                    let lab = Lab::new();
                    let plugin = lab.plugin("p").with("runtime", r#""native""#);
                    let folder = plugin.with("entry", r#"["./main.sh"]"#).main("");
                    lab.file("p/main.sh", answers);
                    let host = lab.host();
                    let plugin = host.load(folder).expect("a plugin");
                    let called =
                        host.call_once(&plugin, &Default::default(), "run", Value::Null, None);
                    assert_eq!(called.unwrap_or_else(|error| panic!("{error}")), 1);
                }
            });
        }
    });
}

/// Processes of this one, as the kernel has them.
fn children() -> Vec<u32> {
    let tasks = std::fs::read_dir("/proc/self/task").expect("threads").flatten();
    let all: String = tasks
        .filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok())
        .collect();
    all.split_ascii_whitespace().filter_map(|word| word.parse().ok()).collect()
}

/// Long enough for a process to be made ahead, on a machine that does other things too.
fn a_while() {
    std::thread::sleep(std::time::Duration::from_millis(1500));
}

fn a_host_that_keeps_spares_starts_from_them() {
    let lab = Lab::new();
    let host = lab.builder().spares().build().expect("a host");
    let plugin = lab.load(&host, "p", "export default () => 1;");
    for number in 1..=3 {
        let before = children();
        let cell = start(&host, &plugin);
        assert_eq!(cell.call("run", Value::Null).expect("a result"), 1);
        let ready = before.contains(&lab.pid_of(&host, number));
        assert_eq!(ready, number > 1, "the first one has to be made");
        cell.stop();
        a_while();
    }
    let left = children();
    drop(host);
    let now = children();
    assert!(left.iter().any(|pid| !now.contains(pid)), "nobody took the last one: it is ended");
}

fn a_host_made_ready_starts_from_that() {
    let lab = Lab::new();
    let host = lab.builder().make_ready(aether::manifest::Runtime::Javascript);
    let host = host.build().expect("a host");
    a_while();
    let plugin = lab.load(&host, "p", "export default () => 1;");
    let before = children();
    let cell = start(&host, &plugin);
    assert!(before.contains(&lab.pid_of(&host, 1)), "it was there");
    assert_eq!(cell.call("run", Value::Null).expect("a result"), 1);
    let before = children();
    let other = start(&host, &plugin);
    assert!(!before.contains(&lab.pid_of(&host, 2)), "one was made, not two");
    assert_eq!(other.call("run", Value::Null).expect("a result"), 1);
}
