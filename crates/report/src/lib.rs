//! What is said about a run when it is over: one [`RunRecord`] in; a web page, JSON, SARIF, a
//! Mermaid chart, a trace or text for a terminal out.
//!
//! The crate is pure. It reads no file, loads nothing from the network, knows no clock, and shows
//! nothing that is not in the record. Plugins put words into a record (names, paths, messages), so
//! every text is escaped for its sink as the last step, and cut to a length. It depends on
//! `aether-source` alone among Aether's crates.

#![forbid(unsafe_code)]

mod html;
mod json;
mod limits;
mod mermaid;
mod record;
mod rules;
mod sarif;
mod schema;
mod tally;
mod text;
mod trace;
mod words;

pub use html::html;
pub use json::{ParseError, json, parse};
pub use limits::{MAX_LONG_TEXT, MAX_PAGE, MAX_RECORD, MAX_ROWS, MAX_SHOWN_TEXT};
pub use mermaid::mermaid;
pub use record::{
    AuditCheck, AuditState, AuditUse, CellRecord, ChangeKind, ChangeRecord, Edge, EgressRecord,
    ElevationRecord, Exit, ExitKind, FindingRecord, GrantUse, LadderStep, Layer, Location, Message,
    MountRecord, NO_EXIT_CODE, Occurrence, Outcome, OutcomeKind, Plugin, PolicyUse, Protection,
    ProtectionState, Resources, RunRecord, Rung, SCHEMA, Sample, Shared, SharedKind, Verdict,
    Violation,
};
pub use rules::{RULES, Rule, rule};
pub use sarif::{MAX_SARIF_RESULTS, MAX_SARIF_RULES, sarif};
pub use schema::schema;
pub use text::text;
pub use trace::trace;
