//! `aether learn`

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use aether::audit::{Event, Kind, Verdict};
use aether::manifest::shell_word;
use aether::monitor::Model;
use aether::path::VirtualPath;
use aether::source::printable;
use aether::{Answer, ExitCode, Host, HostBuilder, Monitoring};
use clap::Parser;

use crate::args::{Args, Command, LearnArgs};
use crate::commands::pupil::{Pupil, Pupils, look};
use crate::failure::Failure;
use crate::files::replace_file;
use crate::interrupt;
use crate::show::terminal::{Ink, Terminal};
use crate::state::{RunFolder, State};

const HELP: &str =
    "write `aether learn -- run PIPELINE.yaml` or `aether learn -- call PLUGIN METHOD`";

/// Each of many rounds would write again.
const APPLIES: &str = "what is learned from stays aside: leave out --apply";

/// What is learned from one run.
#[derive(Debug, Default)]
pub(crate) struct Lesson {
    /// What plugins ask for in it, by their names.
    manifests: BTreeMap<String, String>,
    /// Sensitive files that are not shown to them where they see others.
    closed: BTreeMap<String, Vec<VirtualPath>>,
    /// Whether the files of native programs are recorded.
    traces_files: bool,
    attended: Mutex<Option<(Host, RunFolder)>>,
}

impl Lesson {
    /// Nobody is asked: whoever typed the command wants to see what happens.
    pub(crate) fn prepare(&self, builder: HostBuilder) -> HostBuilder {
        let monitoring = Monitoring { traces: true, ..Monitoring::only_observing() };
        let builder = builder.manifests(self.manifests.clone()).monitoring(monitoring);
        let builder = if self.traces_files { builder.trace_files() } else { builder };
        builder.ask(|_| Answer::Learning)
    }

    /// Says in the log that this run's plugins are granted what nobody has looked at.
    pub(crate) fn attend(&self, host: &Host, folder: &RunFolder) -> Result<(), Failure> {
        let record = Event::new(Kind::Consent, "learning", Verdict::Noted);
        host.log().record(&record.object("what plugins ask for, to see what they do"))?;
        for (plugin, paths) in &self.closed {
            for path in paths {
                let record = Event::new(Kind::Check, "closed", Verdict::Noted).plugin(plugin);
                host.log().record(&record.object(path.as_str()))?;
            }
        }
        let mut attended = self.attended.lock().unwrap_or_else(PoisonError::into_inner);
        *attended = Some((host.clone(), folder.clone()));
        Ok(())
    }

    fn over(&self) -> Option<(Host, RunFolder)> {
        self.attended.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

pub(crate) fn learn(args: &LearnArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let state = State::open()?;
    let mut pupils = Pupils::new();
    let mut is_settled = false;
    let mut last = None;
    for round in 1..=args.rounds {
        let (code, host, folder) = one_round(args, &pupils, true, terminal)?;
        if code == ExitCode::Refused {
            return Ok(refused(round, &folder, terminal));
        }
        let news = look(&host, &folder, &mut pupils, terminal)?;
        let failed = (code != ExitCode::Done).then(|| failure(code, &folder));
        last = Some((code, folder));
        if interrupt::happened() {
            // Half of a workload would be learned as all of it.
            terminal.warn("nothing was learned: it was interrupted");
            return Ok(code);
        }
        is_settled = news.is_empty();
        let what = match is_settled {
            true => "nothing more is denied that could be asked for".to_owned(),
            false => news.join(", "),
        };
        terminal.say(format_args!("round {round}: {}", printable(&what)));
        if is_settled {
            if let Some(why) = failed {
                let unseen = "what it would have done after that is not known";
                terminal.warn(format_args!("it still fails, {why}; {unseen}"));
            }
            break;
        }
    }
    if !is_settled {
        terminal.warn(format_args!(
            "after {} rounds something is still denied: --rounds takes more",
            args.rounds
        ));
    }
    for _ in 0..args.runs {
        // What is recorded beside would be missing later, when nobody traces files.
        let (code, host, folder) = one_round(args, &pupils, false, terminal)?;
        for (plugin, trace) in host.traces() {
            if let Some(pupil) = pupils.get_mut(&plugin.identity().name) {
                pupil.runs.push(trace);
            }
        }
        last = Some((code, folder));
        if interrupt::happened() {
            terminal.warn("no model was learned: it was interrupted");
            return Ok(code);
        }
    }
    for pupil in pupils.values().filter(|pupil| !pupil.runs.is_empty()) {
        keep_model(&state, pupil)?;
    }
    if args.runs > 0 && pupils.values().any(Pupil::is_native) {
        // The last run is what a suggestion is made from.
        let (code, _, folder) = one_round(args, &pupils, true, terminal)?;
        last = Some((code, folder));
    }
    let Some((code, folder)) = last else { return Ok(ExitCode::Done) };
    for (name, pupil) in &pupils {
        let place = typed(pupil.plugin.bundle().folder());
        let command = format!("aether suggest {place} --run {}", folder.name());
        let name = printable(name);
        terminal.say(format_args!("{name}: {}", terminal.ink(Ink::Bold, printable(&command))));
    }
    Ok(code)
}

/// Nothing was run, and so nothing can be learned.
fn refused(round: u16, folder: &RunFolder, terminal: &Terminal) -> ExitCode {
    let why = failure(ExitCode::Refused, folder);
    let help = "run it by itself: that says what is refused, and what would allow it";
    terminal.error(format_args!("round {round}: nothing was learned, {why}"), Some(help));
    ExitCode::Refused
}

/// How a run ended that did not end well.
fn failure(code: ExitCode, folder: &RunFolder) -> String {
    let text = folder.record().map(|record| record.outcome.text).unwrap_or_default();
    let text = if text.is_empty() { String::new() } else { format!(": {text}") };
    format!("with exit code {}{text}", code.number())
}

/// A folder as one would type it here.
pub(crate) fn typed(folder: &Path) -> String {
    let real = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let here = std::env::current_dir().and_then(|here| here.canonicalize()).ok();
    let below = here.and_then(|here| real.strip_prefix(here).map(Path::to_owned).ok());
    let shown = match below {
        Some(below) if below.as_os_str().is_empty() => PathBuf::from("."),
        Some(below) => below,
        None => real,
    };
    shell_word(&shown.display().to_string())
}

/// Runs it once with what is known by now.
fn one_round(
    args: &LearnArgs,
    pupils: &Pupils,
    traces_files: bool,
    terminal: &Terminal,
) -> Result<(ExitCode, Host, RunFolder), Failure> {
    let words = std::iter::once("aether".into()).chain(args.command.iter().cloned());
    let parsed = Args::try_parse_from(words).map_err(|error| {
        Failure::usage_with(format!("what is to be learned from: {}", error.kind()), HELP)
    })?;
    let manifests = pupils.iter().map(|(name, pupil)| (name.clone(), pupil.manifest.clone()));
    let closed = |pupil: &Pupil| pupil.closed.iter().cloned().collect();
    let closed = pupils.iter().map(|(name, pupil)| (name.clone(), closed(pupil)));
    let lesson = Arc::new(Lesson {
        manifests: manifests.collect(),
        closed: closed.collect(),
        traces_files,
        ..Lesson::default()
    });
    let mut command = parsed.command;
    let launch = match &mut command {
        Command::Run(run) if run.apply => return Err(Failure::usage_with(APPLIES, HELP)),
        Command::Call(call) if call.apply => return Err(Failure::usage_with(APPLIES, HELP)),
        Command::Run(run) => &mut run.launch,
        Command::Call(call) => &mut call.launch,
        _ => return Err(Failure::usage_with("nothing else can be learned from", HELP)),
    };
    launch.lesson = Some(Arc::clone(&lesson));
    let code = crate::run(command, &terminal.silenced())?;
    let (host, folder) = lesson
        .over()
        .ok_or_else(|| Failure::usage_with("nothing was run that could be learned from", HELP))?;
    let code = ExitCode::ALL.into_iter().find(|known| known.number() == code);
    Ok((code.unwrap_or(ExitCode::Bug), host, folder))
}

fn keep_model(state: &State, pupil: &Pupil) -> Result<(), Failure> {
    let runs = pupil.runs.iter().map(|run| run.iter().map(String::as_str));
    let model = Model::learn(&pupil.plugin.code_digest(), runs);
    let bytes = model.write().map_err(|error| Failure::usage(error.to_string()))?;
    let folder = state.models_folder();
    fs::create_dir_all(&folder).map_err(Failure::io(&folder))?;
    replace_file(&folder.join(aether::model_file(&pupil.plugin.identity().name)), &bytes)
}
