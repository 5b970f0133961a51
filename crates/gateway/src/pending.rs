//! Requests to the cell that wait for their answers.

use std::collections::BTreeMap;

use aether_protocol::v1::method;

/// What a request was, and so what its answer must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pending {
    Hello,
    Load,
    Compile,
    Call { progress: u32, pieces: Pieces, extended_ms: u64 },
    Event,
}

/// What is under way of a result in pieces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    /// How many may be unanswered; none where it is not wanted in pieces.
    pub(crate) credits: u32,
    /// How many are.
    unanswered: u32,
}

impl Pieces {
    pub(crate) const fn of(credits: u32) -> Self {
        Self { credits, unanswered: 0 }
    }
}

impl Pending {
    /// The method that was asked for.
    pub(crate) const fn method(self) -> &'static str {
        match self {
            Self::Hello => method::HELLO,
            Self::Load => method::LOAD,
            Self::Compile => method::COMPILE,
            Self::Call { .. } => method::CALL,
            Self::Event => method::EVENT,
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

    /// How much longer than its limit a call may take with this much more.
    pub(crate) fn extended_by(&self, id: u64, ms: u64) -> u64 {
        match self.requests.get(&id) {
            Some(Pending::Call { extended_ms, .. }) => extended_ms.saturating_add(ms),
            _ => ms,
        }
    }

    /// A call has this much more.
    pub(crate) fn extend(&mut self, id: u64, ms: u64) {
        if let Some(Pending::Call { extended_ms, .. }) = self.requests.get_mut(&id) {
            *extended_ms = extended_ms.saturating_add(ms);
        }
    }

    /// The credits of a call, if it is open.
    pub(crate) fn credits(&self, id: u64) -> Option<u32> {
        match self.requests.get(&id) {
            Some(Pending::Call { pieces, .. }) => Some(pieces.credits),
            _ => None,
        }
    }

    /// Takes a credit of a call for a piece; false when there is none left.
    pub(crate) fn take_credit(&mut self, id: u64) -> bool {
        match self.requests.get_mut(&id) {
            Some(Pending::Call { pieces, .. }) if pieces.unanswered < pieces.credits => {
                pieces.unanswered += 1;
                true
            }
            _ => false,
        }
    }

    /// Gives a credit back, if the call is still open.
    pub(crate) fn give_credit(&mut self, id: u64) {
        if let Some(Pending::Call { pieces, .. }) = self.requests.get_mut(&id) {
            pieces.unanswered = pieces.unanswered.saturating_sub(1);
        }
    }

    /// Whether another progress note of this call is passed on; `None` when there is no such call.
    pub(crate) fn count_progress(&mut self, id: u64, most: u32) -> Option<bool> {
        match self.requests.get_mut(&id) {
            Some(Pending::Call { progress, .. }) => {
                *progress = progress.saturating_add(1);
                Some(*progress <= most)
            }
            _ => None,
        }
    }
}
