//! The record of refused calls under the signals by which a host holds a processor limit.

use std::time::{Duration, Instant};

use aether_container::Interest;
use rustix::process::{Pid, Signal, kill_process};

use super::drive;
use super::words::Order;

/// How long calls are made. A loss, where it happens, mostly comes within half a second.
const TIME: Duration = Duration::from_secs(2);

/// Calls that must have been told in that time, or the trial proves nothing.
const CALLS: u32 = 50;

/// Longest and shortest time between stopping the cell and looking at its call, so that the stop
/// arrives before, between and after the steps of looking.
const STEP: Duration = Duration::from_nanos(500);
const STEPS: u32 = 200;

/// Stops and continues a cell while it makes refused calls. Each must be refused with `EPERM` and
/// told; one that was interrupted is made, and may be told, again.
pub(super) fn outlasts_stops() -> Result<(), String> {
    let broken = |error: std::io::Error| format!("the cell cannot be driven: {error}");
    let mut cell = drive::start(drive::Around::Engine)?;
    let pid = Pid::from_raw(cell.pid()).ok_or("no process")?;
    cell.send(Order::Flood.text().as_bytes(), &[]).map_err(broken)?;
    let (begin, mut looks, mut told) = (Instant::now(), 0, 0);
    while begin.elapsed() < TIME {
        let ready = cell.wait(Duration::from_millis(10), Interest::default()).map_err(broken)?;
        if ready.receive {
            return Err(format!("after {told} calls told, one was neither refused nor told"));
        }
        if ready.syscall {
            kill_process(pid, Signal::STOP).map_err(|error| broken(error.into()))?;
            let until = Instant::now() + STEP * (looks % STEPS);
            while Instant::now() < until {
                std::hint::spin_loop();
            }
            looks += 1;
            told += u32::from(cell.next_syscall().map_err(broken)?.is_some());
            kill_process(pid, Signal::CONT).map_err(|error| broken(error.into()))?;
        }
    }
    if told < CALLS { Err(format!("inconclusive: only {told} calls were told")) } else { Ok(()) }
}
