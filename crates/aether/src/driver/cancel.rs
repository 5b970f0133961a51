//! What becomes of calls that their callers have cancelled.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};

use super::end::broken;
use super::{OpenCall, Running};
use crate::call::CallError;
use crate::{Ending, Event, Limit};

/// How long a cell may take to answer a call that was cancelled. An honest plugin needs it to tidy
/// up; one that ignores its host would else work on for nobody until the call's own limit.
const CANCEL_GRACE: Duration = Duration::from_secs(2);

impl OpenCall {
    /// Whether its caller has cancelled it, also where the cell has not been told yet.
    pub(super) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::SeqCst)
    }
}

impl Running {
    /// Tells the cell of the calls that were cancelled since this was last asked. From then on each
    /// has less time.
    pub(super) fn cancel_calls(&mut self) -> Result<(), Ending> {
        let untold = |open: &OpenCall| open.is_cancelled() && !open.told;
        let untold: Vec<u64> =
            self.calls.iter().filter(|(_, open)| untold(open)).map(|(id, _)| *id).collect();
        for id in untold {
            let busy_until = self.busy_until(id);
            let grace = self.driver.watched.now() + CANCEL_GRACE;
            let Some(open) = self.calls.get_mut(&id) else { continue };
            open.told = true;
            // One plugin must not have another ended that is busy for a third.
            let until = busy_until.filter(|_| open.by_plugin).map_or(grace, |busy| busy.max(grace));
            if until < open.until {
                open.until = until;
                open.late = Limit::Cancellation(CANCEL_GRACE);
            }
            let method = open.method.clone();
            self.note_cancelled(&method)?;
            let line = self.driver.door.cancel(id).map_err(|error| broken(&error))?;
            self.send(line)?;
        }
        self.release_cancelled();
        self.drop_unwanted()?;
        Ok(())
    }

    /// A call has begun that may last so long. One plugin must not have another ended that is busy for
    /// a third: what it has cancelled has no less time, whichever was first.
    pub(super) fn spare_for(&mut self, until: Instant) {
        for open in self.calls.values_mut().filter(|open| open.by_plugin && open.told) {
            open.until = open.until.max(until).min(open.latest);
        }
    }

    /// Until when the cell may be busy with other calls than this one.
    fn busy_until(&self, call: u64) -> Option<Instant> {
        let others = self.calls.iter().filter(|(id, open)| **id != call && !open.is_cancelled());
        others.map(|(_, open)| open.until).max()
    }

    /// The cell has answered a call that was cancelled. Whatever it said is dropped.
    pub(super) fn ended_cancelled(&self, open: &OpenCall) -> Result<CallError, Ending> {
        if !open.told {
            self.note_cancelled(&open.method)?;
        }
        self.audit(Kind::CallEnd, "cancel", Verdict::Noted, &open.method)?;
        Ok(CallError::Cancelled)
    }

    /// Records that a caller has cancelled a call.
    pub(super) fn note_cancelled(&self, method: &str) -> Result<(), Ending> {
        self.audit(Kind::Call, "cancel", Verdict::Noted, method)?;
        self.tell(Event::Cancelled { cell: self.driver.number, method: method.to_owned() });
        Ok(())
    }
}
