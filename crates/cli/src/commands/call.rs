//! `aether call`

use std::io::Read;
use std::path::PathBuf;
use std::time::Instant;

use aether::manifest::Runtime;
use aether::policy::grant::Decision;
use aether::{Debugging, ExitCode, Plugin, StartError, StartOptions};
use serde_json::{Value, json};

use crate::args::{CallArgs, Format};
use crate::commands::finish::{Finished, finish};
use crate::commands::offers::{load, prepared};
use crate::commands::reports;
use crate::commands::run::warn_unsafe;
use crate::failure::Failure;
use crate::options::{Starts, find_policy, host};
use crate::show::failures::{Who, show_start};
use crate::show::progress::Progress;
use crate::show::terminal::Terminal;
use crate::state::State;

/// Most bytes of an input.
const MAX_INPUT: u64 = 16 << 20;

pub(crate) fn call(args: CallArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    call_with(args, terminal, |_| Ok(None))
}

/// The same with a debugger, if there is one for the plugin.
pub(crate) fn call_with(
    args: CallArgs,
    terminal: &Terminal,
    debug: impl FnOnce(&Plugin) -> Result<Option<Debugging>, Failure>,
) -> Result<ExitCode, Failure> {
    if args.stream && args.launch.format == Format::Json {
        return Err(Failure::usage_with(
            "`--stream` and `--format json` exclude each other: pieces are no part of one object",
            "leave out `--stream`: the object has all pieces as a list",
        ));
    }
    let input = read_input(&args.input)?;
    let policy = find_policy(&args.launch.host, None)?;
    if let Some(into) = &args.launch.inspect_security {
        reports::prepare(into)?;
    }
    let state = State::open()?;
    let progress = Progress::new(terminal);
    let told = progress.clone();
    let (host, folder) = host(
        &args.launch,
        policy,
        &state,
        terminal,
        Starts::One(Runtime::Javascript),
        move |event| told.event(event),
    )?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    let (host, folder, plugin) =
        prepared(host, folder, |host| load(host, &args.plugin, &args.with))?;
    let name = plugin.identity().name.clone();
    let options = StartOptions { debug: debug(&plugin)?, ..StartOptions::default() };
    // A person is asked before anything is redrawn, and what is refused does not begin.
    let asked = host.ask_for(std::iter::once((&plugin, &options)));
    let refused = !matches!(&asked, Ok(refused) if refused.is_empty());
    let begun = Instant::now();
    if !refused {
        progress.begin(&name);
    }
    let mut unprinted = None;
    let result = asked.and_then(|refused| match refused.into_iter().next() {
        // One that is offered. The plugin's own start says and records what is against itself.
        Some(other) if !matches!(host.decide(&plugin, &options), Decision::Refused(_)) => {
            Err(StartError::Refused(Box::new(other)))
        }
        _ if args.stream => host.stream_once(&plugin, &options, &args.method, input, |piece| {
            // Whoever read along may have seen enough; the plugin is not to blame for that.
            terminal.wait_for_answer();
            let printed = terminal.bars.suspend(|| terminal.json(&piece));
            unprinted = unprinted.take().or(printed.err());
        }),
        _ => host.call_once(&plugin, &options, &args.method, input, None),
    });
    // What they would change is known when they have ended.
    host.withdraw();
    if !refused {
        progress.end(&name, result.is_ok(), begun.elapsed());
    }
    let note = result.as_ref().err().map_or_else(String::new, ToString::to_string);
    let code = result.as_ref().map_or_else(StartError::exit_code, |_| ExitCode::Done);
    let title = format!("{name} {}", args.method);
    let told = result.is_err().then(|| note.clone()).into_iter().collect();
    let finished = Finished::of(title, code, note, told);
    let ended = finish(&host, &folder, &state, &args.launch, args.apply, finished, terminal);
    warn_unsafe(args.launch.unsafe_mode, terminal);
    if let Err(error) = &result {
        show_start(terminal, error, Some(Who { step: None, folder: &args.plugin }));
    }
    ended.show_problems(terminal);
    match (args.launch.format, result) {
        // Behind pieces, what the method returned is seldom anything.
        (Format::Text, Ok(Value::Null)) if args.stream => {}
        (Format::Text, Ok(value)) => terminal.json(&value)?,
        (Format::Text, Err(_)) => {}
        (Format::Json, result) => {
            let report: Value =
                serde_json::from_str(&aether::report::json(&ended.record)).unwrap_or(Value::Null);
            let output = result.as_ref().ok();
            terminal.json(&json!({ "run": folder.name(), "output": output, "record": report }))?;
        }
    }
    unprinted.map_or(Ok(ended.code), Err)
}

fn read_input(typed: &str) -> Result<Value, Failure> {
    const EXAMPLE: &str = "for example --input '{\"name\": \"Ada\"}'";
    let text = match typed.strip_prefix('@') {
        Some(path) => {
            let path = PathBuf::from(path);
            let help = "--input @FILE takes a file with JSON in it";
            let file = std::fs::File::open(&path).map_err(Failure::io_with(&path, help))?;
            read_bounded(file, &path)?
        }
        None if typed == "-" => read_bounded(std::io::stdin(), &PathBuf::from("standard input"))?,
        None => typed.to_owned(),
    };
    aether::read_input(&text).map_err(|problem| {
        let word = if serde_json::from_str::<Value>(&text).is_ok() {
            "cannot be used"
        } else {
            "is not JSON"
        };
        Failure::usage_with(format!("--input {word}: {problem}"), EXAMPLE)
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
