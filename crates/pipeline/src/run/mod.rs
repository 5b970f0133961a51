//! Taking the steps of a plan through a runner.

mod schedule;
mod step;

use std::fmt;
use std::time::Duration;

use serde_json::Value as Json;

use crate::{EvaluateError, Plan, Step};

pub use schedule::{Options, run};
pub use step::{ResolvedMount, StepRequest, StepRunner, mounts};

/// How a step ended.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome<E> {
    /// With this result.
    Ok(Json),
    /// Not as it should.
    Failed(StepError<E>),
    /// Before it began.
    Skipped(SkipReason),
}

impl<E> Outcome<E> {
    /// The word expressions see: `ok`, `failed` or `skipped`.
    pub fn as_str(&self) -> &'static str {
        match self {
            Outcome::Ok(_) => "ok",
            Outcome::Failed(_) => "failed",
            Outcome::Skipped(_) => "skipped",
        }
    }
}

/// Why a step failed.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StepError<E> {
    /// What it is to be given has no value.
    #[error("its input cannot be made: {0}")]
    Evaluate(EvaluateError),
    /// A mount's text is not a path.
    #[error("the mount at `{at}` is not a path on this machine")]
    Mount {
        /// The virtual path.
        at: String,
    },
    /// The runner says so.
    #[error("{0}")]
    Run(E),
    /// The system gives no thread to run it on.
    #[error("no thread to run it on: {0}")]
    Thread(std::io::ErrorKind),
    /// The runner panicked, which is a bug in it, not in the plugin.
    #[error("the host's own code panicked: {0}")]
    Panicked(String),
}

/// Why a step was not begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SkipReason {
    /// A step it needs failed.
    Failed {
        /// That step.
        step: String,
    },
    /// A step it needs was itself skipped.
    Skipped {
        /// That step.
        step: String,
    },
    /// The run was cancelled.
    Cancelled,
}

impl fmt::Display for SkipReason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SkipReason::Failed { step } => write!(out, "step `{step}` failed"),
            SkipReason::Skipped { step } => write!(out, "step `{step}` was skipped"),
            SkipReason::Cancelled => out.write_str("the run was cancelled"),
        }
    }
}

/// What happens during a run, in order.
#[derive(Debug)]
pub enum Event<'a, E> {
    /// A step begins.
    Started {
        /// The step.
        step: &'a Step,
    },
    /// A step ended, with a result or an error.
    Ended {
        /// The step.
        step: &'a Step,
        /// How.
        outcome: &'a Outcome<E>,
        /// How long it took.
        elapsed: Duration,
    },
    /// A step will not begin.
    Skipped {
        /// The step.
        step: &'a Step,
        /// Why.
        reason: &'a SkipReason,
    },
}

/// How a run ended.
#[derive(Debug)]
pub struct RunReport<E> {
    /// By index of the step.
    pub steps: Vec<StepReport<E>>,
    /// What the pipeline gives back, if its file says so.
    pub output: Option<Result<Json, EvaluateError>>,
    /// Whether it was cancelled.
    pub cancelled: bool,
}

/// How a step ended, and how long it took.
#[derive(Debug)]
pub struct StepReport<E> {
    /// Its name.
    pub id: String,
    /// How it ended.
    pub outcome: Outcome<E>,
    /// How long it took; zero when it was skipped.
    pub elapsed: Duration,
    /// Whether its failing is tolerated (`continue-on-error`).
    pub tolerated: bool,
}

impl<E> RunReport<E> {
    /// Whether every step ended with a result or failed where the file says to go on, nothing was
    /// skipped, and there is an output if there should be one.
    pub fn is_ok(&self) -> bool {
        let fine = |step: &StepReport<E>| match &step.outcome {
            Outcome::Ok(_) => true,
            Outcome::Failed(_) => step.tolerated,
            Outcome::Skipped(_) => false,
        };
        self.steps.iter().all(fine) && !matches!(self.output, Some(Err(_)))
    }

    /// The steps that failed where the file does not say to go on, in the order of the file.
    pub fn failures(&self) -> impl Iterator<Item = (&StepReport<E>, &StepError<E>)> {
        self.steps.iter().filter_map(|step| match &step.outcome {
            Outcome::Failed(error) if !step.tolerated => Some((step, error)),
            _ => None,
        })
    }

    /// How a step ended.
    pub fn step(&self, id: &str) -> Option<&StepReport<E>> {
        self.steps.iter().find(|step| step.id == id)
    }
}

impl<E> StepReport<E> {
    fn new(plan: &Plan, index: usize, outcome: Outcome<E>, elapsed: Duration) -> Self {
        let step = plan.steps.get(index);
        StepReport {
            id: step.map(|step| step.id.clone()).unwrap_or_default(),
            outcome,
            elapsed,
            tolerated: step.is_some_and(|step| step.continue_on_error),
        }
    }
}
