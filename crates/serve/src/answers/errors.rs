//! What went wrong with a plugin, in the words of the API.

use aether::audit::LogError;
use aether::policy::grant::{Refusal as Reason, Refused};
use aether::source::Diagnostic;
use aether::{CallError, ExitCode, LoadError, PluginError, StartError};
use hyper::StatusCode;
use serde_json::{Value, json};

use super::millis;
use crate::cells::{NotLoaded, NotStarted};
use crate::refusal::Refusal;

const FIX_POLICY: &str =
    "nobody can be asked here: allow it in the policy, or agree to it before with `aether call`";

/// There is no such cell, or it has ended.
pub(crate) fn no_cell(number: u32) -> Refusal {
    Refusal::new(StatusCode::NOT_FOUND, "no-cell", format!("no cell {number} is running"))
        .fix("GET /v1/cells lists those that are")
}

/// Nothing is done that cannot be recorded.
pub(crate) fn unrecorded(error: &LogError) -> Refusal {
    let message = format!("the audit log cannot be written: {error}");
    Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "unrecorded", message)
        .fix("make room on the disk, and start the host anew")
}

/// A plugin that is not loaded.
pub(crate) fn load(error: &NotLoaded) -> Refusal {
    let refusal = Refusal::new(StatusCode::UNPROCESSABLE_ENTITY, "unusable", error.to_string());
    match error {
        NotLoaded::Load(LoadError::Manifest { problems, .. }) => problems_of(refusal, problems),
        NotLoaded::Load(_) => refusal.fix("name a folder with an aether-plugin.json"),
        NotLoaded::Plugins => {
            Refusal::new(StatusCode::INSUFFICIENT_STORAGE, "full", error.to_string())
                .fix("start another host")
        }
    }
}

/// A plugin that is not started.
pub(crate) fn start(error: &NotStarted) -> Refusal {
    let refusal = |status, code| Refusal::new(status, code, error.to_string());
    match error {
        NotStarted::Unknown => {
            refusal(StatusCode::NOT_FOUND, "no-plugin").fix("load it with POST /v1/plugins")
        }
        NotStarted::Cells => refusal(StatusCode::SERVICE_UNAVAILABLE, "full").fix("stop some"),
        NotStarted::Changes => refusal(StatusCode::INSUFFICIENT_STORAGE, "full")
            .fix("end the host and deal with its changes: `aether diff`, `aether apply`"),
        NotStarted::Start(error) => not_started(error),
    }
}

fn not_started(error: &StartError) -> Refusal {
    let refusal = |status, code| Refusal::new(status, code, error.to_string());
    match error {
        StartError::Refused(refused) => refused_before_start(refused),
        StartError::Load(error) => call(error),
        StartError::Unfit(problems) => {
            problems_of(refusal(StatusCode::UNPROCESSABLE_ENTITY, "unusable"), problems)
        }
        StartError::Pressure { .. } => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "pressure").later(5)
        }
        StartError::Audit(error) => unrecorded(error),
        StartError::Interrupted => refusal(StatusCode::SERVICE_UNAVAILABLE, "ending"),
        other => match other.exit_code() {
            ExitCode::Refused => refusal(StatusCode::FORBIDDEN, "refused"),
            ExitCode::Usage => refusal(StatusCode::UNPROCESSABLE_ENTITY, "unusable"),
            ExitCode::Protection => refusal(StatusCode::NOT_IMPLEMENTED, "no-protection")
                .fix("`aether doctor` says what this machine lacks"),
            _ => refusal(StatusCode::INTERNAL_SERVER_ERROR, "not-started"),
        },
    }
}

fn refused_before_start(refused: &Refused) -> Refusal {
    let one = |reason: &Reason| {
        let place = reason.place();
        json!({
            "code": reason.kind.code(), "what": reason.what, "why": reason.why,
            "fix": reason.fix, "file": reason.source.name(),
            "line": place.map(|place| place.line), "column": place.map(|place| place.column),
        })
    };
    let reasons: Vec<Value> = refused.refusals.iter().map(one).collect();
    Refusal::new(StatusCode::FORBIDDEN, "refused", "refused before start")
        .fix(FIX_POLICY)
        .with("refusals", reasons)
}

/// A call that gave no result.
pub(crate) fn call(error: &CallError) -> Refusal {
    let refusal = |status, code| Refusal::new(status, code, error.to_string());
    match error {
        CallError::Plugin(failed) => {
            let status = match failed.is_no_method() {
                true => StatusCode::NOT_FOUND,
                false => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let code = if failed.is_no_method() { "no-method" } else { "plugin-error" };
            let refusal = refusal(status, code).with("plugin", plugin_error(failed));
            Refusal { fix: failed.fix.clone(), ..refusal }
        }
        CallError::Result(_) => refusal(StatusCode::UNPROCESSABLE_ENTITY, "result-misfit"),
        CallError::Params(_) => refusal(StatusCode::BAD_REQUEST, "input-misfit"),
        CallError::Input(_) => refusal(StatusCode::BAD_REQUEST, "input"),
        CallError::Ended(ending) => {
            refusal(StatusCode::GONE, "cell-ended").with("ending", ending.to_string())
        }
        CallError::Cancelled => refusal(StatusCode::CONFLICT, "cancelled"),
        CallError::Degraded { retry_after, .. } => {
            refusal(StatusCode::SERVICE_UNAVAILABLE, "degraded")
                .fix("POST …/restore, or try again later")
                .with("retry_after_ms", millis(*retry_after))
                .later(u32::try_from(retry_after.as_secs()).unwrap_or(u32::MAX).max(1))
        }
        CallError::Unkept(_) => refusal(StatusCode::INTERNAL_SERVER_ERROR, "unkept"),
        _ => refusal(StatusCode::SERVICE_UNAVAILABLE, "not-called"),
    }
}

/// What the plugin's own code says; its words are its own.
fn plugin_error(error: &PluginError) -> Value {
    let place = error.place.as_ref();
    json!({
        "kind": error.kind, "name": error.name, "message": error.message, "stack": error.stack,
        "code": error.code, "fix": error.fix, "disk_limit": error.disk_limit,
        "place": place.map(|place| json!({
            "file": place.file, "line": place.line, "column": place.column, "text": place.text,
        })),
    })
}

fn problems_of(refusal: Refusal, problems: &[Diagnostic]) -> Refusal {
    let fix = problems.iter().find_map(|problem| problem.help.clone());
    let all: Vec<Value> = problems.iter().map(Diagnostic::to_json).collect();
    Refusal { fix, ..refusal.with("diagnostics", all) }
}
