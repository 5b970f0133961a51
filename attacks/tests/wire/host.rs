//! Being a host with a hostile peer: a neighbour is started, the peer is started and called, and
//! everything is looked at.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use aether::audit::{self, Detail, Kind, Record};
use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::Source;
use aether::{CallError, Cell, Event, ExitCode, Host, Monitoring, PendingCall, StartOptions};
use serde_json::{Value, json};

use super::Peer;
use super::neighbour::Neighbour;
use super::order::{Answer, Order};
use super::pulse::Pulse;
use super::sys;
use super::traces::{self, Memory};
use crate::peers;

/// What the neighbour may take to answer beyond what it is granted anyway: two seconds in all.
const BUSY: Duration = Duration::from_millis(1100);

/// How long a peer that was answered may still try things before it is asked to end.
const AFTERWARDS: Duration = Duration::from_millis(300);

/// How long pieces of a result wait before they are taken.
const UNTAKEN: Duration = Duration::from_millis(500);

/// How often a peer that is told of something is told.
const NEWS: Duration = Duration::from_millis(5);

/// What it is told of.
const TOPIC: &str = "news.all";

/// Most that a cell may outlive its time limit, on a busy machine too.
const LATE: Duration = Duration::from_secs(4);

/// Longest name of an engine that may reach a record, in bytes.
const ENGINE_BYTES: usize = 256;

/// What the host was told, counted: what a peer says must not be kept here.
#[derive(Debug, Default)]
struct Told {
    log_lines: AtomicU64,
    log_bytes: AtomicU64,
}

/// Does what it is told and says what it found.
pub(super) fn be_a_host(order: &Order) -> ! {
    let answer =
        judge(order).unwrap_or_else(|error| Answer { failed: vec![error], ..Answer::default() });
    println!("{}", serde_json::to_string(&answer).unwrap_or_default());
    std::process::exit(0)
}

fn judge(order: &Order) -> Result<Answer, String> {
    let peer = peers::find(&order.peer).ok_or("no such peer")?;
    let root = order.root.as_path();
    lay(root, peer).map_err(|error| format!("the folder: {error}"))?;
    let told = Arc::new(Told::default());
    let host = host(root, peer, &told)?;
    let descriptors = sys::descriptors();
    let neighbour = Neighbour::start(&host, &root.join("hello"), "neighbour")
        .map_err(|error| format!("the neighbour, before: {error}"))?;
    warm(&host, root)?;
    let pulse = Pulse::start();
    let memory = Memory::now()?;
    let began = Instant::now();

    let mut failed = Vec::new();
    let mut note = |what: &str, result: Result<(), String>| {
        failed.extend(result.err().map(|error| format!("{what}: {error}")));
    };
    let came = meet(&host, &root.join("peer"), peer, &mut note)?;
    let took = began.elapsed();
    let grown = memory.growth()?;
    if grown > peer.growth {
        note("memory", Err(format!("the host grew by {} KiB", grown >> 10)));
    }
    if took > peer.limit * 2 + LATE + pulse.allowance() {
        note("time", Err(format!("it took {took:?}")));
    }
    let worst = neighbour.end(pulse.allowance() + BUSY);
    let neighbour = worst.as_ref().map_or(0, Duration::as_micros);
    note("the neighbour", worst.map(drop));
    if sys::descriptors() > descriptors {
        note("descriptors", Err("the host has more than before".to_owned()));
    }
    let lines = told.log_lines.load(Ordering::Relaxed);
    if lines > peer.log_lines {
        note("the log", Err(format!("{lines} lines were told")));
    }
    let bytes = told.log_bytes.load(Ordering::Relaxed);
    if bytes > 2 << 20 {
        note("the log", Err(format!("{bytes} bytes were told")));
    }
    host.finish(ExitCode::Done).map_err(|error| error.to_string())?;
    drop(host);
    note("the audit log", records(&root.join("audit.jsonl"), peer));
    let number = |value: u128| u64::try_from(value).unwrap_or(u64::MAX);
    Ok(Answer { failed, came, neighbour: number(neighbour), grown, took: number(took.as_millis()) })
}

/// Starts the peer, calls it once for each verdict at the same time, and asks it to end.
fn meet(
    host: &Host,
    folder: &Path,
    peer: &Peer,
    note: &mut impl FnMut(&str, Result<(), String>),
) -> Result<String, String> {
    let plugin = host.load(folder).map_err(|error| error.to_string())?;
    let [first, ..] = peer.verdicts else { return Err("it has no verdict".to_owned()) };
    let cell = match host.start(&plugin, &StartOptions::default()) {
        Ok(cell) => cell,
        Err(error) => {
            note("the start", first.of_start(&error));
            return Ok(short(&error.to_string()));
        }
    };
    if !cell.posture().is_full() {
        note("the posture", Err(format!("{:?}", cell.posture())));
    }
    if cell.engine().len() > ENGINE_BYTES {
        note("the engine", Err(format!("its name has {} bytes", cell.engine().len())));
    }
    let mut came = Vec::new();
    for (verdict, outcome) in peer.verdicts.iter().zip(call(host, &cell, peer)) {
        note("the verdict", verdict.of_call(&outcome));
        came.push(match outcome {
            Ok(value) => short(&format!("returns {value}")),
            Err(error) => short(&error.to_string()),
        });
    }
    std::thread::sleep(AFTERWARDS);
    let ended_before = cell.ending();
    let ending = cell.stop();
    if ended_before.is_none() || !matches!(peer.at_the_end, super::Verdict::Normal) {
        note("the end", peer.at_the_end.of_end(&ending));
        came.push(short(&ending.to_string()));
    }
    Ok(came.join("; "))
}

/// Calls it once for each verdict at the same time.
fn call(host: &Host, cell: &Cell, peer: &Peer) -> Vec<Result<Value, CallError>> {
    let pieces = peer.streamed.then(|| cell.stream("run", Value::Null, peer.limit));
    let whole = peer.verdicts.iter().skip(usize::from(peer.streamed));
    let calls: Vec<PendingCall> =
        whole.map(|_| cell.begin("run", Value::Null, peer.limit)).collect();
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if peer.told {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    // What it makes of it is looked at afterwards.
                    drop(host.emit(TOPIC, &json!("news")));
                    std::thread::sleep(NEWS);
                }
            });
        }
        let pieces = pieces.map(|pieces| {
            std::thread::sleep(UNTAKEN);
            pieces.finish()
        });
        let outcomes = pieces.into_iter().chain(calls.into_iter().map(PendingCall::wait)).collect();
        done.store(true, Ordering::Relaxed);
        outcomes
    })
}

fn short(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).take(100).collect()
}

fn lay(root: &Path, peer: &Peer) -> std::io::Result<()> {
    let write = |name: &str, manifest: &str, code: &str| {
        let folder = root.join(name);
        std::fs::create_dir(&folder)?;
        std::fs::write(folder.join("aether-plugin.json"), manifest)?;
        std::fs::write(folder.join("main.js"), code)
    };
    write(
        "hello",
        include_str!("../../../examples/hello/aether-plugin.json"),
        include_str!("../../../examples/hello/main.js"),
    )?;
    let permissions: Value = serde_json::from_str(peer.grant)?;
    let manifest = json!({
        "name": peer.name,
        "version": "0.1.0",
        "permissions": permissions,
        "resources": { "timeout": format!("{}s", peer.limit.as_secs()) },
    });
    // More than travels within a line, so that reading it attaches a descriptor.
    let code = format!("export default () => 1; // {}", "x".repeat(40_000));
    write("peer", &manifest.to_string(), &code)?;
    std::fs::create_dir(root.join("work"))
}

fn host(root: &Path, peer: &Peer, told: &Arc<Told>) -> Result<Host, String> {
    let told = Arc::clone(told);
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let key = root.join("key.txt");
    std::fs::write(&key, "a secret").map_err(|error| error.to_string())?;
    Host::builder()
        // What is tried is to fail by itself, and not because somebody noticed.
        .monitoring(Monitoring::only_observing())
        .policy(policy(peer, &key)?)
        .audit(root.join("audit.jsonl"))
        .workdir(root.join("work"))
        .cell_program(program)
        .on_event(move |event| {
            if let Event::Log { cell, message, .. } = event
                && *cell != NEIGHBOUR
            {
                told.log_lines.fetch_add(1, Ordering::Relaxed);
                told.log_bytes.fetch_add(message.len() as u64, Ordering::Relaxed);
            }
        })
        .build()
        .map_err(|error| error.to_string())
}

/// What answers wishes for single operations, and a secret that they may be for.
fn policy(peer: &Peer, key: &Path) -> Result<Policy, String> {
    let text = format!(
        "version: 1\nsecrets: {{ key: {{ from: \"file:{}\" }}, other: {{ from: \"env:NONE\" }} }}\n\
         commands: {{ shout: {{ run: [tr, a-z, A-Z] }} }}\n\
         plugins:\n  \"*\":\n    allow: {}\n    elevation:\n      \
         - {{ right: secret, name: key, answer: allow, uses: 10 }}\n      \
         - {{ right: time, most: 2s, answer: allow }}\n      \
         - {{ right: memory, most: 512MB, answer: allow }}\n",
        key.display(),
        peer.grant,
    );
    let zones = jiff::tz::db();
    Policy::parse(Source::new("policy.yaml", text), PolicyOrigin::Named, zones)
        .map_err(|problems| format!("the policy: {problems:?}"))
}

/// The number of the neighbour's cell, and of the one behind it.
const NEIGHBOUR: u32 = 1;
const WARMING: u32 = 2;

/// Has the host do once all that it does for any cell, so that what it keeps of that is no growth.
fn warm(host: &Host, root: &Path) -> Result<(), String> {
    let failed = |error: &dyn std::fmt::Display| format!("the cell before: {error}");
    let plugin = host.load(root.join("hello")).map_err(|error| failed(&error))?;
    let called = host.call_once(&plugin, &StartOptions::default(), "hello", json!({}), None);
    called.map(drop).map_err(|error| failed(&error))
}

/// The log verifies, tells every violation of the peer and its end, and nobody is left.
fn records(path: &Path, peer: &Peer) -> Result<(), String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let verified =
        audit::verify(std::io::BufReader::new(file)).map_err(|error| error.to_string())?;
    if !verified.is_valid() {
        return Err(verified.to_string());
    }
    let records = audit::read(path).map_err(|error| error.to_string())?;
    let records: Vec<Record> =
        records.collect::<Result<_, _>>().map_err(|error| error.to_string())?;
    let of_peer = |record: &&Record| record.cell.is_some_and(|cell| cell > WARMING);
    let strikes = |record: &&Record| {
        record.kind == Kind::Violation && record.action == "protocol" && of_peer(record)
    };
    let strikes = records.iter().filter(strikes).count();
    if !(peer.strikes.0..=peer.strikes.1).contains(&strikes) {
        return Err(format!("{strikes} violations are told instead of {:?}", peer.strikes));
    }
    let others = |record: &&Record| record.kind == Kind::Violation && !of_peer(record);
    if records.iter().any(|record| others(&record)) {
        return Err("a violation of another cell is told".to_owned());
    }
    let told: BTreeSet<String> = records
        .iter()
        .filter(of_peer)
        .map(|record| format!("{}/{}", record.kind.as_str(), record.verdict.as_str()))
        .collect();
    if let Some(missing) = peer.records.iter().find(|wanted| !told.contains(**wanted)) {
        return Err(format!("there is no record {missing}, only {told:?}"));
    }
    if !records.iter().any(|record| of_peer(&record) && record.kind == Kind::Exit) {
        return Err("its end is not told".to_owned());
    }
    let pids: Vec<i64> = records
        .iter()
        .filter(|record| record.kind == Kind::Start)
        .filter_map(|record| match record.detail.get("pid") {
            Some(Detail::Integer(pid)) => Some(*pid),
            _ => None,
        })
        .collect();
    traces::nobody_left(&pids)
}
