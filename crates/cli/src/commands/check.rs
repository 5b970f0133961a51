//! `aether check`

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use aether::pipelines::Plan;
use aether::policy::grant::{Decision, Refused, check_narrowing};
use aether::source::{Diagnostic, Severity};
use aether::{CallError, ExitCode, Host, LoadError, Plugin, PluginError, StartError, StartOptions};
use serde_json::{Value, json};

use crate::args::{CheckArgs, Format};
use crate::commands::run::unusable;
use crate::failure::Failure;
use crate::options::{builder, find_policy, input_problems, read_plan};
use crate::show::diagnostics;
use crate::show::failures::{Who, show_plugin_error, show_policy, show_reasons, show_start};
use crate::show::terminal::{Ink, Terminal};
use crate::state::State;

/// What was found altogether.
struct Found {
    /// The policy that was asked.
    governs: Option<String>,
    /// About the pipeline itself.
    problems: Vec<Diagnostic>,
    plugins: Vec<Findings>,
}

/// What was found about one plugin.
struct Findings {
    name: String,
    folder: PathBuf,
    problems: Vec<Diagnostic>,
    /// What does not compile.
    compile: Option<PluginError>,
    /// Why that could not be tried.
    untried: Option<StartError>,
    decision: &'static str,
    refused: Option<Refused>,
}

pub(crate) fn check(args: &CheckArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let plan = match args.target.is_dir() {
        true => None,
        false => Some(read_plan(&args.target, &args.inputs)?),
    };
    let policy = find_policy(&args.host, plan.as_ref().map(|plan| (args.target.as_path(), plan)))?;
    // Nobody is asked during a check: what would need asking is said.
    let quiet = Terminal { attended: false, ..terminal.clone() };
    let governs = policy.as_ref().map(|policy| policy.source.name().to_owned());
    let host = builder(&args.host, policy, &State::open()?, &quiet)?.build()?;
    let mut problems = Vec::new();
    let findings = match &plan {
        None => vec![look(&host, &args.target, &StartOptions::default(), None)?],
        Some(plan) => {
            problems.extend(plan.warnings().iter().cloned());
            problems.extend(input_problems(plan));
            look_at_all(&host, plan)?
        }
    };
    let found = Found { governs, problems, plugins: findings };
    match args.format {
        Format::Text => show(terminal, &found),
        Format::Json => terminal.json(&to_json(&found))?,
    }
    Ok(code_of(&found))
}

fn look_at_all(host: &Host, plan: &Plan) -> Result<Vec<Findings>, Failure> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for step in plan.steps() {
        let folder = plan.plugin_folder(step);
        let options = aether::start_options(plan, step);
        if step.permissions.is_none() && step.mounts.is_empty() && !seen.insert(folder.clone()) {
            continue;
        }
        all.push(look(host, &folder, &options, Some((plan, step)))?);
    }
    Ok(all)
}

fn look(
    host: &Host,
    folder: &Path,
    options: &StartOptions,
    step: Option<(&Plan, &aether::pipelines::Step)>,
) -> Result<Findings, Failure> {
    let nothing = Findings {
        name: aether::shown_path(folder),
        folder: folder.to_owned(),
        problems: Vec::new(),
        compile: None,
        untried: None,
        decision: "unusable",
        refused: None,
    };
    let plugin = match host.load(folder) {
        Ok(plugin) => plugin,
        Err(LoadError::Manifest { problems, .. }) => return Ok(Findings { problems, ..nothing }),
        Err(other) => match step {
            Some((plan, step)) => {
                return Ok(Findings { problems: unusable(plan, step, &other), ..nothing });
            }
            None => return Err(other.into()),
        },
    };
    let mut problems = plugin.check();
    if let Some((plan, step)) = step
        && let Some(narrowing) = &step.permissions
    {
        problems.extend(check_narrowing(&plugin.manifest().permissions, narrowing, plan.source()));
    }
    let (decision, refused) = match host.decide(&plugin, options) {
        Decision::Granted(grant) => {
            problems.extend(host.network_problems(&plugin, &grant));
            ("granted", None)
        }
        Decision::Ask(review) => {
            problems.extend(host.network_problems(&plugin, review.grant()));
            ("asks", None)
        }
        Decision::Refused(refused) => ("refused", Some(refused)),
    };
    let name = plugin.identity().name.clone();
    let (found, compile, untried) = compile(host, &plugin);
    problems.extend(found);
    Ok(Findings { name, problems, compile, untried, decision, refused, ..nothing })
}

/// What compiling finds; or what does not compile, tried in a cell that is granted nothing and runs
/// none of it; or why it could not be tried, which takes nothing from what else was found.
fn compile(
    host: &Host,
    plugin: &Plugin,
) -> (Vec<Diagnostic>, Option<PluginError>, Option<StartError>) {
    match host.compile(plugin) {
        Ok(found) => (found, None, None),
        Err(StartError::Load(CallError::Plugin(error))) => (Vec::new(), Some(*error), None),
        Err(error) => (Vec::new(), None, Some(error)),
    }
}

fn code_of(found: &Found) -> ExitCode {
    let unusable =
        |one: &Findings| one.compile.is_some() || one.problems.iter().any(Diagnostic::is_error);
    if found.problems.iter().any(Diagnostic::is_error) || found.plugins.iter().any(unusable) {
        ExitCode::Usage
    } else if found.plugins.iter().any(|one| one.refused.is_some()) {
        ExitCode::Refused
    } else {
        let untried = found.plugins.iter().find_map(|one| one.untried.as_ref());
        untried.map_or(ExitCode::Done, StartError::exit_code)
    }
}

fn show(terminal: &Terminal, found: &Found) {
    diagnostics::show_all(terminal, &found.problems);
    for one in &found.plugins {
        diagnostics::show_all(terminal, &one.problems);
        if let Some(error) = &one.compile {
            let who = Who { step: Some(&one.name), folder: &one.folder };
            show_plugin_error(terminal, Some(who), error);
        }
        if let Some(error) = &one.untried {
            let name = aether::source::quoted(&one.name);
            terminal.warn(format_args!("whether the code of {name} compiles could not be tried"));
            show_start(terminal, error, None);
        }
        if let Some(refused) = &one.refused {
            show_reasons(terminal, std::slice::from_ref(refused));
        }
        let count =
            |severity| one.problems.iter().filter(|problem| problem.severity == severity).count();
        let compile = one.compile.is_some() || one.untried.is_some();
        let errors = count(Severity::Error) + usize::from(compile);
        let ink = if errors > 0 || one.refused.is_some() { Ink::Red } else { Ink::Green };
        let words = match one.decision {
            "granted" => "would be granted what it asks for",
            "asks" => "would need a person's consent",
            "refused" => "would be refused",
            _ => "cannot be used",
        };
        let name = terminal.ink(Ink::Bold, aether::source::printable(&one.name));
        let verdict = terminal.ink(ink, words);
        terminal.say(format_args!(
            "{name}: {errors} error(s), {} warning(s); {verdict}",
            count(Severity::Warning)
        ));
    }
    let refused: Vec<Refused> =
        found.plugins.iter().filter_map(|one| one.refused.clone()).collect();
    show_policy(terminal, &refused);
}

fn to_json(found: &Found) -> Value {
    let one = |one: &Findings| {
        let refusals = one.refused.iter().flat_map(|refused| &refused.refusals);
        let refusals: Vec<Value> = refusals
            .map(|refusal| {
                let mut value = refusal.to_diagnostic().to_json();
                value["fix"] = json!(refusal.fix);
                value
            })
            .collect();
        let compile = one.compile.as_ref().map(|error| {
            let place = error.place.as_ref();
            json!({
                "kind": error.kind,
                "message": error.message,
                "file": place.map(|place| aether::shown_path(&one.folder.join(&place.file))),
                "line": place.map(|place| place.line),
                "column": place.map(|place| place.column),
            })
        });
        json!({
            "name": one.name,
            "folder": one.folder.display().to_string(),
            "problems": one.problems.iter().map(Diagnostic::to_json).collect::<Vec<_>>(),
            "compile": compile,
            "untried": one.untried.as_ref().map(ToString::to_string),
            "decision": one.decision,
            "refusals": refusals,
            "policy": found.governs,
            "fix": one.refused.as_ref().and_then(|refused| refused.policy.as_ref()),
        })
    };
    json!({
        "ok": code_of(found) == ExitCode::Done,
        "problems": found.problems.iter().map(Diagnostic::to_json).collect::<Vec<_>>(),
        "plugins": found.plugins.iter().map(one).collect::<Vec<_>>(),
    })
}
