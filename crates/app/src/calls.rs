//! Calls under way, by who made them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use aether::Canceller;

use crate::model::CallEvent;
use crate::{Error, lock};

/// Calls that one caller has open at a time. Stops a page from taking every thread of its app.
pub const MAX_CALLS: usize = 64;

/// Longest name that a caller gives a call, in bytes.
const MAX_ID: usize = 128;

/// Where a call's pieces and progress go.
pub type Sink = dyn Fn(CallEvent) + Send + Sync;

#[derive(Debug, Default)]
pub(crate) struct Calls(Mutex<BTreeMap<(String, String), Arc<Open>>>);

/// One of them.
pub(crate) struct Open {
    cancelled: AtomicBool,
    /// Set once it has begun.
    begun: Mutex<Option<(u32, Canceller)>>,
    pub(crate) sink: Option<Box<Sink>>,
}

/// A call that is listed as long as this lives.
#[derive(Debug)]
pub(crate) struct Listed<'a> {
    calls: &'a Calls,
    key: (String, String),
    pub(crate) open: Arc<Open>,
}

impl Calls {
    pub(crate) fn list(
        &self,
        caller: &str,
        id: &str,
        sink: Option<Box<Sink>>,
    ) -> Result<Listed<'_>, Error> {
        if id.is_empty() || id.len() > MAX_ID {
            let message = format!("a call's name has 1 to {MAX_ID} bytes");
            return Err(Error::bad_input(message));
        }
        let mut all = lock(&self.0);
        let key = (caller.to_owned(), id.to_owned());
        if all.contains_key(&key) {
            return Err(Error::bad_input("a call of this name is open already"));
        }
        let own = all.range((caller.to_owned(), String::new())..);
        if own.take_while(|(key, _)| key.0 == caller).count() >= MAX_CALLS {
            return Err(Error::new("busy", format!("{MAX_CALLS} calls of this window are open"))
                .fix("wait for one of them, or cancel one"));
        }
        let (cancelled, begun) = (AtomicBool::new(false), Mutex::new(None));
        let open = Arc::new(Open { cancelled, begun, sink });
        all.insert(key.clone(), Arc::clone(&open));
        drop(all);
        Ok(Listed { calls: self, key, open })
    }

    /// Cancels a call; false where there is none of that name.
    pub(crate) fn cancel(&self, caller: &str, id: &str) -> bool {
        let open = lock(&self.0).get(&(caller.to_owned(), id.to_owned())).cloned();
        let Some(open) = open else { return false };
        open.cancel();
        true
    }

    /// Cancels all calls of a caller that is gone.
    pub(crate) fn cancel_all(&self, caller: &str) {
        let all: Vec<_> = lock(&self.0)
            .iter()
            .filter(|(key, _)| key.0 == caller)
            .map(|(_, open)| Arc::clone(open))
            .collect();
        all.iter().for_each(|open| open.cancel());
    }

    /// Tells whoever made a call how far it has come.
    pub(crate) fn progress(&self, cell: u32, call: u64, fraction: f64, message: &str) {
        let all: Vec<Arc<Open>> = lock(&self.0).values().cloned().collect();
        for open in all.iter().filter(|open| open.is(cell, call)) {
            if let Some(sink) = &open.sink {
                sink(CallEvent::Progress { fraction, message: message.to_owned() });
            }
        }
    }
}

impl Open {
    /// It has begun in this cell.
    pub(crate) fn begins(&self, cell: u32, canceller: Canceller) {
        *lock(&self.begun) = Some((cell, canceller));
        if self.cancelled.load(Ordering::SeqCst) {
            self.cancel();
        }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }

    fn cancel(&self) {
        self.cancelled.store(true, Ordering::SeqCst);
        if let Some((_, canceller)) = &*lock(&self.begun) {
            canceller.cancel();
        }
    }

    fn is(&self, cell: u32, call: u64) -> bool {
        let begun = lock(&self.begun);
        let of_cell = begun.as_ref().filter(|(own, _)| *own == cell);
        of_cell.is_some_and(|(_, canceller)| canceller.number() == Some(call))
    }
}

impl Drop for Listed<'_> {
    fn drop(&mut self) {
        lock(&self.calls.0).remove(&self.key);
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Open").field("begun", &self.begun).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_each_callers_own() {
        let calls = Calls::default();
        let one = calls.list("main", "1", None).unwrap();
        assert_eq!(calls.list("main", "1", None).unwrap_err().code, "bad-input");
        let other = calls.list("other", "1", None).unwrap();
        assert!(calls.cancel("other", "1"));
        assert!(other.open.is_cancelled() && !one.open.is_cancelled());
        drop(one);
        assert!(!calls.cancel("main", "1"));
    }

    #[test]
    fn one_caller_has_so_many_and_others_are_not_kept_from_theirs() {
        let calls = Calls::default();
        let open: Vec<_> =
            (0..MAX_CALLS).map(|id| calls.list("main", &id.to_string(), None).unwrap()).collect();
        assert_eq!(calls.list("main", "more", None).unwrap_err().code, "busy");
        calls.list("other", "more", None).unwrap();
        drop(open);
        calls.list("main", "more", None).unwrap();
        for bad in ["", &"x".repeat(MAX_ID + 1)] {
            assert_eq!(calls.list("main", bad, None).unwrap_err().code, "bad-input");
        }
    }
}
