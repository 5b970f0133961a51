//! What the host and the cell's program say to each other until the cell is sealed.
//!
//! One JSON value per line on a pair of sockets, since macOS has no sockets that keep packets apart and
//! in order: the [`Orders`], then [`Word`]s back. Both ends are our own code; no plugin byte has been
//! read yet.

use serde::{Deserialize, Serialize};

use crate::{Limits, Line, Native, Protection};

/// How to confine.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Orders {
    pub(super) limits: Limits,
    pub(super) optional: Vec<Protection>,
    /// The Seatbelt profile; `None` for `--unsafe`: nothing is confined.
    pub(super) profile: Option<String>,
    /// What a native cell is to run.
    pub(super) native: Option<Box<Native>>,
}

/// What the cell tells.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Word {
    /// How protections stand.
    Lines(Vec<Line>),
    /// A required protection failed; the process ends.
    Failed { protection: Protection, reason: String },
    /// Everything stands. A native cell waits to be let go.
    Sealed,
    /// The native program could not be executed; the error's number. The end of the channel says that
    /// it was.
    NotExecuted(i32),
}

/// Lets a native cell go on.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Go;
