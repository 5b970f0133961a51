//! A cell that is no process: what it runs runs in a thread of the host's. Its gateway is a socket like
//! any other's, and nothing confines it but the engine that it runs.

use std::io;
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::event::{EventfdFlags, eventfd};
use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};
use rustix::time::{ClockId, clock_gettime};

use super::super::unix::gateway::Gateway;
use super::cell::Cell;
use super::channel::HostEnds;
use crate::{Exit, Limits, Posture, Usage};

/// Longest that a guest is held for its share of the processor without looking whether it is to end.
const PAUSE: Duration = Duration::from_millis(20);

/// Longest that it is held at a time: its host has other things to do for it. As it is held after each five
/// milliseconds, shares below a hundredth are a hundredth.
const LONGEST: Duration = Duration::from_millis(500);

/// The other side of a cell that is no process.
#[derive(Debug)]
pub struct Guest {
    /// Readable once it is over.
    over: Arc<OwnedFd>,
    killed: AtomicBool,
    left: AtomicBool,
    /// Bytes that it has now, and the most that it had.
    memory: AtomicU64,
    peak: AtomicU64,
    /// Nanoseconds of its thread, when they were looked at last.
    cpu: AtomicU64,
    /// When its share of the processor was looked at last, and what it had used by then.
    held: Mutex<(Instant, Duration)>,
}

/// Makes a cell of which the other end of the gateway is given back, for a thread of this process. The
/// thread drives the cell as well, or tells the [`Guest`] what it uses.
///
/// # Errors
/// The system's.
pub fn beside(limits: Limits, why: &str) -> io::Result<(Cell, Arc<Guest>, OwnedFd)> {
    let flags = SocketFlags::CLOEXEC;
    let (host, guest) = socketpair(AddressFamily::UNIX, SocketType::STREAM, flags, None)?;
    let event = || eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).map(Arc::new);
    let over = event()?;
    let ends = HostEnds {
        gateway: Gateway::Socket(host),
        stdin: None,
        stdout: None,
        stderr: None,
        wake: event()?,
    };
    let told = Arc::new(Guest {
        over: Arc::clone(&over),
        killed: AtomicBool::new(false),
        left: AtomicBool::new(false),
        memory: AtomicU64::new(0),
        peak: AtomicU64::new(0),
        cpu: AtomicU64::new(0),
        held: Mutex::new((Instant::now(), Duration::ZERO)),
    });
    let posture = Posture::off_since(why);
    Ok((Cell::of_guest(over, Arc::clone(&told), ends, posture, limits), told, guest))
}

impl Guest {
    /// Whether it is to end: its host has killed it.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Relaxed)
    }

    /// It has ended by itself.
    pub fn leave(&self) {
        self.left.store(true, Ordering::Relaxed);
        self.tell();
    }

    /// It has so much memory now, in bytes.
    pub fn has_memory(&self, bytes: u64) {
        self.memory.store(bytes, Ordering::Relaxed);
        self.peak.fetch_max(bytes, Ordering::Relaxed);
    }

    pub(super) fn kill(&self) {
        self.killed.store(true, Ordering::Relaxed);
        self.tell();
    }

    fn tell(&self) {
        // Fails only when the counter is full, and then it is readable anyway.
        let _full = rustix::io::write(&*self.over, &1u64.to_ne_bytes());
    }

    pub(super) fn exit(&self) -> Option<Exit> {
        match self.is_killed() {
            true => Some(Exit::Signal { number: libc::SIGKILL, out_of_memory: false }),
            false => self.left.load(Ordering::Relaxed).then_some(Exit::Code(0)),
        }
    }

    /// What it uses, asked in its own thread.
    pub(super) fn usage(&self) -> Usage {
        let now = clock_gettime(ClockId::ThreadCPUTime);
        let nanoseconds = u64::try_from(now.tv_sec).unwrap_or_default() * 1_000_000_000
            + u64::try_from(now.tv_nsec).unwrap_or_default();
        let cpu = self.cpu.fetch_max(nanoseconds, Ordering::Relaxed).max(nanoseconds);
        Usage {
            memory: self.memory.load(Ordering::Relaxed),
            memory_peak: self.peak.load(Ordering::Relaxed),
            cpu: Duration::from_nanos(cpu),
            processes: 0,
            ..Usage::default()
        }
    }

    /// Holds it to its share of one processor since it was held last, by resting in its thread. Gives the time until it wants
    /// to be held again.
    pub(super) fn hold(&self, cpu_millis: u32) -> Option<Duration> {
        if cpu_millis >= 1000 {
            return None;
        }
        let share = f64::from(cpu_millis.max(1)) / 1000.0;
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let used = self.usage().cpu.saturating_sub(held.1);
        let due = held.0 + used.div_f64(share);
        let until = Instant::now() + LONGEST;
        // Nothing is saved up: what it did not use is gone.
        while Instant::now() < due.min(until) && !self.is_killed() {
            std::thread::sleep(due.saturating_duration_since(Instant::now()).min(PAUSE));
        }
        *held = (Instant::now(), self.usage().cpu);
        Some(PAUSE)
    }
}
