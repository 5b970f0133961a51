//! What the host holds for a plugin beside its memory: bodies, headers, listings. Handles alone do
//! not bound it, since each may hold megabytes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::limits;

/// Bytes that are held for one instance.
#[derive(Clone, Debug, Default)]
pub(crate) struct Budget(Arc<AtomicU64>);

/// A part of what is held, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Held {
    budget: Budget,
    bytes: u64,
}

/// More would be held than may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the host would hold more than {} bytes for the plugin", limits::HELD_BYTES)]
pub(crate) struct TooMuch;

impl Budget {
    /// Holds nothing yet.
    pub(crate) fn hold(&self) -> Held {
        Held { budget: self.clone(), bytes: 0 }
    }
}

impl Held {
    /// Another part of the same budget, of so many bytes.
    pub(crate) fn another(&self, bytes: usize) -> Result<Self, TooMuch> {
        let mut held = self.budget.hold();
        held.set(bytes)?;
        Ok(held)
    }

    /// So many bytes are held from now on.
    pub(crate) fn set(&mut self, bytes: usize) -> Result<(), TooMuch> {
        let bytes = bytes as u64;
        let all = &self.budget.0;
        // One thread at a time has the instance, and with it everything that is held for it.
        let rest = all.load(Ordering::Relaxed).saturating_sub(self.bytes);
        let sum = rest.saturating_add(bytes);
        if sum > limits::HELD_BYTES && bytes > self.bytes {
            return Err(TooMuch);
        }
        all.store(sum, Ordering::Relaxed);
        self.bytes = bytes;
        Ok(())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let rest = self.budget.0.load(Ordering::Relaxed).saturating_sub(self.bytes);
        self.budget.0.store(rest, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_is_given_back() {
        let budget = Budget::default();
        let most = usize::try_from(limits::HELD_BYTES).unwrap();
        let mut held = budget.hold();
        held.set(most).unwrap();
        assert_eq!(budget.hold().set(1), Err(TooMuch));
        held.set(most - 1).unwrap();
        let other = held.another(1).unwrap();
        assert!(other.another(1).is_err());
        drop(held);
        budget.hold().set(most - 1).unwrap();
    }
}
