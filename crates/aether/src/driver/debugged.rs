//! A plugin that a person debugs: what goes between both, and time that stands still.

use std::time::{Duration, Instant};

use aether_audit::{Kind, Verdict};

use aether_protocol::v1::DebugAttached;

use super::Running;
use super::end::broken;
use crate::Ending;
use crate::debug::{Debugging, Said};

/// What a driver knows of the debugger at its cell.
pub(crate) struct Debugged {
    by: Debugging,
    /// One is there.
    attached: bool,
    /// One is waited for: the plugin may not begin before.
    awaited: bool,
    /// Since when the plugin's code stands still.
    stands: Option<Instant>,
}

impl Debugged {
    pub(crate) const fn new(by: Debugging, stops_first: bool) -> Self {
        Self { by, attached: false, awaited: stops_first, stands: None }
    }
}

impl Running {
    /// Passes on what the debugger says.
    pub(super) fn heed_debugger(&mut self) -> Result<(), Ending> {
        while let Some(said) = self.driver.debugged.as_ref().and_then(|debugged| debugged.by.take())
        {
            match said {
                Said::Attach => self.attach(true)?,
                Said::Detach => self.attach(false)?,
                Said::Message(message) => {
                    let lines = self.driver.door.debug(&message).map_err(|error| broken(&error))?;
                    for line in lines {
                        self.send(line)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn attach(&mut self, attached: bool) -> Result<(), Ending> {
        if !attached {
            // Its word is not waited for: without a debugger nothing stands still.
            self.stopped(false);
        }
        if let Some(debugged) = &mut self.driver.debugged {
            debugged.attached = attached;
            debugged.awaited &= !attached;
        }
        let action = if attached { "debugger-attach" } else { "debugger-detach" };
        self.write(&self.driver.auditor.event(Kind::Start, action, Verdict::Noted))?;
        let root = self.driver.debugged.as_ref().map(|debugged| debugged.by.root().to_owned());
        let said = DebugAttached { attached, root: root.unwrap_or_default() };
        let line = self.driver.door.debug_attached(&said).map_err(|error| broken(&error))?;
        self.send(line)
    }

    /// Its engine says something to the debugger.
    pub(super) fn tell_debugger(&self, message: &str) {
        if let Some(debugged) = self.driver.debugged.as_ref().filter(|debugged| debugged.attached) {
            debugged.by.hear(message);
        }
    }

    /// Its code stands still, or goes on: so does its time. Only while somebody debugs it, or is waited
    /// for: a plugin alone has no more time for saying so.
    pub(super) fn stopped(&mut self, stopped: bool) {
        let Some(debugged) = &mut self.driver.debugged else { return };
        if stopped {
            if debugged.attached || debugged.awaited {
                debugged.stands.get_or_insert_with(Instant::now);
            }
            return;
        }
        let stood = debugged.stands.take().map_or(Duration::ZERO, |since| since.elapsed());
        self.load_until += stood;
        for open in self.calls.values_mut() {
            open.until += stood;
            open.latest += stood;
        }
    }

    /// Whether its code stands still for a debugger.
    pub(super) fn is_stopped(&self) -> bool {
        self.driver.debugged.as_ref().is_some_and(|debugged| debugged.stands.is_some())
    }

    /// Whether it works for a debugger also between calls.
    pub(super) fn is_debugged(&self) -> bool {
        self.driver.debugged.as_ref().is_some_and(|debugged| debugged.attached)
    }
}
