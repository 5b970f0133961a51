//! `aether call`

use std::io::Read;
use std::path::PathBuf;
use std::time::Instant;

use aether::{ExitCode, StartError, StartOptions};
use serde_json::{Value, json};

use crate::args::{CallArgs, Format};
use crate::commands::finish::{Finished, finish};
use crate::commands::run::warn_unsafe;
use crate::failure::Failure;
use crate::options::{find_policy, host};
use crate::show::progress::Progress;
use crate::show::terminal::Terminal;
use crate::state::State;

/// Most bytes of an input.
const MAX_INPUT: u64 = 16 << 20;

pub(crate) fn call(args: CallArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let input = read_input(&args.input)?;
    let policy = find_policy(&args.launch.host, None)?;
    let state = State::open()?;
    let progress = Progress::new(terminal);
    let told = progress.clone();
    let (host, folder) =
        host(&args.launch, policy, &state, terminal, move |event| told.event(event))?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    let plugin = host.load(&args.plugin)?;
    let name = plugin.identity().name.clone();
    let options = StartOptions::default();
    // A person is asked before anything is redrawn.
    let asked = host.ask_for(std::iter::once((&plugin, &options)));
    progress.begin(&name);
    let begun = Instant::now();
    let result = asked.and_then(|_| host.call_once(&plugin, &options, &args.method, input, None));
    let note = result.as_ref().err().map_or_else(String::new, ToString::to_string);
    progress.end(&name, result.is_ok(), &note, begun.elapsed());
    let code = result.as_ref().map_or_else(StartError::exit_code, |_| ExitCode::Done);
    let title = format!("{name} {}", args.method);
    let finished = Finished { name: title, code, text: note, edges: Vec::new() };
    let (record, code) =
        finish(&host, &folder, &state, &args.launch, args.apply, finished, terminal)?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    match (args.launch.format, result) {
        (Format::Text, Ok(value)) => terminal.json(&value)?,
        (Format::Json, result) => {
            let report: Value =
                serde_json::from_str(&aether::report::json(&record)).unwrap_or(Value::Null);
            let output = result.as_ref().ok();
            terminal.json(&json!({ "run": folder.name(), "output": output, "record": report }))?;
            if let Err(error) = result {
                terminal.failure(&error.into());
            }
        }
        (Format::Text, Err(error)) => terminal.failure(&error.into()),
    }
    Ok(code)
}

fn read_input(typed: &str) -> Result<Value, Failure> {
    let text = match typed.strip_prefix('@') {
        Some(path) => {
            let path = PathBuf::from(path);
            let file = std::fs::File::open(&path).map_err(Failure::io(&path))?;
            read_bounded(file, &path)?
        }
        None if typed == "-" => read_bounded(std::io::stdin(), &PathBuf::from("standard input"))?,
        None => typed.to_owned(),
    };
    serde_json::from_str(&text).map_err(|error| {
        Failure::usage_with(
            format!("--input is not JSON: {error}"),
            "for example --input '{\"name\": \"Ada\"}'",
        )
    })
}

fn read_bounded(from: impl Read, path: &std::path::Path) -> Result<String, Failure> {
    let mut text = String::new();
    from.take(MAX_INPUT + 1).read_to_string(&mut text).map_err(Failure::io(path))?;
    if text.len() as u64 > MAX_INPUT {
        return Err(Failure::usage(format!("{}: larger than 16 MiB", path.display())));
    }
    Ok(text)
}
