//! Results and failures of calls, as a client gets them. What a model can do something about is the
//! result of a tool; an error of the protocol is for what cannot be a call.

use aether::source::printable;
use aether::{CallError, Ending, PluginError, SessionError, StartError};
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

/// The answer to a call.
pub(super) fn answer(result: Result<Value, SessionError>) -> Answer {
    match result {
        Ok(value) => Answer::Result(done(value)),
        Err(SessionError::Call(CallError::Params(misfit))) => {
            Answer::Misfit(printable(&format!("the input of {misfit}")).into_owned())
        }
        Err(error) => Answer::Result(failed(text_of(&error))),
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

fn text_of(error: &SessionError) -> String {
    match error {
        SessionError::Call(CallError::Plugin(error)) => of_plugin(error),
        SessionError::Call(CallError::Ended(ending)) => {
            let next = match ending {
                Ending::Violation(_) => "it is not started again",
                _ => "the next call starts it anew",
            };
            printable(&format!("the plugin was ended: {ending}; {next}")).into_owned()
        }
        SessionError::Start(StartError::Refused(refused)) => {
            let whys = refused.refusals.iter().map(|one| format!("{}: {}", one.what, one.why));
            let whys: Vec<String> = whys.collect();
            printable(&format!("the plugin is not started anew: {}", whys.join("; "))).into_owned()
        }
        SessionError::Start(error) => {
            printable(&format!("the plugin cannot be started anew: {error}")).into_owned()
        }
        other => printable(&other.to_string()).into_owned(),
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
