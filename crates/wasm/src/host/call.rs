//! `aether:plugin/call`, `log` and `time`.

use std::time::{Duration, Instant};

use aether_protocol::limits::{LOG_TEXT_BYTES, cut};
use aether_protocol::v1::{self, method};
use aether_protocol::{Payload, strict};
use serde_json::{Map, Value};

use super::failure::{Told, told};
use crate::bindings::aether::plugin::{call, log, time};
use crate::gate::Gate;
use crate::limits;
use crate::state::{State, split};

impl<G: Gate> call::Host for State<G> {
    fn plugin(&mut self) -> wasmtime::Result<(String, String)> {
        Ok((self.around.name.clone(), self.around.version.clone()))
    }

    fn method(&mut self) -> wasmtime::Result<String> {
        Ok(self.current.method.clone())
    }

    fn caller(&mut self) -> wasmtime::Result<Option<String>> {
        Ok(self.current.caller.clone())
    }

    fn left_ms(&mut self) -> wasmtime::Result<u64> {
        let left = self.current.deadline.saturating_duration_since(Instant::now());
        Ok(u64::try_from(left.as_millis()).unwrap_or(u64::MAX))
    }

    fn progress(&mut self, fraction: f64, message: String) -> wasmtime::Result<()> {
        let fraction = if fraction.is_nan() { 0.0 } else { fraction.clamp(0.0, 1.0) };
        let message = cut(&message, limits::PROGRESS_BYTES).to_owned();
        let progress = v1::Progress { call: self.current.id, fraction, message };
        Ok(self.notify(method::CALL_PROGRESS, &progress)?)
    }

    fn piece(&mut self, data: String) -> Told<()> {
        told(split(Payload::json(data)).and_then(|(data, attach)| {
            let chunk = v1::Chunk { call: self.current.id, data };
            self.tell_with(method::CALL_CHUNK, &chunk, attach)
        }))
    }

    fn wants_pieces(&mut self) -> wasmtime::Result<bool> {
        Ok(self.current.wants_pieces)
    }
}

impl<G: Gate> log::Host for State<G> {
    fn write(
        &mut self,
        level: log::Level,
        message: String,
        fields: Option<String>,
    ) -> wasmtime::Result<()> {
        let level = match level {
            log::Level::Debug => v1::Level::Debug,
            log::Level::Info => v1::Level::Info,
            log::Level::Warn => v1::Level::Warn,
            log::Level::Error => v1::Level::Error,
        };
        let message = cut(&message, LOG_TEXT_BYTES).to_owned();
        let log = v1::Log { level, message, fields: fields_of(fields.as_deref()) };
        Ok(self.notify(method::LOG_WRITE, &log)?)
    }
}

/// Facts beside a line. What is none is said to be none, as in JavaScript: a log is no place to
/// fail.
fn fields_of(text: Option<&str>) -> Map<String, Value> {
    let Some(text) = text else { return Map::new() };
    let remark = match strict::parse(text) {
        _ if text.len() > limits::FIELDS_BYTES => "too large",
        Ok(Value::Object(fields)) => return fields,
        _ => "not JSON",
    };
    Map::from_iter([("fields".to_owned(), Value::from(remark))])
}

impl<G: Gate> time::Host for State<G> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.gate.wall_ms())
    }

    fn monotonic(&mut self) -> wasmtime::Result<f64> {
        Ok(self.gate.monotonic() as f64 / 10.0)
    }

    fn sleep(&mut self, ms: u64) -> wasmtime::Result<()> {
        Ok(self.rest(Duration::from_millis(ms))?)
    }
}
