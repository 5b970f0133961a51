//! Records on their way from the supervisor to whoever drives the cell.

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustix::event::{EventfdFlags, eventfd};

use crate::{Address, Detail, Dropped, Place, PluginText, SyscallAttempt};

/// Bytes of records that may wait. A driver that does not take them loses the later ones, and is
/// told how many.
const QUEUE_BYTES: usize = 4 << 20;

/// Which records a record is counted with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Refused,
    Noted,
    Files,
}

/// A bounded queue with a descriptor that is readable while something is in it.
#[derive(Debug)]
pub(super) struct Queue {
    state: Mutex<State>,
    ready: OwnedFd,
}

#[derive(Debug, Default)]
struct State {
    records: VecDeque<SyscallAttempt>,
    bytes: usize,
    dropped: Dropped,
}

impl Queue {
    pub(super) fn new() -> io::Result<Self> {
        let ready = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        Ok(Self { state: Mutex::default(), ready })
    }

    pub(super) fn ready(&self) -> BorrowedFd<'_> {
        self.ready.as_fd()
    }

    pub(super) fn push(&self, kind: Kind, record: SyscallAttempt) {
        let mut state = self.state();
        let size = size(&record);
        if state.bytes + size > QUEUE_BYTES {
            count(&mut state.dropped, kind);
            return;
        }
        state.bytes += size;
        state.records.push_back(record);
        if state.records.len() == 1 {
            // Fails only when the counter is full, and then it is readable anyway.
            let _full = rustix::io::write(&self.ready, &1u64.to_ne_bytes());
        }
    }

    pub(super) fn pop(&self) -> Option<SyscallAttempt> {
        let mut state = self.state();
        let record = state.records.pop_front()?;
        state.bytes -= size(&record);
        if state.records.is_empty() {
            // The counter's value does not matter; reading resets it.
            let _reset = rustix::io::read(&self.ready, &mut [0u8; 8]);
        }
        Some(record)
    }

    pub(super) fn drop_one(&self, kind: Kind) {
        count(&mut self.state().dropped, kind);
    }

    pub(super) fn dropped(&self) -> Dropped {
        self.state().dropped
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held; if something did, the records are still whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(dropped: &mut Dropped, kind: Kind) {
    let number = match kind {
        Kind::Refused => &mut dropped.refused,
        Kind::Noted => &mut dropped.noted,
        Kind::Files => &mut dropped.files,
    };
    *number = number.saturating_add(1);
}

/// About as much memory as a record takes.
fn size(record: &SyscallAttempt) -> usize {
    let text = |text: &Option<PluginText>| text.as_ref().map_or(0, |text| text.as_bytes().len());
    let place = |place: &Place| text(&place.folder) + text(&place.path);
    let detail = match &record.detail {
        Detail::Open { place: one, .. } | Detail::Place(one) => place(one),
        Detail::Places { from, to } => place(from) + place(to),
        Detail::Execute { program, arguments, .. } => {
            let words =
                arguments.iter().map(|text| size_of::<PluginText>() + text.as_bytes().len());
            place(program) + words.sum::<usize>()
        }
        Detail::Addresses { addresses, .. } => {
            // A name is no longer than an address.
            addresses.len() * (size_of::<Address>() + 128)
        }
        Detail::Name(name) => text(name),
        Detail::Mount { source, target, kind, .. } => text(source) + text(target) + text(kind),
        Detail::Raw | Detail::Socket { .. } | Detail::Request(_) | Detail::Process(_) => 0,
    };
    size_of::<SyscallAttempt>() + record.name.len() + detail
}

#[cfg(test)]
mod tests {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    use super::*;
    use crate::{Caller, Outcome};

    fn record(bytes: usize) -> SyscallAttempt {
        SyscallAttempt {
            name: "open".to_owned(),
            arguments: [0; 6],
            outcome: Outcome::Noted,
            caller: Caller::default(),
            detail: Detail::Name(Some(PluginText::new(vec![b'x'; bytes], false))),
        }
    }

    fn is_ready(queue: &Queue) -> bool {
        poll(&mut [PollFd::new(&queue.ready, PollFlags::IN)], Some(&Timespec::default())).unwrap()
            > 0
    }

    #[test]
    fn it_is_ready_while_something_is_in_it() {
        let queue = Queue::new().unwrap();
        assert!(!is_ready(&queue));
        queue.push(Kind::Noted, record(1));
        queue.push(Kind::Noted, record(2));
        assert!(is_ready(&queue));
        assert_eq!(queue.pop(), Some(record(1)));
        assert!(is_ready(&queue));
        assert_eq!(queue.pop(), Some(record(2)));
        assert!(!is_ready(&queue));
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn what_has_no_room_is_counted() {
        let queue = Queue::new().unwrap();
        let fit = QUEUE_BYTES / size(&record(4096));
        for _ in 0..fit + 3 {
            queue.push(Kind::Files, record(4096));
        }
        queue.drop_one(Kind::Refused);
        assert_eq!(queue.dropped(), Dropped { refused: 1, noted: 0, files: 3 });
        assert_eq!(std::iter::from_fn(|| queue.pop()).count(), fit);
        queue.push(Kind::Files, record(4096));
        assert!(queue.pop().is_some(), "there is room again");
    }
}
