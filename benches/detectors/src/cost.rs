//! What watching costs.

use std::time::{Duration, Instant};

use aether_monitor::Act;
use serde_json::{Value, json};

use crate::simulate::cell::Cell;
use crate::simulate::honest::Honest;
use crate::simulate::watcher;

/// So many samples and acts are timed: a few hours of a cell.
const TIMES: u32 = 50_000;

/// Times of single operations.
#[derive(Debug)]
pub(crate) struct Cost {
    pub(crate) sample: Duration,
    pub(crate) act: Duration,
}

impl Cost {
    /// The times as JSON.
    pub(crate) fn json(&self) -> Value {
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        json!({ "ns_per_sample": nanos(self.sample), "ns_per_act": nanos(self.act) })
    }
}

/// Measures.
pub(crate) fn measured() -> Cost {
    let (mut watcher, mut cell) = (watcher(), Cell::new(1));
    let mut samples = Vec::new();
    for tick in 0..TIMES {
        cell.sample.at += crate::simulate::TICK;
        Honest::Garbage.step(&mut cell, tick.into(), 0.5);
        samples.push((cell.sample, cell.open_calls));
    }
    let began = Instant::now();
    for (sample, open_calls) in samples {
        std::hint::black_box(watcher.sample(sample, open_calls));
    }
    let sample = began.elapsed() / TIMES;
    let act = Act::Read { place: "/project/src/lib.rs".to_owned(), sensitive: false };
    let began = Instant::now();
    for _ in 0..TIMES {
        std::hint::black_box(watcher.act(cell.sample.at, &act));
    }
    Cost { sample, act: began.elapsed() / TIMES }
}
