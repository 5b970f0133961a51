//! What a cell does, watched.
//!
//! A [`Watcher`] takes the figures of one cell ([`Sample`]) and what it did at the gateway
//! ([`Act`]), and gives [`Finding`]s that a person understands: what was observed, what was to be
//! expected, since when. Findings add to a risk, and the risk moves the cell on a ladder, from
//! *observe* to *kill* ([`Rung`]). Three layers look: rules that are met or not, figures over time,
//! and the order of what the cell does, against a [`Model`] of the runs before.
//!
//! This crate is pure. It performs no I/O, makes no call to the operating system, starts no thread
//! and reads no clock: each time is a [`Duration`](std::time::Duration), since the cell's start
//! where nothing else is said, and an argument. It acts on nobody: it says what it would do, and the host does it. It never widens a
//! right: the ladder goes down by itself from *throttle* at most, and from there on only by policy
//! or a person. It depends on none of our crates.

#![forbid(unsafe_code)]

mod act;
mod behaviour;
mod carried;
mod figures;
mod finding;
mod journal;
mod ladder;
mod moment;
pub mod pressure;
mod rules;
mod sample;
mod settings;
mod text;
mod watcher;

pub use act::{Act, Leaving, Offence};
pub use behaviour::{
    Follower, Model, ModelError, Oddity, Score, Symbols, class, limits as model_limits,
};
pub use carried::Carried;
pub use figures::{Beacon, Forecast, Metric, Tail, Usual};
pub use finding::{Finding, Layer, Noted};
pub use journal::{Journal, MOST_FINDINGS};
pub use ladder::{Ladder, Risk, Rung, Step, Thresholds};
pub use sample::Sample;
pub use settings::{Enabled, Limits, Settings};
pub use watcher::{Noticed, Watcher};
