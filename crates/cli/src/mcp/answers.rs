//! Results and failures of calls, as a client gets them. What a model can do something about is the
//! result of a tool; an error of the protocol is for what cannot be a call.

use aether::source::printable;
use std::time::Duration;

use aether::manifest::show_duration;
use aether::{CallError, PluginError, Rest, Resting, StartError};
use rmcp::model::{CallToolResult, ContentBlock};
use serde_json::Value;

use crate::show::failures::sentence_of;

/// What a call came to.
pub(super) enum Answer {
    /// The result of the tool, be it a failure.
    Result(CallToolResult),
    /// The arguments do not fit.
    Misfit(String),
}

/// The answer to a call, after which the plugin rests or not.
pub(super) fn answer(result: Result<Value, CallError>, rest: Option<&Resting>) -> Answer {
    match result {
        Ok(value) => Answer::Result(done(value)),
        Err(CallError::Params(misfit)) => {
            Answer::Misfit(printable(&format!("the input of {misfit}")).into_owned())
        }
        Err(error) => Answer::Result(failed(text_of(&error, rest))),
    }
}

/// A failure that whoever called can read.
pub(super) fn failed(text: String) -> CallToolResult {
    CallToolResult::error(vec![ContentBlock::text(text)])
}

/// A value as it is, and as text; a text as itself. Only an object is structured: the protocol's
/// versions so far have no other.
fn done(value: Value) -> CallToolResult {
    match value {
        Value::Object(_) => CallToolResult::structured(value),
        Value::String(text) => CallToolResult::success(vec![ContentBlock::text(text)]),
        other => CallToolResult::success(vec![ContentBlock::text(other.to_string())]),
    }
}

fn text_of(error: &CallError, rest: Option<&Resting>) -> String {
    let text = match error {
        CallError::Plugin(error) => return of_plugin(error),
        CallError::Ended(ending) => format!("the plugin was ended: {ending}; {}", next(rest)),
        CallError::NotStarted(why) => {
            let why = match &**why {
                StartError::Refused(refused) => {
                    let all = refused.refusals.iter();
                    let all: Vec<_> = all.map(|one| format!("{}: {}", one.what, one.why)).collect();
                    all.join("; ")
                }
                other => other.to_string(),
            };
            format!("the plugin cannot be started anew: {why}; {}", next(rest))
        }
        CallError::Resting(resting) if resting.rest == Rest::Held => {
            format!("the plugin is not started again: {}", resting.reason)
        }
        other => other.to_string(),
    };
    printable(&text).into_owned()
}

/// What comes after an end.
fn next(rest: Option<&Resting>) -> String {
    match rest.map(|rest| rest.retry_after) {
        None => "the next call starts it anew".to_owned(),
        Some(None) => "it is not started again".to_owned(),
        Some(Some(left)) => {
            let left = show_duration(left.saturating_add(Duration::from_millis(1)));
            format!("it rests for {left}, and the next call after that starts it anew")
        }
    }
}

/// One sentence, where it happened, and the line that would allow what was denied.
fn of_plugin(error: &PluginError) -> String {
    let mut text = format!("the plugin failed: {}", sentence_of(error));
    if let Some(place) = &error.place {
        let file = printable(&place.file);
        text += &format!("\n  --> {file}:{}:{}", place.line, place.column);
    }
    if let Some(fix) = &error.fix {
        let fix = printable(fix);
        text += &format!("\nhelp: to allow it, the plugin's manifest must ask for it:\n    {fix}");
    }
    text
}
