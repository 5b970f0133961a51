//! The record of a run: what the host knows when it is over. The one input of every report.
//!
//! Times are milliseconds since the run began, sizes are bytes, unless a field says otherwise.

mod cell;
mod change;
mod permission;
mod resources;
mod run;
mod watch;

pub use cell::{
    CellRecord, ElevationRecord, Exit, ExitKind, MountRecord, Plugin, Protection, ProtectionState,
};
pub use change::{ChangeKind, ChangeRecord};
pub use permission::{GrantUse, Location, Occurrence, Verdict, Violation};
pub use resources::{Resources, Sample};
pub use run::{
    AuditCheck, AuditState, AuditUse, Edge, Message, NO_EXIT_CODE, Outcome, OutcomeKind, PolicyUse,
    RunRecord, SCHEMA, Shared, SharedKind,
};
pub use watch::{EgressRecord, FindingRecord, LadderStep, Layer, Rung};
