//! One attack on one host.

use std::path::Path;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use aether::{CallError, Cell, Ending, Host, Limit, PendingCall, StartOptions};
use serde_json::{Value, json};

use super::attack::{Accomplice, Attack};
use super::expect::Outcome;
use super::host::{Events, has_logged};
use super::{engine, sys};

/// How long a busy accomplice goes on.
const BUSY: Duration = Duration::from_secs(3);

/// The word that a busy accomplice logs when it has come to its act.
const ARMED: &str = "accomplice armed";

/// How long a busy accomplice has to come so far.
const ARMS_WITHIN: Duration = Duration::from_secs(5);

/// How long its act goes on before the attack begins.
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
    events: &Events,
) -> Result<Vec<Seen>, String> {
    let began = Instant::now();
    let plugin = match host.load(folder) {
        Ok(plugin) => plugin,
        Err(error) => return Ok(vec![Seen::at(began, Outcome::of_load(&error))]),
    };
    let other = match &attack.accomplice {
        Some(accomplice) => Some(prepare(host, &plugin, accomplice, &scenery.secret, events)?),
        None => None,
    };
    let began = Instant::now();
    let cell = match host.start(&plugin, &StartOptions::default()) {
        Ok(cell) => cell,
        Err(error) => return Ok(vec![Seen::at(began, Outcome::of_start(error))]),
    };
    sys::stands(cell.posture())?;
    engine::is_it(&cell)?;
    let mut seen = vec![call(&cell, &attack.method, &attack.input, scenery)];
    for further in &attack.then {
        std::thread::sleep(Duration::from_millis(further.wait_ms));
        seen.push(call(&cell, &further.method, &further.input, scenery));
    }
    cell.stop();
    if let Some(other) = other {
        other.still_acts()?;
        other.cell.stop();
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

/// The accomplice, and what it is still doing where it is to go on during the attack.
struct Other {
    cell: Cell,
    act: Option<PendingCall>,
}

impl Other {
    /// Alone, an attack with an accomplice is another attack. One that the accomplice holds up may
    /// outlast it, but only its time limit may have ended it.
    fn still_acts(&self) -> Result<(), String> {
        match self.act.as_ref().and_then(|act| act.wait_for(Duration::ZERO)) {
            None | Some(Err(CallError::Ended(Ending::Limit(Limit::Time(BUSY))))) => Ok(()),
            Some(ended) => Err(format!("inconclusive: the accomplice ended by itself: {ended:?}")),
        }
    }
}

fn prepare(
    host: &Host,
    plugin: &aether::Plugin,
    accomplice: &Accomplice,
    secret: &str,
    events: &Events,
) -> Result<Other, String> {
    let failed = |error: &dyn std::fmt::Display| format!("the accomplice failed: {error}");
    let cell = host.start(plugin, &StartOptions::default()).map_err(|error| failed(&error))?;
    let input = json!({ "secret": secret });
    if accomplice.busy {
        let act = cell.begin(&accomplice.method, input, BUSY);
        await_armed(events)?;
        std::thread::sleep(HEAD_START);
        return Ok(Other { cell, act: Some(act) });
    }
    let kept = cell.call(&accomplice.method, input);
    match kept.map_err(|error| failed(&error))? {
        Value::Bool(true) => Ok(Other { cell, act: None }),
        other => Err(failed(&other)),
    }
}

fn await_armed(events: &Events) -> Result<(), String> {
    let until = Instant::now() + ARMS_WITHIN;
    while !has_logged(&events.lock().unwrap_or_else(PoisonError::into_inner), ARMED) {
        if Instant::now() >= until {
            return Err("inconclusive: the accomplice never came so far".to_owned());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}
