//! Pipelines: which plugins run, in what order, and what each is given.
//!
//! [`parse`] reads a pipeline file into a checked [`Plan`] or says everything that is wrong with it;
//! [`run`] takes the steps through a [`StepRunner`] in the order their needs allow, several at once.
//! This crate does no I/O, starts no process, knows no policy, and never puts text into a shell; a
//! step's mounts never depend on what a plugin returned. Of Aether's crates it depends on `source`,
//! `path` and `manifest`.

#![forbid(unsafe_code)]

mod evaluate;
mod expression;
mod graph;
mod input;
mod plan;
mod read;
mod run;
mod schema;
mod template;

pub use evaluate::{EvaluateError, EvaluateProblem, MAX_EVALUATED};
pub use expression::{MAX_EXPRESSION, MAX_PATH};
pub use input::{Input, InputError, InputType};
pub use plan::{MAX_INPUTS, MAX_STEPS, Mount, Need, Plan, Step};
pub use read::parse;
pub use run::{
    Event, Options, Outcome, ResolvedMount, RunReport, SkipReason, StepError, StepReport,
    StepRequest, StepRunner, mounts, run,
};
pub use schema::schema;
pub use template::Template;
