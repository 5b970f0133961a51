//! `aether run`

use std::path::Path;

use aether::pipelines::{Event as StepEvent, Options, Outcome, Plan, StepError};
use aether::source::printable;
use aether::{ExitCode, PipelineRun, StepFailure};
use serde_json::{Value, json};

use crate::args::{CallArgs, Format, RunArgs};
use crate::commands::finish::{Finished, finish};
use crate::failure::Failure;
use crate::options::{find_policy, host, read_plan};
use crate::show::diagnostics;
use crate::show::failures::{show_plugin_error, show_start};
use crate::show::progress::Progress;
use crate::show::terminal::Terminal;
use crate::state::State;

pub(crate) fn run(args: RunArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    if args.target.is_dir() {
        if let Some(input) = args.inputs.first() {
            let help = "give a method its input with `aether call PLUGIN METHOD --input JSON`";
            return Err(Failure::usage_with(format!("`--set {input}` is for pipelines"), help));
        }
        let call = CallArgs {
            plugin: args.target,
            method: "run".to_owned(),
            input: "{}".to_owned(),
            apply: args.apply,
            launch: args.launch,
        };
        return super::call::call(call, terminal);
    }
    let plan = read_plan(&args.target, &args.inputs, args.launch.host.workdir.as_deref())?;
    for warning in plan.warnings() {
        terminal.say(diagnostics::render(warning, terminal.colour, terminal.width));
    }
    run_plan(&args, &plan, terminal)
}

fn run_plan(args: &RunArgs, plan: &Plan, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let policy = find_policy(&args.launch.host, Some((&args.target, plan)))?;
    let state = State::open()?;
    let progress = Progress::new(terminal);
    let told = progress.clone();
    let (host, folder) =
        host(&args.launch, policy, &state, terminal, move |event| told.event(event))?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    let options = Options { parallel: args.jobs, cancel: None };
    let result = host.run_pipeline(plan, options, &mut |event| show_step(&progress, &event));
    let name = plan.name().map_or_else(|| name_of(&args.target), str::to_owned);
    let (finished, output) = match &result {
        Ok(run) => {
            show_failures(run, plan, terminal);
            let output = match &run.report.output {
                Some(Ok(value)) => Some(value.clone()),
                _ => None,
            };
            let text = failure_text(run);
            (Finished { name, code: run.exit_code(), text, edges: run.edges.clone() }, output)
        }
        Err(error) => {
            let finished = Finished {
                name,
                code: error.exit_code(),
                text: error.to_string(),
                edges: Vec::new(),
            };
            (finished, None)
        }
    };
    let (record, code) =
        finish(&host, &folder, &state, &args.launch, args.apply, finished, terminal)?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    if let Err(error) = result {
        terminal.failure(&error.into());
    }
    match (args.launch.format, output) {
        (Format::Json, output) => {
            let report: Value =
                serde_json::from_str(&aether::report::json(&record)).unwrap_or(Value::Null);
            terminal.json(&json!({ "run": folder.name(), "output": output, "record": report }))?;
        }
        (Format::Text, Some(output)) => terminal.result(readable(&output, terminal))?,
        (Format::Text, None) => {}
    }
    Ok(code)
}

/// A pipeline's output: JSON for a program, and for a person in front of a terminal its lines.
fn readable(output: &Value, terminal: &Terminal) -> String {
    if !terminal.result_is_read {
        return output.to_string();
    }
    let mut lines = Vec::new();
    outline(output, 0, &mut lines);
    lines.join("\n")
}

/// JSON as an indented outline; every text escaped.
fn outline(value: &Value, depth: usize, lines: &mut Vec<String>) {
    let indent = "  ".repeat(depth);
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                let key = printable(key);
                if is_scalar(value) {
                    lines.push(format!("{indent}{key}: {}", scalar(value)));
                } else {
                    lines.push(format!("{indent}{key}:"));
                    outline(value, depth + 1, lines);
                }
            }
        }
        Value::Array(items) => {
            for item in items {
                if is_scalar(item) {
                    lines.push(format!("{indent}- {}", scalar(item)));
                } else {
                    lines.push(format!("{indent}-"));
                    outline(item, depth + 1, lines);
                }
            }
        }
        other => lines.push(format!("{indent}{}", scalar(other))),
    }
}

const fn is_scalar(value: &Value) -> bool {
    !matches!(value, Value::Object(_) | Value::Array(_))
}

fn scalar(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| printable(text).into_owned())
}

fn show_step(progress: &Progress, event: &StepEvent<'_, StepFailure>) {
    match event {
        StepEvent::Started { step } => progress.begin(&step.id),
        StepEvent::Ended { step, outcome, elapsed } => {
            let note = match outcome {
                Outcome::Failed(error) => error.to_string(),
                _ => String::new(),
            };
            progress.end(&step.id, matches!(outcome, Outcome::Ok(_)), &note, *elapsed);
        }
        StepEvent::Skipped { step, reason } => progress.skip(&step.id, &reason.to_string()),
    }
}

/// The details of failed steps, after the progress is gone.
fn show_failures(run: &PipelineRun, plan: &Plan, terminal: &Terminal) {
    for (step, error) in run.report.failures() {
        match error {
            StepError::Run(StepFailure::Run(aether::StartError::Load(
                aether::CallError::Plugin(error),
            ))) => {
                show_plugin_error(terminal, Some(&step.id), error);
            }
            StepError::Run(StepFailure::Run(
                error @ (aether::StartError::Refused(_) | aether::StartError::Container(_)),
            )) => show_start(terminal, error),
            StepError::Run(StepFailure::Load(aether::LoadError::Manifest { problems, .. })) => {
                diagnostics::show_all(terminal, problems);
            }
            StepError::Evaluate(error) => {
                let problem = error.diagnostic(plan.source());
                terminal.say(diagnostics::render(&problem, terminal.colour, terminal.width));
            }
            other => terminal
                .error(format_args!("step `{}`: {}", step.id, printable(&other.to_string())), None),
        }
    }
    if let Some(Err(error)) = &run.report.output {
        let problem = error.diagnostic(plan.source());
        terminal.say(diagnostics::render(&problem, terminal.colour, terminal.width));
    }
}

fn failure_text(run: &PipelineRun) -> String {
    let failed: Vec<String> =
        run.report.failures().map(|(step, error)| format!("step `{}`: {error}", step.id)).collect();
    failed.join("; ")
}

/// Says in red that nothing protects this machine.
pub(crate) fn warn_unsafe(unsafe_mode: bool, terminal: &Terminal) {
    if unsafe_mode {
        let text = "UNSAFE: the container is off; plugins can do whatever you can";
        terminal.say(terminal.ink(crate::show::terminal::Ink::Red, text));
    }
}

fn name_of(path: &Path) -> String {
    path.file_stem().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}
