//! One step, ready to run.

use std::any::Any;
use std::convert::Infallible;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use aether_manifest::Permissions;
use aether_path::VirtualPath;
use serde_json::Value as Json;

use super::StepError;
use crate::evaluate::{Scope, evaluate};
use crate::{EvaluateError, Plan, Step};

/// What runs steps: the facade, or a test.
pub trait StepRunner: Sync {
    /// Why a step failed.
    type Error: Send;

    /// Runs one step to its end and gives its result. Called from several threads at once.
    fn run(&self, request: StepRequest<'_>) -> Result<Json, Self::Error>;
}

/// What to run.
#[derive(Debug)]
pub struct StepRequest<'a> {
    /// The step.
    pub step: &'a Step,
    /// The plugin's folder.
    pub plugin: PathBuf,
    /// The method to call.
    pub method: &'a str,
    /// The method's input.
    pub input: Json,
    /// What the cell sees of the host.
    pub mounts: Vec<ResolvedMount>,
    /// Wall time, when the step sets one.
    pub timeout: Option<Duration>,
    /// What the step leaves of the plugin's request, when it narrows it.
    pub permissions: Option<&'a Permissions>,
}

/// A host folder or file at a virtual path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvedMount {
    /// Where the cell sees it.
    pub at: VirtualPath,
    /// Where it is on the host.
    pub host: PathBuf,
}

/// Evaluates what a step is given.
pub(super) fn prepare<'a, E>(
    plan: &'a Plan,
    step: &'a Step,
    scope: Scope<'_>,
) -> Result<StepRequest<'a>, StepError<E>> {
    let mounts = resolve_mounts(plan, step, scope)?;
    Ok(StepRequest {
        step,
        plugin: plan.plugin_folder(step),
        method: &step.method,
        input: evaluate(&step.with, scope).map_err(StepError::Evaluate)?,
        mounts,
        timeout: step.timeout,
        permissions: step.permissions.as_ref(),
    })
}

/// The mounts of a step before anything has run. They use inputs only, so they are known then; a
/// policy may have to be asked about them.
pub fn mounts(plan: &Plan, step: &Step) -> Result<Vec<ResolvedMount>, EvaluateError> {
    let nothing = |_| None;
    let scope =
        Scope { source: &plan.source, inputs: &plan.inputs, steps: &plan.steps, settled: &nothing };
    let resolved = resolve_mounts::<Infallible>(plan, step, scope);
    resolved.or_else(|error| match error {
        StepError::Evaluate(error) => Err(error),
        // Said with the step when it begins.
        _ => Ok(Vec::new()),
    })
}

fn resolve_mounts<E>(
    plan: &Plan,
    step: &Step,
    scope: Scope<'_>,
) -> Result<Vec<ResolvedMount>, StepError<E>> {
    let mut mounts = Vec::with_capacity(step.mounts.len());
    for mount in &step.mounts {
        let value = evaluate(&mount.host, scope).map_err(StepError::Evaluate)?;
        let host = host_path(&plan.folder, &value);
        let host = host.ok_or_else(|| StepError::Mount { at: mount.at.as_str().to_owned() })?;
        mounts.push(ResolvedMount { at: mount.at.clone(), host });
    }
    Ok(mounts)
}

/// A text that can be a path: not empty, without NUL. Numbers and booleans are no paths.
fn host_path(folder: &Path, value: &Json) -> Option<PathBuf> {
    let text = value.as_str().filter(|text| !text.is_empty() && !text.contains('\0'))?;
    Some(folder.join(text))
}

/// Runs a step. A panic in the runner ends the step, not the run: the other steps and the report
/// survive it.
pub(super) fn run_caught<R: StepRunner>(
    runner: &R,
    request: StepRequest<'_>,
) -> Result<Json, StepError<R::Error>> {
    match catch_unwind(AssertUnwindSafe(|| runner.run(request))) {
        Ok(result) => result.map_err(StepError::Run),
        Err(payload) => Err(StepError::Panicked(panic_text(payload.as_ref()))),
    }
}

fn panic_text(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "no message".to_owned())
}
