//! What a host may not have left when its cells have ended.

use std::time::{Duration, Instant};

use super::sys;

/// How long the kernel may take to bury what has ended.
const BURIAL: Duration = Duration::from_secs(2);

/// Most that an attack may make its host grow by, in bytes: the largest payload as it is read, copied
/// and taken apart into as many values as it may have.
const GROWTH: u64 = 112 << 20;

/// This process's memory before an attack.
#[derive(Debug)]
pub(super) struct Memory {
    before: u64,
}

impl Memory {
    /// Notes what is resident now, and forgets the peak so far where it can.
    pub(super) fn now() -> Result<Self, String> {
        sys::forget_peak()?;
        Ok(Self { before: sys::resident()? })
    }

    /// How much more was resident at most since then; the error when it was too much.
    pub(super) fn growth(&self) -> Result<u64, String> {
        let growth = sys::peak()?.saturating_sub(self.before);
        if growth > GROWTH + sys::MOVED {
            return Err(format!("the host grew by {} MiB", growth >> 20));
        }
        Ok(growth)
    }
}

/// No child of this process is left, and none of the given processes.
pub(super) fn nobody_left(pids: &[i64]) -> Result<(), String> {
    let until = Instant::now() + BURIAL;
    while let Some(left) = sys::anybody(pids) {
        if Instant::now() > until {
            return Err(format!("a process is left: {left}"));
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    Ok(())
}
