//! Platforms whose container is not written yet: the same interface, which refuses.

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use crate::{
    Dropped, EnterError, Exit, Interest, LaunchError, LaunchOptions, Limit, Posture, Program,
    Ready, Received, Recipe, Role, Stream, Survey, SyscallAttempt, Usage, Workload,
};

pub use super::nothing::{Inlet, Spare};

const WHY: &str = "cells are confined on Linux, Windows and macOS alone";

/// No descriptor exists here.
#[derive(Debug)]
pub struct Descriptor(Infallible);

impl Descriptor {
    /// The borrowed form is the same: there is none.
    #[must_use]
    pub const fn as_fd(&self) -> &Self {
        self
    }
}

/// No cell exists here.
#[derive(Debug)]
pub struct Cell(Infallible);

/// No killer exists here.
#[derive(Clone, Debug)]
pub struct Killer(Infallible);

impl Killer {
    /// Cannot be called.
    pub fn kill(&self) {
        match self.0 {}
    }
}

/// No waker exists here.
#[derive(Clone, Debug)]
pub struct Waker(Infallible);

/// Refuses.
///
/// # Errors
/// Always [`LaunchError::Unsupported`].
pub fn launch(_: &Recipe) -> Result<Cell, LaunchError> {
    Err(LaunchError::Unsupported(WHY))
}

/// Refuses.
///
/// # Errors
/// Always [`LaunchError::Unsupported`].
pub fn launch_with(_: &Recipe, _: LaunchOptions) -> Result<Cell, LaunchError> {
    Err(LaunchError::Unsupported(WHY))
}

/// Refuses.
///
/// # Errors
/// Always [`LaunchError::Unsupported`].
pub fn probe(_: Program, _: Workload) -> Result<Posture, LaunchError> {
    Err(LaunchError::Unsupported(WHY))
}

/// Never.
#[must_use]
pub const fn is_cell() -> bool {
    false
}

/// Refuses.
///
/// # Errors
/// Always [`EnterError::NotLaunched`].
pub fn enter() -> Result<Role, EnterError> {
    Err(EnterError::NotLaunched)
}

/// Refuses.
///
/// # Errors
/// Always `Unsupported`.
pub fn memory_file(_: &[u8]) -> io::Result<Descriptor> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Cannot be called.
///
/// # Errors
/// Never returns.
pub fn read_memory_file(file: &Descriptor, _: u64) -> io::Result<Vec<u8>> {
    match file.0 {}
}

/// No memory file exists here.
#[derive(Debug)]
pub struct Sealed(Infallible);

impl Sealed {
    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn adopt(file: &Descriptor, _: u64) -> io::Result<Option<Self>> {
        match file.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub const fn size(&self) -> u64 {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn descriptor(&self) -> io::Result<Descriptor> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        match self.0 {}
    }
}

impl Waker {
    /// Cannot be called.
    pub fn wake(&self) {
        match self.0 {}
    }
}

impl Cell {
    /// Cannot be called.
    #[must_use]
    pub fn pid(&self) -> i32 {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn posture(&self) -> &Posture {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn killer(&self) -> Killer {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn waker(&self) -> Waker {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn wait(&mut self, _: Duration, _: Interest) -> io::Result<Ready> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn receive(&self, _: &mut [u8]) -> io::Result<Received> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn send(&self, _: &[u8], _: &[&Descriptor]) -> io::Result<usize> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn read_output(&mut self, _: Stream, _: &mut [u8]) -> io::Result<usize> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn next_syscall(&mut self) -> io::Result<Option<SyscallAttempt>> {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn dropped_syscalls(&self) -> Dropped {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn kill(&self) {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn take_proxy(&mut self) -> Option<std::net::TcpListener> {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn take_inlets(&mut self) -> Vec<Inlet> {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn try_exit(&mut self) -> Option<Exit> {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn usage(&mut self) -> Usage {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn set_cpu(&mut self, _: Option<u32>) -> io::Result<()> {
        match self.0 {}
    }

    /// Cannot be called.
    ///
    /// # Errors
    /// Never returns.
    pub fn freeze(&mut self, _: bool) -> io::Result<()> {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub const fn is_frozen(&self) -> bool {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn survey(&mut self) -> Survey {
        match self.0 {}
    }

    /// Cannot be called.
    pub fn govern(&mut self) -> Option<Duration> {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn overstepped(&self) -> Option<Limit> {
        match self.0 {}
    }
}
