//! From what a plugin was seen to do, the smallest manifest that covers it.
//!
//! [`Observations::of`] reads the audit log of a run, record by record; [`suggest`] gives the entries that a manifest
//! would need for it, each with its evidence and its risk, and [`Suggestion::patch`] writes them
//! into the author's text; [`tighten`] finds what is asked for and was not used. The crate decides
//! nothing, grants nothing and does no I/O: a person reads what it suggests before anything is
//! changed. All that it reads was caused by the plugin, which may have wanted a wide suggestion. Of
//! Aether's crates it depends on `audit`, `manifest`, `path`, `policy` and `source`.

#![forbid(unsafe_code)]

mod act;
mod around;
mod blind;
mod cover;
mod covered;
mod json;
mod limits;
mod observations;
mod options;
mod patch;
mod peaks;
mod risk;
mod suggest;
mod text;
mod tighten;

pub use around::{file_to_read, without_sensitive};
pub use limits::{
    LONGEST_OBJECT, MAX_CHANGED, MAX_CLOSED, MAX_NOT_SUGGESTED, MAX_OBJECTS, MAX_OTHERS,
    MAX_SAMPLES, MAX_STAND_INS, MAX_VARIABLE,
};
pub use observations::{Observations, Observed, Use};
pub use options::Options;
pub use patch::PatchError;
pub use peaks::Peaks;
pub use suggest::{NotSuggested, SuggestedLimit, SuggestedLine, Suggestion, suggest};
pub use tighten::{Excess, Tightening, Unused, tighten};
