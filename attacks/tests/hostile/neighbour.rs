//! A cell that has nothing to do with the attack and must not notice it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use aether::{Cell, Ending, Host, StartOptions};
use serde_json::json;

use super::sys;

/// Longest that it may take to answer. On a busy machine with two processors it takes some
/// milliseconds; an attack that holds it up holds it up for the attack's whole time.
const PATIENCE: Duration = Duration::from_millis(900);

/// How often it is called while the attack runs.
const BEAT: Duration = Duration::from_millis(50);

/// The neighbour while the attack runs.
#[derive(Debug)]
pub(super) struct Neighbour {
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Result<(Cell, Duration), String>>,
    name: String,
}

impl Neighbour {
    /// Starts it with a secret of its own to keep.
    pub(super) fn start(host: &Host, folder: &Path, name: &str) -> Result<Self, String> {
        let plugin = host.load(folder).map_err(|error| error.to_string())?;
        let cell = host.start(&plugin, &StartOptions::default());
        let cell = cell.map_err(|error| error.to_string())?;
        sys::stands(cell.posture())?;
        let name = name.to_owned();
        beat(&cell, &name)?;
        let stop = Arc::new(AtomicBool::new(false));
        let (stopped, called) = (Arc::clone(&stop), name.clone());
        let thread = std::thread::spawn(move || {
            let mut worst = Duration::ZERO;
            while !stopped.load(Ordering::Relaxed) {
                worst = worst.max(beat(&cell, &called)?);
                std::thread::sleep(BEAT);
            }
            Ok((cell, worst))
        });
        Ok(Self { stop, thread, name })
    }

    /// Calls it once more, and ends it. Gives the longest that it took to answer, which may be
    /// `allowance` more than it should be.
    pub(super) fn end(self, allowance: Duration) -> Result<Duration, String> {
        self.stop.store(true, Ordering::Relaxed);
        let (cell, worst) = self.thread.join().map_err(|_| "its thread died".to_owned())??;
        let worst = worst.max(beat(&cell, &self.name)?);
        if worst > PATIENCE + allowance {
            return Err(format!(
                "it answered after {worst:?}, and the machine explains {allowance:?}"
            ));
        }
        match cell.stop() {
            Ending::Normal => Ok(worst),
            other => Err(format!("it did not end well: {other}")),
        }
    }
}

fn beat(cell: &Cell, name: &str) -> Result<Duration, String> {
    let began = Instant::now();
    let answer = cell.call("hello", json!({ "name": name })).map_err(|error| error.to_string())?;
    let took = began.elapsed();
    if answer != json!({ "greeting": format!("Hello, {name}!") }) {
        return Err(format!("it answered {answer}"));
    }
    Ok(took)
}
