//! One attack on one host.

use std::path::Path;
use std::time::{Duration, Instant};

use aether::{Cell, Host, StartOptions};
use serde_json::{Value, json};

use super::attack::{Accomplice, Attack};
use super::expect::Outcome;

/// How long a busy accomplice goes on.
const BUSY: Duration = Duration::from_secs(3);

/// How long a busy accomplice has before the attack begins.
const HEAD_START: Duration = Duration::from_millis(200);

/// What came of a call, and how long it took.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) outcome: Outcome,
    pub(super) took: Duration,
}

impl Seen {
    fn at(began: Instant, outcome: Outcome) -> Self {
        Self { outcome, took: began.elapsed() }
    }
}

/// What an attack is told of its surroundings: it may know all that, and must not gain by it.
pub(super) struct Scenery {
    pub(super) port: u16,
    pub(super) secret: String,
}

/// Starts the plugin and makes its calls. One outcome for each call, or one that says why it was
/// not started.
pub(super) fn attack(
    host: &Host,
    folder: &Path,
    attack: &Attack,
    scenery: &Scenery,
) -> Result<Vec<Seen>, String> {
    let began = Instant::now();
    let plugin = match host.load(folder) {
        Ok(plugin) => plugin,
        Err(error) => return Ok(vec![Seen::at(began, Outcome::of_load(&error))]),
    };
    let other = match &attack.accomplice {
        Some(accomplice) => Some(prepare(host, &plugin, accomplice, &scenery.secret)?),
        None => None,
    };
    let began = Instant::now();
    let cell = match host.start(&plugin, &StartOptions::default()) {
        Ok(cell) => cell,
        Err(error) => return Ok(vec![Seen::at(began, Outcome::of_start(error))]),
    };
    if !cell.posture().is_full() {
        return Err(format!("the posture is not full: {:?}", cell.posture()));
    }
    let mut seen = vec![call(&cell, &attack.method, &attack.input, scenery)];
    for further in &attack.then {
        std::thread::sleep(Duration::from_millis(further.wait_ms));
        seen.push(call(&cell, &further.method, &further.input, scenery));
    }
    cell.stop();
    if let Some(other) = other {
        other.stop();
    }
    Ok(seen)
}

fn call(cell: &Cell, method: &str, input: &Value, scenery: &Scenery) -> Seen {
    let mut input = input.clone();
    if let Some(members) = input.as_object_mut() {
        let scene = json!({ "port": scenery.port, "host": std::process::id() });
        members.insert("scene".to_owned(), scene);
    }
    let began = Instant::now();
    Seen::at(began, Outcome::of_call(cell.call(method, input)))
}

fn prepare(
    host: &Host,
    plugin: &aether::Plugin,
    accomplice: &Accomplice,
    secret: &str,
) -> Result<Cell, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the accomplice failed: {error}");
    let cell = host.start(plugin, &StartOptions::default()).map_err(|error| failed(&error))?;
    let input = json!({ "secret": secret });
    if accomplice.busy {
        // Its own end is none of this attack's business.
        drop(cell.begin(&accomplice.method, input, BUSY));
        std::thread::sleep(HEAD_START);
        return Ok(cell);
    }
    let kept = cell.call(&accomplice.method, input);
    match kept.map_err(|error| failed(&error))? {
        Value::Bool(true) => Ok(cell),
        other => Err(failed(&other)),
    }
}
