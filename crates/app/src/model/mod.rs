//! What pages are told, as JSON: the names are in camel case, as pages write them.
//!
//! Texts that come from plugins stand as they are. A page shows them as text, never as markup.

mod event;
mod install;
mod run;

pub use event::{Event, LifeState, Question, QuestionKind};
pub use install::{
    Answers, Asked, Difference, Files, Inspection, Installed, LimitAsked, LimitRaised, Outcome,
    Plugin, PolicyAnswer, PolicySays, Problem, Review, Right, Version, Widened,
};
pub use run::{
    Applied, AppliedOutcome, AuditCheck, AuditRecord, CallEvent, Cell, Change, Destination, Edge,
    Interactions, Metrics, PostureLine, Report, Started,
};
