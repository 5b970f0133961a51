//! Why a launch did not happen.

use std::io;

use crate::{Posture, Protection};

/// Why the host could not start a cell. Nothing is left behind in any case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LaunchError {
    /// A required protection cannot be had on this machine.
    #[error("the protection `{protection}` cannot be had: {reason}")]
    Protection {
        /// Which.
        protection: Protection,
        /// Why, with the system's error.
        reason: String,
        /// What had been reached until then.
        posture: Posture,
    },
    /// The cell's program cannot be used.
    #[error("the cell program {path} cannot be started: {error}")]
    Program {
        /// Where it was looked for.
        path: String,
        /// The system's error.
        error: io::Error,
    },
    /// The cell's program ended, or said something else, before it was sealed.
    #[error("the cell did not seal itself: {0}")]
    NotSealed(String),
    /// What the cell said of itself is not what the kernel says of it.
    #[error("the cell's posture does not hold: {0}")]
    Mismatch(String),
    /// A system call that sets up the launch failed.
    #[error("{step}: {error}")]
    System {
        /// What was being done.
        step: &'static str,
        /// The system's error.
        error: io::Error,
    },
    /// The host's own tree cannot give a native program what only a root of its own could.
    #[error("without user namespaces there is no {what}: {why}")]
    Rootless {
        /// What was granted.
        what: String,
        /// Why it cannot be had, as a sentence fragment.
        why: String,
    },
    /// The recipe asks for a broker and none was given.
    #[error("the recipe asks for a broker and none was given")]
    NoBroker,
    /// This platform has no container yet, or its own cannot do that.
    #[error("this platform cannot do that: {0}")]
    Unsupported(&'static str),
}

impl LaunchError {
    pub(crate) fn system(step: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |error| Self::System { step, error }
    }
}

/// Why a process could not become a cell. The process must end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EnterError {
    /// It was not started by [`crate::launch`].
    #[error("this program is a cell and is started by a host, not by hand")]
    NotLaunched,
    /// A step of the confinement failed; the host was told.
    #[error("confinement failed at `{protection}`: {reason}")]
    Protection {
        /// Which protection.
        protection: Protection,
        /// Why.
        reason: String,
    },
    /// The launch channel broke.
    #[error("the launch channel broke: {0}")]
    Channel(io::Error),
}
