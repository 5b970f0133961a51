//! Being a host under attack: everything is set up, the attack is run, everything is looked at.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use aether::audit::{self, Detail, Kind};
use aether::policy::policy::{Policy, PolicyOrigin};
use aether::source::Source;
use aether::{Event, ExitCode, Host, Monitoring, StartOptions};
use serde_json::json;

use super::assemble::CODE;
use super::attack::Attack;
use super::breach;
use super::expect::Outcome;
use super::neighbour::Neighbour;
use super::order::{Answer, Order};
use super::pulse::Pulse;
use super::run::{self, Scenery, Seen};
use super::scene::Scene;
use super::setup::Setup;
use super::stage::TWIN;
use super::traces::{self, Memory};
use super::{engine, sys};

/// The word that a plugin logs when it has come to its probe.
const ARMED: &str = "armed";

/// Policy that an attack may bring along, as the host's owner would have written it.
const POLICY: &str = "aether-policy.yaml";

/// Manifests that ask for nothing: with them the bundle of a refused attack must run, or code that is
/// the same but for what is refused.
const PLAIN: &str = r#"{ "permissions": {} }"#;
const PLAIN_WASM: &str = r#"{ "runtime": "wasm", "entry": "main.wasm", "permissions": {} }"#;

/// Longest that a look at a plugin may take, however it is written.
const LOOK: Duration = Duration::from_secs(2);

/// What the host was told so far.
pub(super) type Events = Arc<Mutex<Vec<Event>>>;

/// Does what it is told and says what it found.
pub(super) fn be_a_host(order: &Order) -> ! {
    let answer = match judge(order) {
        Ok(answer) => answer,
        Err(error) => Answer { failed: vec![error], figures: String::new() },
    };
    println!("{}", serde_json::to_string(&answer).unwrap_or_default());
    std::process::exit(0)
}

fn judge(order: &Order) -> Result<Answer, String> {
    let (root, plugin) = (order.root.as_path(), order.root.join("plugin"));
    let attack = Attack::read(&plugin)?;
    let broken = |error: std::io::Error| format!("the scene: {error}");
    let mut scene = Scene::lay(root, &order.secret).map_err(broken)?;
    let port = scene.port().map_err(broken)?;
    if !attack.expect.starts() {
        control(root, &plugin)?;
    }
    let mut busy = Vec::new();
    for setup in &attack.setup {
        busy.extend(setup.prepare(root, &plugin, port)?);
    }
    scene.remember().map_err(broken)?;

    let events = Events::default();
    let host = host(root, &scene, &plugin, &events)?;
    let descriptors = sys::descriptors();
    let neighbour = Neighbour::start(&host, &root.join("neighbour"), &order.secret)
        .map_err(|error| format!("the neighbour, before: {error}"))?;
    let pulse = Pulse::start();
    let memory = Memory::now()?;
    let looked = look(&host, &plugin, &events);
    let scenery = Scenery { port, secret: order.secret.clone() };
    let seen = run::attack(&host, &plugin, &attack, &scenery, &events)?;
    let mut failed = Vec::new();
    let mut note = |what: &str, result: Result<(), String>| {
        failed.extend(result.err().map(|error| format!("{what}: {error}")));
    };
    let neighbourly = neighbour.end(pulse.allowance());
    if sys::descriptors() > descriptors.map(|before| before + kept(&attack, &plugin)) {
        note("descriptors", Err("the host has more than before".to_owned()));
    }
    drop(busy);
    let events = events.lock().unwrap_or_else(PoisonError::into_inner).clone();
    note("the look at it", looked.and_then(|took| quick(took, pulse.allowance())));
    note("the verdict", verdicts(&attack, &seen, &events, pulse.allowance()));
    note("the probe", is_alive(&attack, &events));
    let outcomes: Vec<&Outcome> = seen.iter().map(|seen| &seen.outcome).collect();
    note("the secret", breach::nothing_told(&outcomes, &events, &order.secret, root));
    note("the scene", scene.is_untouched());
    host.finish(ExitCode::Done).map_err(|error| error.to_string())?;
    note("the reports", breach::reports_are_tame(&host.record("", ExitCode::Done, "", Vec::new())));
    note("the audit log", log(&root.join("audit.jsonl"), &attack.records));
    drop(host);
    let grown = memory.growth();
    let figures = figures(&seen, &neighbourly, &grown);
    note("the neighbour", neighbourly.map(drop));
    note("memory", grown.map(drop));
    Ok(Answer { failed, figures })
}

/// Descriptors that a host has from then on, as long as it lives: what was compiled of WebAssembly,
/// and what it waits for the network with.
fn kept(attack: &Attack, plugin: &Path) -> usize {
    const NETWORK: usize = 3;
    let compiled = usize::from(attack.expect.compiles() && plugin.join(CODE).exists());
    let is_networked = attack.setup.contains(&Setup::Redirector);
    compiled + if is_networked { NETWORK } else { 0 }
}

fn host(root: &Path, scene: &Scene, plugin: &Path, events: &Events) -> Result<Host, String> {
    let told = Arc::clone(events);
    let builder = sys::builder().audit(root.join("audit.jsonl")).workdir(scene.work()).on_event(
        move |event| {
            told.lock().unwrap_or_else(PoisonError::into_inner).push(event.clone());
        },
    );
    // What is tried is to fail by itself, and not because somebody noticed.
    let builder = builder.monitoring(Monitoring::only_observing()).javascript(engine::under_test());
    let builder = match std::fs::read_to_string(plugin.join(POLICY)) {
        Ok(text) => builder.policy(policy(text)?),
        Err(_) => builder.ask(|_| aether::Answer::Once),
    };
    builder.build().map_err(|error| error.to_string())
}

fn policy(text: String) -> Result<Policy, String> {
    let source = Source::new(POLICY, text);
    let policy = Policy::parse(source, PolicyOrigin::Named, jiff::tz::db());
    policy.map_err(|problems| format!("{problems:?}"))
}

/// Everything that is done with a plugin before it runs: its manifest and code are looked at, and it
/// is compiled. None of it may run.
fn look(host: &Host, folder: &Path, events: &Events) -> Result<Duration, String> {
    let began = Instant::now();
    let Ok(plugin) = host.load(folder) else { return Ok(began.elapsed()) };
    drop(plugin.check());
    // Whether it compiles is for the verdict to say.
    drop(host.compile(&plugin));
    let took = began.elapsed();
    let ran = |event: &Event| matches!(event, Event::Log { .. } | Event::Denied { .. });
    match events.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|event| ran(event)) {
        Some(event) => Err(format!("it ran: {event:?}")),
        None => Ok(took),
    }
}

fn quick(took: Duration, allowance: Duration) -> Result<(), String> {
    if took > LOOK + allowance { Err(format!("it took {took:?}")) } else { Ok(()) }
}

/// A refusal counts only if the same bundle runs without what is to be refused.
fn control(root: &Path, plugin: &Path) -> Result<(), String> {
    let copy = root.join("control");
    let fail = |error: &dyn std::fmt::Display| format!("the control does not run: {error}");
    std::fs::create_dir(&copy).map_err(|error| fail(&error))?;
    let is_wasm = plugin.join(CODE).exists();
    let (entry, manifest) = if is_wasm { (CODE, PLAIN_WASM) } else { ("main.js", PLAIN) };
    let twin = root.join(TWIN).join(entry);
    let code = if twin.exists() { twin } else { plugin.join(entry) };
    std::fs::copy(code, copy.join(entry)).map_err(|error| fail(&error))?;
    std::fs::write(copy.join("aether-plugin.json"), manifest).map_err(|error| fail(&error))?;
    let builder = sys::builder().javascript(engine::under_test());
    let host = builder.build().map_err(|error| fail(&error))?;
    let loaded = host.load(&copy).map_err(|error| fail(&error))?;
    let result = host.call_once(&loaded, &StartOptions::default(), "run", json!({}), None);
    result.map(drop).map_err(|error| fail(&error))
}

fn verdicts(
    attack: &Attack,
    seen: &[Seen],
    events: &[Event],
    allowance: Duration,
) -> Result<(), String> {
    let expected =
        std::iter::once(&attack.expect).chain(attack.then.iter().map(|call| &call.expect));
    let mut outcomes = seen.iter();
    for (number, expect) in expected.enumerate() {
        let seen = outcomes.next().ok_or_else(|| format!("call {} was not made", number + 1))?;
        expect
            .judge(seen, events, allowance)
            .map_err(|error| format!("call {}: {error}", number + 1))?;
    }
    Ok(())
}

/// The plugin must have come to its probe: otherwise nothing was tried.
fn is_alive(attack: &Attack, events: &[Event]) -> Result<(), String> {
    if !attack.expect.starts() || has_logged(events, ARMED) {
        return Ok(());
    }
    Err("inconclusive: it never came so far".to_owned())
}

/// Whether a cell has logged just this.
pub(super) fn has_logged(events: &[Event], words: &str) -> bool {
    let is_it = |event: &Event| matches!(event, Event::Log { message, .. } if message == words);
    events.iter().any(is_it)
}

fn log(path: &Path, wanted: &[String]) -> Result<(), String> {
    let file = std::fs::File::open(path).map_err(|error| error.to_string())?;
    let verified =
        audit::verify(std::io::BufReader::new(file)).map_err(|error| error.to_string())?;
    if !verified.is_valid() {
        return Err(verified.to_string());
    }
    let (mut found, mut pids) = (Vec::new(), Vec::new());
    for record in audit::read(path).map_err(|error| error.to_string())? {
        let record = record.map_err(|error| error.to_string())?;
        found.push(format!("{}/{}", record.kind.as_str(), record.verdict.as_str()));
        if record.kind == Kind::Start
            && let Some(Detail::Integer(pid)) = record.detail.get("pid")
        {
            pids.push(*pid);
        }
    }
    let has = |wanted: &String| {
        found.iter().any(|found| found == wanted || found.split('/').next() == Some(wanted))
    };
    if let Some(missing) = wanted.iter().find(|wanted| !has(wanted)) {
        found.sort();
        found.dedup();
        return Err(format!("there is no record {missing}, only {found:?}"));
    }
    traces::nobody_left(&pids)
}

fn figures(seen: &[Seen], worst: &Result<Duration, String>, grown: &Result<u64, String>) -> String {
    let took: Vec<String> = seen.iter().map(|seen| format!("{:?}", seen.took)).collect();
    let grown = grown.as_ref().map_or(0, |bytes| bytes >> 10);
    format!("took {}, neighbour {worst:?}, host grew {grown} KiB", took.join(" and "))
}
