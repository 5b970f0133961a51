//! Running a program that knows nothing of Aether.

use std::path::Path;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aether_gateway::{Auditor, Door};

use super::recipe::{quota_of, side_of};
use super::start::{StartError, StartOptions, launched, record_grant};
use super::{Host, lock};
use crate::driver::{Driver, ProgramLimits, Streams};
use crate::native::{self, Wanted};
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
        let finished = Arc::new(Mutex::new(None));
        let number = self.begin(command, options, &finished);
        let result =
            self.execute_numbered(number, command, options, folder, (limits, streams), finished);
        match &result {
            Err(error) => self.note_failure(number, super::start::start_failure(error)),
            Ok(ending) => self.note_ending(number, ending),
        }
        result
    }

    fn execute_numbered(
        &self,
        number: u32,
        command: &Plugin,
        options: &StartOptions,
        folder: &Path,
        (limits, streams): (ProgramLimits, Streams),
        finished: Arc<Mutex<Option<crate::record::Final>>>,
    ) -> Result<Ending, StartError> {
        if !self.0.confine {
            return Err(StartError::NativeUnconfined);
        }
        let places = self.places(command, options);
        let grant = Arc::new(self.obtain(number, command, options, &places)?);
        self.update(number, |started| {
            started.grant = Some(Arc::clone(&grant));
            started.places = Some(places.clone());
        });
        let auditor = Auditor::new(self.0.log.clone(), &command.identity().name, number);
        record_grant(&auditor, &grant, &places)?;
        let services = self.services(command, &grant, &places)?;
        let (network, reach) = self.network(&grant, &auditor)?;
        let wanted = Wanted {
            plugin: command,
            grant: &grant,
            places: &places,
            reach: &reach,
            door: aether_container::Door::Closed,
            folder,
            runs_system: true,
        };
        let prepared = native::prepare(wanted, &self.0.shelf);
        let prepared = prepared.map_err(StartError::native(command))?;
        let side = side_of(&prepared.native, prepared.layers, &grant);
        let recipe = self.recipe_for(&grant, prepared.native);
        let cell = launched(self, number, &auditor, &recipe)?;
        self.watch_over(number, cell.killer())?;
        let limit = grant.limits().timeout;
        // Nobody asks anything of it.
        let (_, commands) = channel();
        let driver = Driver {
            number,
            plugin: command.identity().name.clone(),
            cell,
            door: Door::new(Arc::clone(&grant), services, auditor.clone()).without_files(),
            native: Some(side),
            network: Some(network),
            quota: quota_of(&grant),
            auditor,
            commands,
            listener: self.0.listener.clone(),
            memory: grant.limits().memory,
            load_limit: Duration::ZERO,
            compile_only: false,
            interrupted: Arc::clone(&self.0.interrupted),
            finished,
        };
        self.0
            .listener
            .tell(&crate::Event::Started { cell: number, plugin: command.identity().name.clone() });
        let ending = driver.run_program(limit, limits, streams);
        lock(&self.0.running).remove(&number);
        Ok(ending)
    }
}
