//! Errors of the command for programs: `--format json` prints one object, whatever happens.

use std::ffi::OsString;

use aether::source::Diagnostic;
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::show::terminal::Terminal;

/// Whether `--format json` was typed; looked for in the words, since it must be known even where
/// they make no sense. The standard output of `aether mcp` is its client's, which takes messages of
/// its protocol only.
pub(crate) fn wants_json(words: impl Iterator<Item = OsString>) -> bool {
    let words: Vec<OsString> = words.take_while(|word| word != "--").collect();
    if words.get(1).is_some_and(|command| command == "mcp") {
        return false;
    }
    let joined = words.iter().any(|word| word == "--format=json");
    joined || words.windows(2).any(|pair| pair[0] == "--format" && pair[1] == "json")
}

/// Arguments that cannot be understood.
pub(crate) fn of_arguments(error: &clap::Error, terminal: &Terminal) {
    let text = error.to_string();
    // Up to the first empty line; what is missing stands in lines of its own.
    let lines: Vec<&str> =
        text.lines().take_while(|line| !line.is_empty()).map(str::trim).collect();
    let message = lines.join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    print(json!({ "code": aether::ExitCode::Usage.number(), "message": message }), terminal);
}

/// A failure before there was a result.
pub(crate) fn of_failure(failure: &Failure, terminal: &Terminal) {
    if matches!(failure, Failure::Output(_)) {
        return;
    }
    let mut error = json!({
        "code": failure.code().number(),
        "message": failure.to_string(),
        "help": failure.help(),
    });
    match failure {
        Failure::Problems(problems) => {
            error["problems"] = problems.iter().map(Diagnostic::to_json).collect();
        }
        Failure::Choose { candidates, .. } => error["candidates"] = json!(candidates),
        _ => {}
    }
    print(error, terminal);
}

fn print(error: Value, terminal: &Terminal) {
    // The same was said on standard error; the exit code says the rest.
    drop(terminal.json(&json!({ "error": error })));
}
