//! `aether suggest`

use std::path::Path;

use aether::learn::{Observations, Options, Peaks, Suggestion, suggest as suggested, tighten};
use aether::manifest::{MANIFEST_FILE, shell_word};
use aether::report::{CellRecord, ExitKind, RunRecord};
use aether::source::{printable, quoted};
use aether::{ExitCode, Plugin};
use similar::TextDiff;

use crate::args::{Format, SuggestArgs};
use crate::commands::learn::typed;
use crate::commands::observed::observed;
use crate::failure::Failure;
use crate::files::replace_file;
use crate::show::terminal::{Ink, Terminal};
use crate::state::{RunFolder, State};

pub(crate) fn suggest(args: &SuggestArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let plugin = Plugin::read(&args.plugin)?;
    let name = plugin.identity().name.clone();
    let folder = run_of(args, &name)?;
    let seen = observed(&folder, [name.as_str()], terminal)?.remove(&name);
    let seen = seen.filter(Observations::is_seen).ok_or_else(|| {
        let message = format!("{} was not in the run {}", quoted(&name), folder.name());
        Failure::usage_with(message, "leave --run out for the last run that it was in")
    })?;
    let options = Options { denied: !seen.is_learned_from(), ..Options::default() };
    if args.tighten {
        let found = tighten(plugin.manifest(), &seen, &options);
        match args.format {
            Format::Json => terminal.json(&found.json())?,
            Format::Text => {
                terminal.result(found.text(plugin.manifest().source.name()).trim_end())?
            }
        }
        return Ok(ExitCode::Done);
    }
    let peaks = folder.record().map(|record| peaks(&record, &name)).unwrap_or_default();
    let suggestion = suggested(&seen, &peaks, Some(plugin.manifest()), &options);
    // Limits that follow from one run are tight for the next: they are written when they are asked for.
    let limits = if args.limits { suggestion.limits.clone() } else { Vec::new() };
    let wanted = Suggestion { limits, ..suggestion.clone() };
    let source = &plugin.manifest().source;
    let patched = wanted.patch(source).map_err(|error| Failure::usage(error.to_string()))?;
    let path = args.plugin.join(MANIFEST_FILE);
    let difference = TextDiff::from_lines(source.text(), &patched);
    let patch = difference.unified_diff().header(source.name(), source.name()).to_string();
    if args.format == Format::Json {
        let mut json = suggestion.json();
        json["patch"] = patch.as_str().into();
        terminal.json(&json)?;
    } else {
        terminal.result(suggestion.text().trim_end())?;
    }
    if args.format == Format::Text && !suggestion.limits.is_empty() && !args.limits {
        terminal.say("Limits are written with --limits alone.");
    }
    if wanted.is_empty() {
        return Ok(ExitCode::Done);
    }
    if args.format == Format::Text {
        terminal.say(shown(&patch, terminal).trim_end());
    }
    match args.write {
        true => write(&path, &patched, terminal),
        false => {
            let of = args.run.as_ref().map(|run| format!(" --run {}", shell_word(run)));
            let (plugin, of) = (typed(&args.plugin), of.unwrap_or_default());
            let limits = if args.limits { " --limits" } else { "" };
            let command = format!("aether suggest {plugin}{of}{limits} --write");
            terminal.say(format_args!("To write it: {}", printable(&command)));
            Ok(ExitCode::Done)
        }
    }
}

/// The run that is meant, or the last one with the plugin in it.
fn run_of(args: &SuggestArgs, plugin: &str) -> Result<RunFolder, Failure> {
    let state = State::open()?;
    if let Some(run) = &args.run {
        return state.named(run);
    }
    let ran = |cell: &CellRecord| cell.plugin.name == plugin && cell.exit.kind != ExitKind::Refused;
    let has = |run: &RunFolder| run.record().is_some_and(|record| record.cells.iter().any(ran));
    state.runs().into_iter().rev().find(has).ok_or_else(|| {
        Failure::usage_with(
            format!("no run is kept that {} was in", quoted(plugin)),
            "run it first: `aether learn -- call PLUGIN METHOD`, or with `aether run`",
        )
    })
}

fn peaks(record: &RunRecord, plugin: &str) -> Peaks {
    let mut peaks = Peaks::default();
    for cell in record.cells.iter().filter(|cell| cell.plugin.name == plugin) {
        let used = &cell.resources;
        peaks.memory = peaks.memory.max(used.memory_peak);
        peaks.cpu_ms = peaks.cpu_ms.max(used.cpu_ms);
        peaks.wall_ms = peaks.wall_ms.max(used.wall_ms);
        peaks.disk = peaks.disk.max(used.disk_used);
        let processes = used.samples.iter().map(|sample| sample.processes).max();
        peaks.processes = peaks.processes.max(processes.unwrap_or_default());
    }
    peaks
}

fn write(path: &Path, text: &str, terminal: &Terminal) -> Result<ExitCode, Failure> {
    replace_file(path, text.as_bytes())?;
    terminal.say(format_args!("Wrote {}", printable(&path.display().to_string())));
    Ok(ExitCode::Done)
}

/// A patch for people: the lines that go and come.
fn shown(patch: &str, terminal: &Terminal) -> String {
    let line = |line: &str| {
        let text = printable(line).into_owned();
        match line.as_bytes().first() {
            Some(b'+') => terminal.ink(Ink::Green, text),
            Some(b'-') => terminal.ink(Ink::Red, text),
            _ => text,
        }
    };
    patch.lines().map(line).collect::<Vec<_>>().join("\n")
}
