//! Connections that are carried to another one, for whoever has no need of a gateway: on the
//! caller's own threads.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::counted::counted;
use crate::limits::{IDLE_TIME, TUNNEL_BYTES, TUNNEL_TIME};

/// How much is carried at once.
const BUFFER: usize = 64 * 1024;

/// The shortest wait that systems know.
const TICK: Duration = Duration::from_millis(1);

/// The longest wait for bytes. On Windows a wait goes on when its connection is shut down from here,
/// and only the next one finds that out.
const GLANCE: Duration = if cfg!(windows) { Duration::from_millis(250) } else { Duration::MAX };

/// The limits of one [`relay`]; by default those of tunnels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelayLimits {
    /// [`IDLE_TIME`]: silence of one side counts only while the other is silent too.
    pub idle_time: Duration,
    /// [`TUNNEL_TIME`].
    pub time: Duration,
    /// [`TUNNEL_BYTES`], both ways together.
    pub bytes: u64,
}

impl Default for RelayLimits {
    fn default() -> Self {
        RelayLimits { idle_time: IDLE_TIME, time: TUNNEL_TIME, bytes: TUNNEL_BYTES }
    }
}

/// What was carried, and how it ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relayed {
    /// Bytes from the first to the second.
    pub forth: u64,
    /// Bytes from the second to the first.
    pub back: u64,
    /// How long it took.
    pub duration: Duration,
    /// How it ended.
    pub end: RelayEnd,
}

/// How a [`relay`] ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RelayEnd {
    /// Both sides had said all.
    #[error("both sides ended")]
    Done,
    /// Both were silent, or one took nothing, for too long.
    #[error("nothing was sent or read for too long")]
    Idle,
    /// It took longer than allowed.
    #[error("it took longer than allowed")]
    Time,
    /// It carried more than allowed.
    #[error("it carried more than allowed")]
    Bytes,
    /// One of the connections broke, or nobody could carry it.
    #[error("the connection broke: {0}")]
    Broken(io::ErrorKind),
}

/// Carries bytes between two connections, both ways, until both have ended or a limit is reached.
/// The connections are shut down with the return. Whoever wants to end it earlier shuts one of them
/// down. Takes the calling thread and one more.
pub fn relay(first: &TcpStream, second: &TcpStream, limits: &RelayLimits) -> Relayed {
    let carrier = Carrier {
        ends: [first, second],
        limits,
        began: Instant::now(),
        carried: [AtomicU64::new(0), AtomicU64::new(0)],
        moved: AtomicU64::new(0),
        end: Mutex::new(None),
    };
    if let Err(error) = carrier.carry() {
        carrier.stop(RelayEnd::Broken(error.kind()));
    }
    let [forth, back] = carrier.carried.map(AtomicU64::into_inner);
    let end = carrier.end.into_inner().unwrap_or_else(PoisonError::into_inner);
    let duration = carrier.began.elapsed();
    Relayed { forth, back, duration, end: end.unwrap_or(RelayEnd::Done) }
}

/// What both directions share.
struct Carrier<'c> {
    ends: [&'c TcpStream; 2],
    limits: &'c RelayLimits,
    began: Instant,
    /// Bytes from each end.
    carried: [AtomicU64; 2],
    /// When something last moved, in milliseconds since the beginning.
    moved: AtomicU64,
    /// The first reason to end; none when there is nothing left to say.
    end: Mutex<Option<RelayEnd>>,
}

impl Carrier<'_> {
    fn carry(&self) -> io::Result<()> {
        for end in self.ends {
            end.set_nonblocking(false)?;
            end.set_write_timeout(Some(self.limits.idle_time.min(self.limits.time).max(TICK)))?;
        }
        thread::scope(|scope| {
            let back = thread::Builder::new().name("aether-relay".to_owned());
            // Without a second thread nothing is carried at all.
            back.spawn_scoped(scope, || self.pass(1))?;
            self.pass(0);
            Ok(())
        })
    }

    /// One direction, to its end.
    fn pass(&self, from: usize) {
        let to = self.ends[1 - from];
        match self.all(from) {
            // One that is closed already needs no closing.
            Ok(()) => drop(to.shutdown(Shutdown::Write)),
            Err(end) => self.stop(end),
        }
    }

    fn all(&self, from: usize) -> Result<(), RelayEnd> {
        let (mut source, to) = (self.ends[from], self.ends[1 - from]);
        let mut buffer = vec![0; BUFFER];
        self.wait_at_most(source)?;
        loop {
            match source.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    self.count(from, read)?;
                    self.send(to, &buffer[..read])?;
                    self.left()?;
                }
                // The other direction may have moved meanwhile.
                Err(error) if is_timeout(&error) => self.wait_at_most(source)?,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(broken(error)),
            }
        }
    }

    /// Has reads of it wait for as long as silence may go on, or until it has to be looked at again.
    fn wait_at_most(&self, source: &TcpStream) -> Result<(), RelayEnd> {
        source.set_read_timeout(Some(self.left()?.min(GLANCE))).map_err(broken)
    }

    fn send(&self, mut to: &TcpStream, mut bytes: &[u8]) -> Result<(), RelayEnd> {
        while !bytes.is_empty() {
            match to.write(bytes) {
                Ok(written) => {
                    self.touch();
                    bytes = &bytes[written..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if is_timeout(&error) => {
                    self.left()?;
                }
                Err(error) => return Err(broken(error)),
            }
        }
        Ok(())
    }

    fn count(&self, from: usize, read: usize) -> Result<(), RelayEnd> {
        self.touch();
        let read = counted(read);
        let mine = self.carried[from].fetch_add(read, Ordering::Relaxed) + read;
        let all = mine.saturating_add(self.carried[1 - from].load(Ordering::Relaxed));
        if all > self.limits.bytes { Err(RelayEnd::Bytes) } else { Ok(()) }
    }

    fn touch(&self) {
        self.moved.store(millis(self.began.elapsed()), Ordering::Relaxed);
    }

    /// How long silence may go on from here.
    fn left(&self) -> Result<Duration, RelayEnd> {
        let now = self.began.elapsed();
        let time = self.limits.time.checked_sub(now).filter(|left| !left.is_zero());
        let silent = now.saturating_sub(Duration::from_millis(self.moved.load(Ordering::Relaxed)));
        let idle = self.limits.idle_time.checked_sub(silent).filter(|left| !left.is_zero());
        match (time, idle) {
            (None, _) => Err(RelayEnd::Time),
            (_, None) => Err(RelayEnd::Idle),
            (Some(time), Some(idle)) => Ok(time.min(idle).max(TICK)),
        }
    }

    /// Ends both directions.
    fn stop(&self, why: RelayEnd) {
        self.end.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(why);
        for end in self.ends {
            // One that is closed already needs no closing.
            drop(end.shutdown(Shutdown::Both));
        }
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn broken(error: io::Error) -> RelayEnd {
    RelayEnd::Broken(error.kind())
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
