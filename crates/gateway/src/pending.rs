//! Requests to the cell that wait for their answers.

use std::collections::BTreeMap;

use aether_protocol::v1::method;

/// What a request was, and so what its answer must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    Hello,
    Load,
    Compile,
    Call { progress: u32 },
}

impl Pending {
    /// The method that was asked for.
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Hello => method::HELLO,
            Self::Load => method::LOAD,
            Self::Compile => method::COMPILE,
            Self::Call { .. } => method::CALL,
        }
    }
}

/// Open requests by identifier. Bounded by the host's own calls: the cell cannot add to it.
#[derive(Debug, Default)]
pub(crate) struct Open {
    next: u64,
    requests: BTreeMap<u64, Pending>,
}

impl Open {
    pub(crate) fn add(&mut self, pending: Pending) -> u64 {
        self.next += 1;
        self.requests.insert(self.next, pending);
        self.next
    }

    /// Whether the cell owes an answer.
    pub(crate) fn is_any(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Whether it is an open call.
    pub(crate) fn is_call(&self, id: u64) -> bool {
        matches!(self.requests.get(&id), Some(Pending::Call { .. }))
    }

    /// The only open call, if there is just one.
    pub(crate) fn only_call(&self) -> Option<u64> {
        let mut calls = self.requests.iter().filter(|(id, _)| self.is_call(**id));
        match (calls.next(), calls.next()) {
            (Some((id, _)), None) => Some(*id),
            _ => None,
        }
    }

    pub(crate) fn take(&mut self, id: u64) -> Option<Pending> {
        self.requests.remove(&id)
    }

    /// Whether another progress note of this call is passed on; `None` when there is no such call.
    pub(crate) fn count_progress(&mut self, id: u64, most: u32) -> Option<bool> {
        match self.requests.get_mut(&id) {
            Some(Pending::Call { progress }) => {
                *progress = progress.saturating_add(1);
                Some(*progress <= most)
            }
            _ => None,
        }
    }
}
