//! Simulated cells: figures and acts at four samples a second, from a seed.
//!
//! Used by the tests of the monitor and by the detector benchmark. A watcher is told here what the
//! host tells it, and no more: a request when it begins, with its machine and port and without its
//! bytes, which the figures have as they flow; a refusal each time; and the limits of a native
//! program.

pub(crate) mod cell;
pub(crate) mod honest;
pub(crate) mod hostile;

use std::time::Duration;

use aether_monitor::{Limits, Settings, Watcher};

/// The limits of simulated cells.
pub(crate) fn limits() -> Limits {
    Limits { memory: Some(256 << 20), processes: Some(64) }
}

/// The settings, with one decoy.
pub(crate) fn settings() -> Settings {
    Settings { honey_paths: vec!["/home/.aws".to_owned()], ..Settings::default() }
}

/// A watcher of a simulated cell.
pub(crate) fn watcher() -> Watcher {
    Watcher::new(settings(), limits(), None)
}

/// The time between two samples.
pub(crate) const TICK: Duration = Duration::from_millis(250);
