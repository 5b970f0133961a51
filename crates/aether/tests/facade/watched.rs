//! Plugins that are watched: what is noticed, what is done about it, and how it is undone.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aether::audit::Kind;
use aether::manifest::Permission;
use aether::monitor::Rung;
use aether::monitor::pressure::{Load, Stall, Tier};
use aether::{CallError, Ending, Event, Monitoring, StartError, StartOptions, Violation};
use serde_json::json;

use crate::lab::{Lab, policy, start, tests};

tests![
    a_plugin_that_looks_everywhere_is_found_out_and_ended_where_the_policy_says_so,
    without_a_word_of_the_owner_nobody_is_halted_or_ended,
    whoever_stands_still_is_not_called_and_goes_on_with_its_call,
    a_person_ends_what_a_person_halts,
    what_is_taken_from_a_plugin_stays_away_until_a_person_gives_it_back,
    what_a_plugin_can_do_without_is_taken_first,
    who_matters_less_waits_when_memory_is_short_and_nothing_new_is_started,
    the_record_has_what_was_noticed_and_done,
    a_decoy_is_noticed,
    what_a_native_program_makes_of_the_kernel_is_behaviour,
];

/// Asks for more and more places that it was not granted.
const SCANS: &str = r#"
    import { readText as readTextFile } from "aether:fs";
    export async function scan({ places }) {
        let refused = 0;
        for (let place = 0; place < places; place++) {
            try { await readTextFile(`/etc/secret-${place}`); } catch { refused++; }
        }
        return refused;
    }
    export function hello() { return "hello"; }
"#;

/// Lasts as long as it is told, and does something all the time.
const LASTS: &str = r#"
    import { get, set } from "aether:kv";
    import { readText } from "aether:fs";
    export async function last({ ms }) {
        const until = performance.now() + ms;
        while (performance.now() < until) {
            await get("k");
            await new Promise((go) => setTimeout(go, 5));
        }
        return "done";
    }
    export async function look() {
        try { return await readText("/workspace/data.txt"); } catch (error) { return error.message; }
    }
"#;

fn rungs(lab: &Lab) -> Vec<aether::report::Rung> {
    lab.heard.of(|event| match event {
        Event::Ladder { step, .. } => Some(step.to),
        _ => None,
    })
}

#[track_caller]
fn becomes(lab: &Lab, rung: aether::report::Rung) {
    lab.heard.until(|event| matches!(event, Event::Ladder { step, .. } if step.to == rung));
}

fn a_plugin_that_looks_everywhere_is_found_out_and_ended_where_the_policy_says_so() {
    let lab = Lab::new();
    let text = "version: 1\nmonitor: { most: kill, notify: 2, throttle: 20, narrow: 25, freeze: 30, kill: 35 }\nplugins: { scanner: {} }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let cell = start(&host, &lab.load(&host, "scanner", SCANS));
    let begun = Instant::now();
    let mut ended = None;
    while begun.elapsed() < Duration::from_secs(20) && ended.is_none() {
        if let Err(error) = cell.call("scan", json!({ "places": 100 })) {
            ended = Some(error);
        }
    }
    let findings = lab.heard.of(|event| match event {
        Event::Finding { finding, .. } => Some(finding.rule),
        _ => None,
    });
    assert!(findings.iter().any(|rule| rule.contains("scan")), "{findings:?}");
    let because = match ended {
        Some(CallError::Ended(Ending::Violation(Violation::Suspicious(because)))) => because,
        other => panic!("{other:?} after {:?}: {findings:?}", rungs(&lab)),
    };
    assert!(!because.is_empty());
    let records = lab.records(&host);
    let kinds = |kind| records.iter().filter(|record| record.kind == kind).count();
    assert!(kinds(Kind::Finding) >= 1 && kinds(Kind::Ladder) >= 1);
}

fn without_a_word_of_the_owner_nobody_is_halted_or_ended() {
    let lab = Lab::new();
    let host = lab.host();
    let cell = start(&host, &lab.load(&host, "scanner", SCANS));
    cell.call("scan", json!({ "places": 40 })).expect("it is let do so");
    cell.call("hello", json!({})).expect("an answer");
    let most = rungs(&lab).into_iter().max().unwrap_or_default();
    assert!(most >= aether::report::Rung::Notify, "it was noticed: {:?}", rungs(&lab));
    assert!(most <= aether::report::Rung::Narrow, "{:?}", rungs(&lab));
}

fn whoever_stands_still_is_not_called_and_goes_on_with_its_call() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.plugin("p").with("resources", r#"{ "timeout": "2s" }"#).main(LASTS);
    let cell = start(&host, &host.load(plugin).expect("a plugin"));
    let call = cell.begin("last", json!({ "ms": 300 }), Duration::from_secs(2));
    std::thread::sleep(Duration::from_millis(100));
    host.impose(cell.number(), Rung::Freeze, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Freeze);
    // Longer than the call may take.
    assert!(call.wait_for(Duration::from_secs(4)).is_none(), "it stands still");
    let error = cell.call("look", json!({})).expect_err("it is not called");
    assert!(matches!(&error, CallError::Degraded { why, .. } if why.contains("halted")), "{error}");
    host.restore(cell.number(), "the test").expect("it runs");
    assert_eq!(call.wait(), Ok(json!("done")));
    assert_eq!(cell.call("last", json!({ "ms": 1 })), Ok(json!("done")));
    assert_eq!(rungs(&lab), [aether::report::Rung::Freeze, aether::report::Rung::Observe]);
    assert!(host.restore(999, "the test").is_err());
    assert_eq!(cell.stop(), Ending::Normal);
}

fn a_person_ends_what_a_person_halts() {
    let lab = Lab::new();
    let (host, cell) = lab.start(LASTS);
    let call = cell.begin("last", json!({ "ms": 60_000 }), Duration::from_secs(20));
    std::thread::sleep(Duration::from_millis(200));
    host.impose(cell.number(), Rung::Freeze, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Freeze);
    host.impose(cell.number(), Rung::Kill, "the test").expect("it runs");
    let error = call.wait().expect_err("it was ended");
    assert!(
        matches!(&error, CallError::Ended(Ending::Violation(Violation::Suspicious(_)))),
        "{error:?}"
    );
    assert!(matches!(cell.stop(), Ending::Violation(Violation::Suspicious(_))));
    assert_eq!(host.cells(), []);
}

fn what_is_taken_from_a_plugin_stays_away_until_a_person_gives_it_back() {
    let lab = Lab::new();
    let kept = lab.aside("narrowed.json");
    let drops = vec![Permission::FilesystemRead];
    lab.file("data.txt", "data");
    let policed = "version: 1\nmonitor: { notify: 2, throttle: 10, narrow: 20 }\nplugins: { p: { allow: { filesystem: { read: [\"./data.txt\"] } } } }\n";
    let host = |log: &str| {
        let monitoring = Monitoring { drops: drops.clone(), ..Monitoring::default() };
        let builder = lab.builder().policy(policy(policed)).audit(lab.aside(log));
        builder.monitoring(monitoring).keep_narrowed(&kept).build().expect("a host")
    };
    let folder = lab
        .plugin("p")
        .permissions(r#"{ "filesystem": { "read": ["./data.txt"] } }"#)
        .main(&format!("{LASTS}\n{}", SCANS.replace("export function hello", "function hello")));
    let first = host("first.jsonl");
    let cell = start(&first, &first.load(&folder).expect("a plugin"));
    let text = cell.call("look", json!({})).expect("an answer");
    assert!(!text.as_str().expect("a text").contains("monitor"), "{text}");
    // A person narrows it for now; what its monitor narrows stays so.
    first.impose(cell.number(), Rung::Narrow, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Narrow);
    let taken = cell.call("look", json!({})).expect("an answer");
    assert!(taken.as_str().expect("a text").contains("the monitor has taken"), "{taken}");
    first.restore(cell.number(), "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Observe);
    assert_eq!(cell.call("look", json!({})), Ok(text.clone()));
    let mut narrowed = false;
    for _ in 0..40 {
        cell.call("scan", json!({ "places": 30 })).expect("it is let do so");
        narrowed = !aether::narrowed(&kept).expect("a list").is_empty();
        if narrowed {
            break;
        }
    }
    assert!(narrowed, "{:?}", rungs(&lab));
    cell.stop();
    drop(first);
    let second = host("second.jsonl");
    let cell = start(&second, &second.load(&folder).expect("a plugin"));
    let taken = cell.call("look", json!({})).expect("an answer");
    assert!(taken.as_str().expect("a text").contains("the monitor has taken"), "{taken}");
    cell.stop();
    drop(second);
    assert!(aether::restore_narrowed(&kept, "p").expect("a list"));
    let third = host("third.jsonl");
    let cell = start(&third, &third.load(&folder).expect("a plugin"));
    assert_eq!(cell.call("look", json!({})), Ok(text));
}

fn what_a_plugin_can_do_without_is_taken_first() {
    let lab = Lab::new();
    lab.file("data.txt", "data");
    let policed =
        "version: 1\nplugins: { p: { allow: { filesystem: { read: [\"./data.txt\"] } } } }\n";
    let host = lab.builder().policy(policy(policed)).build().expect("a host");
    let plugin = lab.plugin("p").permissions(r#"{ "filesystem": { "read": ["./data.txt"] } }"#);
    let folder = plugin.with("optional", r#"["filesystem.read"]"#).main(LASTS);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    host.impose(cell.number(), Rung::Narrow, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Narrow);
    let taken = cell.call("look", json!({})).expect("an answer");
    assert!(taken.as_str().expect("a text").contains("the monitor has taken"), "{taken}");
}

fn who_matters_less_waits_when_memory_is_short_and_nothing_new_is_started() {
    let lab = Lab::new();
    // Percent of the time that some work waits for memory.
    let short = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&short);
    let load = Arc::new(move || {
        let some = told.load(Ordering::SeqCst) as f64;
        Some(Load { memory: Stall { some, full: 0.0 }, ..Load::default() })
    });
    let monitoring = Monitoring { load: Some(load), ..Monitoring::default() };
    let text =
        "version: 1\nplugins: { low: { priority: low }, normal: {}, high: { priority: high } }\n";
    let host = lab.builder().policy(policy(text)).monitoring(monitoring).build().expect("a host");
    let load = |name: &str| lab.load(&host, name, LASTS);
    let [low, normal] = ["low", "normal"].map(|name| start(&host, &load(name)));
    assert_eq!(host.pressure(), Tier::Calm);
    short.store(40, Ordering::SeqCst);
    lab.heard.until(|event| matches!(event, Event::Pressure { tier: Tier::Scarce, .. }));
    becomes(&lab, aether::report::Rung::Freeze);
    let error = low.call("last", json!({ "ms": 1 })).expect_err("it waits");
    assert!(matches!(&error, CallError::Degraded { why, .. } if why.contains("memory")), "{error}");
    assert_eq!(normal.call("last", json!({ "ms": 1 })), Ok(json!("done")));
    let options = StartOptions::default();
    let error = host.start(&load("normal"), &options).expect_err("nothing new");
    assert!(matches!(&error, StartError::Pressure { of: "memory", .. }), "{error}");
    start(&host, &load("high"));
    let records = lab.records(&host);
    assert!(records.iter().any(|one| one.kind == Kind::Pressure && one.action == "scarce"));
    short.store(0, Ordering::SeqCst);
    lab.heard.until(|event| {
        matches!(event, Event::Ladder { step, .. } if step.by == "pressure" && step.to < step.from)
    });
}

fn the_record_has_what_was_noticed_and_done() {
    let lab = Lab::new();
    let host = lab.host();
    let cell = start(&host, &lab.load(&host, "scanner", SCANS));
    for _ in 0..3 {
        cell.call("scan", json!({ "places": 14 })).expect("it is let do so");
        std::thread::sleep(Duration::from_millis(300));
    }
    let number = cell.number();
    host.impose(number, Rung::Freeze, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Freeze);
    host.restore(number, "the test").expect("it runs");
    cell.call("hello", json!({})).expect("an answer");
    cell.stop();
    host.finish(aether::ExitCode::Done).expect("a log");
    let record = host.record("test", aether::ExitCode::Done, "", Vec::new());
    let cell = &record.cells[0];
    assert!(!cell.findings.is_empty());
    assert!(cell.findings.iter().all(|one| !one.sentence.is_empty() && one.sure <= 100));
    assert!(cell.ladder.iter().any(|step| step.by == "the test"), "{:?}", cell.ladder);
    let last = cell.resources.samples.last().expect("samples");
    assert!(last.denials >= 24 && last.descriptors > 0 && last.threads > 0, "{last:?}");
    assert!(last.bytes_out > 0 && last.bytes_in > 0, "{last:?}");
    let text = aether::report::json(&record);
    assert_eq!(aether::report::parse(&text).expect("a report"), record);
}

fn a_decoy_is_noticed() {
    let lab = Lab::new();
    let decoy = lab.file("keys/wallet.txt", "nothing");
    assert!(decoy.exists());
    let text = "version: 1\nmonitor: { decoys: [\"./keys/wallet.txt\"] }\nplugins: { p: { allow: { filesystem: { read: [\"./**\"] } } } }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let code = r#"
        import { readText as readTextFile } from "aether:fs";
        export function run() { return readTextFile(`.${"/.".repeat(200)}//keys/./wallet.txt`); }
    "#;
    let folder =
        lab.plugin("p").permissions(r#"{ "filesystem": { "read": ["./**"] } }"#).main(code);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("run", json!({})), Ok(json!("nothing")));
    let rules = lab.heard.of(|event| match event {
        Event::Finding { finding, .. } => Some((finding.rule, finding.sentence.clone())),
        _ => None,
    });
    assert!(rules.iter().any(|(rule, _)| rule.contains("honey")), "{rules:?}");
}

fn what_a_native_program_makes_of_the_kernel_is_behaviour() {
    let lab = Lab::new();
    let monitoring = Monitoring { traces: true, ..Monitoring::default() };
    let host = lab.builder().monitoring(monitoring).build().expect("a host");
    let called = r#"answer "$id" '{"output":{"json":1}}'"#;
    let cell = start(&host, &host.load(lab.native("p", called)).expect("a plugin"));
    assert_eq!(cell.call("run", json!({})), Ok(json!(1)));
    assert_eq!(cell.stop(), Ending::Normal);
    let traces = host.traces();
    let [(_, trace)] = traces.as_slice() else { panic!("one cell has run: {traces:?}") };
    assert!(trace.iter().any(|act| act == "execve /plugin sh"), "{trace:?}");
}
