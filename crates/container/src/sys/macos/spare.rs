//! Processes made ahead: none here.

use std::convert::Infallible;

use crate::{LaunchError, Program};

/// No spare exists here.
#[derive(Debug)]
pub struct Spare(Infallible);

impl Spare {
    /// Refuses.
    ///
    /// # Errors
    /// Always [`LaunchError::Unsupported`].
    pub fn make(_: &Program, _: bool) -> Result<Self, LaunchError> {
        Err(LaunchError::Unsupported("no process is made ahead on macOS"))
    }

    /// Cannot be called.
    #[must_use]
    pub fn pid(&self) -> i32 {
        match self.0 {}
    }

    /// Cannot be called.
    #[must_use]
    pub fn is_fit(&self) -> bool {
        match self.0 {}
    }
}
