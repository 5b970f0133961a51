//! A run: each program outside, then in each sandbox.

mod judge;
mod launch;
mod listeners;
mod options;
mod shared;
mod stage;
mod table;
mod template;
mod traces;
mod trial;
mod user;

use std::path::{Path, PathBuf};

use judge::{Observed, Verdict};
use options::Options;
use stage::Stage;
use table::Line;

use crate::probe::Probe;
use crate::probes;

/// Runs what the words of the command line say; the exit code: 1 if the judged sandbox has a hole
/// or a program is inconclusive, 2 if the run could not be made.
pub(crate) fn run(words: &[&str]) -> i32 {
    let made = Options::parse(words).and_then(|options| match options.as_user {
        Some(user) => user::run_as(user, words, &options).map_err(|error| error.to_string()),
        None => perform(&options),
    });
    made.unwrap_or_else(|error| {
        eprintln!("aether-attacks-native: {error}");
        2
    })
}

fn perform(options: &Options) -> Result<i32, String> {
    // Not among the temporary files, which many sandboxes replace by their own.
    let folder = options.folder.as_deref().unwrap_or(Path::new("/var/tmp"));
    let stage = Stage::new(folder).map_err(|error| format!("the scene: {error}"))?;
    let places = options.places();
    // By the rows of the table.
    let mut probes: Vec<&Probe> =
        probes::ALL.iter().filter(|probe| options.wants(probe.name)).collect();
    probes.sort_by_key(|probe| probe.row as u32);
    let mut lines = Vec::new();
    for probe in probes {
        lines.push(judge_one(&stage, probe, &places));
    }
    drop(stage);

    let names: Vec<String> = places.iter().map(|(name, _)| name.clone()).collect();
    print!("{}", table::plain(&names, &lines));
    let json = || format!("{:#}\n", table::to_json(&places, &lines));
    write(options.json.as_ref(), json)?;
    write(options.markdown.as_ref(), || table::markdown(&names, &lines))?;
    let first = lines.iter().map(|line| line.inside.first().unwrap_or(&line.outside));
    let bad = |verdict: &Verdict| {
        matches!(verdict, Verdict::Inconclusive(_))
            || (options.sandbox.is_some() && matches!(verdict, Verdict::Hole(_)))
    };
    let judged = options.sandbox.is_some() || places.is_empty();
    Ok(i32::from(judged && first.into_iter().any(bad)))
}

fn judge_one(stage: &Stage, probe: &'static Probe, places: &[(String, String)]) -> Line {
    let bare = trial::attempt(stage, probe, None);
    let outside = bare.as_ref().map_or_else(failed, judge::outside);
    let inside = places.iter().map(|(_, command)| {
        let inside = trial::attempt(stage, probe, Some(command));
        let both: Result<(&Observed, &Observed), &String> =
            bare.as_ref().and_then(|bare| Ok((bare, inside.as_ref()?)));
        both.map_or_else(failed, |(bare, inside)| judge::judge(probe.expect, bare, inside))
    });
    let inside = inside.collect();
    Line { probe, outside, inside }
}

fn failed(why: impl ToString) -> Verdict {
    Verdict::Inconclusive(why.to_string())
}

fn write(path: Option<&PathBuf>, text: impl FnOnce() -> String) -> Result<(), String> {
    let Some(path) = path else { return Ok(()) };
    std::fs::write(path, text()).map_err(|error| format!("{}: {error}", path.display()))
}
