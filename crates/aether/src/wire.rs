//! Lines and attachments on their way to and from a cell.

use std::any::Any;
use std::collections::VecDeque;
use std::io;
#[cfg(unix)]
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use aether_container::{Cell, Descriptor, Sealed, memory_file, read_memory_file};
use aether_gateway::{Attach, Blobs, Held, Outgoing};
use aether_protocol::limits::INLINE_BYTES;

/// Bytes, attachments included, that may wait for a cell to read them; above this nothing more is
/// taken *from* it, so that a cell that asks and never reads answers fills little memory of its
/// host. One answer may exceed it: the largest payload is larger.
const WAITING_BYTES: usize = 4 << 20;

/// What a line that waits takes beside its bytes: its entry, its allocation and what those leave
/// unused. Without it, a queue of short lines would be four times as large as it is counted.
const LINE_BYTES: usize = 128;

/// How long a cell may leave waiting bytes unread before it is cut.
pub(crate) const UNREAD: Duration = Duration::from_secs(5);

/// How long nothing is sent after the system had no room for an attachment. It counts descriptors
/// under way for each user, so that another cell that leaves its answers unread can use them up.
const PAUSE: Duration = Duration::from_millis(10);

/// errno(3) of what passes by itself: no memory, no descriptors in the system or in this process,
/// no buffers, too many descriptors under way. The same numbers on every Linux we support.
#[cfg(unix)]
const CROWDED: [i32; 5] = [12, 23, 24, 105, 109];

/// The same on Windows: `ERROR_NOT_ENOUGH_MEMORY`, `ERROR_OUTOFMEMORY`, `ERROR_NO_SYSTEM_RESOURCES`,
/// `ERROR_COMMITMENT_LIMIT`.
#[cfg(windows)]
const CROWDED: [i32; 4] = [8, 14, 1450, 1455];

/// What waits to be sent.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    lines: VecDeque<Line>,
    bytes: usize,
    /// Nobody reads any more.
    closed: bool,
    /// Since when the socket has taken nothing.
    stuck_since: Option<Instant>,
    /// Until when nothing is tried.
    paused_until: Option<Instant>,
}

#[derive(Debug)]
struct Line {
    text: Vec<u8>,
    sent: usize,
    /// What goes along with the first byte; made into a memory file only when its turn comes, so
    /// that a queue holds no descriptors.
    attach: Option<Attach>,
}

impl Outbox {
    /// Whether something waits for room in the socket.
    pub(crate) fn wants_room(&self, now: Instant) -> bool {
        !self.lines.is_empty() && self.paused_until.is_none_or(|until| now >= until)
    }

    /// When room is wanted again, if it is not now.
    pub(crate) fn paused_until(&self, now: Instant) -> Option<Instant> {
        self.paused_until.filter(|until| *until > now && !self.lines.is_empty())
    }

    /// Whether so much waits that nothing more should be read from the cell.
    pub(crate) fn is_full(&self) -> bool {
        self.bytes > WAITING_BYTES
    }

    /// Whether the cell has left everything unread for too long.
    pub(crate) fn is_stuck(&self, now: Instant) -> bool {
        self.stuck_since.is_some_and(|since| now.duration_since(since) > UNREAD)
    }

    /// The cell stood still: that it read nothing meanwhile is no fault of its own.
    pub(crate) fn excuse(&mut self) {
        self.stuck_since = None;
    }

    /// Forgets what waits, and takes no more.
    pub(crate) fn close(&mut self) {
        *self = Self { closed: true, ..Self::default() };
    }

    pub(crate) fn push(&mut self, outgoing: Outgoing) {
        if self.closed {
            return;
        }
        let Outgoing { line, attach } = outgoing;
        self.bytes += LINE_BYTES + line.len() + attach.as_ref().map_or(0, weight);
        self.lines.push_back(Line { text: line, sent: 0, attach });
    }

    /// Sends as much as the socket takes.
    pub(crate) fn flush(&mut self, cell: &Cell) -> io::Result<()> {
        self.flush_by(Instant::now(), |line| {
            let file: Option<Descriptor> = line.attach.as_ref().map(descriptor).transpose()?;
            let descriptors: Vec<_> = file.iter().map(|file| file.as_fd()).collect();
            cell.send(&line.text[line.sent..], &descriptors)
        })
    }

    fn flush_by(
        &mut self,
        now: Instant,
        mut send: impl FnMut(&Line) -> io::Result<usize>,
    ) -> io::Result<()> {
        while self.wants_room(now)
            && let Some(line) = self.lines.front_mut()
        {
            match send(line) {
                Ok(count) => {
                    // Descriptors go with the first byte.
                    self.bytes -= count + line.attach.take().map_or(0, |all| weight(&all));
                    line.sent += count;
                    (self.stuck_since, self.paused_until) = (None, None);
                    if line.sent == line.text.len() {
                        self.bytes -= LINE_BYTES;
                        self.lines.pop_front();
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.stuck_since.get_or_insert(now);
                    return Ok(());
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.raw_os_error().is_some_and(|code| CROWDED.contains(&code)) => {
                    self.paused_until = Some(now + PAUSE);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// What an attachment that waits counts for. A memory file counts as if it were bytes: where it has
/// been dropped meanwhile, the line that waits is what keeps it.
fn weight(attach: &Attach) -> usize {
    usize::try_from(attach.size()).unwrap_or(usize::MAX)
}

/// A memory file for the cell alone, or one of the same memory.
fn descriptor(attach: &Attach) -> io::Result<Descriptor> {
    match attach {
        Attach::Bytes(bytes) => memory_file(bytes),
        Attach::Held(held) => match (&**held as &dyn Any).downcast_ref::<Memory>() {
            Some(Memory(sealed)) => sealed.descriptor(),
            None => memory_file(&held.read().map_err(io::Error::other)?),
        },
    }
}

/// A memory file that a cell sent, held as it is.
#[derive(Debug)]
struct Memory(Sealed);

impl Held for Memory {
    fn size(&self) -> u64 {
        self.0.size()
    }

    fn read(&self) -> Result<Vec<u8>, String> {
        self.0.read().map_err(|error| error.to_string())
    }
}

/// Bytes of the host's own in a memory file that nobody can change.
pub(crate) fn held(bytes: &[u8]) -> io::Result<Arc<dyn Held>> {
    let size = bytes.len() as u64;
    match Sealed::adopt(&memory_file(bytes)?, size)? {
        Some(sealed) => Ok(Arc::new(Memory(sealed))),
        None => Err(io::Error::other("a memory file cannot be sealed for good")),
    }
}

/// Descriptors that arrived and wait for their line to claim them.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    descriptors: VecDeque<Descriptor>,
}

impl Inbox {
    /// Takes descriptors in; false when more wait than an honest cell ever sends.
    pub(crate) fn push(&mut self, arrived: Vec<Descriptor>) -> bool {
        self.descriptors.extend(arrived);
        self.descriptors.len() <= aether_protocol::limits::DESCRIPTORS
    }

    fn next(&mut self) -> Result<Descriptor, String> {
        let file = self.descriptors.pop_front();
        file.ok_or_else(|| "a blob without an attached descriptor".to_owned())
    }

    /// Drops what no line claimed; whether there was any.
    pub(crate) fn discard(&mut self) -> bool {
        let any = !self.descriptors.is_empty();
        self.descriptors.clear();
        any
    }
}

impl Blobs for Inbox {
    fn claim(&mut self, size: u64) -> Result<Vec<u8>, String> {
        let file = self.next()?;
        read_memory_file(&file, size).map_err(|error| error.to_string())
    }

    fn keep(&mut self, size: u64) -> Result<Attach, String> {
        let file = self.next()?;
        // A small one is not worth a descriptor of the host's.
        if size > INLINE_BYTES as u64
            && let Some(sealed) = Sealed::adopt(&file, size).map_err(|error| error.to_string())?
        {
            return Ok(Attach::Held(Arc::new(Memory(sealed))));
        }
        read_memory_file(&file, size).map(Attach::Bytes).map_err(|error| error.to_string())
    }

    fn skip(&mut self) -> Result<(), String> {
        self.next().map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn large() -> Outgoing {
        Outgoing { line: b"x\n".to_vec(), attach: Some(Attach::Bytes(vec![0; WAITING_BYTES + 1])) }
    }

    #[test]
    fn a_closed_outbox_is_never_full() {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        outbox.push(large());
        assert!(outbox.is_full() && outbox.wants_room(now));
        outbox.close();
        outbox.push(large());
        assert!(!outbox.is_full() && !outbox.wants_room(now));
    }

    #[test]
    fn short_lines_are_counted_for_what_they_take() {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        let mut lines = 0;
        while !outbox.is_full() {
            outbox.push(Outgoing { line: b"x\n".to_vec(), attach: None });
            lines += 1;
        }
        assert!(lines <= WAITING_BYTES / LINE_BYTES);
        outbox.flush_by(now, |_| Ok(1)).unwrap();
        assert_eq!((outbox.bytes, outbox.lines.len()), (0, 0));
    }

    #[test]
    fn a_crowded_system_is_waited_for() {
        let now = Instant::now();
        let mut outbox = Outbox::default();
        outbox.push(large());
        outbox
            .flush_by(now, |_| Err(io::Error::from_raw_os_error(CROWDED[CROWDED.len() - 1])))
            .unwrap();
        assert!(!outbox.wants_room(now) && outbox.wants_room(now + PAUSE));
        assert_eq!(outbox.paused_until(now), Some(now + PAUSE));
        assert_eq!(outbox.paused_until(now + PAUSE), None);
        outbox.flush_by(now, |_| panic!("too early")).unwrap();
        outbox.flush_by(now + PAUSE, |line| Ok(line.text.len())).unwrap();
        assert!(!outbox.wants_room(now + PAUSE) && !outbox.is_full());
        outbox.push(large());
        assert!(outbox.flush_by(now, |_| Err(io::ErrorKind::BrokenPipe.into())).is_err());
    }
}
