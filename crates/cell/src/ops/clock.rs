//! Time, as coarse as a plugin needs it.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::host::Host;
use crate::value::{Args, Raise, Ret};

/// Steps of the monotonic clock, in microseconds. Blunts timing attacks on caches and on other
/// cells.
const STEP_MICROS: u128 = 100;

pub(super) fn now(_: &Host, _: &mut Args) -> Result<Ret, Raise> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok(Ret::Number(since.as_millis() as f64))
}

pub(super) fn monotonic(host: &Host, _: &mut Args) -> Result<Ret, Raise> {
    let steps = host.born.elapsed().as_micros() / STEP_MICROS;
    Ok(Ret::Number(steps as f64 / 10.0))
}

pub(super) fn timer(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let delay = args.number("the delay")?;
    let again = args.maybe_count("the timer")?;
    let id = host.with_timers(|timers| timers.set(Instant::now(), delay, again));
    Ok(Ret::Number(id as f64))
}

pub(super) fn stop_timer(host: &Host, args: &mut Args) -> Result<Ret, Raise> {
    let id = args.count("the timer")?;
    host.with_timers(|timers| timers.clear(id));
    Ok(Ret::Nothing)
}
