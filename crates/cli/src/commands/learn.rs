//! `aether learn`

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::{Arc, Mutex, PoisonError};

use aether::audit::{Record, read};
use aether::learn::{Observations, Options, Peaks, suggest};
use aether::monitor::Model;
use aether::source::{Source, printable};
use aether::{Answer, ExitCode, Host, HostBuilder, Monitoring, Plugin};
use clap::Parser;

use crate::args::{Args, Command, LearnArgs};
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
    attended: Mutex<Option<(Host, RunFolder)>>,
}

impl Lesson {
    /// Nobody is asked: whoever typed the command wants to see what happens.
    pub(crate) fn prepare(&self, builder: HostBuilder) -> HostBuilder {
        let monitoring = Monitoring { traces: true, ..Monitoring::only_observing() };
        let builder = builder.manifests(self.manifests.clone()).monitoring(monitoring);
        builder.ask(|_| Answer::Once)
    }

    pub(crate) fn attend(&self, host: &Host, folder: &RunFolder) {
        let mut attended = self.attended.lock().unwrap_or_else(PoisonError::into_inner);
        *attended = Some((host.clone(), folder.clone()));
    }

    fn over(&self) -> Option<(Host, RunFolder)> {
        self.attended.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What is known of a plugin by now.
struct Pupil {
    plugin: Plugin,
    /// What it asks for, in the last round.
    manifest: String,
    runs: Vec<Vec<String>>,
}

pub(crate) fn learn(args: &LearnArgs, terminal: &Terminal) -> Result<ExitCode, Failure> {
    let state = State::open()?;
    let mut pupils: BTreeMap<String, Pupil> = BTreeMap::new();
    let mut settled = None;
    let mut last = None;
    for round in 1..=args.rounds {
        let (code, host, folder) = one_round(args, &pupils, terminal)?;
        let news = look(&host, &folder, &mut pupils)?;
        last = Some((code, folder));
        if interrupt::happened() {
            break;
        }
        if news.is_empty() {
            let what = "nothing more is denied that could be asked for";
            terminal.say(format_args!("round {round}: {what}"));
            settled = Some(round);
            break;
        }
        let what = news.into_iter().collect::<Vec<_>>().join(", ");
        terminal.say(format_args!("round {round}: {}", printable(&what)));
    }
    if interrupt::happened() {
        // Half of a workload would be learned as all of it.
        terminal.warn("nothing was learned: it was interrupted");
        return Ok(last.map_or(ExitCode::Done, |(code, _)| code));
    }
    if settled.is_none() {
        terminal.warn(format_args!(
            "after {} rounds something is still denied: --rounds takes more",
            args.rounds
        ));
    }
    pupils.values_mut().for_each(|pupil| pupil.runs.clear());
    for _ in 0..args.runs {
        let (code, host, folder) = one_round(args, &pupils, terminal)?;
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
    let Some((code, folder)) = last else { return Ok(ExitCode::Done) };
    for (name, pupil) in &pupils {
        let place = pupil.plugin.bundle().folder().display().to_string();
        let command = format!("aether suggest {place} --run {}", folder.name());
        let name = printable(name);
        terminal.say(format_args!("{name}: {}", terminal.ink(Ink::Bold, printable(&command))));
    }
    Ok(code)
}

/// Runs it once with what is known by now.
fn one_round(
    args: &LearnArgs,
    pupils: &BTreeMap<String, Pupil>,
    terminal: &Terminal,
) -> Result<(ExitCode, Host, RunFolder), Failure> {
    let words = std::iter::once("aether".into()).chain(args.command.iter().cloned());
    let parsed = Args::try_parse_from(words).map_err(|error| {
        Failure::usage_with(format!("what is to be learned from: {}", error.kind()), HELP)
    })?;
    let manifests = pupils.iter().map(|(name, pupil)| (name.clone(), pupil.manifest.clone()));
    let lesson = Arc::new(Lesson { manifests: manifests.collect(), ..Lesson::default() });
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

/// Looks at what the plugins of a run did. Gives what they ask for that they did not before.
fn look(
    host: &Host,
    folder: &RunFolder,
    pupils: &mut BTreeMap<String, Pupil>,
) -> Result<BTreeSet<String>, Failure> {
    let records = records(folder)?;
    let mut news = BTreeSet::new();
    for (plugin, _) in host.traces() {
        let name = plugin.identity().name.clone();
        let source = plugin.manifest().source.clone();
        let pupil = pupils.entry(name.clone()).or_insert_with(|| Pupil {
            plugin: plugin.clone(),
            manifest: source.text().to_owned(),
            runs: Vec::new(),
        });
        let seen = Observations::of(&records, &name);
        let options = Options { denied: true, ..Options::default() };
        let suggestion = suggest(&seen, &Peaks::default(), Some(plugin.manifest()), &options);
        for line in &suggestion.lines {
            news.insert(format!("{name}: {} {}", line.permission.as_str(), line.entry));
        }
        if !suggestion.lines.is_empty() {
            let patched = suggestion.patch(&Source::new(source.name(), pupil.manifest.clone()));
            pupil.manifest = patched.map_err(|error| Failure::usage(error.to_string()))?;
        }
    }
    Ok(news)
}

/// The records of a run.
pub(crate) fn records(folder: &RunFolder) -> Result<Vec<Record>, Failure> {
    let records = read(&folder.audit()).map_err(|error| Failure::usage(error.to_string()))?;
    let all: Result<Vec<Record>, _> = records.collect();
    all.map_err(|error| Failure::usage(error.to_string()))
}

fn keep_model(state: &State, pupil: &Pupil) -> Result<(), Failure> {
    let runs = pupil.runs.iter().map(|run| run.iter().map(String::as_str));
    let model = Model::learn(&pupil.plugin.code_digest(), runs);
    let bytes = model.write().map_err(|error| Failure::usage(error.to_string()))?;
    let folder = state.models_folder();
    fs::create_dir_all(&folder).map_err(Failure::io(&folder))?;
    replace_file(&folder.join(aether::model_file(&pupil.plugin.identity().name)), &bytes)
}
