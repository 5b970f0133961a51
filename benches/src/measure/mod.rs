//! What is measured, by group.

mod blobs;
mod calls;
mod cold_start;
mod echo;
mod files;
mod host_calls;
mod javascript;
mod memory;
mod native;
mod parts;
mod turns;
mod wasm;
mod watch;

use std::error::Error;
use std::time::Duration;

use crate::run::Document;
use crate::scene::Scene;

/// A group adds its figures and notes to the document.
type Measure = fn(&Scene, &mut Document) -> Result<(), Box<dyn Error>>;

/// Every group, in the order of the result.
pub(crate) const GROUPS: [(&str, Measure); 11] = [
    ("cold-start", cold_start::measure),
    ("host-call", host_calls::measure),
    ("call", calls::measure),
    ("files", files::measure),
    ("blob", blobs::measure),
    ("memory", memory::measure),
    ("native", native::measure),
    ("javascript", javascript::measure),
    ("wasm", wasm::measure),
    ("watch", watch::measure),
    ("parts", parts::measure),
];

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn us(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
