//! `aether run`

use std::path::Path;

use aether::pipelines::{Event as StepEvent, Options, Outcome, Plan, Step, StepError};
use aether::source::{Diagnostic, printable};
use aether::{ExitCode, LoadError, PipelineRun, StepFailure};
use serde_json::{Value, json};

use crate::args::{CallArgs, Format, RunArgs};
use crate::commands::finish::{Finished, finish};
use crate::commands::offers::{offer, prepared};
use crate::commands::reports;
use crate::failure::Failure;
use crate::options::{Starts, find_policy, host, input_problems, read_plan};
use crate::show::diagnostics;
use crate::show::failures::{Who, show_start};
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
            stream: false,
            plugin: args.target,
            method: "run".to_owned(),
            input: "{}".to_owned(),
            apply: args.apply,
            with: args.with,
            launch: args.launch,
        };
        return super::call::call(call, terminal);
    }
    let plan = read_plan(&args.target, &args.inputs)?;
    let problems = input_problems(&plan);
    if !problems.is_empty() {
        return Err(Failure::Problems(problems));
    }
    for warning in plan.warnings() {
        terminal.say(diagnostics::render(warning, terminal.colour, terminal.width));
    }
    run_plan(&args, &plan, terminal)
}

fn run_plan(args: &RunArgs, plan: &Plan, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let policy = find_policy(&args.launch.host, Some((&args.target, plan)))?;
    if let Some(into) = &args.launch.inspect_security {
        reports::prepare(into)?;
    }
    let state = State::open()?;
    let progress = Progress::new(terminal);
    let told = progress.clone();
    let (host, folder) =
        host(&args.launch, policy, &state, terminal, Starts::Several, move |event| {
            told.event(event)
        })?;
    warn_unsafe(args.launch.unsafe_mode, terminal);
    let (host, folder, ()) = prepared(host, folder, |host| offer(host, &args.with))?;
    let options = Options { parallel: args.jobs.map(usize::from), cancel: None };
    let result = host.run_pipeline(plan, options, &mut |event| show_step(&progress, &event));
    // What they would change is known when they have ended.
    host.withdraw();
    let name = plan.name().map_or_else(|| name_of(&args.target), str::to_owned);
    let transaction = plan.is_transaction();
    let (finished, output) = match &result {
        Ok(run) => {
            let output = match &run.report.output {
                Some(Ok(value)) => Some(value.clone()),
                _ => None,
            };
            let text = failure_text(run);
            let (code, edges, told) = (run.exit_code(), run.edges.clone(), texts(run));
            (Finished { name, code, text, edges, told, quiet: false, transaction }, output)
        }
        Err(error) => {
            let text = error.to_string();
            let finished = Finished::of(name, error.exit_code(), text.clone(), vec![text]);
            (Finished { transaction, ..finished }, None)
        }
    };
    let ended = finish(&host, &folder, &state, &args.launch, args.apply, finished, terminal);
    warn_unsafe(args.launch.unsafe_mode, terminal);
    match result {
        Ok(run) => show_failures(&run, plan, terminal),
        Err(error) => terminal.failure(&error.into()),
    }
    ended.show_problems(terminal);
    match (args.launch.format, output) {
        (Format::Json, output) => {
            let report: Value =
                serde_json::from_str(&aether::report::json(&ended.record)).unwrap_or(Value::Null);
            terminal.json(&json!({ "run": folder.name(), "output": output, "record": report }))?;
        }
        (Format::Text, Some(output)) => terminal.result(readable(&output, terminal))?,
        (Format::Text, None) => {}
    }
    Ok(ended.code)
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
            progress.end(&step.id, matches!(outcome, Outcome::Ok(_)), *elapsed);
        }
        StepEvent::Skipped { step, reason } => progress.skip(&step.id, &reason.to_string()),
    }
}

/// The details of failed steps, after the progress is gone.
fn show_failures(run: &PipelineRun, plan: &Plan, terminal: &Terminal) {
    for (report, error) in run.report.failures() {
        let Some(step) = plan.step(&report.id) else { continue };
        match error {
            StepError::Run(StepFailure::Run(error)) => {
                let folder = plan.plugin_folder(step);
                show_start(terminal, error, Some(Who { step: Some(&step.id), folder: &folder }));
            }
            StepError::Run(StepFailure::Load(error)) => {
                diagnostics::show_all(terminal, &unusable(plan, step, error));
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

/// What is wrong with a step's plugin: in its manifest, or where the pipeline names its folder.
pub(crate) fn unusable(plan: &Plan, step: &Step, error: &LoadError) -> Vec<Diagnostic> {
    if let LoadError::Manifest { problems, .. } = error {
        return problems.clone();
    }
    let message = format!("the plugin of step `{}` cannot be used: {error}", step.id);
    let source = plan.source();
    let problem = Diagnostic::error("plugin-unusable", source, step.plugin.span, message);
    let help = "name a plugin's folder, relative to the pipeline's file";
    vec![problem.with_help(help)]
}

/// The reasons of failed steps as they stand in the record.
fn texts(run: &PipelineRun) -> Vec<String> {
    let of = |error: &StepError<StepFailure>| match error {
        StepError::Run(failure) => failure.to_string(),
        other => other.to_string(),
    };
    run.report.failures().flat_map(|(_, error)| [of(error), error.to_string()]).collect()
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
