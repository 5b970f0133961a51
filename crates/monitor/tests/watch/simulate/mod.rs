//! Simulated cells: figures and acts at four samples a second, from a seed.
//!
//! Used by the tests of the monitor and by the detector benchmark.

pub(crate) mod cell;
pub(crate) mod honest;
pub(crate) mod hostile;

use std::time::Duration;

use aether_monitor::{Limits, Settings, Watcher};

/// The limits of simulated cells.
pub(crate) fn limits() -> Limits {
    Limits {
        memory: Some(256 << 20),
        processes: Some(64),
        written: Some(1 << 30),
        descriptors: Some(1_024),
    }
}

/// The settings: one host is polled, as the manifest declares.
pub(crate) fn settings() -> Settings {
    Settings {
        polled_hosts: vec![honest::POLLED.to_owned()],
        honey_paths: vec!["/home/.aws".to_owned()],
        ..Settings::default()
    }
}

/// A watcher of a simulated cell.
pub(crate) fn watcher() -> Watcher {
    Watcher::new(settings(), limits(), None)
}

/// The time between two samples.
pub(crate) const TICK: Duration = Duration::from_millis(250);
