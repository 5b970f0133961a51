//! `wasi:clocks`, as coarse as the gate gives them: a fine clock measures what other processes do.

use wasmtime::component::Resource;

use super::io::Pollable;
use crate::bindings::wasi::clocks::wall_clock::Datetime;
use crate::bindings::wasi::clocks::{monotonic_clock, timezone, wall_clock};
use crate::gate::Gate;
use crate::state::State;

/// Nanoseconds of a step of the monotonic clock: a tenth of a millisecond.
const STEP_NANOS: u64 = 100_000;

impl<G: Gate> monotonic_clock::Host for State<G> {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.gate.monotonic().saturating_mul(STEP_NANOS))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(STEP_NANOS)
    }

    fn subscribe_instant(&mut self, when: u64) -> wasmtime::Result<Resource<Pollable>> {
        Ok(self.table.push(Pollable::At(when.div_ceil(STEP_NANOS)))?)
    }

    fn subscribe_duration(&mut self, when: u64) -> wasmtime::Result<Resource<Pollable>> {
        let at = self.gate.monotonic().saturating_add(when.div_ceil(STEP_NANOS));
        Ok(self.table.push(Pollable::At(at))?)
    }
}

impl<G: Gate> wall_clock::Host for State<G> {
    fn now(&mut self) -> wasmtime::Result<Datetime> {
        Ok(datetime(self.gate.wall_ms()))
    }

    fn resolution(&mut self) -> wasmtime::Result<Datetime> {
        Ok(datetime(1))
    }
}

/// Plugins are told the time, not where the machine is.
impl<G: Gate> timezone::Host for State<G> {
    fn display(&mut self, _: Datetime) -> wasmtime::Result<timezone::TimezoneDisplay> {
        Ok(timezone::TimezoneDisplay {
            utc_offset: 0,
            name: "UTC".to_owned(),
            in_daylight_saving_time: false,
        })
    }

    fn utc_offset(&mut self, _: Datetime) -> wasmtime::Result<i32> {
        Ok(0)
    }
}

/// The moment so many milliseconds since 1970.
pub(super) fn datetime(ms: u64) -> Datetime {
    let nanoseconds = u32::try_from(ms % 1000).unwrap_or_default() * 1_000_000;
    Datetime { seconds: ms / 1000, nanoseconds }
}
