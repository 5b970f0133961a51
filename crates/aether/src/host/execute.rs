//! Running a program that knows nothing of Aether.

use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::launch::Manner;
use super::start::{StartError, StartOptions, start_failure};
use super::{Host, lock};
use crate::driver::{ProgramLimits, Streams};
use crate::{Ending, Plugin};

impl Host {
    /// Runs a command, made by [`Plugin::of_command`], under its grant until it has ended. It knows
    /// nothing of its host: it finds files where they are, writes into layers, and what it prints
    /// and reads is carried.
    ///
    /// # Errors
    /// [`StartError`]; nothing has run then.
    pub fn execute(
        &self,
        command: &Plugin,
        options: &StartOptions,
        folder: &Path,
        limits: ProgramLimits,
        streams: Streams,
    ) -> Result<Ending, StartError> {
        let (door, runs_system) = (aether_container::Door::Closed, true);
        let (offered, command_of) = (false, None);
        let manner = Manner {
            door,
            folder,
            runs_system,
            offered,
            command: command_of,
            compiles: None,
            makes: None,
            in_host: false,
        };
        self.execute_as(command, options, manner, (limits, streams))
    }

    /// The same, in the manner that is said.
    pub(super) fn execute_as(
        &self,
        command: &Plugin,
        options: &StartOptions,
        manner: Manner<'_>,
        carried: (ProgramLimits, Streams),
    ) -> Result<Ending, StartError> {
        let finished = Arc::new(Mutex::new(None));
        let is_command = manner.command.is_some();
        let number = self.begin(command, options, &finished);
        let result = self.execute_numbered(number, command, options, manner, carried, finished);
        match &result {
            Err(error) => self.note_failure(number, start_failure(error)),
            Ok(ending) => self.note_ending(number, ending),
        }
        if is_command {
            let takes = self.changes_take(number);
            let old = lock(&self.0.commands).add(number, takes);
            old.into_iter().for_each(|old| self.forget(old));
        }
        result
    }

    fn execute_numbered(
        &self,
        number: u32,
        command: &Plugin,
        options: &StartOptions,
        manner: Manner<'_>,
        (limits, streams): (ProgramLimits, Streams),
        finished: Arc<Mutex<Option<crate::record::Final>>>,
    ) -> Result<Ending, StartError> {
        let launched = self.launched(number, command, options, &OnceLock::new(), manner)?;
        let limit = launched.grant.limits().timeout;
        // Nobody asks anything of it.
        let (_, commands) = channel();
        let driver = launched.driver(self, commands, (Duration::ZERO, false), finished);
        self.0
            .listener
            .tell(&crate::Event::Started { cell: number, plugin: command.identity().name.clone() });
        let ending = driver.run_program(limit, limits, streams);
        lock(&self.0.running).remove(&number);
        self.let_go(number);
        Ok(ending)
    }
}
