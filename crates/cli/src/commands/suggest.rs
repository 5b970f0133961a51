//! `aether suggest`

use std::path::Path;

use aether::learn::{Observations, Options, Peaks, suggest as suggested, tighten};
use aether::manifest::MANIFEST_FILE;
use aether::report::RunRecord;
use aether::source::{printable, quoted};
use aether::{ExitCode, Plugin};
use similar::TextDiff;

use crate::args::{Format, SuggestArgs};
use crate::commands::learn::records;
use crate::failure::Failure;
use crate::files::replace_file;
use crate::show::terminal::{Ink, Terminal};
use crate::state::{RunFolder, State};

pub(crate) fn suggest(args: &SuggestArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let plugin = Plugin::read(&args.plugin)?;
    let name = plugin.identity().name.clone();
    let folder = run_of(args, &name)?;
    let seen = Observations::of(&records(&folder)?, &name);
    let options = Options { denied: true, ..Options::default() };
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
    if args.format == Format::Json {
        terminal.json(&suggestion.json())?;
    } else {
        terminal.result(suggestion.text().trim_end())?;
    }
    if suggestion.is_empty() {
        return Ok(ExitCode::Done);
    }
    let source = &plugin.manifest().source;
    let patched = suggestion.patch(source).map_err(|error| Failure::usage(error.to_string()))?;
    let path = args.plugin.join(MANIFEST_FILE);
    let shown = printable(source.name()).into_owned();
    if args.format == Format::Text {
        terminal.say(diff(&shown, source.text(), &patched, terminal).trim_end());
    }
    match args.write {
        true => write(&path, &patched, terminal),
        false => {
            terminal.say(format_args!(
                "To write it: aether suggest {} --write",
                shown_folder(&args.plugin)
            ));
            Ok(ExitCode::Done)
        }
    }
}

fn shown_folder(folder: &Path) -> String {
    printable(&folder.display().to_string()).into_owned()
}

/// The run that is meant, or the last one with the plugin in it.
fn run_of(args: &SuggestArgs, plugin: &str) -> Result<RunFolder, Failure> {
    let state = State::open()?;
    if let Some(run) = &args.run {
        return state.named(run);
    }
    let has = |run: &RunFolder| {
        run.record()
            .is_some_and(|record| record.cells.iter().any(|cell| cell.plugin.name == plugin))
    };
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

/// The lines that go and come.
fn diff(name: &str, before: &str, after: &str, terminal: &Terminal) -> String {
    let difference = TextDiff::from_lines(before, after);
    let shown = difference.unified_diff().header(name, name).to_string();
    let line = |line: &str| {
        let text = printable(line).into_owned();
        match line.as_bytes().first() {
            Some(b'+') => terminal.ink(Ink::Green, text),
            Some(b'-') => terminal.ink(Ink::Red, text),
            _ => text,
        }
    };
    shown.lines().map(line).collect::<Vec<_>>().join("\n")
}
