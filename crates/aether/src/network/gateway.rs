//! The one egress gateway of a host, made when it is first needed.

use std::io;
use std::sync::{Arc, Mutex};

use aether_egress::{Config, Egress};

use crate::host::lock;

/// The gateway, or what it will be made of: its thread and its authority cost as much as the start
/// of a program, and most programs never connect.
#[derive(Debug)]
pub(crate) struct Gateway {
    config: Config,
    started: Mutex<Option<Arc<Egress>>>,
}

impl Gateway {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, started: Mutex::default() }
    }

    /// Whether it runs.
    pub(crate) fn is_started(&self) -> bool {
        lock(&self.started).is_some()
    }

    /// The gateway, running.
    pub(crate) fn get(&self) -> io::Result<Arc<Egress>> {
        let mut started = lock(&self.started);
        if let Some(egress) = &*started {
            return Ok(Arc::clone(egress));
        }
        let egress = Arc::new(Egress::start(self.config.clone())?);
        Ok(Arc::clone(started.insert(egress)))
    }
}
